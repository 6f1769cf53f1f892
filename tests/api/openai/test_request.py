"""The body of a chat completion to a ``ChatRequest``: what is honoured, and how."""

from __future__ import annotations

from typing import Any

import pytest

from llamar_server.chat.types import (
    ChatRequest,
    Message,
    OutputFormat,
    Reasoning,
    ReasoningPart,
    TextPart,
    Tool,
    ToolCallPart,
    ToolChoice,
    ToolResultPart,
)
from llamar_server.engine.sampling import SamplingParams
from tests.api.openai.bodies import ADD, CALL, SUB, USER, translated


def message(**fields: Any) -> Message:
    """What a message becomes (after a user's, so that it may be anyone's)."""
    return translated(messages=[USER, fields]).messages[1]


def test_the_least() -> None:
    assert translated() == ChatRequest((Message("user", (TextPart("hi"),)),))


@pytest.mark.parametrize(
    "absent", ["temperature", "max_tokens", "stop", "tools", "n", "stream", "seed", "audio"]
)
def test_null_is_absent(absent: str) -> None:
    assert translated(**{absent: None}) == translated()


def test_unknown_fields_are_ignored() -> None:
    fields = {
        "cache_control": {},
        "metadata": {"a": "b"},
        "user": "me",
        "store": True,
        "service_tier": "flex",
    }
    assert translated(**fields, anything="else") == translated()
    assert message(**USER, cache_control={"type": "ephemeral"}).parts == (TextPart("hi"),)


def test_sampling() -> None:
    given: dict[str, Any] = {
        "temperature": 0,
        "top_p": 0.5,
        "top_k": 5,
        "min_p": 0.1,
        "typical_p": 0.9,
        "repeat_penalty": 1.1,
        "repeat_last_n": 10,
        "frequency_penalty": -1,
        "presence_penalty": 2,
        "seed": 7,
        "logit_bias": {"5": -100, "6": 1.5},
    }
    assert translated(**given).sampling == SamplingParams(
        temperature=0,
        top_p=0.5,
        top_k=5,
        min_p=0.1,
        typical_p=0.9,
        repeat_penalty=1.1,
        penalty_last_n=10,
        frequency_penalty=-1,
        presence_penalty=2,
        seed=7,
        logit_bias={5: -100.0, 6: 1.5},
    )
    assert translated(repetition_penalty=1.2).sampling.repeat_penalty == 1.2
    assert translated(top_k=-1).sampling.top_k == 0


@pytest.mark.parametrize(
    ("fields", "bound"),
    [
        ({}, None),
        ({"max_tokens": 5}, 5),
        ({"max_completion_tokens": 6}, 6),
        ({"max_tokens": 5, "max_completion_tokens": 6}, 5),
        ({"max_tokens": 7, "max_completion_tokens": 6}, 6),
        ({"max_tokens": -1}, None),
        ({"max_tokens": -1, "max_completion_tokens": 6}, 6),
    ],
)
def test_max_tokens(fields: dict[str, int], bound: int | None) -> None:
    assert translated(**fields).max_tokens == bound


def test_the_rest_of_the_answer() -> None:
    assert translated(stop="a").stop == ("a",)
    assert translated(stop=["a", "b"]).stop == ("a", "b")
    assert translated(n=3).n == 3
    assert translated(ignore_eos=True).ignore_eos
    assert translated(logprobs=False).logprobs is None
    assert translated(logprobs=True).logprobs == 0
    assert translated(logprobs=True, top_logprobs=4).logprobs == 4
    assert translated(logprobs=False, top_logprobs=0).logprobs is None
    assert not translated(parallel_tool_calls=False).parallel_tool_calls


def test_content() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": ""}]
    assert message(role="user", content="a").parts == (TextPart("a"),)
    assert message(role="user", content=parts, name="me") == Message(
        "user", (TextPart("a"), TextPart("")), "me"
    )
    assert message(role="developer", content="a") == Message("developer", (TextPart("a"),))
    assert message(role="system", content=[]) == Message("system", ())


def test_assistant_messages() -> None:
    call, text, thought = ToolCallPart("call_1", "add", '{"a": 1}'), TextPart("a"), ReasoningPart("r")
    refusal = {"type": "refusal", "refusal": "no"}
    assert message(role="assistant", tool_calls=[CALL]).parts == (call,)
    assert message(role="assistant", content=None, tool_calls=[CALL]).parts == (call,)
    assert message(role="assistant", content="", tool_calls=[CALL]).parts == (TextPart(""), call)
    assert message(role="assistant", content="a", reasoning_content="r").parts == (
        ReasoningPart("r"),
        TextPart("a"),
    )
    assert message(role="assistant", content="a", reasoning="r").parts == (thought, text)
    assert message(role="assistant", content="a", reasoning_content="", tool_calls=[]).parts == (
        TextPart("a"),
    )
    assert message(role="assistant", refusal="no").parts == (TextPart("no"),)
    assert message(role="assistant", content=[refusal]).parts == (TextPart("no"),)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [('{"a": 1}', '{"a": 1}'), ('{"a": ', '{"a": '), ({"a": "ä"}, '{"a": "ä"}'), (None, ""), ("", "")],
)
def test_arguments_of_earlier_calls(arguments: Any, text: str) -> None:
    call = {"id": "1", "function": {"name": "add", "arguments": arguments}}
    assert message(role="assistant", tool_calls=[call]).parts == (ToolCallPart("1", "add", text),)


def test_tool_results() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    for content, text in [("a", "a"), (parts, "a\nb"), (None, ""), ([], "")]:
        result = message(role="tool", tool_call_id="call_1", content=content, name="add")
        assert result == Message("tool", (ToolResultPart("call_1", text, name="add"),), "add")


def test_tools() -> None:
    empty = {"type": "object", "properties": {}}
    assert translated(tools=[ADD, SUB]).tools == (Tool("add", "", empty), Tool("sub", "less", empty, True))
    assert translated(tools=[]).tools == ()
    schema = {"$schema": "x", "type": ["object", "null"], "properties": {"a": {"enum": ["", None]}}}
    assert translated(tools=[{"function": {"name": "f", "parameters": schema}}]).tools[0].parameters == schema


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("auto", ToolChoice()),
        ("none", ToolChoice("none")),
        ("required", ToolChoice("required")),
        ({"type": "function", "function": {"name": "sub"}}, ToolChoice("named", "sub")),
    ],
)
def test_tool_choice(choice: Any, expected: ToolChoice) -> None:
    assert translated(tools=[ADD, SUB], tool_choice=choice).tool_choice == expected


@pytest.mark.parametrize("choice", ["auto", "none"])
def test_tool_choice_that_asks_for_no_tool_needs_none(choice: str) -> None:
    assert translated(tool_choice=choice).tools == ()


@pytest.mark.parametrize("mode", ["auto", "required"])
def test_allowed_tools(mode: str) -> None:
    allowed = {"mode": mode, "tools": [{"type": "function", "function": {"name": "sub"}}]}
    request = translated(tools=[ADD, SUB], tool_choice={"type": "allowed_tools", "allowed_tools": allowed})
    assert [tool.name for tool in request.tools] == ["sub"]
    assert request.tool_choice == ToolChoice(mode)


SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"response_format": {"type": "text"}}, None),
        ({"response_format": {"type": "json_object"}}, OutputFormat("json_object")),
        ({"response_format": {"type": "json_object", "schema": SCHEMA}}, OutputFormat("json_schema", SCHEMA)),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}},
            OutputFormat("json_schema", SCHEMA),
        ),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"schema": SCHEMA, "strict": True}}},
            OutputFormat("json_schema", SCHEMA, True),
        ),
        ({"grammar": 'root ::= "a"'}, OutputFormat("gbnf", 'root ::= "a"')),
        ({"regex": "a+"}, OutputFormat("regex", "a+")),
        ({"regex": "a+", "response_format": {"type": "text"}}, OutputFormat("regex", "a+")),
        ({"grammar": "", "regex": ""}, None),
    ],
)
def test_output_format(fields: dict[str, Any], expected: OutputFormat | None) -> None:
    assert translated(**fields).output_format == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"enable_thinking": True}, Reasoning(enabled=True)),
        ({"chat_template_kwargs": {"enable_thinking": False}}, Reasoning(enabled=False)),
        (
            {"chat_template_kwargs": {"enable_thinking": False}, "enable_thinking": True},
            Reasoning(enabled=True),
        ),
        ({"reasoning_effort": "high"}, Reasoning(effort="high")),
        ({"reasoning_effort": "none"}, Reasoning(effort="none")),
        ({"reasoning_budget": 50}, Reasoning(budget=50)),
        ({"thinking_budget_tokens": 50}, Reasoning(budget=50)),
        ({"reasoning_budget": 0}, Reasoning(budget=0)),
        ({"reasoning_budget": -1}, Reasoning()),
        ({"reasoning_format": "none"}, Reasoning(format="none")),
        ({"reasoning_format": "deepseek"}, Reasoning()),
    ],
)
def test_reasoning(fields: dict[str, Any], expected: Reasoning) -> None:
    assert translated(**fields).reasoning == expected


def test_variables_of_the_template() -> None:
    kwargs = {"enable_thinking": False, "x": [1]}
    assert translated(chat_template_kwargs=kwargs).template_kwargs == kwargs
    assert translated(verbosity="low").template_kwargs == {"verbosity": "low"}


def test_going_on_with_the_last_message() -> None:
    messages = [USER, {"role": "assistant", "content": "Well"}]
    assert translated(messages=messages, continue_final_message=True).continue_final_message
    both = {"continue_final_message": True, "add_generation_prompt": False}
    assert translated(messages=messages, **both).continue_final_message
    assert not translated(messages=messages).continue_final_message
    assert not translated(add_generation_prompt=True).continue_final_message
