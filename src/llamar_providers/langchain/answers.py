"""What the server says, as LangChain's messages: whole answers, chunks, and both as content blocks. Pure."""

from __future__ import annotations

import json
from typing import Any, Final

from langchain_core.messages import AIMessage, AIMessageChunk, InvalidToolCall, ToolCall, UsageMetadata
from langchain_core.messages.ai import InputTokenDetails, OutputTokenDetails
from langchain_core.messages.block_translators import register_translator
from langchain_core.messages.content import ContentBlock
from langchain_core.messages.tool import ToolCallChunk, invalid_tool_call, tool_call, tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.chat.chat_completion import Choice
from openai.types.chat.chat_completion_chunk import Choice as ChunkChoice
from openai.types.chat.chat_completion_chunk import ChoiceDelta, ChoiceDeltaToolCall

from .messages import REASONING

PROVIDER: Final = "llamar"

# LangChain adds chunks up by the index of their blocks, and calls share the numbers with the others.
_INDEX: Final = {"reasoning": 0, "text": 1}
_FIRST_CALL: Final = len(_INDEX)


# --- whole ---


def chat_result(answer: ChatCompletion) -> ChatResult:
    """One generation for each choice, each with the usage of all."""
    return ChatResult(generations=[_generation(answer, choice) for choice in answer.choices])


def _generation(answer: ChatCompletion, choice: Choice) -> ChatGeneration:
    told: dict[str, Any] = choice.message.model_dump(exclude_none=True)
    calls = [_call(call["id"], **call["function"]) for call in told.get("tool_calls", ())]
    logprobs = {"logprobs": choice.logprobs.model_dump()} if choice.logprobs else {}
    message = AIMessage(
        content=told.get("content", ""),
        additional_kwargs=_reasoning(told),
        tool_calls=[call for call in calls if call["type"] == "tool_call"],
        invalid_tool_calls=[call for call in calls if call["type"] == "invalid_tool_call"],
        usage_metadata=_usage(answer.usage),
        response_metadata={"model_provider": PROVIDER},
    )
    return ChatGeneration(message=message, generation_info=_info(answer, choice.finish_reason) | logprobs)


def _call(id: str, name: str, arguments: str) -> ToolCall | InvalidToolCall:  # noqa: A002 -- the wire's word
    try:
        args = json.loads(arguments or "{}")
    except json.JSONDecodeError as error:
        return invalid_tool_call(name=name, args=arguments, id=id, error=f"not JSON: {error}")
    if not isinstance(args, dict):
        return invalid_tool_call(name=name, args=arguments, id=id, error="not a JSON object")
    return tool_call(name=name, args=args, id=id)


def _reasoning(told: dict[str, Any]) -> dict[str, Any]:
    thought = told.get(REASONING) or told.get("reasoning")
    return {REASONING: thought} if thought else {}


def _info(answer: ChatCompletion | ChatCompletionChunk, finish_reason: str | None) -> dict[str, Any]:
    return {"id": answer.id, "model_name": answer.model, "finish_reason": finish_reason}


def _usage(usage: CompletionUsage | None) -> UsageMetadata | None:
    if usage is None:
        return None
    prompt, completion = usage.prompt_tokens_details, usage.completion_tokens_details
    return UsageMetadata(
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens,
        total_tokens=usage.total_tokens,
        input_token_details=InputTokenDetails(cache_read=(prompt and prompt.cached_tokens) or 0),
        output_token_details=OutputTokenDetails(reasoning=(completion and completion.reasoning_tokens) or 0),
    )


# --- in chunks ---


class ChunkReader:
    """The chunks of one answer, in order. What is told once is told in ``last``, for LangChain adds
    chunks up: the usage, the names, why it ended."""

    def __init__(self) -> None:
        self._final: dict[str, Any] = {}
        self._usage: UsageMetadata | None = None

    def read(self, chunk: ChatCompletionChunk) -> ChatGenerationChunk | None:
        """What ``chunk`` adds to the message; None if nothing."""
        self._usage = _usage(chunk.usage) or self._usage
        if not chunk.choices:
            return None
        choice = chunk.choices[0]
        if choice.finish_reason is not None:
            self._final = _info(chunk, choice.finish_reason)
        return self._addition(choice)

    def last(self) -> ChatGenerationChunk:
        """The end of the message."""
        message = AIMessageChunk(
            content="",
            usage_metadata=self._usage,
            response_metadata={"model_provider": PROVIDER},
            chunk_position="last",
        )
        return ChatGenerationChunk(message=message, generation_info=self._final)

    def _addition(self, choice: ChunkChoice) -> ChatGenerationChunk | None:
        delta = choice.delta
        reasoning = _reasoning(delta.model_extra or {})
        if not (delta.content or reasoning or delta.tool_calls or choice.logprobs):
            return None
        message = AIMessageChunk(
            content=delta.content or "",
            additional_kwargs=reasoning,
            tool_call_chunks=_call_chunks(delta),
            response_metadata={"model_provider": PROVIDER},
        )
        logprobs = {"logprobs": choice.logprobs.model_dump()} if choice.logprobs else None
        return ChatGenerationChunk(message=message, generation_info=logprobs)


def _call_chunks(delta: ChoiceDelta) -> list[ToolCallChunk]:
    return [_call_chunk(call) for call in delta.tool_calls or ()]


def _call_chunk(call: ChoiceDeltaToolCall) -> ToolCallChunk:
    function = call.function
    return tool_call_chunk(
        name=function.name if function else None,
        args=function.arguments if function else None,
        id=call.id,
        index=_FIRST_CALL + call.index,
    )


# --- as content blocks ---


def content_blocks(message: AIMessage) -> list[ContentBlock]:
    """A whole message of ours: reasoning, text, calls."""
    return [*_said(message), *message.tool_calls]


def chunk_content_blocks(message: AIMessageChunk) -> list[ContentBlock]:
    """A chunk of ours, or the sum of some. With the last chunk the sum is a whole message."""
    if message.chunk_position == "last":
        return content_blocks(message)
    for block in (said := _said(message)):
        block["index"] = _INDEX[block["type"]]
    return [*said, *message.tool_call_chunks]


def _said(message: AIMessage) -> list[Any]:
    if not isinstance(message.content, str):
        raise NotImplementedError("not as we write it: LangChain reads such content itself")
    thought = message.additional_kwargs.get(REASONING)
    reasoning = [{"type": "reasoning", "reasoning": thought}] if thought else []
    text = [{"type": "text", "text": message.content}] if message.content else []
    return [*reasoning, *text]


register_translator(PROVIDER, content_blocks, chunk_content_blocks)
