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


def _day(world: World) -> str:
    return world.pick(world.choice(words.DAYS), f"{world.choice(words.MONTHS)} {world.randint(1, 28)}", f"the {world.randint(4, 20)}th of {world.choice(words.MONTHS)}")


def _hours(world: World) -> str:
    start, end = world.randint(5, 11), world.randint(13, 23)
    return world.pick(f"from {start:02d}:00 to {end}:00", f"between {start} am and {end - 12} pm", f"from {start} to {end}")


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
    _relation(_hours, "{x} is open {v}|customers are welcome at {x} {v}|the office of {x} works {v}|at {x} somebody answers {v}", "what are the opening hours of {x}|when can I go to {x}|at what times is somebody at {x}|when does {x} serve customers"),
    _relation(_few, "{x} ships for free above {v} dollars|from {v} dollars on {x} pays for the shipping|orders over {v} euros travel free with {x}", "when is delivery free at {x}|how much must I spend at {x} to pay no postage|from what sum on does {x} send for free|what is the minimum for free shipping at {x}"),
    _relation(World.phone, "the hotline of {x} is {v}|you call {x} under {v}|{x} picks up the phone at {v}", "what is the phone number of {x}|how do I ring {x}|which number connects me with {x}|what do I dial for {x}"),
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
    _relation(lambda world: f"{world.choice(words.COLORS)} {world.pick('car', 'van', 'truck', 'motorbike', 'bicycle', 'jeep')}", "{x} drives a {v}|{x} arrives with a {v}|a {v} takes {x} around|{x} bought a {v} last spring", "which vehicle does {x} use|how does {x} get to work|what does {x} drive|what stands in the garage of {x}"),
    _relation(World.city, "{x} studied at the university of {v}|{x} took a degree in {v}|{x} was a student in {v}", "where did {x} study|which university did {x} go to|where did {x} graduate|in which city did {x} go to college"),
    _relation(lambda world: world.pick("piano", "drums", "flute", "cello", "harp", "trumpet", "guitar", "accordion"), "{x} plays the {v}|{x} practices the {v} every night|{x} gives lessons on the {v}|on stage {x} is at the {v}", "which instrument does {x} play|what does {x} play in the band|with what does {x} make music|which instrument can {x} teach"),
    _relation(lambda world: f"room {_few(world)}", "{x} sits in {v}|the desk of {x} is in {v}|{x} has an office in {v}", "where is the office of {x}|in which room does {x} work|where do I go to talk to {x}|what is the room of {x}"),
    _relation(lambda world: world.choice(world.items), "{x} is allergic to {v}|{x} gets ill from {v}|the doctor told {x} to avoid {v}", "what is {x} not allowed to eat|what should I not cook for {x}|what is bad for {x}|what makes {x} sick"),
    _relation(lambda world: world.randint(2, 9), "{x} has {v} children|{x} brought up {v} children|{x} takes {v} children to school", "how many kids does {x} have|how many sons and daughters does {x} have|how many little ones belong to {x}|how big is the family of {x}"),
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
    _relation(_few, "{x} is {v} percent cheaper this week|there is a discount of {v} percent on {x}|you save {v} percent on {x}|the shop takes {v} percent off {x}", "how big is the discount on {x}|how much do I save on {x}|by how much was the price of {x} lowered|what is the special offer for {x}"),
    _relation(lambda world: world.pick("wood", "steel", "glass", "leather", "cotton", "plastic", "paper", "clay", "bronze", "bamboo", "wool", "rubber"), "{x} is made of {v}|{x} consists of {v}|they used {v} for {x}|the maker of {x} chose {v}", "what is {x} made of|which material is {x}|what was used to make {x}|of what does {x} consist"),
    _relation(_few, "{x} is {v} centimeters wide|the width of {x} is {v} centimeters|from left to right {x} measures {v} centimeters", "how wide is {x}|what is the width of {x}|how much room does {x} need|how many centimeters is {x} from side to side"),
    _relation(World.name, "{x} was delivered by {v}|{v} brought {x} to the door|the courier for {x} was {v}", "who delivered {x}|who came with {x}|who handed over {x}|by whom was {x} brought"),
    _relation(_year, "{x} was serviced in {v}|the last service of {x} was in {v}|a mechanic last looked at {x} in {v}", "when was {x} last inspected|when did somebody check {x} the last time|in what year was {x} maintained|how long ago was the last inspection of {x}"),
)  # fmt: skip
_ANIMAL: Final = (
    _relation(lambda world: world.choice(world.items), "{x} eats only {v}|{x} is fed with {v}|every morning {x} gets a bowl of {v}|the favorite meal of {x} is {v}", "what does {x} eat|what is the food of {x}|what do I give {x} in the morning|what does {x} live on|what goes into the bowl of {x}"),
    _relation(lambda world: world.pick("in the barn", "under the stairs", "in the hay", "on the roof", f"behind the {world.noun()}", f"next to the {world.noun()}"), "{x} sleeps {v}|at night {x} lies {v}|{x} likes to rest {v}|{x} has its bed {v}", "where does {x} sleep|where does {x} spend the night|what is the sleeping place of {x}|where do I look for {x} in the night"),
    _relation(World.name, "{v} looks after {x}|{v} takes care of {x}|{x} is in the care of {v}|the keeper of {x} is {v}", "who cares for {x}|who is responsible for {x}|whom do I ask about {x}|by whom is {x} looked after"),
    _relation(_day, "{x} sees the vet on {v}|the next shot for {x} is on {v}|the vet comes for {x} on {v}", "when must {x} go to the animal doctor|on which day is {x} examined|what day is the doctor's visit of {x}|when does {x} get its injection"),
    _relation(World.city, "{x} was found in the streets of {v}|{x} was rescued in {v}|{x} came from a shelter in {v}|they picked {x} up in {v}", "where does {x} come from|from which city is {x}|where did they get {x}|what is the origin of {x}"),
    _relation(lambda world: world.pick("thunder", "water", "loud music", "cars", "children", f"the {world.noun()}"), "{x} is afraid of {v}|{x} runs away from {v}|nothing scares {x} like {v}|{x} hides from {v}", "what frightens {x}|what is {x} scared of|what should I keep away from {x}|what makes {x} nervous"),
)  # fmt: skip
_SHIP: Final = (
    _relation(World.name, "{v} commands {x}|the captain of {x} is {v}|{x} sails under {v}|at the wheel of {x} stands {v}", "who steers {x}|who is in command of {x}|who leads the crew of {x}|who gives the orders on {x}"),
    _relation(lambda world: world.pick(world.choice(world.items), world.choice(words.THINGS[:20])), "{x} carries {v}|the cargo of {x} is {v}|{x} is loaded with {v}|workers filled {x} with {v}", "what does {x} transport|what is on board of {x}|what is the load of {x}|which goods travel with {x}"),
    _relation(World.city, "the home port of {x} is {v}|{x} belongs to the harbor of {v}|{x} is at home in {v}", "where is {x} registered|which harbor is the home of {x}|to which port does {x} return|from which port is {x}"),
    _relation(_few, "{x} has a crew of {v}|{v} sailors serve on {x}|it takes {v} sailors to run {x}", "how many people work on {x}|how large is the crew of {x}|how many hands does {x} need|what is the number of sailors on {x}"),
    _relation(_few, "{x} makes {v} knots|the top speed of {x} is {v} knots|{x} travels at up to {v} knots", "how fast is {x}|how quickly does {x} move|what speed can {x} reach|how quick is {x} at most"),
    _relation(World.time, "{x} leaves at {v}|{x} sets off at {v}|the departure of {x} is at {v}|{x} casts off at {v}", "what time does {x} go|when does {x} depart|when must I be on board of {x}|when does {x} start its trip"),
)  # fmt: skip
_BOOK: Final = (
    _relation(World.name, "{x} was written by {v}|{v} is the author of {x}|{x} comes from the pen of {v}|{v} spent ten years on {x}", "who wrote {x}|who is the writer of {x}|whose work is {x}|who is the author of {x}|who made up {x}"),
    _relation(_many, "{x} has {v} pages|{x} runs to {v} pages|there are {v} pages in {x}", "how long is {x}|how thick is {x}|how much do I have to read in {x}|how many pages are in {x}"),
    _relation(World.name, "the hero of {x} is {v}|{x} tells the story of {v}|{x} is about the life of {v}|the main character of {x} is {v}", "who is {x} about|whose life does {x} tell|who is the main figure of {x}|which person stands in the middle of {x}"),
    _relation(_year, "{x} appeared in {v}|{x} was published in {v}|{x} came out in {v}|the first edition of {x} is from {v}", "in which year did {x} reach the shops|when was {x} released|how old is {x}|when could people first read {x}"),
    _relation(lambda world: f"the {world.pseudo(capital=True)} Prize", "{x} won {v}|{v} went to {x}|{x} received {v}|the jury gave {v} to {x}", "which award did {x} get|what did {x} win|which honor was given to {x}|what was {x} awarded with"),
    _relation(lambda world: f"shelf {_few(world)}", "{x} stands on {v}|{x} belongs on {v}|you will find {x} on {v}", "where is {x} in the library|where do I put {x} back|where can I pick up {x}|what is the place of {x}"),
)  # fmt: skip
_FESTIVAL: Final = (
    _relation(_day, "{x} begins on {v}|{x} starts on {v}|the first day of {x} is {v}|{x} opens on {v}", "when is {x}|on what date can I go to {x}|when does {x} start|what is the date of {x}"),
    _relation(_few, "{x} lasts {v} days|{x} goes on for {v} days|after {v} days {x} is over", "how long is {x}|how many days does {x} take|what is the duration of {x}|for how long can people enjoy {x}"),
    _relation(_many, "{v} people came to {x}|{x} drew {v} visitors|{x} was attended by {v} guests", "how many guests did {x} have|how big was the crowd at {x}|how many people went to {x}|what was the number of visitors at {x}"),
    _relation(World.name, "{x} is organized by {v}|{v} puts {x} together|{v} is behind {x}|the planning of {x} lies with {v}", "who is responsible for {x}|who runs {x}|whom do I ask about {x}|who is the organizer of {x}|who prepares {x}"),
    _relation(lambda world: world.choice(world.foods), "they serve {v} at {x}|guests of {x} eat {v}|the kitchen of {x} makes {v}|{x} offers {v} to everybody", "what is there to eat at {x}|what do hungry people get at {x}|which food is sold at {x}|what is on the menu of {x}"),
    _relation(lambda world: world.choice(words.COLORS), "guests of {x} wear {v}|everybody comes to {x} in {v}|the dress code of {x} is {v}", "what should I wear to {x}|which clothes do people put on for {x}|how do I dress for {x}|what must the guests of {x} look like"),
    _relation(World.city, "{x} is held in {v}|{x} takes place in {v}|{v} hosts {x}|people meet in {v} for {x}", "where is {x}|which city is the host of {x}|where do I have to go for {x}|in which town is {x}"),
    _relation(lambda world: world.pick("rain", "a storm", "a strike", "the heat", "a power cut", "the snow"), "{x} was called off because of {v}|{v} put an end to {x}|{x} did not happen because of {v}", "why was {x} canceled|for what reason did {x} not take place|what stopped {x}|what went wrong with {x}"),
)  # fmt: skip
_SOFTWARE: Final = (
    _relation(lambda world: f"{world.randint(0, 12)}.{world.randint(0, 30)}.{world.randint(0, 9)}", "the newest version of {x} is {v}|{x} is now at version {v}|version {v} of {x} came out", "which release of {x} is current|what is the latest version of {x}|how recent is {x}|which {x} should I install"),
    _relation(World.name, "{v} maintains {x}|{x} is kept alive by {v}|{v} fixes the bugs of {x}|the code of {x} is looked after by {v}", "who develops {x}|who takes care of {x}|to whom do I report an error in {x}|who is the maintainer of {x}"),
    _relation(lambda world: world.pick("MIT", "Apache", "GPL", "BSD", "MPL"), "{x} is under the {v} license|{x} uses the {v} license|the license of {x} is {v}|the makers of {x} chose the {v} license", "under which terms can I use {x}|how is {x} licensed|what are the legal terms of {x}|which license does {x} have"),
    _relation(lambda world: f"{world.pick('pip', 'brew', 'apt', 'npm', 'cargo')} install {world.pseudo(capital=False)}", "{x} is installed with {v}|you get {x} with {v}|type {v} to set up {x}", "how do I install {x}|which command brings {x} to my computer|how can I get {x}|what do I enter to have {x}"),
    _relation(_many, "{x} needs {v} megabytes of memory|{x} takes up {v} megabytes|while it runs {x} uses {v} megabytes", "how much memory does {x} need|how much space must be free for {x}|how large is {x}|what are the demands of {x}"),
    _relation(World.path, "the settings of {x} are in {v}|{x} reads its settings from {v}|{x} is configured in {v}", "where do I configure {x}|which file holds the settings of {x}|where can I change how {x} works|what file does {x} look at first"),
    _relation(World.url, "the manual of {x} is at {v}|{x} is described at {v}|you can read about {x} at {v}", "where is the documentation of {x}|what is the web page of {x}|where do I find help with {x}|which link explains {x}"),
)  # fmt: skip
_HOUSE: Final = (
    _relation(_hours, "{x} is open {v}|you can use {x} {v}|people are allowed into {x} {v}|{x} may be visited {v}", "what are the opening hours of {x}|when can I use {x}|at what times is {x} open|when may I go into {x}"),
    _relation(lambda world: world.pick("dogs", "glass bottles", "loud music", "bicycles", "cameras", "food", "wet shoes", "balloons", "candles"), "the rules of {x} forbid {v}|{x} does not allow {v}|there must be no {v} in {x}|nobody may bring {v} to {x}", "what is not permitted in {x}|what may I not take into {x}|what is banned from {x}|what should I leave outside of {x}"),
    _relation(World.name, "{v} has the key to {x}|the key to {x} is with {v}|{v} keeps the key of {x}|ask {v} for the key to {x}", "who can let me into {x}|where do I get the key for {x}|who is able to unlock {x}|whom do I see to get into {x}"),
    _relation(_few, "you may stay in {x} for {v} minutes|the longest stay in {x} is {v} minutes|after {v} minutes everybody must leave {x}", "how long can I be in {x}|how much time do I have in {x}|what is the time limit for {x}|when do I have to get out of {x}"),
    _relation(_few, "whoever leaves {x} dirty pays {v} dollars|the fine for a mess in {x} is {v} euros|a mess in {x} costs {v} dollars", "what do I pay if I do not tidy {x}|how high is the fine in {x}|what happens if I leave {x} dirty|how much is the punishment for dirt in {x}"),
    _relation(World.phone, "to book {x} you call {v}|{x} is booked by phone at {v}|bookings for {x} are taken at {v}", "how do I reserve {x}|what number do I dial for {x}|how can I get {x} for myself|whom do I phone about {x}"),
    _relation(lambda world: f"floor {world.randint(1, 40)}", "{x} is on {v}|the stairs lead to {x} on {v}|you find {x} on {v}|take the elevator to {v} for {x}", "where in the house is {x}|how do I get to {x}|how high up is {x}|on what level is {x}"),
    _relation(lambda world: world.choice(words.DAYS), "{x} is cleaned every {v}|the cleaners come to {x} on {v}|on {v} somebody mops {x}", "when is {x} cleaned|on which day is the floor of {x} washed|which day should I avoid {x}|when does somebody tidy {x}"),
)  # fmt: skip
_DISH: Final = (
    _relation(lambda world: world.choice(world.items), "{x} is made with {v}|{x} contains {v}|you need {v} for {x}|the cook puts {v} into {x}", "what is in {x}|what must I buy for {x}|which ingredient does {x} have|what gives {x} its taste"),
    _relation(_few, "{x} cooks for {v} minutes|{x} needs {v} minutes on the stove|it takes {v} minutes to make {x}|{x} is ready after {v} minutes", "how long does {x} take|how much time do I need for {x}|when is {x} done|how long must I wait for {x}"),
    _relation(lambda world: world.randint(10, 25) * 10, "{x} bakes at {v} degrees|the oven for {x} is set to {v} degrees|{x} goes into the oven at {v} degrees", "how hot must it be for {x}|at what heat do I make {x}|which temperature does {x} need|how warm should the stove be for {x}"),
    _relation(_few, "{x} is enough for {v} people|{x} feeds {v} guests|{v} people get a plate of {x}", "how many can eat {x}|how many portions does {x} give|for how many eaters is {x}|how many hungry mouths does {x} fill"),
    _relation(World.name, "the recipe for {x} comes from {v}|{v} thought up {x}|we learned {x} from {v}|{v} first cooked {x}", "whose recipe is {x}|who invented {x}|who came up with {x}|who showed us how to make {x}"),
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


def _subject_animal(world: World) -> str:
    animal = world.choice(words.ANIMALS)
    return world.pick(f"the {animal} {world.first_name()}", f"{world.first_name()}'s {animal}", f"the {world.choice(words.COLORS)} {animal}", f"the {animal} of {world.first_name()}", f"the {animal} in the zoo of {world.city()}")


def _subject_ship(world: World) -> str:
    kind = world.pick("ship", "ferry", "freighter", "steamer", "tanker", "yacht", "sailing ship", "fishing boat")
    return world.pick(f"the {kind} {world.pseudo(capital=True)}", f"the {kind} {world.first_name()}", f"the {world.choice(words.COLORS)} {kind}", f"the {kind} of {world.name()}")


def _subject_book(world: World) -> str:
    kind, adjective = world.pick("book", "novel", "story", "diary", "guide", "cookbook"), world.choice(words.ADJECTIVES)
    return world.pick(f'the {kind} "The {adjective.capitalize()} {world.noun().capitalize()}"', f"the {kind} {world.pseudo(capital=True)}", f"{adjective.capitalize()} {world.noun().capitalize()}", f"the {kind} {adjective.capitalize()} {world.noun().capitalize()}")


def _subject_festival(world: World) -> str:
    kind = world.pick("festival", "fair", "conference", "race", "carnival", "exhibition", "parade", "contest")
    return world.pick(f"the {world.pseudo(capital=True)} {kind}", f"the {world.noun()} {kind}", f"the {kind} of {world.city()}", f"the {world.choice(words.ADJECTIVES)} {kind}", f"{world.first_name()}'s wedding", f"the {world.choice(world.foods)} {kind}")


def _subject_software(world: World) -> str:
    kind, name = world.pick("app", "program", "library", "tool", "plugin", "package"), world.pseudo()
    return world.pick(f"the {kind} {name}", f"the {name} {kind}", world.pseudo(capital=True), f"{world.pseudo(capital=False)}-{world.pseudo(capital=False)}")


def _subject_house(world: World) -> str:
    kind = world.pick("pool", "sauna", "laundry room", "gym", "reading room", "playground", "garage", "canteen", "parking lot", "meeting room", "roof terrace", "cellar", "music room", "bike shed")
    return world.pick(f"the {kind}", f"the {kind} of the {world.pseudo(capital=True)} house", f"the {world.choice(words.COLORS)} {kind}", f"our {kind}", f"the {kind} in {world.city()}")


def _subject_dish(world: World) -> str:
    kind = world.pick("stew", "pie", "cake", "casserole", "sauce", "soup", "pudding", "gratin", "omelet", "sandwich")
    return world.pick(f"the {world.pseudo(capital=True)} {kind}", f"{world.first_name()}'s {kind}", f"the {world.choice(words.ADJECTIVES)} {kind}", f"the {kind} from {world.city()}")


_COMMON: Final = ((_subject_place, _PLACE, "it"), (_subject_company, _COMPANY, "it"), (_subject_person, _PERSON, ""), (_subject_object, _OBJECT, "it"))
SUBJECTS: Final = (
    *_COMMON, *_COMMON, (_subject_animal, _ANIMAL, "it"), (_subject_ship, _SHIP, "it"), (_subject_book, _BOOK, "it"), (_subject_festival, _FESTIVAL, "it"),
    (_subject_software, _SOFTWARE, "it"), (_subject_house, _HOUSE, "it"), (_subject_dish, _DISH, "it"),
)  # fmt: skip
"""How to name a subject, what may be said of it, and the pronoun for it, if one is safe; the common ones twice."""
