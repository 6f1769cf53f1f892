"""Writes grammars in llguidance's dialect of Lark.

Syntax: https://github.com/guidance-ai/llguidance/blob/main/docs/syntax.md (parameters of rules:
``parametric.md`` beside it). An *expression* here is a string that may stand in the body of a rule.
This file knows no tool format and no tokens: the engine replaces those markers that are control
tokens in the model's vocabulary.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_TERMINALS: Final = r"""
TEXT: /(?s:.*)/
SPACES: /[ \t\r\n]{0,40}/
WS: /[ \t\r\n]{1,40}/
"""
_JSON_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s"{}\[\],:]+')
_MAX_BITS: Final = 60

NOTHING: Final = ""
TEXT: Final = "TEXT"
"""Any text, without control tokens."""
SPACE: Final = "WS?"


@dataclass(frozen=True, slots=True)
class Member:
    """Something that stands in a collection at most once; exactly once if ``required``."""

    expression: str
    required: bool


class Lark:
    """A grammar being written. A rule gets the name asked for, with a number where that is taken."""

    def __init__(self) -> None:
        self._rules: dict[str, str] = {}
        self._shared: dict[tuple[str, str, str], str] = {}

    def rule(self, name: str, body: str, options: str = "") -> str:
        """Add a rule; its name, which is an expression."""
        name = self.reserve(name)
        self.define(name, body, options)
        return name

    def reserve(self, name: str) -> str:
        """A free name, for a rule that refers to itself; ``define`` must follow."""
        base, n = name, 1
        while name in self._rules:
            n += 1
            name = f"{base}_{n}"
        self._rules[name] = ""
        return name

    def define(self, name: str, body: str, options: str = "") -> None:
        self._rules[name] = f"{name}{options}: {body or quoted('')}"

    def shared(self, name: str, body: str, options: str = "") -> str:
        """A rule like ``rule``, or the one that was added with the same arguments before."""
        key = (name, body, options)
        if key not in self._shared:
            self._shared[key] = self.rule(name, body, options)
        return self._shared[key]

    def until(self, marker: str, *, before: str = TEXT, max_tokens: int | None = None) -> str:
        """Everything up to and including the first ``marker``, the text before it being of the terminal
        ``before``. At its end it wins over other readings of the same text, like ``TEXT``."""
        limit = "" if max_tokens is None else f", max_tokens={max_tokens}"
        return self.shared("until", f"{before} {quoted(marker)}", f"[lazy{limit}]")

    def text_without(self, markers: Sequence[str]) -> str:
        """The terminal of any text that contains none of ``markers``."""
        if not markers:
            return TEXT
        listed = "|".join(map(escaped, markers))
        return self.shared("PLAIN", f"{TEXT} & ~/(?s:.*)({listed})(?s:.*)/")

    def in_any_order(
        self, name: str, members: Sequence[Member], separator: str = NOTHING, others: str = NOTHING
    ) -> str:
        """The members in any order and, among them and as often as one likes, ``others``.

        A bit of the rule's parameter tells for each member whether it was there. There are 64, so that
        of more members none is required and each may be repeated.
        """
        if not members or len(members) > _MAX_BITS:
            return repeated(either(*(member.expression for member in members), others), separator)
        ordered = sorted(members, key=lambda member: not member.required)
        n_required = sum(member.required for member in members)
        end = f'"" %if is_ones([0:{n_required}])' if n_required else '""'
        one = self.reserve(name)
        then = self.reserve(f"{name}_then") if separator else one
        options = [f"{m.expression} {then}::set_bit({i}) %if bit_clear({i})" for i, m in enumerate(ordered)]
        if others:
            options.append(f"{others} {then}::_")
        if separator:
            some_left = "" if others else f" %if not(is_ones([0:{len(ordered)}]))"
            self.define(then, f"{end} | {separator} {one}::_{some_left}", "::_")
        else:
            options.append(end)
        self.define(one, "\n | ".join(options), "::_")
        return f"{one}::0x0" if n_required or not separator else f"({one}::0x0)?"

    def text(self, start: str) -> str:
        """The whole grammar, which begins with the expression ``start``."""
        return "\n".join((f"start: {start or quoted('')}", *self._rules.values())) + _TERMINALS


def quoted(text: str) -> str:
    """``text`` as it stands."""
    return json.dumps(text)


def escaped(text: str) -> str:
    """``text`` as a part of a regular expression between slashes."""
    return re.sub(r"[^A-Za-z0-9_ ]", lambda found: f"\\x{{{ord(found[0]):x}}}", text)


def marked(marker: str) -> str:
    """A marker, with white space around it, if it has some, left to the model."""
    core = marker.strip()
    if not core:
        return SPACE if marker else NOTHING
    before, after = marker[0].isspace(), marker[-1].isspace()
    return sequence(SPACE if before else NOTHING, quoted(core), SPACE if after else NOTHING)


def spaced(marker: str) -> str:
    """A marker with any white space around it, whether the format has some there or not."""
    return marked(f" {marker.strip()} ") if marker.strip() else SPACE if marker else NOTHING


def json_punctuation(text: str) -> str:
    """A piece of JSON (``{"type": "function", "function": {``) with any white space between its tokens."""
    return f" {SPACE} ".join(map(quoted, json_tokens(text)))


def json_tokens(text: str) -> list[str]:
    return _JSON_TOKEN.findall(text)


def sequence(*expressions: str) -> str:
    """One after the other."""
    return " ".join(each for each in expressions if each)


def either(*expressions: str) -> str:
    """One of them; with ``NOTHING`` among them, perhaps none."""
    some = list(dict.fromkeys(each for each in expressions if each))
    if not some:
        return NOTHING
    choice = f"({' | '.join(some)})"
    return choice + "?" if NOTHING in expressions else choice


def optional(expression: str) -> str:
    return f"({expression})?" if expression else NOTHING


def repeated(expression: str, separator: str = "", *, at_least: int = 0, at_most: int | None = None) -> str:
    """The expression again and again, with ``separator`` between."""
    if not expression or at_most == 0:
        return NOTHING
    limit = "" if at_most is None else at_most - 1
    more = f"({sequence(separator, expression)}){{{max(at_least - 1, 0)},{limit}}}"
    whole = f"({expression})" if limit == 0 else f"({expression}) {more}"
    return whole if at_least else f"({whole})?"
