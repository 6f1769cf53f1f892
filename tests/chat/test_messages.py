"""The normal form of messages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamar_server.chat.messages import arguments_object, message_dicts, normalize
from llamar_server.chat.types import Message, ReasoningPart, TextPart, ToolCallPart, ToolResultPart
from llamar_server.errors import InvalidRequest
from tests.chat.conversations import anything


def one(message: dict[str, Any]) -> dict[str, Any]:
    (normal,) = normalize([message])
    return normal


def test_roles_and_content() -> None:
    assert one({"role": "developer", "content": "x"}) == {"role": "system", "content": "x"}
    assert one({"role": "user", "content": None}) == {"role": "user", "content": ""}
    parts = [{"type": "text", "text": "a"}, {"type": "input_text", "text": "b"}, "c"]
    assert one({"role": "user", "content": parts})["content"] == "a\nb\nc"
    assert one({"role": "function", "content": "r"})["role"] == "tool"


@pytest.mark.parametrize(
    "message",
    [
        {"role": "assistant", "content": "a", "reasoning_content": "why"},
        {"role": "assistant", "content": "a", "reasoning": "why"},
        {
            "role": "assistant",
            "content": [{"type": "thinking", "thinking": "why"}, {"type": "text", "text": "a"}],
        },
    ],
)
def test_reasoning_has_one_name(message: dict[str, Any]) -> None:
    assert one(message) == {"role": "assistant", "content": "a", "reasoning_content": "why"}


@pytest.mark.parametrize(
    ("message", "named"),
    [
        ({"role": "robot", "content": "x"}, "'robot' is not a known role"),
        ({"content": "x"}, "None is not a known role"),
        ({"role": "user", "content": 3}, "content must be"),
        ({"role": "user", "content": [{"type": "image_url", "image_url": {}}]}, "'image_url'"),
        ({"role": "assistant", "tool_calls": [{"id": "1", "function": {}}]}, "function name"),
    ],
)
def test_what_is_no_message_is_refused_by_its_place(message: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidRequest, match=named) as caught:
        normalize([{"role": "user", "content": "x"}, message])
    assert caught.value.param == "messages[1]"


def test_no_messages_at_all() -> None:
    with pytest.raises(InvalidRequest, match="must not be empty"):
        normalize([])


def test_results_get_the_name_of_their_call() -> None:
    calls = [{"id": id_, "function": {"name": name, "arguments": "{}"}} for id_, name in ("ax", "by")]
    normal = normalize(
        [
            {"role": "assistant", "content": None, "tool_calls": calls},
            {"role": "tool", "tool_call_id": "b", "content": "2"},
            {"role": "tool", "content": "1"},
            {"role": "tool", "tool_call_id": "unknown", "content": "3"},
        ]
    )
    named = [(message.get("tool_call_id"), message.get("name")) for message in normal[1:]]
    assert named == [("b", "y"), ("a", "x"), ("unknown", None)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"city": "Paris"}', {"city": "Paris"}),
        ({"city": "Paris"}, {"city": "Paris"}),
        (None, {}),
        ("", {}),
        ("{", {}),
        ('{"city": "Par', {"city": "Par"}),
        ('{"city": "Paris", "days": 2, "un', {"city": "Paris", "days": 2}),
        ('{"a": {"b": [1, 2, {"c": "d"', {"a": {"b": [1, 2, {"c": "d"}]}}),
        ('{"text": "a\\', {"text": "a"}),
        ('{"text": "a\nb"}', {"text": "a\nb"}),
        ('{"n": 12, "m": tr', {"n": 12}),
        ("[1]", {"raw_arguments": "[1]"}),
        ("not json", {"raw_arguments": "not json"}),
        ([1], {"raw_arguments": "[1]"}),
    ],
)
def test_arguments_become_an_object(text: object, expected: dict[str, Any]) -> None:
    assert arguments_object(text) == expected


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=4), json_values, max_size=4), st.data())
def test_cut_arguments_keep_what_was_whole(value: dict[str, Any], data: st.DataObject) -> None:
    text = json.dumps(value)
    cut = data.draw(st.integers(1, len(text)))
    found = arguments_object(text[:cut])
    assert "raw_arguments" in value or "raw_arguments" not in found
    whole = list(found)[:-1]
    assert whole == list(value)[: len(whole)]
    assert all(found[key] == value[key] for key in whole)
    if cut == len(text):
        assert found == value


@given(st.one_of(st.text(), st.lists(st.integers()), st.none(), st.integers()))
def test_any_arguments_become_an_object(arguments: object) -> None:
    assert isinstance(arguments_object(arguments), dict)


def test_deep_nesting_is_text() -> None:
    text = "[" * 100_000
    assert arguments_object(text) == {"raw_arguments": text}


@given(anything)
def test_normal_form_is_stable(messages: list[dict[str, Any]]) -> None:
    normal = normalize(messages)
    assert normalize(normal) == normal
    assert len(normal) == len(messages)


def test_our_own_messages() -> None:
    messages = (
        Message("system", (TextPart("s"),)),
        Message("user", (TextPart("a"), TextPart("b")), name="Ann"),
        Message("assistant", (ReasoningPart("r"), TextPart("t"), ToolCallPart("1", "f", '{"x": 1}'))),
        Message("tool", (ToolResultPart("1", "no", is_error=True),)),
    )
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}
    assert message_dicts(messages) == [
        {"role": "system", "content": "s"},
        {"role": "user", "content": "a\nb", "name": "Ann"},
        {"role": "assistant", "content": "t", "reasoning_content": "r", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": "Error: no"},
    ]
