"""Reading off how a template writes calls, from a turn with one call and a turn with two.

Each call has a core, from its name (or the brace of the object that holds it) to the end of its
arguments. What stands before, between and behind the cores is markers: of the section, of each call,
between calls. What stands inside is the spelling of name, id and arguments.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any, Final

from .affixes import common_prefix, common_suffix, first_tag
from .infer_arguments import json_arguments, written_arguments
from .probes import IDS, KEYS, NAMES, VALUES, arguments
from .spec import Member, Span, ToolFormat

_ENDING: Final = re.compile(r"<[|｜](?:eo[ms]|eot|end[_▁]of|im_end)[^<>]*>\s*\Z")
"""Tokens that end a message with calls instead of the usual one."""


@dataclass(frozen=True, slots=True)
class _Core:
    """Where a call's core is in a text; ``value`` is its JSON object, ``args`` where its arguments begin."""

    start: int
    end: int
    value: dict[str, Any] | None = None
    args: int = -1


def calls_format(base: ToolFormat, one: str, two: str | None) -> ToolFormat:
    """``base`` with the format of the calls in ``one`` (a turn with one call) and ``two`` (with two)."""
    first = _core(one, 0, 0)
    if first is None:
        return base
    before, after = one[: first.start], _ENDING.sub("", one[first.end :])
    found = _around(base, before, _between(base, before, two), after)
    if first.value is not None:
        return _as_object(found, one[first.start : first.end], first.value)
    return _as_tag(found, one[first.start : first.end], first)


def _core(text: str, number: int, start: int) -> _Core | None:
    """The core of call ``number``, at or behind ``start``."""
    name = text.find(NAMES[number], start)
    last = text.find(VALUES[number][1], start)
    if name < 0 or last < 0:
        return None
    for at, value in _objects(text, start, last):
        if NAMES[number] in json.dumps(value[0]):
            return _Core(at, value[1], value=value[0])
        if value[0] == arguments(number):
            return _Core(name, value[1], args=at)
    return _Core(name, last + len(VALUES[number][1]))


def _objects(text: str, start: int, last: int) -> list[tuple[int, tuple[dict[str, Any], int]]]:
    """The JSON objects in ``text`` that begin behind ``start`` and go beyond ``last``, outermost first."""
    found = []
    at = text.find("{", start)
    while 0 <= at < last:
        try:
            value, end = json.JSONDecoder().raw_decode(text, at)
        except ValueError:
            value, end = None, -1
        if isinstance(value, dict) and end > last:
            found.append((at, (value, end)))
        at = text.find("{", at + 1)
    return found


def _between(base: ToolFormat, before: str, two: str | None) -> str | None:
    """What stands between two calls; None if they cannot stand in one turn that begins like ``before``."""
    first = _core(two or "", 0, 0)
    second = _core(two or "", 1, first.end) if first else None
    if two is None or first is None or second is None or two[: first.start] != before:
        return None
    between = two[first.end : second.start].replace(IDS[1], IDS[0])
    header = base.turn_start.strip()
    return None if header and header in between else between


def _around(base: ToolFormat, before: str, between: str | None, after: str) -> ToolFormat:
    """The markers of the section, of each call, and between calls."""
    opened, closed = before.rstrip(), after.lstrip()
    if opened.endswith("[") and closed.startswith("]"):
        cut, end = len(opened) - 1, len(after) - len(closed) + 1
        array = Span(before[cut:], after[:end])
        return replace(base, section=Span(before[:cut], after[end:]), array=array, separator=between or ", ")
    if between is None:
        return replace(base, call=Span(before, after))
    start, end_ = common_suffix(before, between), common_prefix(after, between)
    start = start.lstrip()
    if len(start) + len(end_) > len(between):
        start = end_ = ""
    start, end_ = start if start.strip() else "", end_ if end_.strip() else ""
    section = Span(before[: len(before) - len(start)], after[len(end_) :].rstrip())
    return replace(
        base,
        section=section if first_tag(section.start + section.end) or section.start.strip() else Span(),
        call=Span(start, end_),
        separator=between[len(end_) : len(between) - len(start)],
    )


def _as_object(found: ToolFormat, text: str, value: dict[str, Any]) -> ToolFormat:
    """The call is one JSON object, written as ``text``."""
    wrapped = value.get("function")
    inner: dict[str, Any] = wrapped if isinstance(wrapped, dict) else value
    if NAMES[0] in inner:
        start = text.index(json.dumps(NAMES[0]))
        end = text.rindex("}", 0, len(text) - (1 if inner is value else 2))
        found = replace(found, name_key="", object=Span(text[:start], text[end + 1 :]))
        return _bare(found, text)
    keys: dict[Member, str] = {}
    for key, member in inner.items():
        if member == NAMES[0]:
            keys["name"] = key
        elif member == arguments(0):
            keys["arguments"] = key
        elif member == IDS[0] or (key.endswith("id") and isinstance(member, str) and member.isdigit()):
            keys["id"] = key
    if "name" not in keys or "arguments" not in keys:
        return replace(found, style="none")
    order = tuple(keys)
    start = text.index(f'"{keys[order[0]]}"')
    number = "id" in keys and inner[keys["id"]] != IDS[0]
    found = replace(
        found,
        object=Span(text[:start], text[_value_end(text, keys[order[-1]]) :]),
        name_key=keys["name"],
        arguments_key=keys["arguments"],
        id_key=keys.get("id", ""),
        id_shape="number" if number else "opaque",
        key_order=order,
    )
    return _bare(found, text)


def _value_end(text: str, key: str) -> int:
    """Where the value of ``key`` ends in the JSON ``text``."""
    colon = text.index(":", text.index(f'"{key}"'))
    start = colon + 1 + len(text[colon + 1 :]) - len(text[colon + 1 :].lstrip())
    return json.JSONDecoder().raw_decode(text, start)[1]


def _bare(found: ToolFormat, text: str) -> ToolFormat:
    """Marks calls without any marker, and JSON without spaces."""
    markers = found.section.start + found.call.start
    return replace(
        found,
        style="object",
        calls_at_start_only=not markers.strip(),
        compact_json=f'"{KEYS[0]}":"{VALUES[0][0]}"' in text,
    )


def _as_tag(found: ToolFormat, text: str, core: _Core) -> ToolFormat:
    """The name stands outside the arguments; ``text`` is the core."""
    call_start, name_start = _split_name(found.call.start or found.section.start)
    if found.call.start:
        found = replace(found, call=Span(call_start, found.call.end), name=Span(name_start))
    else:
        found = replace(found, section=Span(call_start, found.section.end), name=Span(name_start))
    found = replace(found, style="tag")
    found = _id_before_name(found)
    if core.args >= 0:
        return json_arguments(found, text[len(NAMES[0]) : core.args - core.start])
    return written_arguments(found, text[len(NAMES[0]) :])


def _split_name(before: str) -> tuple[str, str]:
    """What stands before a name, as the marker of the call and the beginning of the name's own."""
    last = before.rfind("<")
    cut = last if last >= 0 and ">" not in before[last:] else max(before.rfind(">"), before.rfind("]")) + 1
    return (before[:cut], before[cut:]) if before[cut:].strip() else (before, "")


def _id_before_name(found: ToolFormat) -> ToolFormat:
    start, written, end = found.call.start.partition(IDS[0])
    if not written:
        return found
    return replace(found, call=Span(start, found.call.end), id_place="before_name", id=Span("", end))
