"""What the user told earlier: told in one way, asked for in another, with other talk between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from . import words
from .conversation import Conversation
from .passages import one_fact
from .phrasing import question, statement
from .world import World, article, capital, listed


@dataclass(frozen=True)
class Told:
    """One thing that the user told: in which words, how it is asked for, and the answer."""

    words: str
    questions: tuple[str, ...]
    answer: str


Memory = dict[str, Told]
"""What was told so far, by attribute."""

_Attribute = tuple[Callable[[World], Any], str, str, str]
_KIN: Final = {
    "mother": "who brought me up", "father": "what do other people call my dad", "husband": "which man did I marry", "wife": "which woman did I marry", "boss": "whom do I work under", "teacher": "who gives me lessons", "doctor": "who treats me when I am ill",
    "dentist": "who looks after my teeth", "landlord": "who owns the flat I live in", "coach": "who trains me", "hairdresser": "who cuts my hair", "grandmother": "what do other people call my grandma", "grandfather": "what do other people call my grandpa",
}  # fmt: skip
"""People of whom one has one, and a question that means them."""
_ATTRIBUTES: Final[dict[str, _Attribute]] = {
    "name": (lambda world: world.first_name() if world.chance(0.8) else world.name(), "my name is {v}|I'm {v}|I am {v}|call me {v}|the name is {v}|you can call me {v}|people call me {v}|this is {v}|{v} is my name", "what is my name|what's my name|who am I|do you remember my name|what am I called|how am I called|do you know who I am|what do people call me", "Your name is {v}."),
    "job": (lambda world: world.choice(world.jobs), "I'm a {v}|I am a {v}|I work as a {v}|my job is {v}|I earn my living as a {v}|by profession I am a {v}|I make my money as a {v}", "what is my job|what's my job|what do I do for a living|what do I work as|what is my profession|how do I earn my money|what do I do for work", "You are a {v}."),
    "city": (World.city, "I live in {v}|I am from {v}|I'm from {v}|my home is {v}|I moved to {v}|my flat is in {v}|I come from {v}", "where do I live|which city do I live in|where am I from|what city is my home|where is my home|in which town do I live", "You live in {v}."),
    "color": (lambda world: world.choice(words.COLORS), "my favorite color is {v}|the color I like best is {v}|I love the color {v}|I like {v} most of all colors|my favourite colour is {v}", "what is my favorite color|which color do I like|what color do I like best|what is my favourite colour|which color do I love", "Your favorite color is {v}."),
    "age": (lambda world: world.randint(5, 99), "I am {v} years old|I'm {v} years old|my age is {v}|I just turned {v}|I am {v}", "how old am I|what is my age|what's my age|how many years old am I", "You are {v} years old."),
    "dog": (World.first_name, "my dog is called {v}|I have a dog named {v}|my dog's name is {v}|I have a dog, {v}|our dog is {v}", "what is my dog's name|what's the name of my dog|what is my dog called|how is my dog called|what do I call my dog", "Your dog is called {v}."),
    "cat": (World.first_name, "my cat is called {v}|I have a cat named {v}|my cat's name is {v}|I share my home with a cat called {v}|our cat is {v}|my cat listens to the name {v}", "what is my cat's name|what's the name of my cat|what is my cat called|how do I call my cat|which name does my cat have|to which name does my cat listen", "Your cat is called {v}."),
    "number": (World.integer, "my lucky number is {v}|remember the number {v}|the secret number is {v}|my number is {v}|keep the number {v} in mind", "what is my number|which number did I tell you|what was the number|what is my lucky number|which number should you remember|what is the secret number", "The number is {v}."),
    "word": (lambda world: world.pick(world.code(), world.pseudo(capital=False), world.noun()), "the secret word is {v}|remember the word {v}|the password is {v}|remember this code: {v}|the code word is {v}|keep this in mind: {v}|the magic word is {v}", "what is the secret word|what was the word|what is the password|what was the code|which word did I tell you|what did I ask you to remember|what is the code word|what is the magic word", "It is {v}."),
    "food": (lambda world: world.choice(world.foods), "my favorite food is {v}|I like to eat {v}|I love {v}|I could eat {v} every day|for dinner I like {v} best", "what is my favorite food|what do I like to eat|which food do I love|what could I eat every day|what is my favorite dish", "Your favorite food is {v}."),
    "hobby": (lambda world: world.choice(world.hobbies), "my hobby is {v}|I enjoy {v}|in my free time I like {v}|on weekends I do {v}|I am fond of {v}", "what is my hobby|what do I do in my free time|what do I enjoy|how do I spend my weekends|what am I fond of", "Your hobby is {v}."),
    "friend": (World.first_name, "my best friend is {v}|my best friend is called {v}|{v} is my best friend|nobody is closer to me than {v}|my closest friend is {v}", "who is my best friend|what is the name of my best friend|what is my best friend called|who is closest to me|which person do I like most", "Your best friend is {v}."),
    "sister": (World.first_name, "my sister is called {v}|I have a sister named {v}|my sister's name is {v}|{v} is my sister|our parents named my sister {v}", "what is my sister's name|who is my sister|what is my sister called|how is my sister called|which name does my sister have|what do I call my sister", "Your sister is called {v}."),
    "brother": (World.first_name, "my brother is called {v}|I have a brother named {v}|my brother's name is {v}|{v} is my brother|our parents named my brother {v}", "what is my brother's name|who is my brother|what is my brother called|how is my brother called|which name does my brother have|what do I call my brother", "Your brother is called {v}."),
    "birthday": (lambda world: f"{world.choice(words.MONTHS)} {world.randint(1, 28)}", "my birthday is on {v}|I was born on {v}|I celebrate my birthday on {v}|my birthday is {v}|my cake has candles every {v}", "when is my birthday|on which day was I born|when do I celebrate|on what date do people give me presents|what is my birthday|when do I get a year older", "Your birthday is on {v}."),
    "company": (lambda world: world.pseudo(capital=True), "I work at {v}|my company is {v}|I work for {v}|my employer is {v}|I am employed by {v}|my salary comes from {v}|{v} is the firm I work for", "where do I work|what is my company|who is my employer|for whom do I work|which firm pays me|what is the name of my company|where do I go to work|who pays my salary", "You work at {v}."),
    "language": (lambda world: world.choice(words.LANGUAGES), "I speak {v}|my mother tongue is {v}|I am learning {v}|at home we talk in {v}|I grew up with {v}", "which language do I speak|what language did I mention|what is my language|in which tongue do I talk|in what language should people talk to me|what do we talk at home", "You speak {v}."),
    "email": (World.email, "my email is {v}|you can reach me at {v}|write to me at {v}|my mail address is {v}|mails for me go to {v}", "what is my email|where can you reach me|what is my email address|where should mails for me go|to which address can people write me|how do I get mail", "Your email is {v}."),
    "room": (lambda world: world.randint(1, 900), "my room number is {v}|I am in room {v}|I stay in room {v}|they put me in room {v}|you find me in room {v}", "which room am I in|what is my room number|in which room do I stay|where do I sleep in this hotel|where can people find me in the building|what number is on my door", "You are in room {v}."),
    "allergy": (lambda world: world.choice(world.items), "I am allergic to {v}|I can't eat {v}|I get sick from {v}|I become ill when I eat {v}|the doctor told me to avoid {v}", "what am I allergic to|what can I not eat|which food is bad for me|what makes me sick|what should not be on my plate|what must I avoid", "You are allergic to {v}."),
    "home town": (World.city, "I grew up in {v}|I was born in {v}|my home town is {v}|I spent my childhood in {v}|my family is from {v}", "what is my home town|where did I grow up|where was I born|in which city was I a child|where are my roots", "Your home town is {v}."),
    "number plate": (lambda world: f"{world.letters(2)} {world.letters(1)} {world.digits(3)}", "my number plate is {v}|the plate of my car is {v}|my car has the plate {v}|on my license plate you read {v}", "what is my number plate|which plate does my car have|what is written on the plate of my car|what is my license plate|how is my car registered", "Your number plate is {v}."),
    "car": (lambda world: f"{world.choice(words.COLORS)} {world.pseudo(capital=True)}", "I drive a {v}|my car is a {v}|I bought a {v}|I own a {v}|a {v} stands in my garage", "what car do I have|which car do I drive|what is my car|what kind of car do I own|what stands in my garage", "Your car is a {v}."),
    "shoe size": (lambda world: world.randint(30, 49), "my shoe size is {v}|I wear shoes in size {v}|I need shoes in size {v}|size {v} fits my feet", "what is my shoe size|which size of shoes do I wear|how big are my feet|what size should my boots be|in what size do I buy shoes", "Your shoe size is {v}."),
    "height": (lambda world: world.randint(140, 205), "I am {v} centimeters tall|my height is {v} centimeters|I measure {v} centimeters", "how tall am I|what is my height|how many centimeters do I measure|how high must a door be for me", "Your height is {v} centimeters."),
    "weight": (lambda world: world.randint(40, 130), "I weigh {v} kilos|my weight is {v} kilos|the scale shows {v} kilos when I stand on it", "how much do I weigh|what is my weight|how heavy am I|what does the scale say about me", "Your weight is {v} kilos."),
    "instrument": (lambda world: world.pick("piano", "drums", "flute", "cello", "harp", "trumpet", "guitar", "accordion", "clarinet", "banjo"), "I play the {v}|my instrument is the {v}|I take lessons on the {v}|I practice the {v} every day|in my band I play the {v}", "which instrument do I play|what is my instrument|what do I play in the band|with what do I make music|what am I practicing", "Your instrument is the {v}."),
    "sport": (lambda world: world.pick("tennis", "football", "hockey", "judo", "golf", "rugby", "boxing", "rowing", "badminton", "handball", "fencing"), "my sport is {v}|I train {v} twice a week|I am in a {v} club|I am good at {v}", "which sport do I do|what is my sport|what do I train|in what kind of club am I|how do I keep fit", "Your sport is {v}."),
    "school": (lambda world: f"{world.pseudo(capital=True)} {world.pick('School', 'College', 'Academy', 'High School')}", "I go to {v}|my school is {v}|I am a pupil at {v}|I learn at {v}|I have classes at {v}", "which school do I go to|what is my school|where do I have my lessons|where do I learn|what is the name of my school", "Your school is {v}."),
    "subject": (lambda world: world.pick("physics", "law", "medicine", "history", "biology", "economics", "philosophy", "chemistry", "music", "geography"), "I study {v}|my subject is {v}|I am a student of {v}|at the university I do {v}", "what do I study|what is my subject|what do I learn at the university|in which field am I a student", "Your subject is {v}."),
    "wifi password": (World.code, "my wifi password is {v}|the password of my wifi is {v}|to get into my wifi you type {v}|our wifi opens with {v}", "what is my wifi password|how do I get into my wifi|what must guests type for the wifi|with what password do I go online|which password has my network", "Your wifi password is {v}."),
    "door code": (lambda world: world.digits(world.randint(4, 6)), "my door code is {v}|the code of my front door is {v}|my door opens with {v}|to get into my house you press {v}", "what is my door code|how do I open my front door|which numbers must I press at my door|how does a guest get into my house|what opens my door", "Your door code is {v}."),
    "flight": (lambda world: f"{world.letters(2)}{world.digits(3)}", "my flight is {v}|I am on flight {v}|I fly with {v}|I booked flight {v}|my ticket is for flight {v}", "what is my flight|which flight am I on|what flight did I book|which plane do I take|what is my flight number", "Your flight is {v}."),
    "seat": (lambda world: f"{world.randint(1, 60)}{world.choice('ABCDEF')}", "my seat is {v}|I sit in seat {v}|I have seat {v}|they gave me seat {v}", "what is my seat|where do I sit|which seat did they give me|what is my seat number|on which place am I sitting", "Your seat is {v}."),
    "gate": (lambda world: f"{world.choice('ABCDEFG')}{world.randint(1, 80)}", "my gate is {v}|I board at gate {v}|my plane leaves from gate {v}", "what is my gate|where do I board|from which gate do I leave|to which gate must I go", "Your gate is {v}."),
    "hotel": (lambda world: f"the {world.pick('Grand', 'Royal', 'Park', 'Central', 'Old')} {world.pseudo(capital=True)}", "I stay at {v}|my hotel is {v}|I sleep at {v} this week|I booked a room at {v}", "which hotel am I in|what is my hotel|where do I spend the night|where did I book a room|where do I sleep this week", "Your hotel is {v}."),
    "vacation": (World.city, "I will go on vacation to {v}|my next trip goes to {v}|this summer I travel to {v}|I booked a trip to {v}", "where will I go on vacation|where does my next trip go|what is my travel goal|which city will I visit|where am I going this summer", "Your next trip is to {v}."),
    "phone": (World.phone, "my phone number is {v}|you can call me at {v}|my number at home is {v}|I can be reached at {v} by phone", "what is my phone number|how can you call me|which number do people dial to reach me|under what number do I answer", "Your phone number is {v}."),
    "website": (World.url, "my website is {v}|my homepage is at {v}|I have a blog at {v}|you find me online at {v}", "what is my website|where is my homepage|what is the link to my blog|where do people find me online", "Your website is {v}."),
    "street": (lambda world: f"{world.randint(1, 200)} {world.pseudo(capital=True)} Street", "my address is {v}|I live at {v}|send my letters to {v}|my house is at {v}", "what is my address|where should letters for me go|in which street is my house|where does the postman find me", "Your address is {v}."),
    "customer number": (World.code, "my customer number is {v}|I am customer {v}|in your files I am number {v}", "what is my customer number|under which number am I in the files|which customer am I|what number do I have as a customer", "Your customer number is {v}."),
    "salary": (lambda world: world.randint(10, 99) * 100, "I earn {v} dollars a month|my salary is {v} dollars|they pay me {v} dollars a month|I make {v} dollars every month", "what is my salary|how much do I earn|what do they pay me|how much money do I get every month", "Your salary is {v} dollars."),
    "rent": (lambda world: world.randint(3, 30) * 100, "my rent is {v} dollars|I pay {v} dollars for my flat|my flat costs {v} dollars a month", "how much is my rent|what do I pay for my flat|how expensive is my flat|what does the landlord get from me", "Your rent is {v} dollars."),
    "drink": (lambda world: world.pick("green tea", "black coffee", "cocoa", "lemonade", "apple juice", "cold milk", "ginger beer", "mint tea"), "my favorite drink is {v}|I like to drink {v}|I never say no to {v}|when I am thirsty I take {v}", "what is my favorite drink|what do I like to drink|what should be in my glass|what do I take when I am thirsty", "Your favorite drink is {v}."),
    "animal": (lambda world: world.choice(words.ANIMALS), "my favorite animal is the {v}|the animal I like best is the {v}|no animal is dearer to me than the {v}", "what is my favorite animal|which animal do I like best|which animal is dearest to me|what animal do I love", "Your favorite animal is the {v}."),
    "season": (lambda world: world.pick("spring", "summer", "autumn", "winter"), "my favorite season is {v}|I like {v} best of all seasons|the best time of the year is {v} for me", "what is my favorite season|which season do I like|which time of the year is best for me|what part of the year do I love", "Your favorite season is {v}."),
    "day": (lambda world: world.choice(words.DAYS), "my day off is {v}|I never work on {v}|on {v} I have no work", "which day do I have free|what is my day off|on which day do I not work|when can I stay at home", "Your day off is {v}."),
    "band": (lambda world: f"the {world.pseudo(capital=True)} {world.pick('Boys', 'Sisters', 'Band', 'Brothers')}", "my favorite band is {v}|I love the songs of {v}|I listen to {v} all day|I am a fan of {v}", "what is my favorite band|which band do I listen to|whose songs do I love|of whom am I a fan", "Your favorite band is {v}."),
    "appointment": (World.time, "my appointment is at {v}|I see the doctor at {v}|I must be at the doctor's at {v}", "what time is my appointment|when do I see the doctor|when must I be at the doctor's|at what time does the doctor expect me", "Your appointment is at {v}."),
    "wake up": (lambda world: f"{world.randint(4, 10)}:{world.pick('00', '15', '30', '45')}", "I get up at {v}|my alarm rings at {v}|I leave my bed at {v}", "when do I get up|when does my alarm ring|what time do I leave my bed|when does my day start", "Your alarm is at {v}."),
    "wedding": (lambda world: f"{world.choice(words.MONTHS)} {world.randint(1, 28)}", "my wedding is on {v}|I get married on {v}|we marry on {v}", "when is my wedding|on which day do I get married|when do I marry|what is the date of my wedding", "Your wedding is on {v}."),
    "team": (lambda world: f"the {world.pick('red', 'blue', 'green', 'white')} {world.choice(words.ANIMALS)} team", "I am in {v}|my team is {v}|I play for {v}|I belong to {v}", "which team am I in|what is my team|for whom do I play|to which team do I belong", "Your team is {v}."),
    "medicine": (lambda world: world.pseudo(capital=True), "I take {v} every morning|my medicine is {v}|the doctor gave me {v}|against the pain I take {v}", "what is my medicine|which pills do I take|what did the doctor give me|what do I take against the pain", "Your medicine is {v}."),
    "phone model": (lambda world: f"{world.pseudo(capital=True)} {world.randint(2, 20)}", "my phone is a {v}|I use a {v} to make calls|I bought a {v} as my phone", "what phone do I have|which phone do I use|with what do I make calls|what is the model of my phone", "Your phone is a {v}."),
    "code language": (lambda world: world.choice(words.CODE_LANGUAGES), "I program in {v}|I write my code in {v}|my favorite programming language is {v}|at work I code in {v}", "which programming language do I use|in what do I write my code|how do I program|what is my favorite programming language", "Your programming language is {v}."),
    "locker": (lambda world: world.randint(1, 500), "my locker is number {v}|I have locker {v}|my things are in locker {v}", "which locker do I have|what is my locker number|where are my things|in which locker did I put my things", "Your locker is number {v}."),
    "level": (lambda world: world.randint(2, 99), "I am on level {v}|I reached level {v} in the game|my level is {v}", "which level am I on|how far am I in the game|what is my level|what level did I reach", "Your level is {v}."),
    **{kind: (World.first_name, f"my {kind} is called {{v}}|I have a {kind} named {{v}}|my {kind}'s name is {{v}}|our {kind} answers to {{v}}|I have a {kind}, {{v}}", f"what is my {kind}'s name|how is my {kind} called|what do I call my {kind}|what is the name of my {kind}|which name did I give to my {kind}", f"Your {kind} is called {{v}}.") for kind in ("horse", "parrot", "rabbit", "hamster", "goldfish", "turtle", "pony", "canary", "goat", "snake")},
    **{kind: (World.name, f"my {kind} is called {{v}}|my {kind} is {{v}}|{{v}} is my {kind}|my {kind}'s name is {{v}}|I have {article(kind)} named {{v}}", f"who is my {kind}|what is my {kind}'s name|what is the name of my {kind}|how is my {kind} called|do you remember who my {kind} is", f"Your {kind} is called {{v}}.") for kind in ("son", "daughter", "uncle", "aunt", "cousin", "nephew", "niece", "colleague", "neighbor", "roommate")},
    **{kind: (World.name, f"my {kind} is called {{v}}|my {kind} is {{v}}|{{v}} is my {kind}|my {kind}'s name is {{v}}", f"who is my {kind}|what is my {kind}'s name|what is the name of my {kind}|how is my {kind} called|{asked}", f"Your {kind} is called {{v}}.") for kind, asked in _KIN.items()},
}  # fmt: skip


def _anything(world: World, memory: Memory) -> tuple[str, Told]:
    """A fact that has nothing to do with the user; the answer is the user's sentence."""
    fact = one_fact(world)
    sentence = fact.sentence.removesuffix(".")
    told = sentence[0].lower() + sentence[1:] if sentence.startswith(("The ", "A ", "In ", "On ")) else sentence
    told = world.pick(told, told, f"keep in mind that {told}", f"remember that {told}", f"you should know that {told}")
    return sentence, Told(told, fact.questions, fact.sentence)


def _own_attribute(world: World, memory: Memory) -> tuple[str, Told]:
    """Something of the user's that no list has."""
    noun = world.noun()
    favorite = world.pick("band", "writer", "season", "sport", "drink", "movie", "book", "animal", "game", "song")
    what = world.pick(f"favorite {noun}", noun, f"first {noun}", f"old {noun}", f"new {noun}", f"favorite {favorite}")
    value = world.pick(world.thing(), world.pseudo(), world.name(), world.code(), world.choice(words.ANIMALS))
    tells = (f"my {what} is {value}", f"my {what} is {value}", f"my {what} is called {value}", f"{value} is my {what}", f"as my {what} I chose {value}")
    asks = (f"what is my {what}", f"which {what} do I have", f"what did I say about my {what}", f"do you remember my {what}", f"what was my {what}")
    return what, Told(world.choice(tells), asks, f"Your {what} is {value}.")


def _attribute(world: World, memory: Memory) -> tuple[str, Told]:
    """Something that people tell about themselves."""
    left = [name for name in _ATTRIBUTES if name not in memory] or ["name"]
    what = "name" if "name" in left and world.chance(0.3) else world.familiar(left)
    make, tells, asks, answer = _ATTRIBUTES[what]
    value = str(make(world))
    return what, Told(
        world.choice(tells.split("|")).replace("{v}", value), tuple(asks.split("|")), answer.replace("{v}", value)
    )


def tell_turn(world: World, chat: Conversation, memory: Memory, count: int = 0) -> None:
    """The user tells one to four things."""
    told: dict[str, Told] = {}
    for _ in range(count or world.weighted({1: 45, 2: 33, 3: 16, 4: 6})):
        make = world.weighted({_own_attribute: 20, _anything: 12, _attribute: 68})
        what, fact = make(world, {**memory, **told})
        told.setdefault(what, fact)
    memory.update(told)
    sentences = [fact.words for fact in told.values()]
    greeting = world.pick("", "", "", "Hi! ", "Hello, ", "Hi, ", "Please remember this: ", "For the record: ", "Just so you know, ", "Hey, ")
    joined = listed(sentences) if world.chance(0.7) else ". ".join(capital(each) for each in sentences)
    chat.user(statement(world, capital(greeting + joined) if world.chance(0.85) else greeting + joined))
    if "name" in told:
        name = told["name"].answer.removeprefix("Your name is ").removesuffix(".")
        chat.answer(f"Nice to meet you, {name}!", "I should remember this.")
    else:
        chat.answer("Thanks, I will remember that.", "I should remember this.")


_ABOUT_USER: Final = {
    "name": "The user is called {v}.|The name of the user is {v}.|You talk to {v}.|The user's name is {v}.", "city": "The user lives in {v}.|The user is in {v}.", "job": "The user is a {v}.|The user works as a {v}.",
    "food": "The user likes {v}.", "age": "The user is {v} years old.", "language": "The user speaks {v}.",
}  # fmt: skip


def tell_in_system(world: World, chat: Conversation, memory: Memory) -> None:
    """The system prompt tells who the user is."""
    sentences = [world.pick("You are a helpful assistant.", "", "Be kind.")]
    for what in world.sample(list(_ABOUT_USER), world.randint(1, 3)):
        make, _, asks, answer = _ATTRIBUTES[what]
        value = str(make(world))
        sentences.append(world.choice(_ABOUT_USER[what].split("|")).replace("{v}", value))
        memory[what] = Told("", tuple(asks.split("|")), answer.replace("{v}", value))
    chat.system(" ".join(sentences).strip())


def recall_turn(world: World, chat: Conversation, memory: Memory) -> bool:
    """The user asks for something told before, or now and then for something never told."""
    never = [name for name in _ATTRIBUTES if name not in memory]
    if world.chance(0.05):
        chat.user(question(world, world.choice(_ATTRIBUTES[world.choice(never)][2].split("|"))))
        chat.answer("I do not know. You have not told me yet.", "The user has not told me.")
        return True
    if not memory:
        return False
    told = memory[world.choice(list(memory))]
    chat.user(question(world, world.choice(told.questions)))
    chat.answer(told.answer, f"The user told me this. {told.answer}", short=_short(told.answer))
    chat.skill = chat.skill or "memory"
    return True


def _short(answer: str) -> str:
    """Only the value."""
    for cut in (" is called ", " is on ", " is ", " are a ", " are allergic to ", " are in room ", " are ", " in ", " at ", " speak "):
        if cut in answer:
            return answer.split(cut, 1)[1].removesuffix(" years old.").removesuffix(".") + "."
    return answer


def quote_turn(world: World, chat: Conversation) -> bool:
    """The user asks for the wording of an earlier message."""
    said = [message["content"] for message in chat.messages if message["role"] == "user" and len(message["content"]) < 160]
    if not said:
        return False
    first = world.chance(0.5)
    asks = ("what was my first message", "what did I say first", "what was the first thing I wrote") if first else ("what did I just say", "what was my last message", "what did I write last", "repeat my last message")
    chat.user(question(world, world.choice(asks)))
    chat.answer(f"You said: {said[0] if first else said[-1]}", "I look at the earlier messages.")
    return True
