"""Parameters of made-up tools: their schema, their values, and the words in which a person gives them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from . import words
from .phrasing import mark
from .world import World, listed


@dataclass(frozen=True)
class Kind:
    """A kind of value: JSON type, how to make one, usual names, words before it, descriptions."""

    type: str
    make: Callable[[World], Any]
    names: str
    words: str
    about: str



@dataclass
class Parameter:
    """One parameter. ``options`` for an enum, ``fields`` for an object; ``direct``: stands after the noun."""

    name: str
    kind: str
    description: str = ""
    required: bool = True
    options: list[str] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)

    def schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": KINDS[self.kind].type}
        if self.description:
            schema["description"] = self.description
        if self.kind == "enum":
            schema["enum"] = self.options
        elif self.kind in ("strings", "integers"):
            schema["items"] = {"type": "string" if self.kind == "strings" else "integer"}
        elif self.kind == "object":
            schema["properties"] = {name: {"type": KINDS[kind].type} for name, kind in self.fields.items()}
        return schema

    def value(self, world: World) -> Any:
        if self.kind == "enum":
            return world.choice(self.options)
        if self.kind == "object":
            return {name: KINDS[kind].make(world) for name, kind in self.fields.items()}
        return KINDS[self.kind].make(world)


def _strings(world: World) -> list[str]:
    make = world.pick(
        lambda: world.choice(world.items), world.first_name, world.city, world.code, lambda: world.pseudo(capital=False),
        lambda: world.choice(words.COLORS), lambda: world.choice(words.ADJECTIVES), world.noun,
    )  # fmt: skip
    return list(dict.fromkeys(make() for _ in range(world.weighted({1: 15, 2: 40, 3: 30, 4: 15}))))


def _word(world: World) -> str:
    return world.pick(world.pseudo(), world.pseudo(), world.noun(), world.choice(words.ADJECTIVES))


KINDS: Final[dict[str, Kind]] = {
    "city": Kind("string", World.place, "city, location, destination, place, town, origin, region, target_city", "in|for|in|at|near|to", "The city|City name|Name of the place, e.g. Berlin|Where|The location"),
    "name": Kind("string", World.name, "name, user, recipient, customer, author, owner, person, to, contact, employee, guest, assignee, full_name", "for|for|to|by|of|on behalf of|called|named", "Name of the person|Full name|Who|The person's name"),
    "code": Kind("string", World.code, "id, code, ref, sku, key, order_id, item_id, user_id, ticket_id, account, serial, number, reference, identifier", "|with id|number|with the code|with reference|", "The identifier|Unique id|The code|Id of the thing"),
    "date": Kind("string", World.date, "date, day, start_date, due, deadline, when, until, from_date", "on|for|by|on|from|until|starting", "The date|Date in YYYY-MM-DD|When|The day"),
    "time": Kind("string", World.time, "time, at, start, hour, start_time, end_time", "at|at|for|from|until", "The time|Time of day|Clock time, e.g. 14:30"),
    "email": Kind("string", World.email, "email, to, address, recipient, email_address, mail", "to|for|at|with the email", "Email address|Where to write to|Mail address of the person"),
    "path": Kind("string", World.path, "path, file, filename, file_path, target, source, document", "|at|in|from|called", "Path to the file|The file path|Which file"),
    "url": Kind("string", World.url, "url, link, site, webpage, address", "from|at|of|for|", "The URL|Web address|Link to open"),
    "query": Kind("string", World.query, "query, topic, subject, title, keyword, q, term, search_term, question", "about|for|on|about", "The search query|What to look for|The topic|Search words"),
    "text": Kind("string", World.sentence, "text, message, body, content, note, description, comment, reason", "saying|with the text|that says|with the message|", "The text|What to say|The message|Text content"),
    "language": Kind("string", lambda world: world.choice(words.LANGUAGES), "language, target_language, lang, to_language", "in|to|into|in", "Target language|The language|Language name"),
    "word": Kind("string", _word, "word, name, tag, label, input, value, symbol, title, category, brand, model", "|called|named|with", "A word|The value|The input|The label"),
    "color": Kind("string", lambda world: world.choice(words.COLORS), "color, colour, paint, shade", "in|in|with the color", "The color|Which color"),
    "integer": Kind("integer", World.integer, "count, n, limit, quantity, amount, number, level, size, age, year, page, minutes, hours, days, seats, guests, x, input, value, max_results, copies, pages, boxes, people, nights, lines, cups, bottles, pieces, floor, degrees, weeks, tickets, percent, points, room, rows", "with|of|for|to|at", "An integer|How many|A whole number|The number"),
    "number": Kind("number", World.number, "amount, price, x, y, value, temperature, weight, rate, distance, percent, width, height, radius, budget", "of|with|at|to|for", "A number|The amount|The value|How much"),
    "boolean": Kind("boolean", lambda world: world.chance(0.6), "urgent, verbose, enabled, dry_run, recursive, notify, private, force, express, public, silent", "", "Whether to do so|True or false|If set, it is done"),
    "formula": Kind("string", lambda world: f"{world.randint(1, 99)} {world.pick('+', '-', '*', '/')} {world.randint(1, 99)}", "formula", "", "The formula"),
    "currency": Kind("string", lambda world: world.pick("USD", "EUR", "GBP", "JPY", "CHF", "dollars", "euros", "yen", world.letters(3)), "currency", "", "The currency|Currency code, e.g. EUR"),
    "unit": Kind("string", lambda world: world.pick("meters", "feet", "miles", "kilometers", "inches", "kilos", "pounds", "liters", "cm", "yards", "gallons", "grams"), "unit", "", "The unit|Unit, e.g. meters"),
    "room": Kind("string", lambda world: world.pick("kitchen", "bedroom", "bathroom", "office", "garage", "hall", "living room", "cellar", "garden", "attic", world.pseudo(capital=False)), "room", "", "The room|Which room"),
    "switch": Kind("string", lambda world: world.pick("on", "off"), "state", "", "on or off"),
    "place": Kind("string", lambda world: world.pick(world.city(), f"{world.randint(1, 99)} {world.last_name()} Street", f"the {world.noun()}", world.thing()), "place", "", "The place|An address"),
    "item": Kind("string", lambda world: world.choice(world.items), "item", "", "The item|What to add"),
    "food": Kind("string", lambda world: world.choice(world.foods), "dish", "", "The dish|Name of the food"),
    "sql": Kind("string", lambda world: f"SELECT {world.pick('*', 'name', 'count(*)', world.pseudo(capital=False))} FROM {world.noun().replace(' ', '_')}s", "query", "", "SQL text"),
    "enum": Kind("string", lambda world: "", "", "", "One of the options|Which one|The choice"),
    "strings": Kind("array", _strings, "items, names, tags, cities, words, list, files, people, labels, ingredients", "with|for|of|with", "A list|List of strings|The items|All of them"),
    "integers": Kind("array", lambda world: [world.randint(0, 99) for _ in range(world.randint(2, 5))], "numbers, values, ids, scores, rows", "of|for|with", "A list of numbers|The numbers"),
    "object": Kind("object", lambda world: {}, "", "", "An object|The details"),
}  # fmt: skip

_FREQUENCY: Final = {
    "city": 9, "name": 9, "code": 10, "date": 6, "time": 3, "email": 3, "path": 3, "url": 2, "query": 7, "text": 5,
    "language": 3, "word": 9, "color": 2, "integer": 13, "number": 7, "boolean": 4, "enum": 11, "strings": 5,
    "integers": 2, "object": 3,
}  # fmt: skip
_ENUMS: Final = (
    "unit: celsius, fahrenheit", "size: small, medium, large", "priority: low, normal, high, urgent", "format: json, csv, xml, pdf",
    "color: red, green, blue, black, white", "mode: fast, slow, auto", "direction: north, south, east, west, up, down",
    "status: open, closed, pending, done", "order: asc, desc", "currency: USD, EUR, GBP, JPY, CHF", "level: debug, info, warning, error",
    "shape: circle, square, triangle", "cabin: economy, business, first", "period: day, week, month, year", "severity: minor, major, critical",
    "role: admin, editor, viewer, guest", "language: en, de, fr, es, it", "channel: email, sms, phone, chat", "quality: low, medium, high",
    "speed: slow, normal, fast", "sort: newest, oldest, popular", "category: food, travel, sports, music, books", "meal: breakfast, lunch, dinner",
    "transport: car, train, plane, bike", "visibility: public, private, internal", "side: left, right, center", "system: metric, imperial",
)  # fmt: skip
_OBJECTS: Final = (
    ("point", {"x": "integer", "y": "integer"}), ("position", {"lat": "number", "lon": "number"}),
    ("address", {"street": "word", "city": "city"}), ("range", {"min": "integer", "max": "integer"}),
    ("customer", {"name": "name", "age": "integer"}), ("contact", {"name": "name", "email": "email"}),
    ("dimensions", {"width": "number", "height": "number"}), ("item", {"name": "word", "quantity": "integer"}),
    ("filter", {"field": "word", "value": "code"}), ("person", {"name": "name", "city": "city"}),
)  # fmt: skip


def make_parameter(world: World, taken: set[str], noun: str = "", kind: str = "") -> Parameter:
    """A new parameter whose name is not ``taken``."""
    while True:
        chosen = kind or world.weighted(_FREQUENCY)
        parameter = _PARTICULAR.get(chosen, _ordinary)(world, chosen)
        if noun and world.chance(0.12) and chosen in ("name", "code", "word", "integer"):
            suffix = {"name": "name", "code": "id", "word": "label", "integer": "count"}[chosen]
            parameter.name = f"{noun.replace(' ', '_')}_{suffix}"
        elif world.chance(0.06):
            parameter.name = world.pseudo(capital=False)
        if parameter.name in taken:
            continue
        if world.chance(0.5):
            parameter.description = _description(world, parameter, noun)
        return parameter


def make_named(world: World, name: str, kind: str) -> Parameter:
    """A parameter of that name and kind, sometimes described."""
    parameter = Parameter(name, kind)
    if world.chance(0.5):
        parameter.description = _description(world, parameter, "")
    return parameter


def _ordinary(world: World, kind: str) -> Parameter:
    return Parameter(world.choice(KINDS[kind].names.split(", ")), kind)


def _enum(world: World, kind: str) -> Parameter:
    name, options = world.choice(_ENUMS).split(": ")
    choices = options.split(", ")
    if world.chance(0.25):
        name = world.pick("type", "kind", "category", "style", "variant", world.noun())
        choices = [world.pick(world.pseudo(capital=False), world.noun()) for _ in range(world.randint(2, 4))]
    world.shuffle(choices)
    return Parameter(name, kind, options=list(dict.fromkeys(choices))[: world.randint(2, 5)])


def _object(world: World, kind: str) -> Parameter:
    name, fields = world.choice(_OBJECTS)
    return Parameter(name, kind, fields=dict(fields))


_PARTICULAR: Final[dict[str, Callable[[World, str], Parameter]]] = {"enum": _enum, "object": _object}


def _description(world: World, parameter: Parameter, noun: str) -> str:
    name = parameter.name.replace("_", " ")
    about = world.choice(KINDS[parameter.kind].about.split("|"))
    forms = [about, about, about + ".", f"The {name}", f"{about} ({name})", f"{name.capitalize()} of the {noun or 'request'}"]
    return world.choice(forms)


# -- what a person says

_COUNTED: Final = frozenset(
    ["minutes", "hours", "days", "seats", "guests", "copies", "pages", "boxes", "people", "nights", "lines", "cups", "bottles", "pieces", "degrees", "weeks", "tickets", "percent", "points", "rows"]
)
"""Names that follow their number: "5 minutes"."""


def said(world: World, parameter: Parameter, value: Any, *, bare: bool = False) -> str:
    """The words that give ``value``; ``bare`` without the name of the parameter where that can be."""
    name = parameter.name.replace("_", " ")
    if parameter.kind == "boolean":
        return _switch(world, name, bool(value))
    if parameter.kind == "object":
        inner = listed([f"{key} {mark(str(each))}" for key, each in value.items()])
        return world.pick(f"with {inner}", f"with the {name} {inner}", f"{name}: {inner}", f"{inner}")
    text = spoken(world, parameter, value)
    if parameter.kind == "enum":
        return _choice(world, name, text)
    if parameter.kind in ("integer", "number") and name in _COUNTED and world.chance(0.6):
        return world.pick(f"{text} {name}", f"{text} {name}", f"for {text} {name}", f"with {text} {name}", f"{text} {name} of it")
    explicit = not bare and world.chance(0.3)
    if explicit or (parameter.kind in ("integer", "number", "word", "integers", "strings") and not bare):
        return _explicit(world, name, text)
    before = world.choice(KINDS[parameter.kind].words.split("|"))
    return f"{before} {text}".strip()


def spoken(world: World, parameter: Parameter, value: Any) -> str:
    """``value`` as it stands in a sentence."""
    if isinstance(value, list):
        parts = [mark(str(each)) for each in value]
        return listed(parts) if world.chance(0.7) else ", ".join(parts)
    if isinstance(value, int) and 0 <= value <= 12 and world.chance(0.08):
        return words.NUMBER_WORDS[value]
    if isinstance(value, bool):
        return world.pick("yes", "true") if value else world.pick("no", "false")
    quoted = {"text": 0.8, "query": 0.3, "word": 0.2, "path": 0.1, "sql": 0.3}.get(parameter.kind, 0.03)
    if isinstance(value, str) and world.chance(quoted) and '"' not in value:
        return mark(f'"{value}"') if "'" in value or world.chance(0.75) else mark(f"'{value}'")
    return mark(str(value))


def _explicit(world: World, name: str, text: str) -> str:
    return world.pick(
        f"with {name} {text}", f"with {name} {text}", f"{name} {text}", f"{name}: {text}", f"{name}={text}", f"with the {name} {text}",
        f"with {name} set to {text}", f"the {name} is {text}", f"using {text} as {name}", f"use {text} as the {name}", f"({name} {text})",
        f"{name} should be {text}", f"with {text} as the {name}", f"and {name} {text}", f"with a {name} of {text}",
    )  # fmt: skip


def _choice(world: World, name: str, text: str) -> str:
    return world.pick(
        f"with {name} {text}", f"{name} {text}", f"{name}: {text}", f"in {text}", f"as {text}", f"({text})", f"with {text} {name}",
        f"with the {name} {text}", f"{text}", f"{name} should be {text}", f"make it {text}", f"I want {text}", f"using {text}",
    )  # fmt: skip


def _switch(world: World, name: str, on: bool) -> str:
    if on:
        return world.pick(f"with {name} on", f"{name}: yes", f"and make it {name}", f"set {name} to true", f"{name} true", f"with {name} enabled")
    return world.pick(f"with {name} off", f"{name}: no", f"not {name}", f"set {name} to false", f"{name} false", f"without {name}")
