"""What a chat completion is refused for: the kind of the error and the field that it names."""

from __future__ import annotations

from typing import Any

import pytest

from llamar_server.errors import InvalidRequest, UnsupportedParameter
from tests.api.openai.bodies import ADD, USER, translated


def refused(**fields: Any) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        translated(**fields)
    return caught.value


def part(**fields: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": [fields]}]}


def assistant(**fields: Any) -> dict[str, Any]:
    return {"messages": [{"role": "assistant", **fields}]}


UNSUPPORTED: list[tuple[dict[str, Any], str]] = [
    ({"audio": {"voice": "alloy", "format": "mp3"}}, "audio"),
    ({"modalities": ["text", "audio"]}, "modalities"),
    ({"prediction": {"type": "content", "content": "x"}}, "prediction"),
    ({"web_search_options": {}}, "web_search_options"),
    ({"moderation": {"model": "x"}}, "moderation"),
    ({"functions": [{"name": "f"}]}, "functions"),
    ({"function_call": {"name": "f"}}, "function_call"),
    ({"guided_json": {}}, "guided_json"),
    ({"guided_choice": ["a"]}, "guided_choice"),
    ({"guided_regex": "a"}, "guided_regex"),
    ({"guided_grammar": "a"}, "guided_grammar"),
    ({"structured_outputs": {"json": {}}}, "structured_outputs"),
    ({"json_schema": {}}, "json_schema"),
    ({"mirostat": 2}, "mirostat"),
    ({"dry_multiplier": 0.8}, "dry_multiplier"),
    ({"xtc_probability": 0.5}, "xtc_probability"),
    ({"dynatemp_range": 0.5}, "dynatemp_range"),
    ({"use_beam_search": True}, "use_beam_search"),
    ({"add_generation_prompt": False}, "add_generation_prompt"),
    (part(type="image_url", image_url={"url": "data:"}), "messages[0].content[0].type"),
    (part(type="input_audio", input_audio={}), "messages[0].content[0].type"),
    (part(type="file", file={}), "messages[0].content[0].type"),
    ({"messages": [{"role": "function", "name": "f", "content": "x"}]}, "messages[0].role"),
    (assistant(content="a", function_call={"name": "f", "arguments": ""}), "messages[0].function_call"),
    (assistant(content="a", audio={"id": "x"}), "messages[0].audio"),
    (assistant(tool_calls=[{"id": "1", "type": "custom", "custom": {}}]), "messages[0].tool_calls[0].type"),
    ({"tools": [ADD, {"type": "custom", "custom": {"name": "x"}}]}, "tools[1].type"),
    ({"tools": [ADD], "tool_choice": {"type": "custom", "custom": {"name": "x"}}}, "tool_choice.type"),
]


@pytest.mark.parametrize(("fields", "param"), UNSUPPORTED)
def test_unsupported(fields: dict[str, Any], param: str) -> None:
    error = refused(**fields)
    assert isinstance(error, UnsupportedParameter)
    assert error.param == param
    assert str(error).startswith(param)


HARMLESS: list[dict[str, Any]] = [
    {"modalities": ["text"]},
    {"functions": []},
    {"function_call": "auto"},
    {"mirostat": 0},
    {"dry_multiplier": 0.0},
    {"use_beam_search": False},
    {"web_search_options": None},
]


@pytest.mark.parametrize("fields", HARMLESS)
def test_a_value_that_asks_for_nothing_is_not_refused(fields: dict[str, Any]) -> None:
    assert translated(**fields) == translated()


NO_TOOL_ALLOWED = {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": []}}

INVALID: list[tuple[dict[str, Any], str]] = [
    ({"messages": None}, "messages"),
    ({"messages": []}, "messages"),
    ({"messages": "hi"}, "messages"),
    ({"messages": [{"content": "hi"}]}, "messages[0].role"),
    ({"messages": [{"role": "king", "content": "hi"}]}, "messages[0].role"),
    ({"messages": [{"role": "user"}]}, "messages[0].content"),
    ({"messages": [USER, {"role": "system", "content": None}]}, "messages[1].content"),
    ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
    ({"messages": [{"role": "user", "content": [5]}]}, "messages[0].content[0]"),
    (part(text="hi"), "messages[0].content[0].type"),
    (part(type="text"), "messages[0].content[0].text"),
    ({"messages": [{"role": "tool", "content": "1"}]}, "messages[0].tool_call_id"),
    (assistant(tool_calls=[{"id": "1"}]), "messages[0].tool_calls[0].function"),
    (assistant(tool_calls=[{"id": "1", "function": {}}]), "messages[0].tool_calls[0].function.name"),
    ({"model": 5}, "model"),
    ({"temperature": -0.1}, "temperature"),
    ({"temperature": "hot"}, "temperature"),
    ({"temperature": float("nan")}, "temperature"),
    ({"temperature": float("inf")}, "temperature"),
    ({"top_p": 1.1}, "top_p"),
    ({"min_p": -1}, "min_p"),
    ({"frequency_penalty": 3}, "frequency_penalty"),
    ({"presence_penalty": -3}, "presence_penalty"),
    ({"repeat_penalty": 0}, "repeat_penalty"),
    ({"seed": 1.5}, "seed"),
    ({"seed": 2**70}, "seed"),
    ({"logit_bias": {"a": 1}}, "logit_bias"),
    ({"logit_bias": {"1": 101}}, "logit_bias"),
    ({"logit_bias": {"-1": 1}}, "logit_bias"),
    ({"logit_bias": {"1": float("nan")}}, "logit_bias"),
    ({"logit_bias": [1]}, "logit_bias"),
    ({"stop": 5}, "stop"),
    ({"stop": [""]}, "stop[0]"),
    ({"n": 0}, "n"),
    ({"n": 129}, "n"),
    ({"max_tokens": 0}, "max_tokens"),
    ({"max_tokens": -2}, "max_tokens"),
    ({"max_completion_tokens": 0}, "max_completion_tokens"),
    ({"logprobs": 3}, "logprobs"),
    ({"top_logprobs": 3}, "top_logprobs"),
    ({"logprobs": True, "top_logprobs": 21}, "top_logprobs"),
    ({"stream_options": {"include_usage": True}}, "stream_options"),
    ({"tools": [{"type": "function"}]}, "tools[0].function"),
    ({"tools": [{"type": "function", "function": {"name": ""}}]}, "tools[0].function.name"),
    ({"tools": [{"function": {"name": "f", "parameters": []}}]}, "tools[0].function.parameters"),
    ({"tool_choice": "required"}, "tool_choice"),
    ({"tool_choice": {"type": "function", "function": {"name": "add"}}}, "tool_choice"),
    ({"tools": [ADD], "tool_choice": "sometimes"}, "tool_choice.type"),
    ({"tools": [ADD], "tool_choice": {"type": "function"}}, "tool_choice.function"),
    (
        {"tools": [ADD], "tool_choice": {"type": "function", "function": {"name": "mul"}}},
        "tool_choice.function.name",
    ),
    (
        {
            "tools": [ADD],
            "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": []}},
        },
        "tool_choice.allowed_tools.tools",
    ),
    ({"response_format": {"type": "xml"}}, "response_format.type"),
    ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
    ({"response_format": {"type": "json_schema", "json_schema": {}}}, "response_format.json_schema.schema"),
    ({"response_format": {"type": "json_object"}, "grammar": "x"}, "grammar"),
    ({"grammar": "x", "regex": "x"}, "grammar"),
    ({"reasoning_budget": -2}, "reasoning_budget"),
    ({"reasoning_format": "loud"}, "reasoning_format"),
    ({"continue_final_message": True}, "continue_final_message"),
]


@pytest.mark.parametrize(
    ("fields", "param"), INVALID, ids=[f"{i}-{param}" for i, (_, param) in enumerate(INVALID)]
)
def test_invalid(fields: dict[str, Any], param: str) -> None:
    error = refused(**fields)
    assert not isinstance(error, UnsupportedParameter)
    assert error.param == param
    assert param in str(error)
    assert "\n" not in str(error)
