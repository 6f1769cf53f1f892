"""Things that happened: who did what to what, where and when; with a question for each part.

Free sentences, unlike the fixed relations: any verb with any object.
"""

from __future__ import annotations

from typing import Final

from . import words
from .world import World, article

_VERBS: Final = (
    "repair repaired,fix fixed", "sell sold", "buy bought,purchase purchased", "find found,discover discovered", "lose lost", "paint painted", "open opened", "steal stole", "send sent,mail mailed",
    "build built,construct constructed", "break broke,damage damaged", "hide hid", "borrow borrowed", "return returned,bring back brought back", "clean cleaned,wash washed", "order ordered", "write wrote",
    "photograph photographed", "rent rented", "cook cooked,prepare prepared", "plant planted", "deliver delivered,bring brought", "test tested,try out tried out", "record recorded", "win won", "design designed",
    "carry carried", "replace replaced,exchange exchanged", "publish published", "translate translated", "measure measured", "close closed,shut shut", "start started,begin began", "cancel cancelled,call off called off",
    "finish finished,complete completed", "lead led", "study studied", "visit visited", "catch caught", "present presented,show showed", "collect collected,gather gathered", "burn burned", "name named", "teach taught",
)  # fmt: skip


def event(world: World) -> tuple[str, tuple[str, ...]]:
    """A sentence without its full stop, and questions that it answers."""
    forms = [_halves(pair) for pair in world.choice(_VERBS).split(",")]
    _, past = world.choice(forms)
    verb, other_past = world.choice(forms)
    who = world.pick(world.name(), world.name(), f"the {world.choice(world.jobs)}", f"the {world.choice(words.ADJECTIVES)} {world.choice(world.jobs)}", f"a {world.choice(words.ANIMALS)}", "the class", "the team", "my aunt")
    what = world.pick(f"the {world.noun()}", f"{article(world.choice(words.ADJECTIVES))} {world.noun()}", f"{world.randint(2, 90)} {world.choice(world.items)}", f"the {world.noun()} {world.code()}", f"the {world.noun()} of {world.first_name()}")
    where = world.pick(f"in {world.city()}", f"near the {world.noun()}", f"at the {world.pick('station', 'market', 'harbor', 'school', 'office', 'beach', 'airport', 'farm', 'library')}", f"in room {world.randint(1, 90)}", "behind the house")
    when = world.pick(f"in {world.randint(1800, 2030)}", f"on {world.choice(words.DAYS)}", f"at {world.time()}", f"in {world.choice(words.MONTHS)}", f"on {world.choice(words.MONTHS)} {world.randint(1, 28)}", "last night", f"{world.randint(2, 40)} years ago")
    why = world.pick(f"because of the {world.noun()}", f"for {world.randint(2, 900)} dollars", f"to help {world.first_name()}", f"with a {world.noun()}", f"together with {world.name()}", "")
    parts = [where] * world.chance(0.6) + [when] * world.chance(0.6) + [why] * (bool(why) and world.chance(0.4))
    world.shuffle(parts)
    text = " ".join([who, past, what, *parts])
    if when in parts and world.chance(0.25):
        text = f"{when}, {' '.join([who, past, what, *(part for part in parts if part != when)])}"
    thing = what.split(" of ")[0]
    asks = [f"who {other_past} {thing}", f"what did {who} {verb}", f"what happened to {thing}", f"do you know who {other_past} {thing}"]
    if where in parts:
        asks += [f"where did {who} {verb} {thing}", f"where was that with {thing}"]
    if when in parts:
        asks += [f"when did {who} {verb} {thing}", f"when was that with {thing}"]
    if why in parts and why.startswith(("because", "to")):
        asks.append(f"why did {who} {verb} {thing}")
    if why in parts and why.startswith("for"):
        asks.append(f"for how much did {who} {verb} {thing}")
    if why in parts and why.startswith("together"):
        asks.append(f"with whom did {who} {verb} {thing}")
    return text, tuple(asks)


def _halves(pair: str) -> tuple[str, str]:
    """A verb and its past: "bring back brought back"."""
    found = pair.split(" ")
    middle = len(found) // 2
    return " ".join(found[:middle]), " ".join(found[middle:])
