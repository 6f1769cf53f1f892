"""What the user told earlier: told in one way, asked for in another, with other talk between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from . import words
from .conversation import Conversation
from .passages import one_fact
from .phrasing import question, statement
from .world import World, capital, listed


@dataclass(frozen=True)
class Told:
    """One thing that the user told: in which words, how it is asked for, and the answer."""

    words: str
    questions: tuple[str, ...]
    answer: str


Memory = dict[str, Told]
"""What was told so far, by attribute."""

_Attribute = tuple[Callable[[World], Any], str, str, str]
_ATTRIBUTES: Final[dict[str, _Attribute]] = {
    "name": (lambda world: world.first_name() if world.chance(0.8) else world.name(), "my name is {v}|I'm {v}|I am {v}|call me {v}|the name is {v}|you can call me {v}|people call me {v}|this is {v}|{v} is my name", "what is my name|what's my name|who am I|do you remember my name|what am I called|how am I called|do you know who I am|what do people call me", "Your name is {v}."),
    "job": (lambda world: world.choice(world.jobs), "I'm a {v}|I am a {v}|I work as a {v}|my job is {v}|I earn my living as a {v}|by profession I am a {v}|I make my money as a {v}", "what is my job|what's my job|what do I do for a living|what do I work as|what is my profession|how do I earn my money|what do I do for work", "You are a {v}."),
    "city": (World.city, "I live in {v}|I am from {v}|I'm from {v}|my home is {v}|I moved to {v}|my flat is in {v}|I come from {v}", "where do I live|which city do I live in|where am I from|what city is my home|where is my home|in which town do I live", "You live in {v}."),
    "color": (lambda world: world.choice(words.COLORS), "my favorite color is {v}|the color I like best is {v}|I love the color {v}|I like {v} most of all colors|my favourite colour is {v}", "what is my favorite color|which color do I like|what color do I like best|what is my favourite colour|which color do I love", "Your favorite color is {v}."),
    "age": (lambda world: world.randint(5, 99), "I am {v} years old|I'm {v} years old|my age is {v}|I just turned {v}|I am {v}", "how old am I|what is my age|what's my age|how many years old am I", "You are {v} years old."),
    "dog": (World.first_name, "my dog is called {v}|I have a dog named {v}|my dog's name is {v}|I have a dog, {v}|our dog is {v}", "what is my dog's name|what's the name of my dog|what is my dog called|how is my dog called|what do I call my dog", "Your dog is called {v}."),
    "cat": (World.first_name, "my cat is called {v}|I have a cat named {v}|my cat's name is {v}|I share my home with a cat called {v}", "what is my cat's name|what's the name of my cat|what is my cat called|how do I call my cat", "Your cat is called {v}."),
    "number": (World.integer, "my lucky number is {v}|remember the number {v}|the secret number is {v}|my number is {v}|keep the number {v} in mind", "what is my number|which number did I tell you|what was the number|what is my lucky number|which number should you remember|what is the secret number", "The number is {v}."),
    "word": (lambda world: world.pick(world.code(), world.pseudo(capital=False), world.noun()), "the secret word is {v}|remember the word {v}|the password is {v}|remember this code: {v}|the code word is {v}|keep this in mind: {v}|the magic word is {v}", "what is the secret word|what was the word|what is the password|what was the code|which word did I tell you|what did I ask you to remember|what is the code word|what is the magic word", "It is {v}."),
    "food": (lambda world: world.choice(world.foods), "my favorite food is {v}|I like to eat {v}|I love {v}|I could eat {v} every day|for dinner I like {v} best", "what is my favorite food|what do I like to eat|which food do I love|what could I eat every day|what is my favorite dish", "Your favorite food is {v}."),
    "hobby": (lambda world: world.choice(world.hobbies), "my hobby is {v}|I enjoy {v}|in my free time I like {v}|on weekends I do {v}|I am fond of {v}", "what is my hobby|what do I do in my free time|what do I enjoy|how do I spend my weekends|what am I fond of", "Your hobby is {v}."),
    "friend": (World.first_name, "my best friend is {v}|my best friend is called {v}|{v} is my best friend", "who is my best friend|what is the name of my best friend|what is my best friend called", "Your best friend is {v}."),
    "sister": (World.first_name, "my sister is called {v}|I have a sister named {v}|my sister's name is {v}", "what is my sister's name|who is my sister|what is my sister called", "Your sister is called {v}."),
    "brother": (World.first_name, "my brother is called {v}|I have a brother named {v}|my brother's name is {v}", "what is my brother's name|who is my brother|what is my brother called", "Your brother is called {v}."),
    "birthday": (lambda world: f"{world.choice(words.MONTHS)} {world.randint(1, 28)}", "my birthday is on {v}|I was born on {v}|I celebrate my birthday on {v}", "when is my birthday|on which day was I born|when do I celebrate", "Your birthday is on {v}."),
    "company": (lambda world: world.pseudo(capital=True), "I work at {v}|my company is {v}|I work for {v}|my employer is {v}", "where do I work|what is my company|who is my employer|for whom do I work", "You work at {v}."),
    "language": (lambda world: world.choice(words.LANGUAGES), "I speak {v}|my mother tongue is {v}|I am learning {v}", "which language do I speak|what language did I mention|what is my language", "You speak {v}."),
    "email": (World.email, "my email is {v}|you can reach me at {v}|write to me at {v}", "what is my email|where can you reach me|what is my email address", "Your email is {v}."),
    "room": (lambda world: world.randint(1, 900), "my room number is {v}|I am in room {v}|I stay in room {v}", "which room am I in|what is my room number|in which room do I stay", "You are in room {v}."),
    "allergy": (lambda world: world.choice(world.items), "I am allergic to {v}|I can't eat {v}|{v} make me sick", "what am I allergic to|what can I not eat|which food is bad for me", "You are allergic to {v}."),
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
    what = "name" if "name" in left and world.chance(0.3) else world.choice(left)
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
    never = [name for name in ("name", "job", "city", "color", "age", "dog", "food", "hobby") if name not in memory]
    if never and world.chance(0.07):
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
