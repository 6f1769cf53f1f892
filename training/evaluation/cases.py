"""What is asked and what is expected: the hand-written requests, read from their file."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

_HERE: Final = Path(__file__).parent
_TYPES: Final[dict[str, dict[str, Any]]] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "strings": {"type": "array", "items": {"type": "string"}},
    "integers": {"type": "array", "items": {"type": "integer"}},
}


@dataclass(frozen=True)
class Case:
    """One request. ``calls`` are expected (none if empty), ``says`` must be in the answer (one of a list),
    ``json`` is the data, ``tokens`` the least length of an answer that does not loop.

    In ``calls`` and ``json`` a list stands for several accepted values.
    """

    skill: str
    messages: list[dict[str, Any]]
    tools: list[dict[str, Any]] = field(default_factory=list)
    thinking: bool = False
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    says: list[str | list[str]] = field(default_factory=list)
    json: dict[str, Any] | None = None
    schema: dict[str, Any] | None = None
    tokens: int = 0


def handwritten() -> list[Case]:
    """The requests that were written by hand."""
    boxes = tomllib.loads((_HERE / "toolboxes.toml").read_text("utf-8"))
    written = tomllib.loads((_HERE / "handwritten.toml").read_text("utf-8"))
    return [_case(entry, boxes) for entry in written["case"]]


def _case(entry: dict[str, Any], boxes: dict[str, list[str]]) -> Case:
    schema = {name: _type(type_) for name, type_ in entry.get("schema", {}).items()}
    return Case(
        skill=entry["skill"],
        messages=_messages(entry),
        tools=[tool_of(signature) for signature in boxes[entry["tools"]]] if "tools" in entry else [],
        thinking=entry.get("thinking", False),
        calls=[(name, arguments) for name, arguments in entry.get("call", ())],
        says=entry.get("says", []),
        json=entry.get("json"),
        schema=_object(schema, list(schema)) if schema else None,
        tokens=entry.get("tokens", 0),
    )


def _messages(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """System prompt, what was said before ("@name arguments" is a call, "#text" its result), the request."""
    messages: list[dict[str, Any]] = []
    if "system" in entry:
        messages.append({"role": "system", "content": entry["system"]})
    for text in entry.get("before", ()):
        if text.startswith("@"):
            name, arguments = text[1:].split(" ", 1)
            function = {"name": name, "arguments": arguments}
            call = {"id": f"call_{len(messages)}", "type": "function", "function": function}
            messages.append({"role": "assistant", "content": "", "tool_calls": [call]})
        elif text.startswith("#"):
            called = messages[-1]["tool_calls"][0]["id"]
            messages.append({"role": "tool", "tool_call_id": called, "content": text[1:]})
        else:
            speaks = messages[-1]["role"] if messages else ""
            messages.append({"role": "assistant" if speaks == "user" else "user", "content": text})
    if "ask" in entry:
        messages.append({"role": "user", "content": entry["ask"].strip("\n")})
    return messages


def tool_of(signature: str) -> dict[str, Any]:
    """``name(parameter: type, other?: type) description`` as a tool of the OpenAI API."""
    head, description = signature.split(") ", 1)
    name, parameters = head.split("(", 1)
    properties, required = {}, []
    for parameter in parameters.split(", ") if parameters else ():
        label, type_ = parameter.split(": ")
        properties[label.rstrip("?")] = _type(type_)
        if not label.endswith("?"):
            required.append(label)
    function = {"name": name, "description": description, "parameters": _object(properties, required)}
    return {"type": "function", "function": function}


def _type(text: str) -> dict[str, Any]:
    return _TYPES[text] if text in _TYPES else {"type": "string", "enum": text.split("|")}


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def arguments_of(text: str) -> dict[str, Any] | None:
    """The arguments of a call, if they are an object."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
