"""A chat completion on the wire, whole or in chunks, made from the same events.

https://platform.openai.com/docs/api-reference/chat/object and …/chat-streaming. Pure.
"""

from __future__ import annotations

from typing import Any, Final

from ...chat.events import Usage
from ...chat.model import ChatDelta
from ...errors import EngineDied
from ..sse import event
from .choice import Choice
from .shapes import Head, usage

DONE: Final = b"data: [DONE]\n\n"


class ChatCompletion:
    """One answer on its way out: told each delta, gives the bytes for a stream, and the whole in the end.

    ``include_usage`` adds what OpenAI adds then: a last chunk with the usage and without choices, and
    ``usage: null`` in all others.
    """

    def __init__(
        self, head: Head, *, n: int, logprobs: bool, reasoning_field: str, include_usage: bool = False
    ) -> None:
        self._head = head
        self._fields = head.fields("chat.completion.chunk")
        self._include_usage = include_usage
        self._choices = [Choice(i, reasoning_field=reasoning_field, logprobs=logprobs) for i in range(n)]

    def opening(self) -> bytes:
        """All choices open at once and in order: some clients number them by their first appearance."""
        return b"".join(self._chunk(choice.opening()) for choice in self._choices)

    def step(self, delta: ChatDelta) -> bytes:
        """The chunks for what one choice said; often none."""
        parts = self._choices[delta.index].deltas(delta.events, delta.logprobs)
        return b"".join(self._chunk(part) for part in parts)

    def closing(self) -> bytes:
        """The end of the stream. Raises EngineDied when a choice has not finished."""
        counts = self._counts()
        if not self._include_usage:
            return DONE
        return event({**self._fields, "choices": [], "usage": usage(counts)}) + DONE

    def whole(self) -> dict[str, Any]:
        """The answer that is not streamed. Raises EngineDied when a choice has not finished."""
        counts = self._counts()
        choices = [choice.whole() for choice in self._choices]
        return {**self._head.fields("chat.completion"), "choices": choices, "usage": usage(counts)}

    def _chunk(self, part: dict[str, Any]) -> bytes:
        chunk = {**self._fields, "choices": [part]}
        if self._include_usage:
            chunk["usage"] = None
        return event(chunk)

    def _counts(self) -> list[Usage]:
        finishes = [choice.finish for choice in self._choices if choice.finish is not None]
        if len(finishes) < len(self._choices):
            raise EngineDied("the engine stopped before the answer was complete")
        return [finish.usage for finish in finishes]
