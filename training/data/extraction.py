"""Data out of text: JSON with the fields that were asked for, as an answer or as the arguments of a tool.

Also classification, made-up records and lists as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from . import words
from .conversation import Conversation
from .knowledge import CAPITALS, JOKES
from .phrasing import lead, order
from .records import FORMS, form_record
from .world import World, article, capital, listed

Record = dict[str, Any]
_THOUGHT: Final = "I write the fields as JSON."

_FIELDS: Final[dict[str, Callable[[World], Any]]] = {
    "name": World.name, "age": lambda world: world.randint(3, 99), "city": World.city, "job": lambda world: world.choice(world.jobs), "email": World.email,
    "hobby": lambda world: world.choice(world.hobbies), "phone": World.phone, "language": lambda world: world.choice(words.LANGUAGES),
    "company": lambda world: world.pseudo(capital=True), "product": lambda world: world.pick(world.noun(), f"{world.choice(words.ADJECTIVES)} {world.noun()}", world.pseudo(capital=False)),
    "quantity": lambda world: world.randint(1, 99), "price": lambda world: abs(world.decimal()), "color": lambda world: world.choice(words.COLORS), "date": World.date,
    "order_id": World.code, "title": lambda world: world.pick(world.thing(), f"{world.choice(words.ADJECTIVES).capitalize()} {world.noun().capitalize()}"), "author": World.name,
    "year": lambda world: world.randint(1900, 2030), "pages": lambda world: world.randint(20, 900), "time": World.time, "place": World.city, "room": lambda world: world.randint(1, 400),
    "topic": World.query, "guests": lambda world: world.randint(2, 90), "destination": World.city, "weight": lambda world: world.randint(1, 90),
}  # fmt: skip
_TELLS: Final = {
    "age": "is {v} years old|is {v}|turned {v} this year|aged {v}", "city": "lives in {v}|is from {v}|comes from {v}|has a house in {v}", "job": "works as a {v}|is a {v}|earns money as a {v}",
    "email": "has the email {v}|can be reached at {v}|writes from {v}", "hobby": "likes {v}|enjoys {v}|loves {v} on weekends", "phone": "has the number {v}|can be called at {v}", "language": "speaks {v}|talks in {v}",
    "company": "works for {v}|is employed at {v}", "product": "the product is {a}|it is about {a}|somebody ordered {a}", "quantity": "the quantity is {v}|{v} pieces are needed|we need {v} of them", "price": "the price is {v}|it costs {v} dollars|for {v} euros",
    "color": "the color is {v}|it comes in {v}|painted {v}", "date": "on {v}|it happened on {v}|the date is {v}", "order_id": "the order id is {v}|under the number {v}|order {v}", "author": "written by {v}|by {v}|the author is {v}", "year": "from {v}|it came out in {v}|published in {v}",
    "pages": "it has {v} pages|{v} pages long", "time": "at {v}|it starts at {v}", "place": "in {v}|it takes place in {v}", "room": "in room {v}|the room is {v}", "topic": "about {v}|the topic is {v}", "guests": "with {v} guests|{v} people will come",
    "destination": "going to {v}|the destination is {v}", "weight": "it weighs {v} kilos|with a weight of {v} kilos", "title": "the title is {v}|called {v}", "name": "the name is {v}|ordered by {v}",
}  # fmt: skip
_SHAPES: Final = (
    ("person", "name", ("age", "city", "job", "email", "hobby", "phone", "language", "company")),
    ("person", "name", ("age", "city", "job")), ("order", "product", ("quantity", "price", "color", "date", "order_id", "name")),
    ("book", "title", ("author", "year", "pages", "price", "language")), ("event", "title", ("date", "time", "place", "room", "guests", "topic")),
    ("shipment", "product", ("destination", "weight", "date", "order_id", "price")),
)  # fmt: skip
_RENAMED: Final = {
    "name": ("full_name", "person", "who"), "city": ("location", "home", "town"), "job": ("profession", "occupation", "role"), "price": ("cost", "amount"), "product": ("item", "article"),
    "quantity": ("count", "pieces"), "date": ("day", "when"), "email": ("mail", "contact"), "order_id": ("id", "number"), "author": ("writer",), "title": ("name",), "place": ("venue", "location"),
}  # fmt: skip


def _text(world: World) -> tuple[str, str, Record]:
    """A kind of record, a text that tells it, and the record."""
    if world.chance(0.35):
        return _any_record(world)
    if world.chance(0.4):
        return form_record(world)
    kind, first, others = world.choice(_SHAPES)
    keys = world.sample(list(others), world.randint(1, min(4, len(others))))
    record = {key: _FIELDS[key](world) for key in (first, *keys)}
    layout = world.random()
    if layout < 0.18:
        text = world.pick("; ", ", ", "\n", " | ").join(f"{_human(key)}: {value}" for key, value in record.items())
    elif kind == "person":
        text = _person(world, record, keys)
    else:
        parts = [_tell(world, key, value) for key, value in record.items()]
        if world.chance(0.4):
            parts = [capital(_tell(world, first, record[first])), *parts[1:]]
            text = ". ".join(capital(part) for part in parts) + "."
        else:
            text = capital(listed(parts)) + "."
    if world.chance(0.15):
        text = f"{lead(world)} {text}"
    return kind, text, record


def _any_record(world: World) -> tuple[str, str, Record]:
    """A record with fields of any name, also with lists and truths."""
    record: Record = {}
    parts = []
    for _ in range(world.randint(1, 5)):
        key = world.pick(world.noun(), world.pick("amount", "level", "owner", "tags", "paid", "brand", "rating", "guest", "seats", "ready", "members", "source", "width", "speed", "mood"), world.noun()).replace(" ", "_")
        if key in record:
            continue
        record[key], part = _any_field(world, _human(key))
        parts.append(part)
    layout = world.random()
    if layout < 0.25:
        text = world.pick("\n", "; ").join(f"{_human(key)}: {_shown(value)}" for key, value in record.items())
    else:
        text = ". ".join(capital(part) for part in parts) + "." if layout < 0.6 else capital(listed(parts)) + "."
    return world.pick("record", world.noun()), text, record


def _any_field(world: World, key: str) -> tuple[Any, str]:
    """A value of some type and the words that tell it."""
    kind = world.weighted({"text": 45, "number": 33, "list": 12, "truth": 10})
    value: Any
    if kind == "number":
        value = world.pick(world.integer(), world.integer(), world.decimal())
        return value, world.pick(f"the {key} is {value}", f"the {key} was {value}", f"with a {key} of {value}", f"there is a {key} of {value}", f"{value} is the {key}")
    if kind == "list":
        value = list(dict.fromkeys(world.pick(world.choice(world.items), world.first_name(), world.city()) for _ in range(world.randint(1, 4))))
        return value, world.pick(f"the {key} are {listed(value)}", f"as {key} we have {listed(value)}", f"the {key} include {', '.join(value)}")
    if kind == "truth":
        value = world.chance(0.5)
        return value, f"{key} is {'' if value else 'not '}true" if world.chance(0.3) else f"{key}: {'yes' if value else 'no'}"
    value = world.any_text()
    return value, world.pick(f"the {key} is {value}", f"the {key} was {value}", f"{value} is the {key}", f"for the {key} they chose {value}", f"the {key} is called {value}", f"{key} {value}", f"we saw the {key} {value}")


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _person(world: World, record: Record, keys: list[str]) -> str:
    tells = [_tell(world, key, record[key]) for key in keys]
    name = record["name"]
    if len(tells) > 1 and world.chance(0.4):
        pronoun = world.pick("He", "She")
        return f"{name} {tells[0]}. {pronoun} {listed(tells[1:])}."
    if world.chance(0.2):
        return f"{world.pick('Yesterday I met', 'This is', 'Do you know', 'My friend is')} {name}, who {listed(tells)}."
    return f"{name} {listed(tells)}."


def _tell(world: World, key: str, value: Any) -> str:
    form = world.choice(_TELLS[key].split("|"))
    return form.replace("{v}", str(value)).replace("{a}", article(str(value)))


def _human(key: str) -> str:
    return key.replace("_", " ")


def schema_of(value: Any) -> Record:
    """The JSON schema of a value."""
    return {"type": "array", "items": {"type": "string"}} if isinstance(value, list) else {"type": _type(value)}


def _type(value: Any) -> str:
    if isinstance(value, bool | list):
        return "boolean" if isinstance(value, bool) else "array"
    return "integer" if isinstance(value, int) else "number" if isinstance(value, float) else "string"


def extract_turn(world: World, chat: Conversation) -> None:
    """A text, the fields that are wanted from it, and the JSON."""
    kind, text, record = _text(world)
    keys = list(record)
    if len(keys) > 1 and world.chance(0.4):
        keys = world.sample(keys, world.randint(1, len(keys)))
    wanted = {_renamed(world, key): record[key] for key in keys}
    if world.chance(0.07):
        missing = world.choice([key for key in (("hobby", "language", "pages", "topic") if kind in FORMS else _FIELDS) if key not in record])
        wanted[missing] = None
    names = list(wanted)
    form = world.random()
    if form < 0.5:
        chat.user(_ask_fields(world, text, kind, names))
    elif form < 0.72:
        chat.user(_ask_schema(world, text, wanted))
    else:
        wanted = dict(record) if kind in FORMS else {key: wanted[key] for key in wanted if wanted[key] is not None} or dict(record)
        chat.user(_ask_kind(world, text, kind))
    chat.answer(json.dumps(wanted, ensure_ascii=False), _THOUGHT)
    chat.skill = chat.skill or "extract"


def _renamed(world: World, key: str) -> str:
    return world.choice(_RENAMED[key]) if key in _RENAMED and world.chance(0.22) else key


def _ask_fields(world: World, text: str, kind: str, names: list[str]) -> str:
    plain, quoted = listed([_human(name) if world.chance(0.2) else name for name in names]), ", ".join(f'"{name}"' for name in names)
    return world.pick(
        f"Extract the {plain} from: {text}", f"Extract {plain} as JSON from this text: {text}", f"Extract the {plain} from the following text. Respond in JSON.\n\n{text}",
        f"{text}\n\nExtract the {plain} as JSON.", f"Give me a JSON object with the keys {quoted} for: {text}", f"Extract the following fields: {', '.join(names)}\nText: {text}",
        f'From the text "{text}" extract {plain}. Answer with JSON only.', f"Return JSON with {plain}. Text: {text}", f"{text} What is the {plain}? Answer in JSON.",
        f"Turn this into JSON with the fields {', '.join(names)}: {text}", f"I need the {plain} of this {kind} as JSON: {text}", f"Read this and fill in {plain} as JSON.\n{text}",
        f"Parse this {kind} into JSON (keys: {quoted}).\n\n{text}", f"Pull out {plain}. JSON please. {text}", f"JSON with {quoted}, nothing else: {text}", f"Which {plain}? Reply as a JSON object.\n\n{text}",
        f"{text}\n\nPut the {plain} into a JSON object.", f"I only care about the {plain}. Answer with JSON.\n{text}", f"As JSON, please: {plain}.\n\n{text}", f"What does this {kind} say about {plain}? Use JSON with the keys {quoted}.\n{text}",
        f"{text}\nKeys: {quoted}\nJSON:", f"Look for {plain} here and write them as JSON: {text}", f"Here is a {kind}. Fetch the {plain} from it, JSON only, no other words.\n\n{text}", f"My program needs the keys {quoted}. Text: {text}",
    )  # fmt: skip


def _ask_schema(world: World, text: str, wanted: Record) -> str:
    schema: Record = {"type": "object", "properties": {key: schema_of(value) for key, value in wanted.items()}, "required": list(wanted)}
    if world.chance(0.45):
        schema = {key: _type(value) for key, value in wanted.items()}
    shown = json.dumps(schema)
    return world.pick(
        f"Extract the information from the text as JSON with this schema: {shown}\n\nText: {text}", f"{text}\n\nRespond in JSON matching this schema:\n{shown}",
        f"Schema: {shown}\nText: {text}", f"Answer in JSON. Schema:\n{shown}\n\n{text}", f"Fill this schema: {shown}\n\n{text}", f"{text}\nOutput format: {shown}",
        f"Your answer must fit this JSON schema: {shown}\n\n{text}", f"{text}\n\nPut the values into this form: {shown}", f"Here is a text: {text}\nWrite it as an object of this shape: {shown}", f"Use {shown} as the structure.\n\n{text}",
    )  # fmt: skip


def _ask_kind(world: World, text: str, kind: str) -> str:
    return world.pick(
        text, text, f"Make a JSON object from this: {text}", f"Convert to JSON: {text}", f"Turn this into JSON: {text}", f"Extract the {kind}: {text}", f"Extract the {kind} information.\n{text}",
        f"{text} Write it as JSON.", f"What {kind} is this? {text}", f"Parse: {text}", f"Save this {kind} as JSON: {text}", f"Give me the data: {text}",
        f"How does this look in JSON? {text}", f"{text}\n\nAs JSON, please.", f"My program only reads JSON. {text}", f"Everything in this {kind} as one JSON object: {text}", f"JSON: {text}", f"Structure this {kind}: {text}",
    )  # fmt: skip


def record_tool_turn(world: World, chat: Conversation) -> None:
    """A tool whose arguments are the answer, as frameworks use it for structured output."""
    if world.chance(0.3):
        subject = world.choice(list(JOKES))
        wanted: Record = dict(zip(("setup", "punchline"), JOKES[subject], strict=True))
        name, about = world.pick("Joke", "joke", "tell_joke", "JokeResponse"), world.pick("Joke to tell user.", "A joke.", "")
        asked = world.pick(f"Tell me a joke about {subject}s", f"Tell me a joke about {subject}s.", f"Tell me a joke about a {subject}", f"I want to hear a joke about {subject}s")
        details = {"setup": "question to set up a joke", "punchline": "answer to resolve the joke"}
    else:
        kind, text, record = _text(world)
        keys = world.sample(list(record), world.randint(1, len(record))) if world.chance(0.4) else list(record)
        wanted = {key: record[key] for key in keys}
        name = world.pick(kind.capitalize(), f"extract_{kind}", f"save_{kind}", "final_result", "Response", "Output", f"record_{kind}", world.pseudo(capital=True), "Data", "structured_output")
        about = world.pick(f"Extract the {kind}.", f"Save the {kind}", f"Information about {article(kind)}", "", f"{article(kind).capitalize()}.", "The final response which ends this conversation")
        asked = world.pick(text, text, f"Extract the {kind}: {text}", f"Save this {kind}: {text}", f"{text}\nUse the {name} tool.", f"Extract the information from: {text}")
        details = {key: f"The {_human(key)}" for key in wanted}
    described = world.chance(0.4)
    properties = {key: schema_of(value) | ({"description": details[key]} if described else {}) for key, value in wanted.items()}
    function = {"name": name, "description": about, "parameters": {"type": "object", "properties": properties, "required": list(wanted)}}
    chat.tools = [{"type": "function", "function": function}]
    chat.user(asked)
    chat.call([(name, wanted)], f"I should call {name}.")
    chat.skill = chat.skill or "record tool"
    if world.chance(0.3):
        chat.tool(world.pick("ok", "saved", '{"status": "ok"}'))
        chat.answer("Done. The call was successful.", "The tool returned the result.")


def made_up_turn(world: World, chat: Conversation) -> None:
    """JSON that the model makes up or knows."""
    form = world.random()
    if form < 0.4:
        country = world.choice(list(CAPITALS))
        keys = world.pick(("country", "capital"), ("capital",), ("answer",), ("capital",))
        wanted = {key: country if key == "country" else CAPITALS[country] for key in keys}
        chat.user(world.pick(
            f"What is the capital of {country}? Answer in JSON with the key{'s' if len(keys) > 1 else ''} {' and '.join(keys)}.", f"Give me the capital of {country} as JSON with the keys {' and '.join(keys)}.",
            f"Return a JSON object with {' and '.join(keys)} for the capital of {country}.", f"Capital of {country} as JSON ({', '.join(keys)})",
        ))  # fmt: skip
        chat.answer(json.dumps(wanted, ensure_ascii=False), _THOUGHT)
    elif form < 0.75:
        kind, first, others = world.choice(_SHAPES)
        keys = tuple(world.sample([first, *others], world.randint(1, 3)))
        wanted = {key: _FIELDS[key](world) for key in keys}
        about = listed(list(keys))
        chat.user(world.pick(
            f"Give me a JSON object for {article(kind)} with {about}.", f"Invent {article(kind)} with {about}. Answer in JSON.", f"Create a JSON object describing {article(kind)}. Keys: {', '.join(keys)}.",
            f"Generate a random {kind} as JSON with the fields {about}", f"Write {article(kind)} as JSON with {about}.", f"Write an object about {article(kind)} as JSON with {about}.",
        ))  # fmt: skip
        chat.answer(json.dumps(wanted, ensure_ascii=False), _THOUGHT)
    elif form < 0.9:
        subject = world.choice(list(JOKES))
        wanted = dict(zip(("setup", "punchline"), JOKES[subject], strict=True))
        chat.user(order(world, f"tell me a joke about {subject}s") + world.pick(
            " Return it as JSON with the keys setup and punchline.", " Answer in JSON with 'setup' and 'punchline'.", ' JSON only, please: {"setup": ..., "punchline": ...}', " Return a JSON object with a setup and a punchline.",
        ))  # fmt: skip
        chat.answer(json.dumps(wanted), _THOUGHT)
    else:
        what, known = world.pick(("colors", words.COLORS), ("animals", words.ANIMALS), ("names", words.FIRST_NAMES), ("cities", words.CITIES))
        count = world.randint(2, 6)
        chat.user(world.pick(f"Give me a JSON array of {count} {what}.", f"List {count} {what} as a JSON array", f"Return {count} {what} as a JSON array."))
        chat.answer(json.dumps(list(known[:count])), _THOUGHT)


_FEELINGS: Final = {
    "positive": "love|great|wonderful|fantastic|happy with|delicious|excellent|perfect|enjoyed|best|amazing|friendly|superb|delighted|pleasant|recommend",
    "negative": "hate|terrible|awful|horrible|disappointed by|disgusting|bad|broken|disliked|worst|poor|rude|useless|angry about|unpleasant|regret",
    "neutral": "bought|blue|average|square|opened|received|ordinary|used|large|small|Monday|delivered|standard|stored|made of wood|counted",
}  # fmt: skip
_TOPICS: Final = {
    "sports": "match|goal|tennis|marathon|coach|league|football|player", "food": "soup|cake|pasta|recipe|restaurant|dinner|cheese|cook", "technology": "phone|server|software|laptop|app|database|computer|chip",
    "weather": "rain|snow|sun|storm|wind|cloud|frost|fog", "finance": "bank|stock|invoice|price|loan|tax|money|budget", "travel": "flight|hotel|train|beach|museum|ticket|passport|journey",
    "health": "doctor|medicine|headache|hospital|sleep|nurse|pain|fever", "music": "band|song|guitar|concert|piano|singer|album|melody",
}  # fmt: skip


def classify_turn(world: World, chat: Conversation) -> None:
    """Which of the given labels fits a text."""
    known = _FEELINGS if world.chance(0.55) else _TOPICS
    label = world.choice(list(known))
    word = world.choice(known[label].split("|"))
    thing = world.noun()
    labels = list(_FEELINGS) if known is _FEELINGS else list(dict.fromkeys([label, *world.sample(list(_TOPICS), 3)]))
    world.shuffle(labels)
    if known is _FEELINGS:
        text = world.pick(f"I {word} this {thing}" if word in ("love", "hate", "enjoyed", "disliked", "bought", "received", "used", "regret", "recommend", "stored", "counted") else f"The {thing} is {word}", f"{word.capitalize()}, this {thing}", f"What can I say about the {thing}: {word}")
    else:
        text = world.pick(f"The {word} was {world.choice(words.ADJECTIVES)} today", f"{world.first_name()} talked about the {word}", f"We need a new {word}", f"A {word} and a {world.choice(known[label].split('|'))}", f"Did you hear about the {word} in {world.city()}?")
    kind = "sentiment" if known is _FEELINGS else "topic"
    chat.user(world.pick(
        f"Classify the {kind} of this text as {listed(labels, 'or')}: {text}", f"Is this {listed(labels, 'or')}? {text}", f"{text}\n\n{kind.capitalize()} ({', '.join(labels)}):", f"What is the {kind} of: {text}. Choose from {', '.join(labels)}.",
        f'Label the text "{text}" with one of: {", ".join(labels)}', f"Which {kind} fits, {listed(labels, 'or')}? Text: {text}", f"Put this into one of the classes {', '.join(labels)}: {text}",
    ))  # fmt: skip
    chat.answer(label, f"The text is about {label}." if kind == "topic" else f"The text is {label}.")
    chat.skill = chat.skill or "classify"
