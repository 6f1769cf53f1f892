"""Reading off how a template writes the arguments of a call whose name stands outside of them.

What follows the name is known up to the end of the last value; what closes the value and the arguments
is still part of ``call.end`` (or of ``section.end``), and is taken from there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .affixes import common_prefix, common_suffix
from .probes import IDS, KEYS, VALUES
from .spec import Span, ToolFormat


@dataclass(frozen=True, slots=True)
class _Between:
    """What stands before the first key, before its value, before the next key, and behind the last value."""

    to_key: str
    to_value: str
    to_next: str
    closing: str


def json_arguments(found: ToolFormat, between: str) -> ToolFormat:
    """The arguments are JSON; ``between`` stands between the name and them."""
    start, written, end = between.partition(IDS[0])
    if written:
        return replace(found, id_place="after_name", id=Span(start, ""), arguments=Span(end, ""))
    fence = between.find("```")
    if fence < 0:
        return replace(found, name=Span(found.name.start, between))
    closing = _closing(found)
    closed = closing[: closing.find("```") + 3]
    found = replace(
        found, name=Span(found.name.start, between[:fence]), arguments=Span(between[fence:], closed)
    )
    return _without(found, closed)


def written_arguments(found: ToolFormat, text: str) -> ToolFormat:
    """The arguments are written one by one; ``text`` goes from the name to the end of the last value."""
    if any(key not in text for key in KEYS):
        return replace(found, style="none")
    to_key, _, rest = text.partition(KEYS[0])
    to_value, _, rest = rest.partition(VALUES[0][0])
    between = _Between(to_key, to_value, rest.partition(KEYS[1])[0], _closing(found))
    if to_key.strip() == "(" and to_value[:-1].strip() == "=":
        return _keywords(found, between)
    if to_key.strip() == "{" and to_value.startswith(":") and between.to_next.endswith(","):
        return _bare(found, between)
    return _tagged(found, between)


def _keywords(found: ToolFormat, between: _Between) -> ToolFormat:
    quote = between.to_value[-1]
    if not between.closing.startswith(quote + ")"):
        return replace(found, style="none")
    found = replace(
        found,
        arguments_style="keywords",
        arguments=Span("(", ")"),
        argument_name=Span("", between.to_value[:-1]),
        argument_separator=between.to_next.removeprefix(quote),
    )
    found = _without(found, quote + ")")
    if found.name.start == "[" and found.section.end.startswith("]"):
        section = Span(found.section.start, found.section.end[1:])
        return replace(found, name=Span(), array=Span("[", "]"), section=section)
    return found


def _bare(found: ToolFormat, between: _Between) -> ToolFormat:
    quote = Span(between.to_value[1:], between.to_next[:-1])
    if not between.closing.startswith(quote.end + "}"):
        return replace(found, style="none")
    found = replace(
        found,
        arguments_style="bare",
        arguments=Span("{", "}"),
        argument_name=Span("", ":"),
        argument_separator=",",
        quote=quote,
    )
    return _without(found, quote.end + "}")


def _tagged(found: ToolFormat, between: _Between) -> ToolFormat:
    name_start = common_suffix(between.to_key, between.to_next).lstrip()
    value_end = between.to_next[: len(between.to_next) - len(name_start)]
    end = common_prefix(value_end, between.closing)
    if not end.strip():
        return replace(found, style="none")
    cut = between.to_value.find("<", 1)
    cut = cut if cut > 0 else len(between.to_value)
    found = replace(
        found,
        name=Span(found.name.start, between.to_key[: len(between.to_key) - len(name_start)]),
        arguments_style="tagged",
        argument_name=Span(name_start, between.to_value[:cut]),
        argument_value=Span(between.to_value[cut:], end),
        argument_separator=value_end[len(end) :],
    )
    return _without(found, end)


def _closing(found: ToolFormat) -> str:
    return found.call.end or found.section.end


def _without(found: ToolFormat, closed: str) -> ToolFormat:
    """``found`` without ``closed`` at the beginning of what closes a call."""
    if found.call.end:
        return replace(found, call=Span(found.call.start, found.call.end[len(closed) :]))
    return replace(found, section=Span(found.section.start, found.section.end[len(closed) :]))
