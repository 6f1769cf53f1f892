"""Golden sequences of events, and the same answers whole."""

from __future__ import annotations

import pytest

from llamar_server.chat.events import (
    Event,
    Finish,
    FinishReason,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    Usage,
)
from llamar_server.errors import EngineDied
from tests.api.anthropic.wire import Json, answer, parse, streamed, whole
from tests.fakes.chat import USAGE, finish, says

START_USAGE = {
    "input_tokens": 7,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 0,
    "output_tokens": 0,
}
END_USAGE = {
    "input_tokens": 5,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 2,
    "output_tokens": 3,
    "output_tokens_details": {"thinking_tokens": 1},
}


def starts(index: int, **block: object) -> Json:
    return {"type": "content_block_start", "index": index, "content_block": block}


def delta(index: int, **added: object) -> Json:
    return {"type": "content_block_delta", "index": index, "delta": added}


def stops(index: int) -> Json:
    return {"type": "content_block_stop", "index": index}


def ends(reason: str, sequence: str | None = None) -> list[Json]:
    stop = {"stop_reason": reason, "stop_sequence": sequence, "stop_details": None}
    return [{"type": "message_delta", "delta": stop, "usage": END_USAGE}, {"type": "message_stop"}]


def body_of(*events: Event) -> list[Json]:
    """The events after ``message_start``."""
    return parse(streamed(events))[1:]


def test_the_start() -> None:
    start = parse(streamed([finish()]))[0]
    message = start["message"]
    assert message.pop("id").startswith("msg_")
    assert start == {
        "type": "message_start",
        "message": {
            "type": "message",
            "role": "assistant",
            "model": "some-model",
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "stop_details": None,
            "usage": START_USAGE,
        },
    }


def test_text() -> None:
    assert body_of(TextDelta("Hel"), TextDelta("lo"), finish()) == [
        starts(0, type="text", text=""),
        delta(0, type="text_delta", text="Hel"),
        delta(0, type="text_delta", text="lo"),
        stops(0),
        *ends("end_turn"),
    ]


CALL = [ToolCallStart(0, "call_1", "add"), ToolCallDelta(0, '{"a": '), ToolCallDelta(0, "1}"), ToolCallEnd(0)]


def test_thinking_and_a_call() -> None:
    thinking = parse(streamed([ReasoningDelta("Hm"), ReasoningDelta("m"), *CALL, finish("tool_calls")]))[1:]
    signature = thinking[3]["delta"].pop("signature")
    assert signature
    assert thinking == [
        starts(0, type="thinking", thinking="", signature=""),
        delta(0, type="thinking_delta", thinking="Hm"),
        delta(0, type="thinking_delta", thinking="m"),
        delta(0, type="signature_delta"),
        stops(0),
        starts(1, type="tool_use", id="call_1", name="add", input={}),
        delta(1, type="input_json_delta", partial_json='{"a": '),
        delta(1, type="input_json_delta", partial_json="1}"),
        stops(1),
        *ends("tool_use"),
    ]


def test_blocks_are_interleaved_as_they_were_written() -> None:
    events = body_of(
        TextDelta("one"),
        *CALL,
        ReasoningDelta("two"),
        TextDelta("three"),
        ToolCallStart(1, "call_2", "add"),
        ToolCallEnd(1),
        TextDelta("four"),
        finish(),
    )
    kinds = [event["content_block"]["type"] for event in events if event["type"] == "content_block_start"]
    assert kinds == ["text", "tool_use", "thinking", "text", "tool_use", "text"]


def test_nothing_said() -> None:
    assert body_of(TextDelta(""), ReasoningDelta(""), finish()) == ends("end_turn")


def test_a_call_cut_short_is_closed() -> None:
    events = body_of(*CALL[:2], finish("length"))
    assert events == [
        starts(0, type="tool_use", id="call_1", name="add", input={}),
        delta(0, type="input_json_delta", partial_json='{"a": '),
        stops(0),
        *ends("max_tokens"),
    ]


def test_arguments_never_begin_with_space() -> None:
    events = body_of(
        CALL[0], ToolCallDelta(0, " \n"), ToolCallDelta(0, " {"), ToolCallDelta(0, " }"), finish()
    )
    sent = [e["delta"]["partial_json"] for e in events if e["type"] == "content_block_delta"]
    assert sent == ["{", " }"]


@pytest.mark.parametrize(
    ("reason", "sequence", "told"),
    [
        ("stop", None, ("end_turn", None)),
        ("stop", "END", ("stop_sequence", "END")),
        ("length", None, ("max_tokens", None)),
        ("context", None, ("model_context_window_exceeded", None)),
        ("tool_calls", None, ("tool_use", None)),
        ("tool_calls", "END", ("tool_use", None)),
    ],
)
def test_stop_reasons(reason: FinishReason, sequence: str | None, told: tuple[str, str | None]) -> None:
    events = [TextDelta("x"), Finish(reason, sequence, USAGE)]
    assert body_of(*events)[-2:] == ends(*told)
    message = whole(events)
    assert (message["stop_reason"], message["stop_sequence"]) == told


def test_the_whole() -> None:
    message = whole([ReasoningDelta("Hm"), TextDelta("Hel"), TextDelta("lo"), *CALL, finish("tool_calls")])
    assert message.pop("id").startswith("msg_")
    assert message["content"][0].pop("signature")
    assert message == {
        "type": "message",
        "role": "assistant",
        "model": "some-model",
        "content": [
            {"type": "thinking", "thinking": "Hm"},
            {"type": "text", "text": "Hello"},
            {"type": "tool_use", "id": "call_1", "name": "add", "input": {"a": 1}},
        ],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "stop_details": None,
        "usage": END_USAGE,
    }


@pytest.mark.parametrize(
    ("arguments", "known"),
    [
        ("", {}),
        ('{"a": 1, "b": [1, 2', {"a": 1, "b": [1, 2]}),
        ('{"a": "unfinish', {}),
        ("[1]", {"raw_arguments": "[1]"}),
        ("nonsense", {"raw_arguments": "nonsense"}),
    ],
)
def test_the_input_is_always_an_object(arguments: str, known: object) -> None:
    message = whole([CALL[0], ToolCallDelta(0, arguments), finish("length")])
    assert message["content"][0]["input"] == known


def test_input_and_cache_add_up_to_the_prompt() -> None:
    delta = parse(streamed([finish(usage=Usage(100, 5, cached_tokens=99))]))[-2]
    assert (delta["usage"]["input_tokens"], delta["usage"]["cache_read_input_tokens"]) == (1, 99)


def test_omitted_thinking_is_not_shown() -> None:
    events = [ReasoningDelta("secret"), TextDelta("x"), finish()]
    stream = parse(streamed(events, omit_thinking=True))
    kinds = [event["delta"]["type"] for event in stream if event["type"] == "content_block_delta"]
    assert kinds == ["signature_delta", "text_delta"]
    assert "secret" not in str(stream)
    block = whole(events, omit_thinking=True)["content"][0]
    assert (block["thinking"], block["signature"]) == ("", stream[2]["delta"]["signature"])


def test_an_answer_without_an_end_is_an_error() -> None:
    encoder = answer()
    encoder.step(says(TextDelta("x")))
    with pytest.raises(EngineDied):
        encoder.closing()
    with pytest.raises(EngineDied):
        encoder.whole()
