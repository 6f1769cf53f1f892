"""The grammar of a turn: reasoning, text, calls, a demanded form of the answer, in their order.

Where calls are possible but not demanded, text is free up to a marker that begins them. That marker
decides: it ends any other reading of the text (``Lark.until``), so that nothing but a call can follow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..formats.spec import ToolFormat
from ..prompt import ThinkingState
from .calls import CallGrammar
from .lark import NOTHING, SPACE, TEXT, Lark, either, optional, quoted, repeated, sequence, spaced


@dataclass(frozen=True, slots=True)
class Demand:
    """What a turn may be. ``answer`` is the expression of a demanded form of the text, ``calls`` are
    the possible calls; ``text``: free text is possible, without the markers ``forbidden``.
    ``thinking``: where the turn begins; reasoning may have ``budget`` more tokens (None: no limit)."""

    calls: CallGrammar | None = None
    answer: str = NOTHING
    text: bool = True
    forbidden: tuple[str, ...] = ()
    parallel: bool = True
    thinking: ThinkingState = "ahead"
    budget: int | None = None


class TurnGrammar:
    """One turn in a format without routing."""

    def __init__(self, lark: Lark, tool_format: ToolFormat, demand: Demand) -> None:
        self._lark = lark
        self._format = tool_format
        self._demand = demand
        self._thinking_start = tool_format.thinking.start.strip()
        self._thinking_end = tool_format.thinking.end.strip()
        dropped = (m.strip() for m in (*tool_format.turn_ends, *tool_format.noise))
        self._dropped = tuple(dict.fromkeys(m for m in dropped if m))

    def start(self) -> str:
        """The expression of the whole turn."""
        answer = self._lark.rule("answer", self._answer())
        if self._demand.thinking == "open":
            return self._thinking(answer)
        if not self._thinking_start:
            return answer
        if self._demand.thinking == "over" and not self._demand.text:
            # No way around the demand through a thought.
            return sequence(self._stray_end(), answer)
        if self._demand.text:  # white space before the marker must be part of what wins over text
            opening = self._lark.until(self._thinking_start, before="SPACES")
        else:
            opening = spaced(self._thinking_start)
        return either(sequence(opening, self._thinking(answer)), sequence(self._stray_end(), answer))

    def _thinking(self, answer: str) -> str:
        """The turn from inside of the reasoning on."""
        end, budget = self._thinking_end, self._demand.budget
        if budget == 0:
            return sequence(SPACE, quoted(end), answer)
        # What is to be cut needs the last limit of all: the compiler takes as complete what is left then.
        limit = None if budget is None else max(budget - 1, 1)
        answer = answer if self._demand.text else sequence(SPACE, answer)
        options = [sequence(self._lark.until(end, max_tokens=limit), answer)]
        if self._format.thinking_closed_by_calls:
            options += self._closed_by_other(answer, limit)
        if limit is not None:
            cut = self._lark.rule("thinking", TEXT, f"[max_tokens={limit + 1}]")
            options.append(sequence(cut, quoted(end), answer))
        elif self._demand.text:
            options.append(TEXT)
        return either(*options)

    def _closed_by_other(self, answer: str, limit: int | None) -> Iterator[str]:
        """Reasoning that a call or the content ends, and what follows."""
        more = self._demand.text and self._demand.parallel
        if self._demand.calls:
            for text, calls in self._demand.calls.behind_text(limit):
                yield sequence(text, calls, answer if more else self._closing())
        if content := self._format.content.start.strip():
            behind = answer if self._demand.text else self._demanded(in_content=True)
            yield sequence(self._lark.until(content, max_tokens=limit), behind)

    def _stray_end(self) -> str:
        """The end of reasoning that the prompt has ended already."""
        return NOTHING if self._demand.text else optional(spaced(self._thinking_end))

    def _answer(self) -> str:
        """The turn behind the reasoning."""
        if self._demand.text:
            return self._free()
        plain, content = self._demanded(in_content=False), spaced(self._format.content.start)
        return either(plain, sequence(content, self._demanded(in_content=True))) if content else plain

    def _demanded(self, *, in_content: bool) -> str:
        """What is demanded; ``in_content`` if the start of the content is written."""
        calls, answer, end = self._demand.calls, self._demand.answer, spaced(self._format.content.end)
        options = []
        if calls:
            options.append(sequence(end if in_content else SPACE, calls.whole(), self._closing()))
        if answer:
            options.append(sequence(answer, optional(end)) if in_content else answer)
        return either(*options)

    def _free(self) -> str:
        """Text, with calls in it or one at its end."""
        text = self._lark.text_without(self._demand.forbidden)
        parts, last = [self._lark.until(marker, before=text) for marker in self._meaningless()], [text]
        if self._format.thinking_anywhere and self._thinking_start:
            thinking = self._lark.until(self._thinking_start, before=text)
            parts.append(sequence(thinking, self._lark.until(self._thinking_end)))
            last.append(sequence(thinking, TEXT))
        for before, calls in self._demand.calls.behind_text() if self._demand.calls else ():
            if self._demand.parallel:
                parts.append(sequence(before, calls))
            else:
                last.append(sequence(before, calls, self._closing()))
        return sequence(repeated(either(*parts)), either(*last))

    def _meaningless(self) -> Iterator[str]:
        """The markers that change nothing where text is free; unless another one contains them, which the
        first of the two to end would hide."""
        content = self._format.content
        dropped = (self._thinking_end, content.start.strip(), content.end.strip(), *self._dropped)
        meaning = (self._thinking_start, *(self._demand.calls.markers() if self._demand.calls else ()))
        for marker in dict.fromkeys(dropped):
            if marker and not any(marker in other for other in meaning):
                yield marker

    def _closing(self) -> str:
        """What may stand at the end of a turn and means nothing."""
        markers = either(*map(quoted, self._dropped))
        return sequence(SPACE, repeated(sequence(markers, SPACE)) if markers else NOTHING)
