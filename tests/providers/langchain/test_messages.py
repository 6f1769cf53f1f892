from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)

from llamar_providers.langchain.messages import wire_messages

CALL = {"name": "get_weather", "args": {"location": "Zürich"}, "id": "call_1", "type": "tool_call"}
WIRE_CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "get_weather", "arguments": '{"location": "Zürich"}'},
}
TEXT = {"type": "text", "text": "Hi"}
PNG = "iVBORw0KGgo="


def wire(message: BaseMessage) -> dict[str, Any]:
    (told,) = wire_messages([message])
    return told


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (HumanMessage("Hi"), {"role": "user", "content": "Hi"}),
        (HumanMessage("Hi", name="ada"), {"role": "user", "content": "Hi", "name": "ada"}),
        (HumanMessage(["Hi", {**TEXT, "cache_control": {}}]), {"role": "user", "content": [TEXT, TEXT]}),
        (HumanMessage([{"type": "text-plain", "text": "Hi"}]), {"role": "user", "content": [TEXT]}),
        (SystemMessage("Be brief."), {"role": "system", "content": "Be brief."}),
        (
            SystemMessage("Be brief.", additional_kwargs={"__openai_role__": "developer"}),
            {"role": "developer", "content": "Be brief."},
        ),
        (ChatMessage("Hi", role="user"), {"role": "user", "content": "Hi"}),
        (AIMessage("Hi"), {"role": "assistant", "content": "Hi"}),
        (AIMessage("", tool_calls=[CALL]), {"role": "assistant", "content": None, "tool_calls": [WIRE_CALL]}),
        (
            ToolMessage("sunny", tool_call_id="call_1", name="get_weather", status="error"),
            {"role": "tool", "tool_call_id": "call_1", "content": "sunny", "name": "get_weather"},
        ),
        (ToolMessage([TEXT], tool_call_id="1"), {"role": "tool", "tool_call_id": "1", "content": [TEXT]}),
    ],
)
def test_a_message_on_the_wire(message: BaseMessage, told: dict[str, Any]) -> None:
    assert wire(message) == told


@pytest.mark.parametrize(
    "message",
    [
        AIMessage("Hi", additional_kwargs={"reasoning_content": "Greet."}, tool_calls=[CALL]),
        AIMessage(content_blocks=[{"type": "reasoning", "reasoning": "Greet."}, TEXT, CALL]),
        # What langchain makes of an answer with output_version="v1": the reasoning is in both places.
        AIMessage(
            [{"type": "reasoning", "reasoning": "Greet.", "index": 0}, {**TEXT, "index": 1}, CALL],
            additional_kwargs={"reasoning_content": "Greet."},
            tool_calls=[CALL],
            response_metadata={"output_version": "v1", "model_provider": "llamar"},
        ),
        # Of a conversation that another provider's model began.
        AIMessage(
            [
                {"type": "thinking", "thinking": "Greet.", "signature": "x"},
                {"type": "redacted_thinking", "data": "x"},
                TEXT,
                {"type": "tool_use", "id": "call_1", "name": "get_weather", "input": CALL["args"]},
            ],
            tool_calls=[CALL],
        ),
        AIMessage(
            [{"type": "thinking", "thinking": "Greet.", "signature": "x"}, TEXT],
            tool_calls=[CALL],
            response_metadata={"model_provider": "anthropic"},
        ),
        AIMessage(
            [
                {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Greet."}]},
                {"type": "text", "text": "Hi", "annotations": []},
                {"type": "function_call", "name": "get_weather", "arguments": "{}", "call_id": "call_1"},
            ],
            tool_calls=[CALL],
            response_metadata={"model_provider": "openai"},
        ),
    ],
)
def test_an_answer_of_any_form_goes_back_the_same(message: AIMessage) -> None:
    told = wire(message)
    content = told.pop("content")
    assert content == "Hi" or content == [TEXT]
    assert told == {"role": "assistant", "reasoning_content": "Greet.", "tool_calls": [WIRE_CALL]}


def test_a_broken_call_goes_back_as_it_was_written() -> None:
    broken = {"name": "f", "args": '{"a": ', "id": "1", "error": "not JSON", "type": "invalid_tool_call"}
    (call,) = wire(AIMessage("", invalid_tool_calls=[broken]))["tool_calls"]
    assert call == {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"a": '}}


@pytest.mark.parametrize(
    ("block", "kind"),
    [
        ({"type": "image", "base64": PNG, "mime_type": "image/png"}, "image_url"),
        ({"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}, "image_url"),
        ({"type": "audio", "base64": PNG, "mime_type": "audio/wav"}, "input_audio"),
        ({"type": "file", "base64": PNG, "mime_type": "application/pdf", "filename": "a.pdf"}, "file"),
        ({"type": "something_new", "a": 1}, "something_new"),
    ],
)
def test_what_is_not_text_is_the_servers_to_take_or_refuse(block: dict[str, Any], kind: str) -> None:
    (part,) = wire(HumanMessage([block]))["content"]
    assert part["type"] == kind


@pytest.mark.parametrize("message", [FunctionMessage("3", name="f"), RemoveMessage(id="1")])
def test_messages_that_no_model_is_sent(message: BaseMessage) -> None:
    with pytest.raises(ValueError, match=type(message).__name__):
        wire(message)
