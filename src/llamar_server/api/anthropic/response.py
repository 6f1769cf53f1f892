"""A message on the wire, whole or as a stream of events, made from the same events of the model.

https://docs.anthropic.com/en/api/messages and …/messages-streaming. Pure.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any, Final

from ...chat.events import (
    Event,
    Finish,
    FinishReason,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
)
from ...chat.model import ChatDelta
from ...errors import EngineDied
from ..sse import event
from .blocks import ContentBlock, Delta, TextBlock, ThinkingBlock, ToolUseBlock

PATIENCE: Final = 60.0
"""Seconds of silence after which pings are not enough: agents give up after 300 without a real event."""

_STOP_REASONS: Final[dict[FinishReason, str]] = {
    "stop": "end_turn",
    "length": "max_tokens",
    "context": "model_context_window_exceeded",
    "tool_calls": "tool_use",
}


class MessageAnswer:
    """One answer on its way out: told each delta, gives the bytes for a stream, and the whole in the end.

    Blocks are open one at a time, in the order in which the model wrote. ``omit_thinking`` leaves the
    text out of thinking blocks. ``may_open_early`` allows ``idle`` to open an empty text block before the
    model has said anything; where the text must be JSON, an empty block would not be.
    """

    def __init__(
        self, model: str, prompt_tokens: int, *, omit_thinking: bool = False, may_open_early: bool = True
    ) -> None:
        self._fields = {"id": f"msg_{uuid.uuid4().hex}", "type": "message", "role": "assistant"}
        self._fields["model"] = model
        self._prompt_tokens = prompt_tokens
        self._omit_thinking = omit_thinking
        self._may_open_early = may_open_early
        self._blocks: list[ContentBlock] = []
        self._open: ContentBlock | None = None
        self._finish: Finish | None = None

    # --- as it comes ---

    def opening(self) -> bytes:
        """How much of the prompt is cached is not known yet: here all of it counts as input."""
        usage = _usage(self._prompt_tokens, 0, 0)
        message = {**self._fields, "content": [], **_stop(None, None), "usage": usage}
        return _event("message_start", message=message)

    def step(self, delta: ChatDelta) -> bytes:
        return b"".join(part for each in delta.events for part in self._take(each))

    def idle(self, silence: float) -> bytes:
        """What keeps the client waiting after ``silence`` seconds: a ping, and when that is not enough a
        delta that adds nothing, to a text block if none is open."""
        if silence < PATIENCE or (self._open is None and not self._may_open_early):
            return _event("ping")
        opened = b"".join(self._begin(TextBlock())) if self._open is None else b""
        assert self._open is not None
        return opened + self._delta(self._open.idle())

    def closing(self) -> bytes:
        """The end of the stream. Raises EngineDied when the answer has not finished."""
        finish = self._finished()
        stop = _stop(finish.reason, finish.stop_sequence)
        return _event("message_delta", delta=stop, usage=_total(finish)) + _event("message_stop")

    def _take(self, said: Event) -> Iterator[bytes]:
        match said:
            case TextDelta(text) if text:
                if not isinstance(self._open, TextBlock):
                    yield from self._begin(TextBlock())
                yield from self._add(text)
            case ReasoningDelta(text) if text:
                if not isinstance(self._open, ThinkingBlock):
                    yield from self._begin(ThinkingBlock(omitted=self._omit_thinking))
                yield from self._add(text)
            case ToolCallStart():
                yield from self._begin(ToolUseBlock(said))
            case ToolCallDelta(_, arguments):
                yield from self._add(arguments)
            case ToolCallEnd():
                yield from self._end()
            case Finish():
                self._finish = said
                yield from self._end()

    def _begin(self, block: ContentBlock) -> Iterator[bytes]:
        yield from self._end()
        self._open = block
        self._blocks.append(block)
        yield _event("content_block_start", index=self._index, content_block=block.start())

    def _add(self, text: str) -> Iterator[bytes]:
        assert self._open is not None
        if delta := self._open.add(text):
            yield self._delta(delta)

    def _end(self) -> Iterator[bytes]:
        if self._open is None:
            return
        if delta := self._open.end():
            yield self._delta(delta)
        self._open = None
        yield _event("content_block_stop", index=self._index)

    def _delta(self, delta: Delta) -> bytes:
        return _event("content_block_delta", index=self._index, delta=delta)

    @property
    def _index(self) -> int:
        return len(self._blocks) - 1

    # --- as a whole ---

    def whole(self) -> dict[str, Any]:
        """The answer that is not streamed. Raises EngineDied when it has not finished."""
        finish = self._finished()
        content = [block.whole() for block in self._blocks]
        stop = _stop(finish.reason, finish.stop_sequence)
        return {**self._fields, "content": content, **stop, "usage": _total(finish)}

    def _finished(self) -> Finish:
        if self._finish is None:
            raise EngineDied("the engine stopped before the answer was complete")
        return self._finish


def _event(kind: str, **fields: Any) -> bytes:
    return event({"type": kind, **fields}, kind)


def _stop(reason: FinishReason | None, sequence: str | None) -> dict[str, Any]:
    known = None if reason is None else _STOP_REASONS[reason]
    stopped = reason == "stop" and sequence is not None
    return {
        "stop_reason": "stop_sequence" if stopped else known,
        "stop_sequence": sequence if stopped else None,
        "stop_details": None,
    }


def _total(finish: Finish) -> dict[str, Any]:
    """Anthropic's ``input_tokens`` are those that were not read from a cache."""
    usage = finish.usage
    counts = _usage(usage.prompt_tokens - usage.cached_tokens, usage.cached_tokens, usage.completion_tokens)
    return {**counts, "output_tokens_details": {"thinking_tokens": usage.reasoning_tokens}}


def _usage(input_tokens: int, cache_read: int, output_tokens: int) -> dict[str, Any]:
    return {
        "input_tokens": input_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": cache_read,
        "output_tokens": output_tokens,
    }
