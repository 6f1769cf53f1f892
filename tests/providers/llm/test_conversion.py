"""Between llm's messages and the wire, where a real server says too little."""

from __future__ import annotations

from typing import Any

import llm
import pytest
from llm.parts import (
    AttachmentPart,
    Message,
    ReasoningPart,
    StreamEvent,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from llamar_providers.llm.conversion import AnswerReader, request_body
from llamar_providers.llm.models import LlamarModel
from llamar_providers.settings import Launch


def body(*messages: Message, **settings: Any) -> dict[str, Any]:
    model = LlamarModel("llamar-local", Launch())
    prompt = llm.Prompt(None, model, messages=list(messages), options=LlamarModel.Options(), **settings)
    return request_body(prompt, "m", stream=False)


def chunk(delta: dict[str, Any], finish: str | None = None) -> ChatCompletionChunk:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return ChatCompletionChunk.model_validate(
        {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]}
    )


class Told:
    """What a response is told at the end."""

    def __init__(self) -> None:
        self.calls: list[llm.ToolCall] = []
        self.usage: dict[str, Any] | None = None
        self.model: str | None = None
        self.response_json: Any = None

    def add_tool_call(self, call: llm.ToolCall) -> None:
        self.calls.append(call)

    def set_usage(self, **usage: Any) -> None:
        self.usage = usage

    def set_resolved_model(self, model: str) -> None:
        self.model = model


def test_a_history_with_everything_in_it() -> None:
    wire = body(
        Message("system", [TextPart("Be brief.")]),
        Message("user", [TextPart("What is "), TextPart("1 + 2?")]),
        Message("assistant", [ReasoningPart("add them"), ToolCallPart("add", {"a": 1, "b": 2}, "c1")]),
        Message("tool", [ToolResultPart("add", "3", "c1"), ToolResultPart("add", "", "c2", exception="no")]),
        Message("assistant", [TextPart("3")]),
    )
    function = {"name": "add", "arguments": '{"a": 1, "b": 2}'}
    assert wire["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "What is 1 + 2?"},
        {
            "role": "assistant",
            "content": "",
            "reasoning_content": "add them",
            "tool_calls": [{"type": "function", "id": "c1", "function": function}],
        },
        {"role": "tool", "tool_call_id": "c1", "name": "add", "content": "3"},
        {"role": "tool", "tool_call_id": "c2", "name": "add", "content": "no"},
        {"role": "assistant", "content": "3"},
    ]


def test_pictures_are_refused_wherever_they_come_from() -> None:
    picture = llm.Attachment(type="image/png", content=b"\x89PNG")
    for message in (
        Message("user", [AttachmentPart(picture)]),
        Message("tool", [ToolResultPart("see", "", "c1", attachments=[picture])]),
    ):
        with pytest.raises(llm.ModelError, match="reads text only"):
            body(message)


def test_tools_of_other_peoples_servers_are_refused() -> None:
    class WebSearch(llm.ServerSideTool):  # type: ignore[misc]  # llm's is of type Any here
        pass

    with pytest.raises(llm.ModelError, match="a tool of a provider's server"):
        body(Message("user", [TextPart("hi")]), tools=[WebSearch.__new__(WebSearch)])


def test_an_answer_in_pieces() -> None:
    reader, told = AnswerReader(), Told()
    call = {"index": 0, "id": "c1", "type": "function", "function": {"name": "add", "arguments": ""}}
    more = {"index": 0, "function": {"arguments": '{"a": 1}'}}
    deltas: list[dict[str, Any]] = [
        {"role": "assistant", "content": ""},
        {"reasoning_content": "add them"},
        {"content": "Let me see."},
        {"tool_calls": [call]},
        {"tool_calls": [more]},
    ]
    events = [event for delta in deltas for event in reader.chunk(chunk(delta))]
    events += reader.chunk(chunk({}, "tool_calls"))
    reader.finish(told)
    assert events == [
        StreamEvent(type="reasoning", chunk="add them"),
        StreamEvent(type="text", chunk="Let me see."),
        StreamEvent(type="tool_call_name", chunk="add", tool_call_id="c1"),
        StreamEvent(type="tool_call_args", chunk='{"a": 1}', tool_call_id="c1"),
    ]
    assert [(each.name, each.arguments, each.tool_call_id) for each in told.calls] == [
        ("add", {"a": 1}, "c1")
    ]
    assert (told.usage, told.model) == (None, "m")
    assert told.response_json == {"id": "1", "model": "m", "finish_reason": "tool_calls"}


def test_a_whole_answer() -> None:
    reader, told = AnswerReader(), Told()
    calls = [
        {"id": f"c{n}", "type": "function", "function": {"name": "f", "arguments": arguments}}
        for n, arguments in enumerate(["", '{"x": 2}'])
    ]
    usage = {
        "prompt_tokens": 5,
        "completion_tokens": 7,
        "total_tokens": 12,
        "prompt_tokens_details": {"cached_tokens": 3},
    }
    message = {"role": "assistant", "content": None, "tool_calls": calls}
    answer = {
        "id": "1",
        "object": "chat.completion",
        "created": 0,
        "model": "m",
        "usage": usage,
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}],
    }
    assert len(list(reader.whole(ChatCompletion.model_validate(answer)))) == 3
    reader.finish(told)
    assert [each.arguments for each in told.calls] == [{}, {"x": 2}]
    details = {"prompt_tokens_details": {"cached_tokens": 3}}
    assert told.usage == {"input": 5, "output": 7, "details": details}


@pytest.mark.parametrize("arguments", ['{"a": ', "[1]", "nonsense"])
def test_arguments_that_were_cut(arguments: str) -> None:
    reader = AnswerReader()
    call = {"index": 0, "id": "c1", "type": "function", "function": {"name": "add", "arguments": arguments}}
    list(reader.chunk(chunk({"tool_calls": [call]}, "length")))
    with pytest.raises(llm.ModelError, match="ended inside the arguments of add; allow more"):
        reader.finish(Told())
