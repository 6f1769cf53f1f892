"""What bodies are translated to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from llamar_server.api.opaque import seal
from llamar_server.api.responses.store import ResponseStore
from llamar_server.chat.types import (
    ChatRequest,
    Message,
    OutputFormat,
    Reasoning,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from llamar_server.engine.sampling import SamplingParams
from tests.api.responses.asking import CALL, RESULT, USER, Json, answered, asked, messages

HI = Message("user", (TextPart("hi"),))
CALLED = ToolCallPart("call_1", "add", '{"a": 1}')


def test_the_least() -> None:
    assert asked() == ChatRequest(messages=(HI,))


def test_null_is_absent() -> None:
    names = ["instructions", "tools", "tool_choice", "text", "reasoning", "include", "metadata", "store"]
    names += ["previous_response_id", "max_output_tokens", "temperature", "top_logprobs", "background"]
    assert asked(**dict.fromkeys(names)) == asked()


def test_what_changes_nothing() -> None:
    ignored: Json = {
        "user": "u",
        "safety_identifier": "s",
        "prompt_cache_key": "k",
        "prompt_cache_retention": "24h",
        "prompt_cache_options": {"mode": "implicit"},
        "service_tier": "flex",
        "metadata": {"a": "b"},
        "store": False,
        "truncation": "auto",
        "stream_options": {"include_obfuscation": False},
        "max_tool_calls": 3,
        "client_metadata": {"x": 1},
        "something_new": [1, 2],
        "include": ["reasoning.encrypted_content", "web_search_call.action.sources"],
        "reasoning": {"summary": "auto", "context": "all_turns"},
        "text": {"format": {"type": "text"}},
    }
    assert asked(**ignored) == asked()


def test_sampling() -> None:
    request = asked(temperature=0, top_p=0.5, top_k=-1, min_p=0.1, seed=7, max_output_tokens=9, stop="END")
    assert request.sampling == SamplingParams(temperature=0, top_p=0.5, top_k=0, min_p=0.1, seed=7)
    assert (request.max_tokens, request.stop) == (9, ("END",))


@pytest.mark.parametrize(
    ("fields", "logprobs"),
    [
        ({}, None),
        ({"top_logprobs": 0}, None),
        ({"top_logprobs": 4}, 4),
        ({"include": ["message.output_text.logprobs"]}, 0),
        ({"include": ["message.output_text.logprobs"], "top_logprobs": 4}, 4),
    ],
)
def test_logprobs(fields: Json, logprobs: int | None) -> None:
    assert asked(**fields).logprobs == logprobs


@pytest.mark.parametrize(
    ("format_", "expected"),
    [
        ({"type": "text"}, None),
        ({"type": "json_object"}, OutputFormat("json_object")),
        (
            {"type": "json_schema", "name": "n", "schema": {"type": "object"}},
            OutputFormat("json_schema", {"type": "object"}),
        ),
        (
            {"type": "json_schema", "name": "n", "schema": {}, "strict": True},
            OutputFormat("json_schema", {}, strict=True),
        ),
    ],
)
def test_text_format(format_: Json, expected: OutputFormat | None) -> None:
    assert asked(text={"format": format_}).output_format == expected


@pytest.mark.parametrize(
    ("reasoning", "expected"),
    [
        ({}, Reasoning()),
        ({"effort": None, "summary": "detailed"}, Reasoning()),
        ({"effort": "none"}, Reasoning(effort="none")),
        ({"effort": "high", "generate_summary": "auto"}, Reasoning(effort="high")),
    ],
)
def test_reasoning(reasoning: Json, expected: Reasoning) -> None:
    assert asked(reasoning=reasoning).reasoning == expected


def test_verbosity_is_for_the_template() -> None:
    assert asked(text={"verbosity": "low"}).template_kwargs == {"verbosity": "low"}


def test_parallel_calls() -> None:
    assert asked(parallel_tool_calls=True).parallel_tool_calls
    assert not asked(parallel_tool_calls=False).parallel_tool_calls


# --- the input ---


@pytest.mark.parametrize(
    "item",
    [
        USER,
        {"type": "message", **USER},
        {"type": "message", "id": "msg_1", "status": "completed", **USER},
        {"type": None, "id": None, **USER},
        {"role": "user", "content": [{"type": "input_text", "text": "hi"}]},
        {"role": "user", "content": [{"type": "text", "text": "hi"}, {"type": "input_text", "text": ""}]},
    ],
)
def test_a_message_in_many_forms(item: Json) -> None:
    assert messages(item) == (HI,)


@pytest.mark.parametrize("role", ["system", "developer", "user", "assistant"])
def test_roles(role: Any) -> None:
    content = [{"type": "input_text", "text": "a"}, {"type": "input_text", "text": "b"}]
    assert messages({"role": role, "content": content}) == (Message(role, (TextPart("a"), TextPart("b"))),)


def test_instructions_come_first() -> None:
    system = Message("system", (TextPart("Be brief."),))
    assert asked(instructions="Be brief.").messages == (system, HI)
    assert asked(instructions="").messages == (HI,)


def assistant(*contents: Json, **fields: Any) -> Json:
    return {"type": "message", "role": "assistant", "content": list(contents), **fields}


def output_text(text: str) -> Json:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def test_a_turn_of_many_items_is_one_message() -> None:
    thought = {"type": "reasoning", "id": "rs_1", "summary": [], "content": [part("reasoning_text", "Hm.")]}
    turn = [thought, assistant(output_text("See."), id="msg_1"), CALL, {**CALL, "call_id": "call_2"}]
    results = [{**RESULT, "call_id": "call_2"}, RESULT]
    assert messages(USER, *turn, *results, assistant(output_text("2"))) == (
        HI,
        Message(
            "assistant",
            (ReasoningPart("Hm."), TextPart("See."), CALLED, ToolCallPart("call_2", "add", '{"a": 1}')),
        ),
        Message("tool", (ToolResultPart("call_2", "2"),)),
        Message("tool", (ToolResultPart("call_1", "2"),)),
        Message("assistant", (TextPart("2"),)),
    )


def part(kind: str, text: str) -> Json:
    return {"type": kind, "text": text}


@pytest.mark.parametrize("content", ["Yes.", [output_text("Yes.")], [{"type": "refusal", "refusal": "Yes."}]])
def test_what_an_assistant_said(content: Any) -> None:
    assert messages(USER, {"role": "assistant", "content": content})[1:] == (
        Message("assistant", (TextPart("Yes."),)),
    )


def test_an_assistant_who_said_nothing_still_had_a_turn() -> None:
    assert messages(USER, {"role": "assistant", "content": ""}, USER) == (HI, Message("assistant", ()), HI)


@pytest.mark.parametrize(
    ("fields", "thought"),
    [
        ({"content": [part("reasoning_text", "full")], "summary": [part("summary_text", "short")]}, "full"),
        ({"content": None, "summary": [], "encrypted_content": seal("full")}, "full"),
        ({"summary": [part("summary_text", "short")], "encrypted_content": seal("full")}, "full"),
        ({"summary": [part("summary_text", "one"), part("summary_text", "two")]}, "one\ntwo"),
        ({"summary": [part("summary_text", "short")], "encrypted_content": "gAAAA foreign"}, "short"),
    ],
)
def test_thoughts(fields: Json, thought: str) -> None:
    item = {"type": "reasoning", "id": "rs_1", **fields}
    assert messages(USER, item, CALL)[1].parts == (ReasoningPart(thought), CALLED)


@pytest.mark.parametrize("fields", [{}, {"encrypted_content": "gAAAA foreign"}, {"content": []}])
def test_a_thought_that_nobody_can_read_is_left_out(fields: Json) -> None:
    item = {"type": "reasoning", "id": "rs_1", "summary": [], **fields}
    assert messages(USER, item, CALL)[1].parts == (CALLED,)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [('{"a": 1}', '{"a": 1}'), ('{"a": ', '{"a": '), ("", ""), (None, ""), ({"a": "é"}, '{"a": "é"}')],
)
def test_arguments_are_kept_as_they_are(arguments: Any, text: str) -> None:
    item = {**CALL, "arguments": arguments}
    assert messages(USER, item)[1].parts == (ToolCallPart("call_1", "add", text),)


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ("2", "2"),
        ("", ""),
        ([], ""),
        ([part("input_text", "a"), part("output_text", "b"), part("input_text", "")], "a\nb"),
    ],
)
def test_results(output: Any, text: str) -> None:
    item = {**RESULT, "id": "fco_1", "status": "completed", "output": output}
    assert messages(USER, CALL, item)[2] == Message("tool", (ToolResultPart("call_1", text),))


def test_a_result_that_names_its_tool_instead_of_a_call() -> None:
    item = {"type": "function_call_output", "name": "add", "namespace": "n", "output": "2"}
    assert messages(USER, item)[1] == Message("tool", (ToolResultPart("", "2", name="n__add"),))


def test_calls_of_other_tools_in_a_history() -> None:
    spaced = {**CALL, "name": "close", "namespace": "agents"}
    own = {**CALL, "namespace": "add"}
    custom = {"type": "custom_tool_call", "call_id": "call_2", "name": "patch", "input": 'a "b"\n'}
    result = {"type": "custom_tool_call_output", "call_id": "call_2", "output": "done"}
    _, turn, told = messages(USER, spaced, own, custom, result)
    calls = [each for each in turn.parts if isinstance(each, ToolCallPart)]
    assert [call.name for call in calls] == ["agents__close", "add", "patch"]
    assert json.loads(calls[2].arguments) == {"input": 'a "b"\n'}
    assert told == Message("tool", (ToolResultPart("call_2", "done"),))


def test_what_openais_own_tools_did_is_left_out() -> None:
    search = {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"query": "x"}}
    image = {"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": "aaaa"}
    turn = [search, assistant(output_text("a")), image, assistant(output_text("b"))]
    assert messages(USER, *turn)[1:] == (Message("assistant", (TextPart("a"), TextPart("b"))),)
    assert messages(USER, search, USER) == (HI, HI)


def test_ids_do_not_change_what_is_asked() -> None:
    def with_ids(prefix: str) -> tuple[Message, ...]:
        items = [{"type": "message", **USER}, assistant(output_text("x")), CALL, RESULT]
        return messages(*({**item, "id": f"{prefix}_{i}"} for i, item in enumerate(items)))

    assert with_ids("a") == with_ids("b")


# --- going on ---


def test_going_on_is_sending_everything_again() -> None:
    store = ResponseStore()
    thought = {"type": "reasoning", "id": "rs_1", "summary": [], "content": [part("reasoning_text", "Hm.")]}
    output = [thought, assistant(output_text("See."), id="msg_1"), {**CALL, "id": "fc_1"}]
    answered(store, "resp_1", *output, input="hi", instructions="Be brief.")
    again = asked(store, previous_response_id="resp_1", input=[RESULT])
    assert again.messages == messages(USER, *output, RESULT)

    answered(store, "resp_2", assistant(output_text("2")), previous_response_id="resp_1", input=[RESULT])
    third = asked(store, previous_response_id="resp_2", input="And?", instructions="Be long.")
    said = assistant(output_text("2"))
    everything = messages(USER, *output, RESULT, said, {"role": "user", "content": "And?"})
    assert third.messages == (Message("system", (TextPart("Be long."),)), *everything)


def test_going_on_without_saying_more() -> None:
    store = ResponseStore()
    answered(store, "resp_1", assistant(output_text("a")), input="hi")
    for nothing in (None, []):
        request = asked(store, previous_response_id="resp_1", input=nothing)
        assert request.messages == (HI, Message("assistant", (TextPart("a"),)))


def test_items_by_reference() -> None:
    store = ResponseStore()
    answered(store, "resp_1", assistant(output_text("a"), id="msg_1"), {**CALL, "id": "fc_1"}, input="hi")
    items = [USER, {"type": "item_reference", "id": "msg_1"}, {"id": "fc_1"}, RESULT]
    expected = messages(USER, assistant(output_text("a")), CALL, RESULT)
    assert asked(store, input=items).messages == expected
