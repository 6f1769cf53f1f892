"""Golden sequences of events, and the same answers whole."""

from __future__ import annotations

from typing import Any

import pytest

from llamar_server.api.errors import failure
from llamar_server.api.opaque import unseal
from llamar_server.chat.events import (
    Event,
    FinishReason,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
)
from llamar_server.errors import EngineDied, LlamarError, PromptTooLong, QueueFull
from tests.api.responses.asking import ADD, Json
from tests.api.responses.wire import accumulated, answer, check, parse, stream_of, streamed, whole
from tests.fakes.chat import finish, logprob, says

USAGE = {
    "input_tokens": 7,
    "input_tokens_details": {"cached_tokens": 2, "cache_write_tokens": 0},
    "output_tokens": 3,
    "output_tokens_details": {"reasoning_tokens": 1},
    "total_tokens": 10,
}
CALL: list[Event] = [
    ToolCallStart(0, "call_1", "add"),
    ToolCallDelta(0, '{"a": '),
    ToolCallDelta(0, "1}"),
    ToolCallEnd(0),
]


def golden(events: list[Json]) -> list[Json]:
    """What is told of the items, with ids as the numbers of their items, and without counting."""
    check(events)
    ids = {item["id"]: n for n, item in enumerate(events[-1]["response"]["output"])}

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(each) for key, each in value.items() if key != "sequence_number"}
        if isinstance(value, list):
            return [plain(each) for each in value]
        return ids.get(value, value) if isinstance(value, str) else value

    told = plain(events[2:-1])
    return [{**event, "type": event["type"].removeprefix("response.")} for event in told]


def added(index: int, kind: str, **fields: Any) -> Json:
    item = {"id": index, "type": kind, "status": "in_progress", **fields}
    return {"type": "output_item.added", "output_index": index, "item": item}


def done(index: int, kind: str, **fields: Any) -> Json:
    item = {"id": index, "type": kind, "status": "completed", **fields}
    return {"type": "output_item.done", "output_index": index, "item": item}


def of(kind: str, index: int, **fields: Any) -> Json:
    return {"type": kind, "item_id": index, "output_index": index, **fields}


def text_part(text: str) -> Json:
    return {"type": "output_text", "annotations": [], "logprobs": [], "text": text}


def test_text() -> None:
    assert golden(streamed([TextDelta("Hel"), TextDelta("lo"), finish()])) == [
        added(0, "message", role="assistant", content=[]),
        of("content_part.added", 0, content_index=0, part=text_part("")),
        of("output_text.delta", 0, content_index=0, delta="Hel", logprobs=[]),
        of("output_text.delta", 0, content_index=0, delta="lo", logprobs=[]),
        of("output_text.done", 0, content_index=0, text="Hello", logprobs=[]),
        of("content_part.done", 0, content_index=0, part=text_part("Hello")),
        done(0, "message", role="assistant", content=[text_part("Hello")]),
    ]


def test_reasoning_and_a_call() -> None:
    part = {"type": "reasoning_text", "text": "Hmm"}
    call = {"call_id": "call_1", "name": "add"}
    assert golden(streamed([ReasoningDelta("Hm"), ReasoningDelta("m"), *CALL, finish("tool_calls")])) == [
        added(0, "reasoning", summary=[], content=[]),
        of("content_part.added", 0, content_index=0, part={**part, "text": ""}),
        of("reasoning_text.delta", 0, content_index=0, delta="Hm"),
        of("reasoning_text.delta", 0, content_index=0, delta="m"),
        of("reasoning_text.done", 0, content_index=0, text="Hmm"),
        of("content_part.done", 0, content_index=0, part=part),
        done(0, "reasoning", summary=[], content=[part]),
        added(1, "function_call", **call, arguments=""),
        of("function_call_arguments.delta", 1, delta='{"a": '),
        of("function_call_arguments.delta", 1, delta="1}"),
        of("function_call_arguments.done", 1, name="add", arguments='{"a": 1}'),
        done(1, "function_call", **call, arguments='{"a": 1}'),
    ]


def test_a_summary_for_those_who_asked_for_one() -> None:
    part = {"type": "summary_text", "text": "Hm"}
    for reasoning in ({"summary": "auto"}, {"generate_summary": "concise"}):
        assert golden(streamed([ReasoningDelta("Hm"), finish()], reasoning=reasoning)) == [
            added(0, "reasoning", summary=[]),
            of("reasoning_summary_part.added", 0, summary_index=0, part={**part, "text": ""}),
            of("reasoning_summary_text.delta", 0, summary_index=0, delta="Hm"),
            of("reasoning_summary_text.done", 0, summary_index=0, text="Hm"),
            of("reasoning_summary_part.done", 0, summary_index=0, part=part),
            done(0, "reasoning", summary=[part]),
        ]


def test_a_thought_that_can_be_sent_back() -> None:
    events = [ReasoningDelta("Hm, "), ReasoningDelta("é."), finish()]
    stream = streamed(events, include=["reasoning.encrypted_content"])
    check(stream)
    (item,) = stream[-1]["response"]["output"]
    assert stream[2]["item"]["encrypted_content"] is None
    assert "é" not in item["encrypted_content"]
    assert unseal(item["encrypted_content"]) == "Hm, é."


NAMESPACE = {"type": "namespace", "name": "agents", "description": "d", "tools": [ADD]}
PATCH = {"type": "custom", "name": "patch"}


def test_a_call_into_a_namespace() -> None:
    called = [ToolCallStart(0, "call_1", "agents__add"), ToolCallEnd(0), finish("tool_calls")]
    stream = streamed(called, tools=[NAMESPACE])
    check(stream)
    for event in (stream[2], stream[-2]):
        assert (event["item"]["name"], event["item"]["namespace"]) == ("add", "agents")


@pytest.mark.parametrize(
    ("tool", "name", "namespace"),
    [(PATCH, "patch", None), ({**NAMESPACE, "tools": [PATCH]}, "agents__patch", "agents")],
)
def test_a_call_of_a_custom_tool(tool: Json, name: str, namespace: str | None) -> None:
    pieces = ['{"input"', ': "a\\n', 'b"}']
    deltas = [ToolCallDelta(0, piece) for piece in pieces]
    events = [ToolCallStart(0, "call_1", name), *deltas, ToolCallEnd(0), finish("tool_calls")]
    more = {} if namespace is None else {"namespace": namespace}
    assert golden(streamed(events, tools=[tool])) == [
        added(0, "custom_tool_call", call_id="call_1", name="patch", input="", **more),
        of("custom_tool_call_input.delta", 0, delta="a\nb"),
        of("custom_tool_call_input.done", 0, input="a\nb"),
        done(0, "custom_tool_call", call_id="call_1", name="patch", input="a\nb", **more),
    ]


@pytest.mark.parametrize(
    ("arguments", "known"),
    [
        ("", ""),
        ('{"input": "a', "a"),
        ('{"input', '{"input'),
        ("[1]", "[1]"),
        ('{"input": 5}', '{"input": 5}'),
    ],
)
def test_the_input_of_a_custom_call_cut_short(arguments: str, known: str) -> None:
    events = [ToolCallStart(0, "call_1", "patch"), ToolCallDelta(0, arguments), finish("length")]
    (item,) = whole(events, tools=[PATCH])["output"]
    assert (item["input"], item["status"]) == (known, "incomplete")


def test_items_are_interleaved_as_they_were_written() -> None:
    events = [TextDelta("1"), *CALL, ReasoningDelta("2"), TextDelta("3"), finish()]
    stream = streamed(events)
    check(stream)
    kinds = [item["type"] for item in stream[-1]["response"]["output"]]
    assert kinds == ["message", "function_call", "reasoning", "message"]


def test_nothing_said() -> None:
    stream = streamed([TextDelta(""), ReasoningDelta(""), finish()])
    assert golden(stream) == []
    assert stream[-1]["type"] == "response.completed"


# --- the response object ---

RESPONSE = {
    "object": "response",
    "status": "in_progress",
    "background": False,
    "completed_at": None,
    "error": None,
    "incomplete_details": None,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "metadata": {},
    "model": "some-model",
    "output": [],
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "reasoning": {"effort": None, "summary": None},
    "safety_identifier": None,
    "service_tier": "default",
    "store": True,
    "temperature": 0.8,
    "text": {"format": {"type": "text"}, "verbosity": "medium"},
    "tool_choice": "auto",
    "tools": [],
    "top_logprobs": 0,
    "top_p": 0.95,
    "truncation": "disabled",
    "usage": None,
    "user": None,
}


def without_times(response: Json) -> Json:
    assert response["id"].startswith("resp_")
    assert isinstance(response["created_at"], int)
    return {key: value for key, value in response.items() if key not in ("id", "created_at")}


def test_the_beginning() -> None:
    created, in_progress, *_ = streamed([finish()])
    assert without_times(created["response"]) == RESPONSE
    assert in_progress["response"] == created["response"]


def test_the_end() -> None:
    stream = streamed([TextDelta("Hi"), finish()])
    response = stream[-1]["response"]
    assert response["id"] == stream[0]["response"]["id"]
    assert response["completed_at"] >= response["created_at"]
    ((item,),) = [response["output"]]
    changed = {"status": "completed", "output": [item], "usage": USAGE}
    changed["completed_at"] = response["completed_at"]
    assert without_times(response) == {**RESPONSE, **changed}


ECHOED: Json = {
    "instructions": "Be brief.",
    "max_output_tokens": 99,
    "metadata": {"a": "b"},
    "parallel_tool_calls": False,
    "prompt_cache_key": "key",
    "reasoning": {"effort": "low", "summary": "auto"},
    "safety_identifier": "x",
    "store": False,
    "temperature": 0.5,
    "text": {
        "format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}, "strict": True},
        "verbosity": "low",
    },
    "tool_choice": {"type": "function", "name": "add"},
    "tools": [ADD, {"type": "web_search", "external_web_access": True}, NAMESPACE],
    "top_logprobs": 3,
    "top_p": 0.5,
    "user": "u",
}


def test_what_was_asked_is_told_back() -> None:
    response = whole([finish()], **ECHOED, truncation="auto")
    assert {name: response[name] for name in ECHOED} == ECHOED
    assert response["truncation"] == "disabled"  # as it is


@pytest.mark.parametrize("reason", ["length", "context"])
def test_an_answer_cut_short(reason: FinishReason) -> None:
    for events in ([TextDelta("Hel")], [ReasoningDelta("Hm")], CALL[:2]):
        stream = streamed([*events, finish(reason)])
        check(stream)
        response = stream[-1]["response"]
        assert stream[-1]["type"] == "response.incomplete"
        assert response["status"] == "incomplete"
        assert response["incomplete_details"] == {"reason": "max_output_tokens"}
        assert response["completed_at"] is None
        assert response["output"][-1]["status"] == "incomplete"
        assert response["usage"] == USAGE


def test_items_that_were_done_before_the_cut_are_complete() -> None:
    response = whole([TextDelta("Hi"), *CALL, finish("length")])
    assert [item["status"] for item in response["output"]] == ["completed", "completed"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (EngineDied("it ended"), "server_error"),
        (RuntimeError("secret"), "server_error"),
        (PromptTooLong(2, 1), "context_length_exceeded"),
        (QueueFull("full"), "rate_limit_exceeded"),
    ],
)
def test_a_failure(error: Exception, code: str) -> None:
    encoder = answer()
    sent = encoder.opening() + b"".join(encoder.step(says(each)) for each in [*CALL, TextDelta("Hel")])
    stream = parse(sent + encoder.failed(failure(error)))
    response = stream[-1]["response"]
    assert stream[-1]["type"] == "response.failed"
    assert (response["status"], response["error"]["code"]) == ("failed", code)
    assert "secret" not in str(response)
    assert (str(error) == response["error"]["message"]) == isinstance(error, LlamarError)
    assert [(item["type"], item["status"]) for item in response["output"]] == [
        ("function_call", "completed"),
        ("message", "incomplete"),
    ]


def test_an_answer_without_an_end_is_an_error() -> None:
    encoder = answer()
    encoder.step(says(TextDelta("x")))
    with pytest.raises(EngineDied):
        encoder.closing()
    with pytest.raises(EngineDied):
        encoder.whole()


def test_what_keeps_it_alive_is_an_event_that_changes_nothing() -> None:
    encoder = answer()
    sent = encoder.opening() + encoder.idle(10) + encoder.step(says(TextDelta("Hel")))
    sent += encoder.idle(10) + encoder.step(says(*CALL[:2])) + encoder.idle(300)
    sent += encoder.step(says(*CALL[2:], finish("tool_calls"))) + encoder.closing()
    stream = parse(sent)
    check(stream)
    assert [event["type"] for event in stream].count("response.in_progress") == 4
    assert accumulated(stream)["output"][0]["content"][0]["text"] == "Hel"


# --- log probabilities ---


def test_the_tokens_of_the_text_and_no_others() -> None:
    alternatives = [logprob("x", -2.0)]
    deltas = [
        says(ReasoningDelta("Hm"), logprobs=[logprob("Hm")]),
        says(logprobs=[logprob("</think>")]),
        says(TextDelta("Hel"), logprobs=[logprob("Hel", -0.25, alternatives)]),
        says(logprobs=[logprob(b"\xc3")]),
        says(TextDelta("é"), logprobs=[logprob(b"\xa9")]),
        says(*CALL, logprobs=[logprob("<tool_call>")]),
        says(TextDelta("!"), logprobs=[logprob("!")]),
        says(finish(), logprobs=[logprob("<end>")]),
    ]
    stream = stream_of(answer(top_logprobs=1), deltas)
    check(stream)
    _, first, _, second = stream[-1]["response"]["output"]
    told = first["content"][0]["logprobs"]
    assert [each["token"] for each in told] == ["</think>", "Hel", "\\xc3", "\\xa9"]
    assert told[1] == {
        "token": "Hel",
        "logprob": -0.25,
        "bytes": [72, 101, 108],
        "top_logprobs": [{"token": "x", "logprob": -2.0, "bytes": [120]}],
    }
    assert [each["token"] for each in second["content"][0]["logprobs"]] == ["!"]
    deltas_told = [event["logprobs"] for event in stream if event["type"] == "response.output_text.delta"]
    assert [len(each) for each in deltas_told] == [2, 2, 1]


def test_events_are_told_in_any_step() -> None:
    events: list[Event] = [TextDelta("Hi"), *CALL, finish("tool_calls")]
    one, many = stream_of(answer(), [says(*events)]), streamed(events)
    assert golden(one) == golden(many)
