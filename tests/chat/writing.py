"""Answers written as a ``ToolFormat`` says that a model writes them: the opposite of parsing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llamar_server.chat.formats import ToolFormat


@dataclass(frozen=True, slots=True)
class Written:
    """A call as it is to be written."""

    name: str
    arguments: Mapping[str, Any]
    id: str = ""


def write_answer(f: ToolFormat, reasoning: str, content: str, calls: Sequence[Written]) -> str:
    """The text of an answer."""
    if f.routing:
        return _write_messages(f, reasoning, content, calls)
    text = f.thinking.start + reasoning + f.thinking.end if reasoning else ""
    if content:
        text += f.content.start + content + f.content.end
    if calls:
        written = (_write_call(f, call, number) for number, call in enumerate(calls))
        text += f.section.start + f.array.start + f.separator.join(written) + f.array.end + f.section.end
    return text


def _write_messages(f: ToolFormat, reasoning: str, content: str, calls: Sequence[Written]) -> str:
    assert f.routing
    end = f.routing.ends[0] if f.routing.ends else ""
    messages = [f.thinking.start + reasoning] if reasoning else []
    messages += [f.content.start + content] if content else []
    messages += [_write_call(f, call, number) for number, call in enumerate(calls)]
    return (end + f.routing.start).join(messages)


def _write_call(f: ToolFormat, call: Written, number: int) -> str:
    inner = _write_object(f, call) if f.style == "object" else _write_tag(f, call, number)
    return f.call.start + inner + f.call.end


def _write_object(f: ToolFormat, call: Written) -> str:
    comma, colon = (",", ":") if f.compact_json else (", ", ": ")
    arguments = json.dumps(call.arguments, ensure_ascii=False, separators=(comma, colon))
    if not f.name_key:
        return f.object.start + json.dumps(call.name) + colon + arguments + f.object.end
    members = {
        "name": json.dumps(f.name_key) + colon + json.dumps(call.name),
        "arguments": json.dumps(f.arguments_key) + colon + arguments,
        "id": json.dumps(f.id_key) + colon + json.dumps(call.id),
    }
    written = [members[key] for key in f.key_order if key != "id" or f.id_key]
    return f.object.start + comma.join(written) + f.object.end


def _write_tag(f: ToolFormat, call: Written, number: int) -> str:
    written_id = f.id.start + call.id + f.id.end
    text = written_id if f.id_place == "before_name" else ""
    text += f.name.start + call.name + f.name.end
    if f.ordinal:
        text += f.ordinal.start + str(f.ordinal_base + number) + f.ordinal.end
    if f.id_place == "after_name":
        text += written_id
    if f.repeated_name:
        text += f.repeated_name.start + call.name + f.repeated_name.end
    return text + f.arguments.start + _write_arguments(f, call.arguments) + f.arguments.end


def _write_arguments(f: ToolFormat, arguments: Mapping[str, Any]) -> str:
    if f.arguments_style == "json":
        return json.dumps(arguments, ensure_ascii=False)
    if f.arguments_style == "bare":
        return _write_bare(f, arguments)[1:-1]
    if f.arguments_style == "keywords":
        pairs = (key + f.argument_name.end + repr(value) for key, value in arguments.items())
        return f.argument_separator.join(pairs)
    return f.argument_separator.join(_write_argument(f, key, value) for key, value in arguments.items())


def _write_argument(f: ToolFormat, key: str, value: Any) -> str:
    text = f.argument_name.start + key + f.argument_name.end + _hint(f, value) + f.argument_value.start
    if f.arguments_style == "nested":
        text += _write_nested(f, value)
    else:
        text += value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text += f.argument_value.end
    return text + key + f.argument_name.end if f.value_end_has_name else text


def _hint(f: ToolFormat, value: Any) -> str:
    kinds = {str: "string", bool: "boolean", int: "number", float: "number", list: "array", dict: "object"}
    hints = dict(f.hints)
    return hints.get(kinds.get(type(value), "null"), hints.get("*", ""))


def _write_nested(f: ToolFormat, value: Any) -> str:
    if isinstance(value, Mapping):
        return "".join(_write_argument(f, key, inner) for key, inner in value.items())
    if isinstance(value, list):
        return "".join(_write_argument(f, f.item_name, inner) for inner in value)
    return value if isinstance(value, str) else json.dumps(value)


def _write_bare(f: ToolFormat, value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key}:{_write_bare(f, inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_write_bare(f, inner) for inner in value) + "]"
    return f.quote.start + value + f.quote.end if isinstance(value, str) else json.dumps(value)
