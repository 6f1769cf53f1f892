"""However an answer comes, whole or in any number of chunks, the message is the same."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, message_chunk_to_message
from langchain_core.outputs import ChatGenerationChunk
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from llamar_providers.langchain import ChatLlamar
from llamar_providers.langchain.answers import ChunkReader, chat_result
from tests.providers.canned import HEAD, USAGE

Delta = dict[str, Any]

DETAILS = {
    **USAGE,
    "prompt_tokens_details": {"cached_tokens": 4},
    "completion_tokens_details": {"reasoning_tokens": 2},
}


class Replay(ChatLlamar):
    """A model whose answers are given: LangChain's own handling of chunks with nothing below it."""

    chunks: list[ChatCompletionChunk] = []  # noqa: RUF012 -- pydantic copies it

    def _stream(
        self, messages: list[BaseMessage], *args: Any, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        reader = ChunkReader()
        yield from filter(None, map(reader.read, self.chunks))
        yield reader.last()


def whole(message: dict[str, Any], finish_reason: str = "stop", **choice: Any) -> AIMessage:
    body = {
        **HEAD,
        "object": "chat.completion",
        "usage": DETAILS,
        "choices": [{"index": 0, "finish_reason": finish_reason, "message": message, **choice}],
    }
    (generation,) = chat_result(ChatCompletion.construct(**body)).generations
    assert isinstance(generation.message, AIMessage)
    generation.message.response_metadata |= generation.generation_info or {}
    return generation.message


def chunked(deltas: list[Delta], finish_reason: str = "stop") -> list[ChatCompletionChunk]:
    choices = [[{"index": 0, "delta": delta, "finish_reason": None}] for delta in deltas]
    choices.append([{"index": 0, "delta": {}, "finish_reason": finish_reason}])
    head = {**HEAD, "object": "chat.completion.chunk"}
    chunks = [ChatCompletionChunk.construct(**head, choices=each, usage=None) for each in choices]
    return [*chunks, ChatCompletionChunk.construct(**head, choices=[], usage=DETAILS)]


def streamed(chunks: list[ChatCompletionChunk], version: str | None = None) -> AIMessage:
    llm = Replay(base_url="http://127.0.0.1:9", chunks=chunks, output_version=version)
    total: Any = None
    for chunk in llm.stream("x"):
        total = chunk if total is None else total + chunk
    assert isinstance(total, AIMessageChunk)
    assert total.chunk_position == "last"
    message = message_chunk_to_message(total)
    assert isinstance(message, AIMessage)
    return message


def unordered(blocks: Any) -> list[str]:
    """The blocks, whatever their order, without the numbers by which they were added up."""
    bare = [{name: value for name, value in block.items() if name != "index"} for block in blocks]
    return sorted(json.dumps(block, sort_keys=True) for block in bare)


def wire_call(index: int, arguments: str) -> dict[str, Any]:
    return {"id": f"call_{index}", "type": "function", "function": {"name": "f", "arguments": arguments}}


@st.composite
def cut(draw: st.DrawFn, text: str) -> list[str]:
    at = sorted(draw(st.sets(st.integers(0, len(text)), max_size=4)) | {0, len(text)})
    return [text[a:b] for a, b in itertools.pairwise(at)]


@st.composite
def answers(draw: st.DrawFn) -> tuple[dict[str, Any], list[Delta]]:
    """A message, and deltas that add up to it: reasoning and text around parallel calls."""
    text = st.text(max_size=8)
    reasoning, before, after = draw(text), draw(text), draw(text)
    arguments = draw(
        st.lists(st.dictionaries(text, text | st.integers() | st.none(), max_size=2), max_size=3)
    )
    calls = [wire_call(i, json.dumps(each)) for i, each in enumerate(arguments)]
    deltas: list[Delta] = [{"role": "assistant", "content": ""}]
    deltas += [{"reasoning_content": piece} for piece in draw(cut(reasoning))]
    deltas += [{"content": piece} for piece in draw(cut(before))]
    for i, call in enumerate(calls):
        begun = {**call, "index": i, "function": {"name": "f", "arguments": ""}}
        deltas.append({"tool_calls": [begun]})
        pieces = draw(cut(call["function"]["arguments"]))
        deltas += [{"tool_calls": [{"index": i, "function": {"arguments": piece}}]} for piece in pieces]
    deltas += [{"content": piece} for piece in draw(cut(after))]
    message = {"role": "assistant", "content": before + after, "reasoning_content": reasoning}
    return message | ({"tool_calls": calls} if calls else {}), deltas


@settings(max_examples=60, deadline=None)
@given(answers())
def test_chunks_add_up_to_the_whole(answer: tuple[dict[str, Any], list[Delta]]) -> None:
    message, deltas = answer
    expected = whole(message)
    old = streamed(chunked(deltas))
    assert old.content == expected.content
    assert old.content_blocks == expected.content_blocks
    assert old.tool_calls == expected.tool_calls
    assert old.usage_metadata == expected.usage_metadata
    assert old.response_metadata == expected.response_metadata
    new = streamed(chunked(deltas), "v1")
    assert unordered(new.content) == unordered(expected.content_blocks)
    assert new.tool_calls == expected.tool_calls


@settings(max_examples=30, deadline=None)
@given(answers())
@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
def test_events_add_up_to_the_whole(answer: tuple[dict[str, Any], list[Delta]]) -> None:
    message, deltas = answer
    expected = whole(message)
    llm = Replay(base_url="http://127.0.0.1:9", chunks=chunked(deltas))
    output = llm.stream_events("x", version="v3").output
    assert unordered(output.content) == unordered(expected.content_blocks)
    assert output.tool_calls == expected.tool_calls
    assert output.usage_metadata == expected.usage_metadata


def test_what_an_answer_tells() -> None:
    told = whole({"role": "assistant", "content": "Hi", "reasoning_content": "Greet."})
    assert told.content == "Hi"
    assert told.content_blocks == [
        {"type": "reasoning", "reasoning": "Greet."},
        {"type": "text", "text": "Hi"},
    ]
    assert told.response_metadata == {
        "id": "chatcmpl-1",
        "model_name": "canned",
        "model_provider": "llamar",
        "finish_reason": "stop",
    }
    assert told.usage_metadata == {
        "input_tokens": 5,
        "output_tokens": 3,
        "total_tokens": 8,
        "input_token_details": {"cache_read": 4},
        "output_token_details": {"reasoning": 2},
    }


@pytest.mark.parametrize("arguments", ['{"a": ', "[1]", '"a"', "3"])
def test_arguments_that_are_no_object(arguments: str) -> None:
    message = {"role": "assistant", "content": None, "tool_calls": [wire_call(0, arguments)]}
    told = whole(message, "tool_calls")
    assert told.tool_calls == []
    (call,) = told.invalid_tool_calls
    assert (call["id"], call["name"], call["args"]) == ("call_0", "f", arguments)
    assert "JSON" in str(call["error"])


def test_a_call_without_arguments() -> None:
    told = whole({"role": "assistant", "content": None, "tool_calls": [wire_call(0, "")]})
    assert told.tool_calls == [{"name": "f", "args": {}, "id": "call_0", "type": "tool_call"}]


def test_reasoning_under_its_other_name() -> None:
    told = whole({"role": "assistant", "content": "Hi", "reasoning": "Greet."})
    assert told.additional_kwargs == {"reasoning_content": "Greet."}


def test_an_answer_that_was_edited_is_read_as_it_stands() -> None:
    told = whole({"role": "assistant", "content": "Hi"})
    told.content = [{"type": "text", "text": "Ho"}]
    assert told.content_blocks == [{"type": "text", "text": "Ho"}]
