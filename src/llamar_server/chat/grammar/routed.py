"""The grammar of a turn of several messages with headers (``Routing``): harmony and its kin.

A header that addresses a tool can only address one that exists, and only its arguments may follow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ..formats.spec import Routing, ToolFormat
from .calls import CallGrammar
from .lark import NOTHING, SPACE, TEXT, Lark, either, marked, optional, quoted, repeated, sequence, spaced
from .turn import Demand

_TAG: Final = re.compile(r"<[^<>]*>")
_WORDS: Final = r"/[A-Za-z0-9_. \-]{1,40}/"
_MAX_TAGS: Final = 3  # of a header, beside those that the format gives it


class RoutedGrammar:
    """One turn in a format with routing."""

    def __init__(self, lark: Lark, tool_format: ToolFormat, routing: Routing, demand: Demand) -> None:
        self._lark = lark
        self._format = tool_format
        self._routing = routing
        self._demand = demand
        self._mark = routing.recipient.strip()
        self._tagged = self._tagged_words()
        self._message = lark.reserve("message")
        """A message from its header on, and what follows it."""

    def start(self) -> str:
        """The expression of the whole turn."""
        self._lark.define(self._message, either(*self._messages()))
        return self._thinking() if self._demand.thinking == "open" else self._message

    def _messages(self) -> Iterator[str]:
        f, demand = self._format, self._demand
        if f.thinking:
            yield sequence(self._header(f.thinking.start), self._thinking())
        if demand.calls:
            for name in demand.calls.names:
                yield sequence(
                    self._addressed(self._routing.tool_prefix + name), self._call(demand.calls, name)
                )
        if demand.answer:
            yield sequence(self._header(f.content.start), demand.answer, self._end())
        if demand.text:
            yield sequence(self._header(f.content.start), self._text())
            if self._mark and demand.budget is None and self._mark not in f.content.start:
                others = repeated(self._tagged, at_least=1, at_most=_MAX_TAGS)
                yield sequence(others, quoted(self._routing.body), self._text())

    # --- headers, after the start of their message ---

    def _tagged_words(self) -> str:
        """A tag that the format uses in headers, and words behind it, but no recipient."""
        f, routing = self._format, self._routing
        used = "".join((f.thinking.start, f.content.start, f.name.start, f.name.end))
        tags = dict.fromkeys(tag for tag in _TAG.findall(used) if tag not in routing.body + routing.start)
        if not self._mark or not tags:
            return NOTHING
        words = self._lark.rule("WORDS", f"{_WORDS} & ~/(?s:.*){re.escape(self._mark)}(?s:.*)/")
        return sequence(either(*map(quoted, tags)), optional(words))

    def _header(self, written: str) -> str:
        """A header as the format writes it, or with more tags."""
        head = written.removesuffix(self._routing.body)
        if self._mark and self._mark in head:
            return self._addressed(head.partition(self._mark)[2].split("<")[0].strip())
        # Tag by tag: the longest literal would win over the tag alone, which another header may begin with.
        parts = (marked(part) for part in re.split(f"({_TAG.pattern})", head))
        return sequence(*parts, SPACE, repeated(self._tagged, at_most=_MAX_TAGS), quoted(self._routing.body))

    def _addressed(self, recipient: str) -> str:
        """A header with this recipient, between tags or before them."""
        body = quoted(self._routing.body)
        if not self._mark:
            return sequence(quoted(recipient), body)
        to = sequence(SPACE, quoted(self._mark))
        if self._tagged:
            words = self._lark.shared("BEFORE", _WORDS.replace("1,", "0,"))
            to = either(
                to,
                sequence(
                    repeated(self._tagged, at_least=1, at_most=_MAX_TAGS),
                    self._lark.until(self._mark, before=words),
                ),
            )
        return sequence(to, quoted(recipient), SPACE, repeated(self._tagged, at_most=_MAX_TAGS), body)

    # --- what a message holds, and what follows it ---

    def _text(self) -> str:
        after = optional(self._next())
        ends = (sequence(self._lark.until(end), after) for end in self._routing.ends)
        return either(TEXT, sequence(self._lark.until(self._routing.start), self._message), *ends)

    def _thinking(self) -> str:
        routing, budget = self._routing, self._demand.budget
        after = optional(self._next()) if self._demand.text else self._next()
        ends = routing.ends[:1]
        if budget == 0:
            return sequence(*map(quoted, ends), self._next())
        limit = None if budget is None else max(budget - 1, 1)
        options = [sequence(self._lark.until(end, max_tokens=limit), after) for end in routing.ends]
        options.append(sequence(self._lark.until(routing.start, max_tokens=limit), self._message))
        if limit is not None:
            cut = self._lark.shared("thinking", TEXT, f"[max_tokens={limit + 1}]")
            options.append(sequence(cut, *map(quoted, ends), self._next()))
        elif self._demand.text:
            options.append(TEXT)
        return either(*options)

    def _call(self, calls: CallGrammar, name: str) -> str:
        f = self._format
        repeated_name = NOTHING
        if f.repeated_name:
            repeated_name = sequence(marked(f.repeated_name.start), quoted(name), marked(f.repeated_name.end))
        closing = (spaced(end) for end in (f.call.end, f.array.end, f.section.end))
        after = optional(self._next()) if self._demand.parallel else NOTHING
        return sequence(SPACE, repeated_name, calls.arguments_of(name), SPACE, *closing, self._end(), after)

    def _end(self) -> str:
        return optional(either(*map(quoted, self._routing.ends)))

    def _next(self) -> str:
        return sequence(SPACE, quoted(self._routing.start.strip()), self._message)
