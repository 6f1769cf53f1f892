"""Made-up tools, and requests that only the right one of them fits.

Names, descriptions and requests use different words for the same thing where the lists have them, so
that a tool is found by what it means and not only by its letters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import words
from .hints import CLAUSES, REASONS
from .inflection import gerund, past, third
from .parameters import Parameter, make_parameter, said, spoken
from .phrasing import mark, order, question, statement, wish
from .world import World, article, capital, listed

Arguments = dict[str, Any]


@dataclass
class Tool:
    """A tool. ``verb`` and ``noun`` (or ``attribute``) say what it is about; ``ask`` puts a request into
    words; ``result`` makes a result and what the assistant says about it, where that is particular. ``alone``
    says that no other tool at hand has its noun."""

    name: str
    description: str
    parameters: list[Parameter] = field(default_factory=list)
    verb: str = ""
    noun: str = ""
    family: str = ""
    ask: Callable[[World, Tool, Arguments], str] | None = None
    result: Callable[[World, Arguments], tuple[str, str]] | None = None
    alone: bool = False

    def spec(self) -> dict[str, Any]:
        required = [each.name for each in self.parameters if each.required]
        parameters: dict[str, Any] = {
            "type": "object",
            "properties": {each.name: each.schema() for each in self.parameters},
        }
        if required:
            parameters["required"] = required
        return {
            "type": "function",
            "function": {"name": self.name, "description": self.description, "parameters": parameters},
        }

    def arguments(self, world: World) -> Arguments:
        """Values for a call; what is optional is often left out."""
        return {
            each.name: each.value(world) for each in self.parameters if each.required or world.chance(0.45)
        }

    def request(self, world: World, arguments: Arguments) -> str:
        """What a person writes who wants this call."""
        if world.chance(0.05):
            return _by_name(world, self, arguments)
        return (self.ask or _ask_action)(world, self, arguments)


def make_tool(world: World, near: Tool | None = None) -> Tool:
    """A tool nobody has seen; ``near`` is a tool whose noun or verb it shares, to be mistaken for."""
    make = world.weighted({_action: 55, _lookup: 27, _nameless: 18})
    return make(world, near)


# -- tools that do something


def _action(world: World, near: Tool | None) -> Tool:
    verb, noun = world.verb(), world.noun()
    if near is not None and near.noun:
        if near.verb and near.verb not in words.ATTRIBUTES and world.chance(0.4):
            verb = near.verb
        else:
            noun = near.noun
    parameters = _parameters(world, noun, world.weighted({0: 8, 1: 36, 2: 32, 3: 17, 4: 7}))
    return Tool(_tool_name(world, verb, noun), _about_action(world, verb, noun, parameters), parameters, verb, noun)


def _parameters(world: World, noun: str, count: int, first: str = "") -> list[Parameter]:
    found: list[Parameter] = []
    for position in range(count):
        kind = first if position == 0 else ""
        found.append(make_parameter(world, {each.name for each in found}, noun, kind))
        found[-1].required = position == 0 or world.chance(0.6)
    return found


def _tool_name(world: World, verb: str, noun: str) -> str:
    parts = (verb.replace(" ", "_"), noun.replace(" ", "_"))
    camel = parts[0] + parts[1].title().replace("_", "")
    styles = {
        f"{parts[0]}_{parts[1]}": 60, camel: 9, f"{parts[1]}_{parts[0]}": 8, capital(camel): 4, f"{parts[1]}.{parts[0]}": 4,
        f"{parts[0]}-{parts[1]}": 4, f"{parts[1]}s_{parts[0]}": 3, f"{parts[0]}_{parts[1]}s": 2,
        f"mcp__{parts[1]}__{parts[0]}": 2, f"{world.pseudo(capital=False)}_{parts[0]}_{parts[1]}": 4,
    }  # fmt: skip
    return world.weighted(styles)


def _about_action(world: World, verb: str, noun: str, parameters: list[Parameter]) -> str:
    other = _same_verb(world, verb) if world.chance(0.5) else verb
    thing = _synonym(world, noun, 0.4)
    by = f" by {parameters[0].name.replace('_', ' ')}" if parameters and world.chance(0.3) else ""
    return world.pick(
        f"{capital(other)} {article(thing)}{by}", f"{capital(other)} {article(thing)}{by}.", f"{capital(other)} the {thing}{by}.",
        f"{capital(other)} the {thing} of a person.", f"Use this to {other} {article(thing)}{by}.", f"{capital(other)} {thing}s",
        f"Tool that can {other} {article(thing)}", f"{capital(other)} an existing {thing}{by}", f"Lets you {other} {thing}s.", "",
        f"{capital(other)} {article(thing)} in the system{by}.", f"Helps to {other} the {thing}.",
        f"{capital(third(other))} {article(thing)}{by}.", f"{capital(third(other))} the {thing}.", f"{capital(third(other))} {thing}s", f"{capital(third(other))} the {thing} of somebody{by}.",
    )  # fmt: skip


def _synonym(world: World, noun: str, probability: float) -> str:
    others = words.NOUN_SYNONYMS.get(noun)
    return world.choice(others) if others and world.chance(probability) else noun


def _same_verb(world: World, verb: str) -> str:
    """A verb that means the same, where there is one."""
    return world.choice(words.VERBS.get(verb, (verb,)))


def _ask_action(world: World, tool: Tool, arguments: Arguments) -> str:
    verb = _same_verb(world, tool.verb) if world.chance(0.6) else tool.verb
    noun = _synonym(world, tool.noun, 0.35)
    given = [each for each in tool.parameters if each.name in arguments]
    direct = ""
    if given and given[0].kind in ("code", "name", "word", "city", "path", "query") and world.chance(0.55):
        value = spoken(world, given[0], arguments[given[0].name])
        direct = f" in {value}" if given[0].kind == "city" else world.pick(f" {value}", f" {value}", f" called {value}")
        given = given[1:]
    determiner = world.pick("the", "the", "my", "this", "") if direct else world.pick("the", "the", "the", "a", "my", "our", "this", "")
    thing = f"{determiner} {noun}{direct}".strip()
    if world.chance(0.12):
        return _telegram(world, f"{verb} {noun}{direct}", [(each, arguments[each.name]) for each in given])
    loose = [each for each in given if each.kind in CLAUSES and world.chance(0.2)]
    clauses = [_clause(world, each, arguments[each.name]) for each in loose]
    given = [each for each in given if each not in loose]
    phrases = [said(world, each, arguments[each.name], bare=len(given) == 1 and world.chance(0.5)) for each in given]
    if len(phrases) > 1 and world.chance(0.4):
        world.shuffle(phrases)
    if tool.alone and world.chance(0.1):
        return order(world, _joined(world, world.pick(f"do the {noun} thing{direct}", f"take care of {thing}", f"see to {thing}", f"handle {thing}"), phrases) + "".join(clauses))
    if world.chance(0.3):
        core = _reason(world, thing, tool.verb) if tool.verb in REASONS and world.chance(0.45) else _thing_first(world, thing, verb)
        return statement(world, _joined(world, core, phrases) + "".join(clauses))
    if phrases and world.chance(0.06):
        front = phrases.pop(0)
        return order(world, f"{front}, {_joined(world, f'{verb} {thing}', phrases)}" + "".join(clauses))
    if clauses and world.chance(0.4):
        return statement(world, f"{clauses.pop(0)[2:]}, {_joined(world, f'{verb} {thing}', phrases)}" + "".join(clauses))
    return order(world, _joined(world, f"{verb} {thing}", phrases) + "".join(clauses))


def _clause(world: World, parameter: Parameter, value: Any) -> str:
    """A loose sentence that gives ``value``, to be put after the rest."""
    form = world.choice(CLAUSES[parameter.kind].split("|"))
    return world.pick(", ", ". ", "; ", ", ") + form.replace("{v}", spoken(world, parameter, value))


def _reason(world: World, thing: str, verb: str) -> str:
    """A sentence from which it follows what is to be done."""
    return world.choice(REASONS[verb].split("|")).replace("{x}", thing)


def _thing_first(world: World, thing: str, verb: str) -> str:
    """A wish that begins with what it is about."""
    return world.pick(
        f"{thing} must be {past(verb)}", f"{thing} has to be {past(verb)}", f"{thing} should be {past(verb)}", f"{thing} needs to be {past(verb)}", f"I want {thing} {past(verb)}",
        f"I need {thing} {past(verb)}", f"get {thing} {past(verb)}", f"have {thing} {past(verb)}", f"{thing}: {verb} it", f"about {thing}, please {verb} it", f"it is time for {gerund(verb)} {thing}",
        f"would you mind {gerund(verb)} {thing}", f"how about {gerund(verb)} {thing}", f"I am thinking of {gerund(verb)} {thing}", f"we thought of {gerund(verb)} {thing}", f"{thing} still has to be {past(verb)}",
        f"somebody forgot to {verb} {thing}", f"you forgot to {verb} {thing}", f"nobody has {past(verb)} {thing} yet, do it",
    )  # fmt: skip


def _telegram(world: World, core: str, given: list[tuple[Parameter, Any]]) -> str:
    """As few words as possible: values without what they are."""
    values = [said(world, each, value) if each.kind in ("boolean", "object") else spoken(world, each, value) for each, value in given]
    return statement(world, core + world.pick(" ", ", ", " ") * bool(values) + world.pick(", ", ", ", " ").join(values))


def _joined(world: World, core: str, phrases: list[str]) -> str:
    """An order followed by the phrases that give its arguments."""
    for position, phrase in enumerate(phrases):
        clause = ":" in phrase or "=" in phrase or phrase.startswith(("the ", "use ", "set ", "make it", "I want")) or " should " in phrase
        last = position == len(phrases) - 1 and position > 0
        if clause:
            core += (" and " if last and world.chance(0.4) else ", ") + phrase
        elif phrase.startswith(("and ", "(")):
            core += f" {phrase}"
        else:
            core += (" and " if last and world.chance(0.4) else world.pick(" ", " ", ", ") if position else " ") + phrase
    return core


# -- tools that tell something


def _lookup(world: World, near: Tool | None) -> Tool:
    attribute, noun = world.choice(world.attributes), world.noun()
    if near is not None and near.noun and world.chance(0.7):
        noun = near.noun
    kind = world.weighted({"code": 30, "name": 15, "word": 20, "city": 15, "query": 8, "path": 4, "url": 4, "date": 4})
    parameters = _parameters(world, noun, world.weighted({1: 75, 2: 20, 3: 5}), kind)
    for each in parameters[1:]:
        each.required = False
    verb = world.pick("get", "get", "lookup", "find", "fetch", "check", "query", "read", "show")
    base = f"{noun}_{attribute}" if world.chance(0.55) else attribute
    name = world.weighted({f"{verb}_{base}": 70, base: 14, f"{verb}{base.title().replace('_', '')}": 10, f"{noun}.{attribute}": 6})
    spaced, thing = attribute.replace("_", " "), _synonym(world, noun, 0.3)
    about = world.pick(
        f"Get the {spaced} of {article(thing)}", f"Returns the {spaced} of {article(thing)}.", f"Look up the {spaced} for a given {thing}.",
        f"Tells the {spaced}.", f"{capital(thing)} {spaced}", f"Find out the {spaced} of the {thing}", f"Current {spaced} of {article(thing)}.", "",
        f"Retrieve {spaced} information for {article(thing)}.",
    )  # fmt: skip
    return Tool(name, about, parameters, attribute, noun, ask=_ask_lookup(attribute))


def _ask_lookup(attribute: str) -> Callable[[World, Tool, Arguments], str]:
    def ask(world: World, tool: Tool, arguments: Arguments) -> str:
        first = tool.parameters[0]
        value = spoken(world, first, arguments[first.name])
        noun = _synonym(world, tool.noun, 0.3)
        thing = world.pick(value, f"{noun} {value}", f"the {noun} {value}", f"the {noun} {value}")
        if first.kind == "city":
            thing = world.pick(f"the {noun} in {value}", f"{value}", f"the {noun} of {value}")
        elif first.kind == "date":
            thing = f"the {noun} on {value}"
        rest = "".join(f" {said(world, each, arguments[each.name])}" for each in tool.parameters[1:] if each.name in arguments)
        if world.chance(0.5):
            form = world.choice(words.ATTRIBUTES[attribute]).replace("{x}", thing)
            return question(world, form + rest)
        spaced = attribute.replace("_", " ")
        core = world.pick(f"the {spaced} of {thing}", f"the {spaced} of {thing}", f"the {spaced} for {thing}", f"{thing}'s {spaced}" if first.kind == "name" else f"the {spaced} of {thing}")
        return wish(world, core + rest)

    return ask


# -- tools whose name says nothing


def _nameless(world: World, near: Tool | None) -> Tool:
    stem = world.pick(world.pseudo(capital=False), world.pseudo(capital=False), world.pick("foo", "func", "compute", "process", "mystery", "calc", "run"))
    if world.held_out:
        stem = world.pseudo(capital=False)
    name = stem + world.pick("", "", "_function", "_tool", f"_{world.pseudo(capital=False)}")
    kinds = {"integer": 40, "number": 15, "word": 18, "name": 5, "code": 6, "strings": 4, "city": 6, "text": 6}
    parameters = _parameters(world, "", world.weighted({0: 10, 1: 55, 2: 28, 3: 7}), world.weighted(kinds))
    for each in parameters:
        each.required = True
    about = world.pick(
        "Applies a magic function to an input.", "A custom function.", "Computes a value.", f"Computes {stem}.", "", "Does something special.",
        f"The {stem} function.", f"Runs {name} on its input", f"Calculate the {stem} of something.",
    )  # fmt: skip
    return Tool(name, about, parameters, ask=_ask_nameless)


def _ask_nameless(world: World, tool: Tool, arguments: Arguments) -> str:
    values = [spoken(world, each, arguments[each.name]) for each in tool.parameters]
    name = mark(tool.name)
    called = f"{name}({', '.join(values)})"
    if not values:
        return order(world, world.pick(f"call {name}", f"run {name}", f"use {name}", f"execute {name}", f"invoke {called}", f"use the {name} tool"))
    named = listed([f"{each.name} {value}" for each, value in zip(tool.parameters, values, strict=True)])
    inputs = listed(values)
    if world.chance(0.4):
        return wish(world, world.pick(called, f"the value of {called}", f"the result of {called}", f"the {name} of {inputs}", f"{name} of {inputs}"))
    return order(world, world.pick(
        f"call {name} with {inputs}", f"call {name} with {named}", f"apply {name} to {inputs}", f"use {name} on {inputs}", f"run {name} with {named}",
        f"use the {name} tool with {inputs}", f"run {called}", f"invoke {name} for {inputs}", f"compute {name} of {inputs}", f"execute {called}",
        f"feed {inputs} to {name}", f"pass {inputs} to {name}", f"try {name} with {named}",
    ))  # fmt: skip


def _by_name(world: World, tool: Tool, arguments: Arguments) -> str:
    """A request that names the tool itself."""
    given = [each for each in tool.parameters if each.name in arguments]
    pairs = [f"{each.name} {spoken(world, each, arguments[each.name])}" for each in given if each.kind != "object"]
    if len(pairs) != len(given):
        pairs = [f"{each.name} {mark(str(arguments[each.name]))}" for each in given if each.kind != "object"] + [
            said(world, each, arguments[each.name]) for each in given if each.kind == "object"
        ]
    name = mark(tool.name)
    core = world.pick(f"call {name}", f"use {name}", f"use the {name} tool", f"run the tool {name}", f"invoke {name}")
    return order(world, f"{core} with {listed(pairs)}" if pairs else core)
