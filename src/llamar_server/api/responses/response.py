"""A response on the wire, whole or as a stream of events, made from the same events of the model.

https://platform.openai.com/docs/api-reference/responses-streaming. Pure.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Final

from ...chat.events import (
    Event,
    Finish,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
)
from ...chat.model import ChatDelta
from ...engine.protocol import TokenLogprob
from ...errors import EngineDied
from ..errors import Failure
from ..logprobs import token_logprob
from ..sse import event
from .errors import error_object
from .output import MessageItem, OutputItem, ReasoningItem, Status, call_item
from .snapshot import Head, usage

_LIMITS: Final = ("length", "context")


class ResponseAnswer:
    """One answer on its way out: told each delta, gives the bytes for a stream, and the whole in the end.

    Items are open one at a time, in the order in which the model wrote.
    """

    def __init__(self, head: Head) -> None:
        self._head = head
        self._done: list[dict[str, Any]] = []
        self._open: OutputItem | None = None
        self._waiting: list[TokenLogprob] = []
        self._finish: Finish | None = None
        self._completed_at: int | None = None
        self._told = 0

    # --- as it comes ---

    def opening(self) -> bytes:
        return self._moment("created") + self._moment("in_progress")

    def step(self, delta: ChatDelta) -> bytes:
        self._weigh(delta)
        return b"".join(part for each in delta.events for part in self._take(each))

    def idle(self, silence: float) -> bytes:
        """What keeps the client waiting: an event that it knows already. Codex does not count comments."""
        return self._moment("in_progress")

    def closing(self) -> bytes:
        """The end of the stream. Raises EngineDied when the answer has not finished."""
        whole = self.whole()
        return self._tell(whole["status"], response=whole)

    def failed(self, told: Failure) -> bytes:
        """The end of a stream that failed. Codex does not see the event ``error``."""
        output = list(self._done)
        if self._open is not None:
            output.append(self._open.whole("incomplete"))
        return self._tell("failed", response=self._head.snapshot("failed", output, error=error_object(told)))

    def _take(self, said: Event) -> Iterator[bytes]:
        match said:
            case TextDelta(text) if text:
                if not isinstance(self._open, MessageItem):
                    yield from self._begin(MessageItem())
                yield from self._add(text)
            case ReasoningDelta(text) if text:
                if not isinstance(self._open, ReasoningItem):
                    item = ReasoningItem(summarized=self._head.summarized, sealed=self._head.sealed)
                    yield from self._begin(item)
                yield from self._add(text)
            case ToolCallStart():
                yield from self._begin(call_item(said, self._head.tools.get(said.name)))
            case ToolCallDelta(_, arguments) if arguments:
                yield from self._add(arguments)
            case ToolCallEnd():
                yield from self._end("completed")
            case Finish():
                self._finish = said
                yield from self._end("incomplete" if said.reason in _LIMITS else "completed")
                self._completed_at = int(time.time())

    def _begin(self, item: OutputItem) -> Iterator[bytes]:
        yield from self._end("completed")
        self._open = item
        index = len(self._done)
        yield self._tell("output_item.added", output_index=index, item=item.whole("in_progress"))
        for kind, fields in item.begin():
            yield self._tell_of(item, kind, fields)

    def _add(self, text: str) -> Iterator[bytes]:
        assert self._open is not None
        for kind, fields in self._open.add(text, self._scores()):
            yield self._tell_of(self._open, kind, fields)

    def _end(self, status: Status) -> Iterator[bytes]:
        if self._open is None:
            return
        item, index = self._open, len(self._done)
        for kind, fields in item.end():
            yield self._tell_of(item, kind, fields)
        self._open = None
        self._done.append(item.whole(status))
        yield self._tell("output_item.done", output_index=index, item=self._done[-1])

    # --- log probabilities ---

    def _weigh(self, delta: ChatDelta) -> None:
        """The tokens of a step that brought text are that text's, with those that waited to be told apart;
        those of thoughts and calls are left out."""
        self._waiting += delta.logprobs
        texts = [each for each in delta.events if isinstance(each, TextDelta)]
        others = [each for each in delta.events if not isinstance(each, Finish)]
        if others and not texts:
            self._waiting.clear()

    def _scores(self) -> list[dict[str, Any]]:
        if not isinstance(self._open, MessageItem):
            return []
        told, self._waiting = self._waiting, []
        return [token_logprob(token) for token in told]

    # --- events ---

    def _moment(self, kind: str) -> bytes:
        return self._tell(kind, response=self._head.snapshot("in_progress", []))

    def _tell_of(self, item: OutputItem, kind: str, fields: dict[str, Any]) -> bytes:
        return self._tell(kind, item_id=item.id, output_index=len(self._done), **fields)

    def _tell(self, kind: str, **fields: Any) -> bytes:
        name = f"response.{kind}"
        data = event({"type": name, "sequence_number": self._told, **fields}, name)
        self._told += 1
        return data

    # --- as a whole ---

    def whole(self) -> dict[str, Any]:
        """The answer that is not streamed. Raises EngineDied when it has not finished."""
        finish = self._finish
        if finish is None:
            raise EngineDied("the engine stopped before the answer was complete")
        counts = usage(finish.usage)
        if finish.reason in _LIMITS:
            details = {"reason": "max_output_tokens"}
            return self._head.snapshot("incomplete", self._done, incomplete_details=details, usage=counts)
        return self._head.snapshot("completed", self._done, completed_at=self._completed_at, usage=counts)
