"""What a passage may say about something, in several wordings, and questions about it in others.

``{x}`` is the subject, ``{v}`` the value. Statements and questions of a relation are freely combined.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from . import words
from .world import World


@dataclass(frozen=True)
class Relation:
    """A fact about a kind of subject."""

    value: Callable[[World], Any]
    statements: tuple[str, ...]
    questions: tuple[str, ...]


def _relation(value: Callable[[World], Any], statements: str, questions: str) -> Relation:
    return Relation(value, tuple(statements.split("|")), tuple(questions.split("|")))


def _year(world: World) -> int:
    return world.randint(1400, 2030)


def _few(world: World) -> int:
    return world.randint(2, 90)


def _many(world: World) -> int:
    return world.randint(100, 99999)


_PLACE: Final = (
    _relation(_year, "{x} opened in {v}|{x} was opened to the public in {v}|{x} first opened its doors in {v}|in {v}, {x} was inaugurated|{x} has been open since {v}", "when did {x} open|in which year was {x} opened|since when does {x} exist|what year did {x} start|how long ago was {x} opened"),
    _relation(_year, "{x} was built in {v}|builders finished {x} in {v}|the construction of {x} ended in {v}|{x} dates from {v}", "when was {x} built|in what year was {x} finished|how old is {x}|when was {x} constructed|from which year is {x}"),
    _relation(World.city, "{x} is in {v}|{x} is located in {v}|{x} stands in {v}|you can find {x} in {v}|{x} lies near {v}", "where is {x}|in which city is {x}|where can I find {x}|what is the location of {x}|which town is {x} in"),
    _relation(World.name, "{x} was designed by {v}|the architect of {x} was {v}|{v} drew the plans for {x}|{x} is the work of {v}", "who designed {x}|who was the architect of {x}|who made the plans for {x}|whose design is {x}"),
    _relation(_few, "{x} is {v} meters tall|{x} has a height of {v} meters|{x} rises {v} meters into the sky|{x} measures {v} meters from top to bottom", "how tall is {x}|what is the height of {x}|how high is {x}|how many meters does {x} measure"),
    _relation(_many, "{x} has room for {v} people|{x} can hold {v} visitors|up to {v} guests fit into {x}|{x} seats {v}", "how many people fit into {x}|what is the capacity of {x}|how many seats does {x} have|how big a crowd can {x} hold"),
    _relation(_few, "a ticket for {x} costs {v} dollars|entry to {x} is {v} euros|visitors pay {v} dollars to see {x}|admission to {x} costs {v} euros", "how much is a ticket for {x}|what does it cost to visit {x}|what is the entry fee of {x}|how much do I pay to get into {x}"),
    _relation(World.time, "{x} closes at {v}|the doors of {x} shut at {v}|{x} is open until {v}|nobody may enter {x} after {v}", "when does {x} close|until when is {x} open|what is the closing time of {x}|how late can I visit {x}"),
    _relation(lambda world: world.choice(words.DAYS), "{x} is closed on {v}|{x} does not open on {v}|on {v}, {x} stays shut", "on which day is {x} closed|when is {x} not open|which day should I not visit {x}"),
    _relation(_many, "{v} people live in {x}|{x} has {v} inhabitants|the population of {x} is {v}|{x} is home to {v} people", "how many people live in {x}|what is the population of {x}|how many inhabitants does {x} have|how large is the population of {x}"),
    _relation(lambda world: world.choice(world.foods), "{x} is famous for its {v}|people come to {x} for the {v}|the best {v} is made in {x}|{x} is known for {v}", "what is {x} famous for|what is {x} known for|why do people come to {x}|what should I eat in {x}"),
    _relation(_year, "a fire damaged {x} in {v}|{x} burned down in {v}|in {v}, flames destroyed {x}", "when did {x} burn|in which year was there a fire at {x}|when was {x} destroyed"),
)  # fmt: skip
_COMPANY: Final = (
    _relation(_year, "{x} was founded in {v}|{x} was established in {v}|{x} started business in {v}|the story of {x} began in {v}", "when was {x} founded|in which year was {x} established|when did {x} start|how old is {x}|what is the founding year of {x}"),
    _relation(World.name, "{x} was founded by {v}|{v} founded {x}|the founder of {x} is {v}|it was {v} who started {x}|{v} set up {x} in a garage", "who founded {x}|who is the founder of {x}|who started {x}|who created {x}|by whom was {x} set up"),
    _relation(World.name, "the CEO of {x} is {v}|{x} is led by {v}|{v} runs {x}|{v} is the head of {x}|at the top of {x} stands {v}", "who is the CEO of {x}|who leads {x}|who runs {x}|who is the boss of {x}|who is in charge of {x}"),
    _relation(World.city, "{x} has its headquarters in {v}|the main office of {x} is in {v}|{x} is based in {v}|{x} works from {v}", "where is {x} based|where is the headquarters of {x}|in which city is the main office of {x}|from where does {x} work"),
    _relation(_many, "{x} employs {v} people|{x} has {v} employees|{v} people work for {x}|the staff of {x} counts {v} people", "how many people work for {x}|how many employees does {x} have|how large is the staff of {x}|what is the number of workers at {x}"),
    _relation(lambda world: world.choice(world.items), "{x} sells {v}|{x} makes {v}|the main product of {x} is {v}|{x} earns its money with {v}", "what does {x} sell|what does {x} make|what is the main product of {x}|how does {x} earn money"),
    _relation(World.email, "the support email of {x} is {v}|customers of {x} write to {v}|{x} can be reached at {v}|for questions about {x}, mail {v}", "what is the email of {x}|how can I reach {x}|where do I write to {x}|what is the support address of {x}"),
    _relation(_few, "the refund period of {x} is {v} days|customers of {x} can return goods within {v} days|{x} takes things back for {v} days|with {x} you have {v} days to send an order back", "how long can I return things to {x}|what is the refund period of {x}|how many days do I have to return an order to {x}|until when does {x} take things back"),
    _relation(_few, "shipping with {x} takes {v} days|{x} delivers within {v} days|orders from {x} arrive after {v} days", "how long does {x} take to deliver|when does an order from {x} arrive|how many days is the shipping of {x}"),
    _relation(_many, "{x} made a profit of {v} dollars|the profit of {x} was {v} dollars|last year {x} earned {v} dollars", "how much profit did {x} make|how much did {x} earn|what was the profit of {x}"),
    _relation(lambda world: world.choice(words.ANIMALS), "the mascot of {x} is a {v}|{x} has a {v} as its mascot|on the logo of {x} you see a {v}", "what is the mascot of {x}|which animal is on the logo of {x}|what animal stands for {x}"),
    _relation(World.pseudo, "{x} was bought by {v}|{v} took over {x}|{x} now belongs to {v}", "who bought {x}|who owns {x} now|to whom does {x} belong|which company took over {x}"),
)  # fmt: skip
_PERSON: Final = (
    _relation(World.city, "{x} lives in {v}|{x} moved to {v}|the home of {x} is in {v}|{x} has a flat in {v}", "where does {x} live|in which city is the home of {x}|where did {x} move|what is the home town of {x}"),
    _relation(lambda world: world.choice(world.jobs), "{x} works as a {v}|{x} is a {v}|{x} earns a living as a {v}|{x} was trained as a {v}", "what does {x} do|what is the job of {x}|what does {x} do for a living|what is the profession of {x}|as what does {x} work"),
    _relation(_year, "{x} was born in {v}|{x} came into the world in {v}|the year of birth of {x} is {v}", "when was {x} born|in which year was {x} born|what is the birth year of {x}"),
    _relation(World.city, "{x} was born in {v}|{x} grew up in {v}|{x} spent the first years in {v}|{x} comes from {v}", "where was {x} born|where did {x} grow up|where does {x} come from|what is the birthplace of {x}"),
    _relation(_few, "{x} is {v} years old|{x} turned {v} last week|{x} just celebrated birthday number {v}", "how old is {x}|what is the age of {x}|which birthday did {x} celebrate"),
    _relation(lambda world: world.choice(world.hobbies), "{x} loves {v}|the hobby of {x} is {v}|in the evening {x} enjoys {v}|{x} spends every weekend with {v}", "what is the hobby of {x}|what does {x} like to do|what does {x} do in the free time|how does {x} spend the weekend"),
    _relation(lambda world: f"{world.choice(words.COLORS)} {world.choice(words.ANIMALS)}", "{x} has a {v}|{x} owns a {v}|a {v} lives with {x}|the pet of {x} is a {v}", "which animal does {x} have|what pet does {x} own|what kind of pet lives with {x}|which pet belongs to {x}"),
    _relation(World.name, "{x} is married to {v}|{x} and {v} are a couple|the partner of {x} is {v}", "who is {x} married to|who is the partner of {x}|with whom does {x} live"),
    _relation(lambda world: world.choice(words.LANGUAGES), "{x} speaks {v}|{x} learned {v} at school|the mother tongue of {x} is {v}", "which language does {x} speak|what language did {x} learn|in which language can I talk to {x}"),
    _relation(_few, "{x} won {v} prizes|{x} has {v} medals at home|so far {x} collected {v} awards", "how many prizes did {x} win|how many awards does {x} have|what number of medals did {x} get"),
    _relation(World.query, "{x} wrote a book about {v}|the latest book of {x} is about {v}|{x} gave a talk on {v}", "what did {x} write about|what is the book of {x} about|what was the topic of {x}"),
    _relation(World.phone, "the phone number of {x} is {v}|you can call {x} at {v}|{x} answers the phone at {v}", "what is the phone number of {x}|how can I call {x}|which number do I dial to reach {x}"),
    _relation(lambda world: world.choice(world.foods), "{x} likes to eat {v}|the favorite food of {x} is {v}|{x} orders {v} every time", "what does {x} like to eat|what is the favorite food of {x}|what does {x} order"),
    _relation(World.date, "{x} arrives on {v}|{x} will be here on {v}|we expect {x} on {v}|the visit of {x} is on {v}", "when does {x} arrive|when will {x} come|on which day do we expect {x}|when is the visit of {x}"),
)  # fmt: skip
_OBJECT: Final = (
    _relation(_few, "{x} costs {v} dollars|the price of {x} is {v} euros|{x} sells for {v} dollars|you pay {v} euros for {x}", "how much does {x} cost|what is the price of {x}|what do I pay for {x}|how expensive is {x}"),
    _relation(_few, "{x} weighs {v} kilos|the weight of {x} is {v} kilos|{x} brings {v} kilos to the scales", "how heavy is {x}|how much does {x} weigh|what is the weight of {x}"),
    _relation(World.name, "{x} was invented by {v}|{v} invented {x}|the inventor of {x} was {v}|the idea for {x} came from {v}", "who invented {x}|who is the inventor of {x}|who had the idea for {x}|whose idea was {x}"),
    _relation(World.name, "{x} belongs to {v}|the owner of {x} is {v}|{v} owns {x}|{v} bought {x} years ago", "who owns {x}|to whom does {x} belong|who is the owner of {x}|who bought {x}"),
    _relation(World.code, "the secret code of {x} is {v}|the password for {x} is {v}|{x} opens with the code {v}|type {v} to unlock {x}", "what is the code of {x}|what is the password for {x}|how do I unlock {x}|which code opens {x}"),
    _relation(World.code, "the serial number of {x} is {v}|{x} carries the number {v}|{x} is registered as {v}", "what is the serial number of {x}|which number does {x} carry|how is {x} registered"),
    _relation(lambda world: f"room {_few(world)}", "{x} is stored in {v}|{x} is kept in {v}|you find {x} in {v}|somebody put {x} into {v}", "where is {x} stored|where is {x} kept|in which room is {x}|where did somebody put {x}"),
    _relation(_few, "the warranty of {x} lasts {v} months|{x} comes with a warranty of {v} months|{x} is covered for {v} months", "how long is the warranty of {x}|how many months is {x} covered|how long is {x} under warranty"),
    _relation(_few, "the battery of {x} lasts {v} hours|{x} runs {v} hours on one charge|after {v} hours {x} must be charged", "how long does the battery of {x} last|how many hours does {x} run|when must {x} be charged"),
    _relation(lambda world: world.choice(words.COLORS), "{x} is {v}|the color of {x} is {v}|{x} was painted {v}|{x} comes in {v}", "what color is {x}|which color does {x} have|how was {x} painted|what is the color of {x}"),
    _relation(lambda world: world.choice(words.CODE_LANGUAGES), "{x} is written in {v}|the source code of {x} is in {v}|{x} was programmed in {v}", "in which language is {x} written|what is {x} programmed in|which programming language does {x} use"),
    _relation(lambda world: world.randint(20, 65000), "{x} listens on port {v}|the port of {x} is {v}|{x} is reached on port {v}", "on which port does {x} listen|what is the port of {x}|which port do I use for {x}"),
    _relation(World.date, "{x} expires on {v}|{x} is valid until {v}|{x} ends on {v}", "when does {x} expire|until when is {x} valid|when does {x} end"),
    _relation(lambda world: world.choice(words.ADJECTIVES), "{x} looks {v}|everybody says that {x} is {v}|{x} feels {v}", "how does {x} look|what do people say about {x}|how does {x} feel"),
    _relation(World.date, "the deadline for {x} is {v}|{x} must be finished by {v}|{x} is due on {v}", "what is the deadline for {x}|when is {x} due|by when must {x} be finished"),
)  # fmt: skip


def _subject_place(world: World) -> str:
    kind = world.pick("bridge", "tower", "museum", "castle", "park", "theater", "station", "library", "lighthouse", "market", "hotel", "stadium", "cathedral", "garden")
    return world.pick(f"the {world.pseudo(capital=True)} {kind}", f"the {kind} of {world.city()}", world.pseudo(capital=True), f"the {kind} {world.pseudo(capital=True)}", f"the {world.choice(words.ADJECTIVES)} {kind}")


def _subject_company(world: World) -> str:
    return world.pick(world.pseudo(capital=True), f"{world.pseudo(capital=True)} {world.pick('Labs', 'Inc', 'Group', 'Foods', 'Motors', 'Systems', 'Books')}", f"the company {world.pseudo(capital=True)}", f"{world.last_name()} {world.pick('and Sons', 'Ltd', 'Bakery')}")


def _subject_person(world: World) -> str:
    return world.name()


def _subject_object(world: World) -> str:
    noun = world.noun()
    return world.pick(f"the {noun}", f"the {world.pseudo(capital=True)} {noun}", f"the {world.choice(words.ADJECTIVES)} {noun}", f"the {noun} {world.code()}", f"the {noun} of {world.first_name()}", world.pseudo(capital=True))


SUBJECTS: Final = (
    (_subject_place, _PLACE, "it"), (_subject_company, _COMPANY, "it"), (_subject_person, _PERSON, ""), (_subject_object, _OBJECT, "it"),
)  # fmt: skip
"""How to name a subject, what may be said of it, and the pronoun for it, if one is safe."""
