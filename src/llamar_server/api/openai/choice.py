"""One choice of a chat completion: its events as deltas, and the message that the deltas add up to.

The rules that clients depend on are kept here: text and reasoning never in one delta, no empty ones, a
call's id and name once and its arguments as they are written, no delta equal to what was sent before it,
one finish reason, at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ...chat.events import (
    Event,
    Finish,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
)
from ...engine.protocol import TokenLogprob
from ..logprobs import token_logprob
from .shapes import FINISH_REASONS
from .unrepeated import Unrepeated


class Choice:
    """Takes the events of choice ``index`` and gives its part of each chunk, then of the whole answer."""

    def __init__(self, index: int, *, reasoning_field: str, logprobs: bool) -> None:
        self.index = index
        self.finish: Finish | None = None
        self._reasoning_field = reasoning_field
        self._text = Unrepeated()
        self._reasoning = Unrepeated()
        self._calls: dict[int, _Call] = {}
        self._logprobs = _Logprobs() if logprobs else None

    # --- as it comes ---

    def opening(self) -> dict[str, Any]:
        """The first chunk's part: who speaks."""
        return self._part({"role": "assistant", "content": ""})

    def deltas(self, events: Sequence[Event], logprobs: Sequence[TokenLogprob]) -> Iterator[dict[str, Any]]:
        """The parts of chunks for what one step brought."""
        if self._logprobs is not None:
            self._logprobs.add(logprobs, events)
        for event in events:
            for delta in self._take(event):
                yield self._part(delta, self._spoken())
        if self.finish is not None:
            yield self._part({}, self._spoken(last=True), FINISH_REASONS[self.finish.reason])

    def _take(self, event: Event) -> Iterable[dict[str, Any]]:
        match event:
            case TextDelta(text):
                return _each("content", [self._text.add(text)])
            case ReasoningDelta(text):
                return _each(self._reasoning_field, [self._reasoning.add(text)])
            case ToolCallStart(index):
                self._calls[index] = _Call(event)
                return [self._calls[index].start()]
            case ToolCallDelta(index, arguments):
                return self._calls[index].deltas([self._calls[index].arguments.add(arguments)])
            case ToolCallEnd(index):
                return self._calls[index].deltas(self._calls[index].arguments.finish())
            case Finish():
                self.finish = event
                return self._rest()

    def _rest(self) -> Iterator[dict[str, Any]]:
        yield from _each(self._reasoning_field, self._reasoning.finish())
        yield from _each("content", self._text.finish())
        for call in self._calls.values():  # a call that was cut short has not ended
            yield from call.deltas(call.arguments.finish())

    def _part(
        self, delta: dict[str, Any], logprobs: dict[str, Any] | None = None, reason: str | None = None
    ) -> dict[str, Any]:
        return {"index": self.index, "delta": delta, "logprobs": logprobs, "finish_reason": reason}

    def _spoken(self, *, last: bool = False) -> dict[str, Any] | None:
        return self._logprobs.unsent(last=last) if self._logprobs is not None else None

    # --- as a whole ---

    def whole(self) -> dict[str, Any]:
        """The answer's part of this choice, from the same events. Only after its finish."""
        assert self.finish is not None
        message: dict[str, Any] = {"role": "assistant", "content": self._text.text, "refusal": None}
        if self._calls:
            message["content"] = self._text.text or None
            message["tool_calls"] = [call.whole() for _, call in sorted(self._calls.items())]
        if self._reasoning.text:
            message[self._reasoning_field] = self._reasoning.text
        return {
            "index": self.index,
            "message": message,
            "logprobs": None if self._logprobs is None else self._logprobs.whole(),
            "finish_reason": FINISH_REASONS[self.finish.reason],
        }


def _each(field: str, texts: Iterable[str]) -> Iterator[dict[str, Any]]:
    return ({field: text} for text in texts if text)


class _Call:
    """One tool call of the turn."""

    def __init__(self, began: ToolCallStart) -> None:
        self.arguments = Unrepeated()
        self._began = began

    def start(self) -> dict[str, Any]:
        return {"tool_calls": [{"index": self._began.index, **self._object("")}]}

    def deltas(self, arguments: Iterable[str]) -> Iterator[dict[str, Any]]:
        for text in arguments:
            if text:
                yield {"tool_calls": [{"index": self._began.index, "function": {"arguments": text}}]}

    def whole(self) -> dict[str, Any]:
        return self._object(self.arguments.text)

    def _object(self, arguments: str) -> dict[str, Any]:
        function = {"name": self._began.name, "arguments": arguments}
        return {"id": self._began.id, "type": "function", "function": function}


class _Logprobs:
    """The tokens that the answer is made of: those of steps that brought text or calls.

    A step that brings nothing may be the beginning of either, so its tokens wait for what comes; those
    of reasoning are left out, so that the first token told is the first of the answer.
    """

    def __init__(self) -> None:
        self._waiting: list[TokenLogprob] = []
        self._ready: list[TokenLogprob] = []
        self._sent: list[TokenLogprob] = []

    def add(self, tokens: Sequence[TokenLogprob], events: Sequence[Event]) -> None:
        self._waiting += tokens
        if any(not isinstance(event, ReasoningDelta | Finish) for event in events):
            self._ready += self._waiting
            self._waiting.clear()
        elif any(isinstance(event, ReasoningDelta) for event in events):
            self._waiting.clear()

    def unsent(self, *, last: bool) -> dict[str, Any] | None:
        """Those that came since the last chunk that told some. Like a text's delta they should not equal
        all that were sent before, so they wait for more while there can be more."""
        if not self._ready or (self._ready == self._sent and not last):
            return None
        told, self._ready = self._ready, []
        self._sent += told
        return _told(told)

    def whole(self) -> dict[str, Any]:
        return _told(self._sent + self._ready)


def _told(tokens: Sequence[TokenLogprob]) -> dict[str, Any]:
    return {"content": [token_logprob(token) for token in tokens], "refusal": None}
