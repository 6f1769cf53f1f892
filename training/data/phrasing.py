"""How people ask: frames around what they want, sentences before and after it, and careless typing.

A core is an order ("delete the note 4"), a noun phrase ("the price of gold") or a whole question. Values
inside it are marked (``mark``), so that careless typing never touches what must be copied.
"""

from __future__ import annotations

import re
from typing import Final

from . import words
from .world import World, article, capital

_OPEN, _SHUT = "\x02", "\x03"
_MARKED: Final = re.compile(f"({_OPEN}[^{_SHUT}]*{_SHUT})")

_ORDERS: Final = (
    "{c}", "{c}", "{c}", "please {c}", "{c} please", "{c}, please", "can you {c}?", "could you {c}?", "{c} for me",
    "can you please {c}?", "could you please {c} for me?", "would you {c}?", "will you {c}?", "I want you to {c}",
    "I need you to {c}", "I would like you to {c}", "I'd like to {c}", "I want to {c}", "I need to {c}", "we need to {c}",
    "let's {c}", "go ahead and {c}", "now {c}", "just {c}", "help me {c}", "help me to {c}", "I have to {c}", "you can {c}",
    "would you be so kind and {c}?", "I was wondering if you could {c}", "I wonder whether you can {c}", "time to {c}",
    "is it possible to {c}?", "is there a way to {c}?", "make sure to {c}", "don't forget to {c}", "try to {c}",
    "my boss asked me to {c}", "I was told to {c}", "the plan is to {c}", "it would be great if you could {c}",
    "{c}, would you?", "{c}, thanks", "{c} and tell me how it went", "{c} right away", "{c} when you have a minute",
    "do me a favor and {c}", "hey, {c}", "ok, {c}", "so, {c}", "quickly {c}", "kindly {c}", "next step: {c}", "task: {c}",
    "may I ask you to {c}?", "I'd be glad if you could {c}", "someone should {c}", "we should {c}", "how do I {c}?",
    "can we {c}?", "I am trying to {c}", "you need to {c}", "I'm supposed to {c}", "could somebody {c}?", "ready to {c}?",
    "mind helping me {c}?", "what I need is to {c}", "the next thing is to {c}", "all I want is to {c}",
)  # fmt: skip
_WISHES: Final = (
    "what is {c}?", "what is {c}?", "what's {c}?", "tell me {c}", "give me {c}", "show me {c}", "I need {c}", "{c}?", "{c}",
    "can you tell me {c}?", "could you tell me what {c} is?", "do you know {c}?", "I would like to know {c}", "find out {c}",
    "I wonder what {c} is", "I want to know {c}", "any idea what {c} is?", "what would {c} be?", "let me know {c}",
    "please look up {c}", "look up {c}", "check {c}", "please check {c} for me", "find {c}", "get {c}", "get me {c}",
    "I'm curious about {c}", "I am interested in {c}", "I need to know {c}", "can I have {c}?", "could I get {c}, please?",
    "remind me what {c} is", "do we know {c}?", "what about {c}?", "my question is about {c}", "I forgot {c}", "{c}, please",
    "somebody asked me for {c}", "can you find out {c}?", "I have to know {c}", "please send me {c}", "what do we have for {c}?",
)  # fmt: skip
_QUESTIONS: Final = (
    "{c}?", "{c}?", "{c}?", "{c}?", "{c}", "so {c}?", "tell me, {c}?", "hey, {c}?", "do you know {c}?", "I wonder {c}",
    "quick question: {c}?", "can you tell me {c}?", "I'd like to know {c}", "please tell me {c}", "one question, {c}?",
    "question: {c}?", "and {c}?", "ok, {c}?", "by the way, {c}?", "any idea {c}?", "let me know {c}", "could you say {c}?",
    "my colleague asks {c}", "I keep asking myself {c}", "excuse me, {c}?", "find out {c}", "just tell me {c}", "now {c}?",
)  # fmt: skip
_TRAILERS: Final = (
    "Thanks!", "Thank you.", "Thanks in advance.", "It is urgent.", "I am in a hurry.", "That would help a lot.", "Take your time.",
    "No rush.", "I really need it.", "Be quick.", "I would be very grateful.", "You are the best.", "Cheers!", "Then I am happy.",
    "I hope that is fine.", "That is all for now.", "I count on you.", "Sorry for the trouble.", "If you can.", "Do it now.",
    "Use a tool for that.", "Use the tool.", "Let me know.", "Nothing else.", "I owe you one.",
)  # fmt: skip


def mark(value: str) -> str:
    """``value`` as something that must be copied as it stands."""
    return f"{_OPEN}{value}{_SHUT}"


def plain(text: str) -> str:
    """``text`` without marks."""
    return text.replace(_OPEN, "").replace(_SHUT, "")


def order(world: World, core: str) -> str:
    """An order, asked for in some way."""
    return _finish(world, _framed(world, _ORDERS, core))


def wish(world: World, core: str) -> str:
    """A noun phrase, asked about in some way."""
    return _finish(world, _framed(world, _WISHES, core))


def question(world: World, core: str) -> str:
    """A question without its question mark, asked in some way."""
    return _finish(world, _framed(world, _QUESTIONS, core))


def statement(world: World, text: str) -> str:
    """Something told, not asked."""
    return _finish(world, text if text[-1] in ".!" else text + world.pick(".", ".", "!", ""), trailing=False)


def lead(world: World) -> str:
    """A sentence that has nothing to do with what follows."""
    who = world.pick("I", "we", "my sister", "my boss", "our team", "the neighbor", world.first_name())
    did = world.pick(
        "just came back from lunch", "had a long day", "slept badly", f"bought {article(world.noun())}", "will travel soon",
        f"met {world.first_name()} today", "like this weather", "worked late", f"lost the {world.noun()} again",
        f"talked about the {world.noun()}", "need a break", f"moved to {world.city()}", "did not have any coffee yet",
        f"saw a {world.choice(words.ANIMALS)} outside", "started a new job", "read something about it",
        f"will visit {world.city()} next week", "have no time", "forgot about it", "could not find it anywhere",
    )  # fmt: skip
    joined = world.pick(
        "Hi!", "Hello.", "Good morning!", "Hi there,", "Ok.", "Well.", "Sorry to bother you.", "One more thing.", "Hey!",
        "I have a question.", "I need some help.", "A small request.", "Listen.", "Good evening.", "It is me again.",
    )  # fmt: skip
    if world.chance(0.4):
        return joined
    sentence = capital(f"{who} {did}") + world.pick(".", ".", "!", " and now this.", ", so I need your help.")
    return sentence if world.chance(0.8) else f"{joined} {sentence}"


def _framed(world: World, frames: tuple[str, ...], core: str) -> str:
    frame = frames[0] if world.chance(0.25) else world.choice(frames)
    return frame.replace("{c}", core)


def _finish(world: World, text: str, *, trailing: bool = True) -> str:
    """``text`` as a message: punctuation, sentences around it, and the typing of this person."""
    ended = text[-1] in "?.!"
    if not ended and text[-1] != _SHUT:
        text += world.pick(".", ".", "", "!")
    elif not ended:
        text += world.pick(".", "", "")
    careless = world.chance(0.15)
    text = text if careless and world.chance(0.7) else _capitalized(text)
    if world.chance(0.13):
        text = f"{lead(world)} {text}"
    if trailing and world.chance(0.08):
        text = f"{text if text[-1] in '?.!' else text + '.'} {world.choice(_TRAILERS)}"
    if careless:
        text = _careless(world, text)
    return plain(text)


def _capitalized(text: str) -> str:
    return text if text.startswith(_OPEN) else capital(text)


def _careless(world: World, text: str) -> str:
    """Typed in a hurry: small letters, no full stop, here and there a slip."""
    pieces = _MARKED.split(text)
    if world.chance(0.6):
        pieces = [piece if piece.startswith(_OPEN) else piece.lower() for piece in pieces]
    if world.chance(0.5) and pieces[-1] and pieces[-1][-1] in ".?!":
        pieces[-1] = pieces[-1][:-1]
    if world.chance(0.5):
        pieces = [piece if piece.startswith(_OPEN) else _slip(world, piece) for piece in pieces]
    return "".join(pieces)


def _slip(world: World, text: str) -> str:
    """One or two letters in a longer word go wrong."""
    spots = [match.span() for match in re.finditer(r"[a-z]{4,}", text)]
    if not spots:
        return text
    start, end = world.choice(spots)
    at = world.randint(start + 1, end - 2)
    kind = world.random()
    if kind < 0.4:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + text[at + 1 :] if kind < 0.7 else text[:at] + text[at] + text[at:]
