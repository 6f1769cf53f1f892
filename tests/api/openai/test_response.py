"""Events to chunks and to whole answers: what is sent, exactly."""

from __future__ import annotations

from typing import Any

import pytest

from llamar_server.chat.events import (
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    Usage,
)
from llamar_server.chat.model import ChatDelta
from llamar_server.errors import EngineDied
from tests.api.asgi import events_of
from tests.api.openai.encoding import ROLE, arguments, call, chunks, encoder, parts, start, whole
from tests.fakes.chat import finish, logprob, says

# --- what is sent, exactly ---


def test_text() -> None:
    deltas = [says(TextDelta("Hello")), says(TextDelta(" you")), says(finish())]
    assert parts(deltas) == [ROLE, {"content": "Hello"}, {"content": " you"}, "stop"]


def test_what_all_chunks_share() -> None:
    for chunk in chunks([says(TextDelta("Hello")), says(finish())]):
        assert {key: chunk[key] for key in ("id", "object", "created", "model")} == {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1_700_000_000,
            "model": "the-name",
        }
        assert "usage" not in chunk


def test_usage_only_when_asked_for() -> None:
    *others, last = chunks([says(TextDelta("Hello")), says(finish())], include_usage=True)
    assert [other["usage"] for other in others] == [None] * 3
    assert last["choices"] == []
    assert last["usage"] == {
        "prompt_tokens": 7,
        "completion_tokens": 3,
        "total_tokens": 10,
        "prompt_tokens_details": {"cached_tokens": 2},
        "completion_tokens_details": {"reasoning_tokens": 1},
    }


def test_usage_of_several_choices_counts_the_prompt_once() -> None:
    deltas = [says(finish(usage=Usage(7, 3, 2, 1)), index=0), says(finish(usage=Usage(7, 4, 7, 0)), index=1)]
    assert whole(deltas, n=2)["usage"] == {
        "prompt_tokens": 7,
        "completion_tokens": 7,
        "total_tokens": 14,
        "prompt_tokens_details": {"cached_tokens": 2},
        "completion_tokens_details": {"reasoning_tokens": 1},
    }


def test_choices_open_in_order_whoever_speaks_first() -> None:
    deltas = [says(TextDelta("two"), finish(), index=1), says(TextDelta("one"), finish(), index=0)]
    told = [chunk["choices"][0] for chunk in chunks(deltas, n=2)]
    assert [(each["index"], each["delta"]) for each in told] == [
        (0, ROLE),
        (1, ROLE),
        (1, {"content": "two"}),
        (1, {}),
        (0, {"content": "one"}),
        (0, {}),
    ]


def test_reasoning() -> None:
    deltas = [says(ReasoningDelta("Hmm")), says(ReasoningDelta(", so"), TextDelta("Yes")), says(finish())]
    assert parts(deltas) == [
        ROLE,
        {"reasoning_content": "Hmm"},
        {"reasoning_content": ", so"},
        {"content": "Yes"},
        "stop",
    ]


def test_the_name_of_reasoning_is_the_operators_choice() -> None:
    deltas = [says(ReasoningDelta("Hmm"), TextDelta("Yes"), finish())]
    assert parts(deltas, reasoning_field="reasoning")[1] == {"reasoning": "Hmm"}
    assert whole(deltas, reasoning_field="reasoning")["choices"][0]["message"]["reasoning"] == "Hmm"


def test_tool_calls() -> None:
    deltas = [
        says(TextDelta("Let me see."), ToolCallStart(0, "call_a", "add")),
        says(ToolCallDelta(0, '{"a"')),
        says(ToolCallDelta(0, ": 1}"), ToolCallEnd(0)),
        says(*call(1, '{"b": 2}', id="call_b", name="sub")),
        says(finish("tool_calls")),
    ]
    assert parts(deltas) == [
        ROLE,
        {"content": "Let me see."},
        start(0, "call_a", "add"),
        arguments(0, '{"a"'),
        arguments(0, ": 1}"),
        start(1, "call_b", "sub"),
        arguments(1, '{"b": 2}'),
        "tool_calls",
    ]
    message = whole(deltas)["choices"][0]["message"]
    assert message == {
        "role": "assistant",
        "content": "Let me see.",
        "refusal": None,
        "tool_calls": [
            {"id": "call_a", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}},
            {"id": "call_b", "type": "function", "function": {"name": "sub", "arguments": '{"b": 2}'}},
        ],
    }


def test_content_is_null_only_beside_calls() -> None:
    assert whole([says(*call(0, "{}"), finish("tool_calls"))])["choices"][0]["message"]["content"] is None
    assert whole([says(finish())])["choices"][0]["message"]["content"] == ""


def test_a_call_that_was_cut_short_tells_what_there_is() -> None:
    deltas = [says(ToolCallStart(0, "call_a", "add"), ToolCallDelta(0, "{")), says(finish("length"))]
    assert parts(deltas) == [ROLE, start(0, "call_a", "add"), arguments(0, "{"), "length"]


@pytest.mark.parametrize(
    ("reason", "told"),
    [("stop", "stop"), ("length", "length"), ("context", "length"), ("tool_calls", "tool_calls")],
)
def test_finish_reasons(reason: str, told: str) -> None:
    assert parts([says(finish(reason))])[-1] == told
    assert whole([says(finish(reason))])["choices"][0]["finish_reason"] == told


def test_an_unfinished_choice_is_no_answer() -> None:
    out = encoder(n=2)
    out.step(says(TextDelta("Hello"), finish()))
    out.step(says(TextDelta("Hello"), index=1))
    with pytest.raises(EngineDied):
        out.closing()
    with pytest.raises(EngineDied):
        out.whole()


def test_no_reader_of_lines_sees_a_line_end_inside_an_event() -> None:
    text = "a\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\r\nb"
    out = encoder()
    body = out.step(says(TextDelta(text), finish())).decode()
    assert [line[:6] for line in body.splitlines()] == ["data: ", "", "data: ", ""]
    assert events_of(body)[0]["choices"][0]["delta"]["content"] == text


# --- log probabilities ---


def tokens_of(logprobs: dict[str, Any] | None) -> list[str]:
    return [] if logprobs is None else [each["token"] for each in logprobs["content"]]


def told_tokens(deltas: list[ChatDelta]) -> list[tuple[str | None, list[str]]]:
    told = [chunk["choices"][0] for chunk in chunks(deltas, logprobs=True)]
    return [(each["delta"].get("content"), tokens_of(each["logprobs"])) for each in told[1:]]


def test_logprobs_come_with_their_text() -> None:
    deltas = [
        says(
            TextDelta("Hello"),
            logprobs=[logprob("Hello", -0.25, [logprob("Hello", -0.25), logprob("Hi", -2)])],
        ),
        says(TextDelta(" you"), logprobs=[logprob(" you")]),
        says(finish()),
    ]
    assert told_tokens(deltas) == [("Hello", ["Hello"]), (" you", [" you"]), (None, [])]
    first = whole(deltas, logprobs=True)["choices"][0]["logprobs"]["content"][0]
    assert first == {
        "token": "Hello",
        "logprob": -0.25,
        "bytes": [72, 101, 108, 108, 111],
        "top_logprobs": [
            {"token": "Hello", "logprob": -0.25, "bytes": [72, 101, 108, 108, 111]},
            {"token": "Hi", "logprob": -2.0, "bytes": [72, 105]},
        ],
    }


def test_logprobs_wait_with_text_that_waits() -> None:
    deltas = [
        says(TextDelta("1"), logprobs=[logprob("1")]),
        says(TextDelta("1"), logprobs=[logprob("1")]),
        says(finish()),
    ]
    assert told_tokens(deltas) == [("11", ["1", "1"]), (None, [])]


def test_tokens_that_are_parts_of_a_character() -> None:
    deltas = [
        says(logprobs=[logprob(b"\xf0\x9f")]),
        says(TextDelta("😀"), finish(), logprobs=[logprob(b"\x98\x80")]),
    ]
    content = whole(deltas, logprobs=True)["choices"][0]["logprobs"]["content"]
    assert [each["token"] for each in content] == ["\\xf0\\x9f", "\\x98\\x80"]
    assert bytes(byte for each in content for byte in each["bytes"]).decode() == "😀"


def test_an_impossible_token_is_told_as_a_number() -> None:
    deltas = [says(TextDelta("ab"), finish(), logprobs=[logprob("ab", float("-inf"))])]
    assert whole(deltas, logprobs=True)["choices"][0]["logprobs"]["content"][0]["logprob"] == -9999.0


def test_tokens_of_reasoning_are_left_out_and_those_of_calls_are_not() -> None:
    deltas = [
        says(logprobs=[logprob("<think>")]),
        says(ReasoningDelta("Hmm"), logprobs=[logprob("Hmm")]),
        says(TextDelta("So"), logprobs=[logprob("So")]),
        says(logprobs=[logprob("<call>")]),
        says(*call(0, '{"a":1}'), logprobs=[logprob('{"a":1}')]),
        says(finish("tool_calls")),
    ]
    assert [token for _, tokens in told_tokens(deltas) for token in tokens] == ["So", "<call>", '{"a":1}']


def test_logprobs_are_null_when_nobody_asked() -> None:
    deltas = [says(TextDelta("Hello"), finish())]
    assert whole(deltas)["choices"][0]["logprobs"] is None
