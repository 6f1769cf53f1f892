"""What tools answer, and how the assistant tells it: values, records, tables of text, errors."""

from __future__ import annotations

import json
from typing import Any, Final

from .tools import Arguments, Tool
from .world import World, capital, listed

_ERRORS: Final = (
    "not found", "timeout", "permission denied", "invalid input", "unknown error", "rate limit exceeded", "no such file",
    "service unavailable", "the connection was lost", "access denied", "out of memory", "the disk is full", "bad request",
)  # fmt: skip
_FIELDS: Final = {
    "status": ("open", "closed", "pending", "active", "shipped", "ready", "delayed", "done"),
    "state": ("on", "off", "idle", "running"), "priority": ("low", "high"), "available": (True, False),
}  # fmt: skip
_MADE: Final = {
    "balance": World.decimal, "total": World.number, "id": World.code, "count": World.integer, "name": World.name, "city": World.city,
    "price": World.decimal, "owner": World.name, "date": World.date, "level": World.integer, "code": World.code, "score": World.number,
    "size": World.integer, "email": World.email, "time": World.time, "temperature": World.integer, "title": World.query, "weight": World.number,
    "location": World.city, "author": World.name, "deadline": World.date, "phone": World.phone, "version": World.code,
}  # fmt: skip


def make_result(world: World, tool: Tool, arguments: Arguments) -> tuple[str, str]:
    """What the tool returns, and what the assistant then says."""
    if world.chance(0.06):
        return _error(world)
    if tool.result is not None:
        return tool.result(world, arguments)
    kinds = {_record: 45, _single: 25, _done: 15, _sentence: 15}
    return world.weighted(kinds)(world, tool)


def _error(world: World) -> tuple[str, str]:
    told = world.choice(_ERRORS) if world.chance(0.6) else world.pick(
        f"the {world.noun()} is not available", f"error code {world.randint(100, 599)}", f"{world.pseudo(capital=False)} is broken",
        f"the {world.noun()} is broken", f"no {world.noun()} with this name", f"{world.first_name()} said no", f"missing {world.noun()}",
    )  # fmt: skip
    content = world.pick(json.dumps({"error": told}), f"Error: {told}", f"error: {told}", f"Tool calling failed with error: '{told}'")
    return content, f"The tool returned an error: {told}."


def _single(world: World, tool: Tool) -> tuple[str, str]:
    value = world.any_value()
    key = world.pick("result", "value", "output", "answer")
    if world.chance(0.5):
        return json.dumps({key: value}, ensure_ascii=False), f"The {key} is {value}."
    return str(value), f"The result is {value}."


def _done(world: World, tool: Tool) -> tuple[str, str]:
    content = world.pick("ok", "done", "success", "OK", '{"status": "ok"}', '{"success": true}', "null", "true", "Done.")
    return content, "Done. The call was successful."


def _sentence(world: World, tool: Tool) -> tuple[str, str]:
    noun = tool.noun or world.noun()
    text = world.pick(
        f"The {noun} is in {world.city()}", f"The {noun} belongs to {world.name()}", f"The {noun} costs {world.number()} dollars",
        f"There are {world.randint(2, 99)} of them", f"The {noun} {world.code()} was saved", f"{world.name()} has the {noun}", world.sentence(),
        f"The {noun} was last seen on {world.date()}", f"The {noun} will be ready at {world.time()}", f"It is called {world.pseudo()}",
        f"The {noun} holds {world.randint(2, 99)} {world.choice(world.items)}", f"{world.first_name()} sent it to {world.email()}",
    )  # fmt: skip
    return world.pick(text, text + "."), text + "."


def make_record(world: World) -> dict[str, Any]:
    """A few fields and their values."""
    keys = world.sample([*_FIELDS, *_MADE], world.weighted({1: 35, 2: 40, 3: 25}))
    record: dict[str, Any] = {}
    for key in keys:
        name = key if world.chance(0.85) else world.pick(world.noun().replace(" ", "_"), world.pseudo(capital=False))
        record[name] = world.choice(_FIELDS[key]) if key in _FIELDS else _MADE[key](world)
    return record


def _record(world: World, tool: Tool) -> tuple[str, str]:
    record = make_record(world)
    told = listed([f"the {key.replace('_', ' ')} is {_text(value)}" for key, value in record.items()])
    if world.chance(0.75):
        content = json.dumps(record, ensure_ascii=False, indent=2 if world.chance(0.1) else None)
    else:
        content = world.pick("\n", ", ", "; ").join(f"{key}: {_text(value)}" for key, value in record.items())
    return content, f"{capital(told)}."


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
