"""The bytes of a stream as events, the order that they must have, and what the SDK makes of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import httpx
from anthropic.lib.streaming import _beta_messages, _messages
from anthropic.types import Message
from anthropic.types.beta import BetaMessage

from llamar_server.api.anthropic.response import MessageAnswer
from llamar_server.chat.events import Event
from tests.fakes.chat import says

Json = dict[str, Any]

DELTAS = {
    "text": {"text_delta"},
    "thinking": {"thinking_delta", "signature_delta"},
    "tool_use": {"input_json_delta"},
}


def answer(**options: Any) -> MessageAnswer:
    return MessageAnswer("some-model", 7, **options)


def streamed(events: Iterable[Event], **options: Any) -> bytes:
    """The whole stream of an answer with ``events``, one in each step."""
    encoder = answer(**options)
    return encoder.opening() + b"".join(encoder.step(says(each)) for each in events) + encoder.closing()


def whole(events: Iterable[Event], **options: Any) -> Json:
    encoder = answer(**options)
    encoder.step(says(*events))
    return encoder.whole()


def parse(stream: bytes | str) -> list[Json]:
    """The events of a stream, each of which must name itself twice: Claude Code ignores it otherwise."""
    text = stream.decode() if isinstance(stream, bytes) else stream
    events = []
    for chunk in text.removesuffix("\n\n").split("\n\n"):
        name, data = chunk.split("\n")
        event = json.loads(data.removeprefix("data: "))
        assert name == f"event: {event['type']}"
        events.append(event)
    return events


def check_order(events: list[Json]) -> None:
    """One message, of blocks that are numbered, opened and closed one at a time, and hold what they are."""
    kinds = [event["type"] for event in events if event["type"] != "ping"]
    assert kinds[0] == "message_start"
    assert kinds[-2:] == ["message_delta", "message_stop"]
    assert not {"message_start", "message_delta", "message_stop"}.intersection(kinds[1:-2])
    opened = 0
    allowed: set[str] | None = None
    for event in events:
        if event["type"] == "content_block_start":
            assert (allowed, event["index"]) == (None, opened)
            allowed = DELTAS[event["content_block"]["type"]]
        elif event["type"] == "content_block_delta":
            assert event["index"] == opened
            assert event["delta"]["type"] in (allowed or ())
        elif event["type"] == "content_block_stop":
            assert event["index"] == opened
            assert allowed is not None
            opened, allowed = opened + 1, None
    assert allowed is None


def accumulated(events: list[Json]) -> Json:
    """The message that the SDK puts together from a stream."""
    message: Any = None
    buffers: dict[int, bytes] = {}
    for event in events:
        if event["type"] != "ping":
            message = _messages.accumulate_event(
                event=event,  # type: ignore[arg-type]
                current_snapshot=message,
                json_bufs=buffers,
            )
    return dumped(message)


def beta_accumulated(events: list[Json]) -> Json:
    """The same of the SDK's beta."""
    message: Any = None
    buffers: dict[int, bytes] = {}
    for event in events:
        if event["type"] != "ping":
            message = _beta_messages.accumulate_event(
                event=event,  # type: ignore[arg-type]
                current_snapshot=message,
                json_bufs=buffers,
                request_headers=httpx.Headers(),  # type: ignore[arg-type]
            )
    return dumped(message)


def as_message(body: Json) -> Json:
    """What the SDK reads in an answer that was not streamed."""
    return dumped(Message.construct(**body))


def as_beta_message(body: Json) -> Json:
    return dumped(BetaMessage.construct(**body))


def dumped(message: Any) -> Json:
    """Without the id, which is each answer's own, and what only the SDK adds."""
    known: Json = message.model_dump(mode="json", warnings=False)
    del known["id"]
    for block in known["content"]:
        block.pop("parsed_output", None)
        block.pop("citations", None)
    return known
