"""What a request is refused for: the kind of the error and the field that it names."""

from __future__ import annotations

from typing import Any

import pytest

from llamar_server.api.errors import NotFound, UnknownPrevious
from llamar_server.api.responses.refused import REFUSED
from llamar_server.errors import InvalidRequest, UnsupportedParameter
from tests.api.responses.asking import ADD, CALL, RESULT, USER, Json, asked


def refused(**fields: Any) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        asked(**fields)
    return caught.value


def item(**fields: Any) -> Json:
    return {"input": [USER, fields]}


def part(**fields: Any) -> Json:
    return {"input": [{"role": "user", "content": [fields]}]}


NOT_UNDERSTOOD = [
    {"type": "computer_call", "id": "x", "call_id": "y", "status": "completed"},
    {"type": "computer_call_output", "call_id": "y", "output": {"type": "computer_screenshot"}},
    {"type": "local_shell_call", "id": "x", "call_id": "y", "action": {}, "status": "completed"},
    {"type": "local_shell_call_output", "id": "x", "output": "z"},
    {"type": "shell_call_output", "call_id": "y", "output": [{"stdout": "", "stderr": ""}]},
    {"type": "apply_patch_call", "call_id": "y", "operation": {}, "status": "completed"},
    {"type": "mcp_approval_response", "approval_request_id": "x", "approve": True},
    {"type": "compaction", "encrypted_content": "x"},
    {"type": "additional_tools", "role": "developer", "tools": []},
    {"type": "nonsense", "role": 5, "content": 6},
]

UNSUPPORTED: list[tuple[Json, str]] = [
    ({"background": True}, "background"),
    ({"conversation": "conv_1"}, "conversation"),
    ({"conversation": {"id": "conv_1"}}, "conversation"),
    ({"prompt": {"id": "pmpt_1"}}, "prompt"),
    ({"context_management": [{"type": "compaction"}]}, "context_management"),
    ({"moderation": {"model": "x"}}, "moderation"),
    ({"messages": [USER]}, "messages"),
    ({"max_tokens": 5}, "max_tokens"),
    ({"max_completion_tokens": 5}, "max_completion_tokens"),
    ({"response_format": {"type": "json_object"}}, "response_format"),
    ({"reasoning_effort": "low"}, "reasoning_effort"),
    ({"verbosity": "low"}, "verbosity"),
    ({"n": 2}, "n"),
    ({"logprobs": True}, "logprobs"),
    ({"functions": [{"name": "f"}]}, "functions"),
    ({"function_call": {"name": "f"}}, "function_call"),
    ({"grammar": "root ::= x"}, "grammar"),
    ({"mirostat": 2}, "mirostat"),
    (part(type="input_image", image_url="data:"), "input[0].content[0].type"),
    (part(type="input_file", file_id="x"), "input[0].content[0].type"),
    (part(type="input_audio", input_audio={}), "input[0].content[0].type"),
    (item(**RESULT | {"output": [{"type": "input_image"}]}), "input[1].output[0].type"),
    *((item(**each), "input[1].type") for each in NOT_UNDERSTOOD),
]


@pytest.mark.parametrize(("fields", "param"), UNSUPPORTED)
def test_unsupported(fields: Json, param: str) -> None:
    error = refused(**fields)
    assert isinstance(error, UnsupportedParameter)
    assert error.param == param
    assert str(error).startswith(param)


@pytest.mark.parametrize("what", NOT_UNDERSTOOD)
def test_an_item_is_refused_by_its_name(what: Json) -> None:
    assert repr(what["type"]) in str(refused(**item(**what)))


HARMLESS: list[Json] = [
    {"background": False},
    {"conversation": None},
    {"context_management": []},
    {"n": 1},
    {"logprobs": False},
    {"functions": []},
    {"function_call": "auto"},
    {"mirostat": 0},
]


@pytest.mark.parametrize("fields", HARMLESS)
def test_a_value_that_asks_for_nothing_is_not_refused(fields: Json) -> None:
    assert asked(**fields) == asked()


def test_every_refusal_says_why() -> None:
    for name in REFUSED:
        assert str(refused(**{name: "some value"})).startswith(f"{name} is not supported: ")


CUSTOM: Json = {"type": "custom", "name": "patch"}

INVALID: list[tuple[Json, str]] = [
    ({"input": None}, "input"),
    ({"input": []}, "input"),
    ({"input": 5}, "input"),
    ({"input": {"role": "user"}}, "input"),
    ({"input": ["hi"]}, "input[0]"),
    ({"input": [{}]}, "input[0].role"),
    ({"input": [{"content": "hi"}]}, "input[0].role"),
    ({"input": [{"role": "king", "content": "hi"}]}, "input[0].role"),
    ({"input": [{"role": "tool", "content": "hi"}]}, "input[0].role"),
    ({"input": [{"role": "user"}]}, "input[0].content"),
    ({"input": [{"role": "user", "content": 5}]}, "input[0].content"),
    ({"input": [{"type": 5}]}, "input[0].type"),
    (part(text="hi"), "input[0].content[0].type"),
    (part(type="input_text"), "input[0].content[0].text"),
    (item(**CALL | {"name": None}), "input[1].name"),
    (item(**CALL | {"call_id": None}), "input[1].call_id"),
    (item(**CALL | {"arguments": 5}), "input[1].arguments"),
    (item(**RESULT | {"output": {"a": 1}}), "input[1].output"),
    (item(type="reasoning", summary=[{"type": "summary_text"}]), "input[1].summary[0].text"),
    (item(type="item_reference"), "input[1].id"),
    ({"model": 5}, "model"),
    ({"temperature": -0.1}, "temperature"),
    ({"top_p": 1.1}, "top_p"),
    ({"top_logprobs": 21}, "top_logprobs"),
    ({"max_output_tokens": 0}, "max_output_tokens"),
    ({"metadata": {"a": 1}}, "metadata.a"),
    ({"truncation": "middle"}, "truncation"),
    ({"text": {"format": {"type": "yaml"}}}, "text.format.type"),
    ({"text": {"format": {"type": "json_schema", "name": "x"}}}, "text.format.schema"),
    ({"tools": [{"name": "x"}]}, "tools[0].type"),
    ({"tools": [{"type": "function"}]}, "tools[0].name"),
    ({"tools": [{**ADD, "name": ""}]}, "tools[0].name"),
    ({"tools": [ADD, ADD]}, "tools[1]"),
    ({"tools": [{"type": "namespace", "tools": [ADD]}]}, "tools[0].name"),
    (
        {"tools": [{"type": "namespace", "name": "n", "tools": [{"type": "custom"}]}]},
        "tools[0].tools[0].name",
    ),
    ({"tools": [{**CUSTOM, "format": {"type": "grammar", "syntax": "gbnf"}}]}, "tools[0].format"),
    ({"tools": [{**CUSTOM, "format": {"type": "grammar", "syntax": "regex"}}]}, "tools[0].format"),
    ({"tool_choice": "required"}, "tool_choice"),
    ({"tools": [ADD], "tool_choice": "sometimes"}, "tool_choice.type"),
    ({"tools": [ADD], "tool_choice": {"type": "web_search"}}, "tool_choice.type"),
    ({"tools": [ADD], "tool_choice": {"type": "function"}}, "tool_choice.name"),
    ({"tools": [ADD], "tool_choice": {"type": "function", "name": "sub"}}, "tool_choice.name"),
    ({"tools": [ADD], "tool_choice": {"type": "allowed_tools", "mode": "auto"}}, "tool_choice.tools"),
    (
        {"tools": [ADD], "tool_choice": {"type": "allowed_tools", "tools": [{"name": "sub"}]}},
        "tool_choice.tools[0].name",
    ),
]


@pytest.mark.parametrize(("fields", "param"), INVALID)
def test_invalid(fields: Json, param: str) -> None:
    error = refused(**fields)
    assert not isinstance(error, UnsupportedParameter)
    assert error.param == param
    assert param in str(error)


def test_what_is_not_kept() -> None:
    previous = refused(previous_response_id="resp_x")
    assert isinstance(previous, UnknownPrevious)
    assert (previous.param, str(previous)) == (
        "previous_response_id",
        "Previous response with id 'resp_x' not found.",
    )
    referred = refused(input=[USER, {"type": "item_reference", "id": "msg_x"}])
    assert isinstance(referred, NotFound)
    assert referred.param == "input[1]"
