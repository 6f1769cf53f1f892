"""Events through the encoder of chat completions, as chunks or as a whole."""

from __future__ import annotations

from typing import Any

from llamar_server.api.openai.response import ChatCompletion
from llamar_server.api.openai.shapes import Head
from llamar_server.chat.events import Event, ToolCallDelta, ToolCallEnd, ToolCallStart
from llamar_server.chat.model import ChatDelta
from tests.api.asgi import events_of

HEAD = Head("chatcmpl-1", 1_700_000_000, "the-name")


def encoder(n: int = 1, **options: Any) -> ChatCompletion:
    given = {"logprobs": False, "reasoning_field": "reasoning_content", **options}
    return ChatCompletion(HEAD, n=n, **given)


def chunks(deltas: list[ChatDelta], n: int = 1, **options: Any) -> list[dict[str, Any]]:
    """All chunks of a stream."""
    out = encoder(n, **options)
    body = out.opening() + b"".join(out.step(delta) for delta in deltas) + out.closing()
    *told, done = events_of(body.decode())
    assert done == "[DONE]"
    return told


def whole(deltas: list[ChatDelta], n: int = 1, **options: Any) -> dict[str, Any]:
    out = encoder(n, **options)
    for delta in deltas:
        out.step(delta)
    return out.whole()


def parts(deltas: list[ChatDelta], **options: Any) -> list[Any]:
    """The deltas of the only choice, and at the end its finish reason."""
    told = chunks(deltas, **options)
    choices = [chunk["choices"][0] for chunk in told]
    assert [choice["finish_reason"] for choice in choices[:-1]] == [None] * (len(choices) - 1)
    assert choices[-1]["delta"] == {}
    return [choice["delta"] for choice in choices[:-1]] + [choices[-1]["finish_reason"]]


def call(index: int, *arguments: str, id: str = "call_a", name: str = "add") -> list[Event]:  # noqa: A002 - as in the event
    deltas = [ToolCallDelta(index, each) for each in arguments]
    return [ToolCallStart(index, id, name), *deltas, ToolCallEnd(index)]


ROLE = {"role": "assistant", "content": ""}


def arguments(index: int, text: str) -> dict[str, Any]:
    return {"tool_calls": [{"index": index, "function": {"arguments": text}}]}


def start(index: int, id: str, name: str) -> dict[str, Any]:  # noqa: A002 - as in the event
    function = {"name": name, "arguments": ""}
    return {"tool_calls": [{"index": index, "id": id, "type": "function", "function": function}]}
