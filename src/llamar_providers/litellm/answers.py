"""The server's answers as LiteLLM's objects, streamed ones in the order that LiteLLM needs."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable
from typing import Any

from litellm.types.utils import EmbeddingResponse, ModelResponse, ModelResponseStream, Usage
from openai.types import CreateEmbeddingResponse
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from .errors import CutShort


def whole_answer(answer: ChatCompletion, name: str) -> ModelResponse:
    """``answer`` with everything in it (id, usage, reasoning), told as that of ``llamar/<name>``."""
    fields: dict[str, Any] = answer.to_dict() | {"model": f"llamar/{name}"}
    return ModelResponse(**fields)


def vectors(answer: CreateEmbeddingResponse, name: str) -> EmbeddingResponse:
    """``answer``, told as that of ``llamar/<name>``."""
    fields: dict[str, Any] = answer.to_dict()
    return EmbeddingResponse(model=f"llamar/{name}", data=fields["data"], usage=Usage(**fields["usage"]))


async def in_order(
    chunks: AsyncIterable[ChatCompletionChunk], name: str
) -> AsyncGenerator[ModelResponseStream]:
    """The chunks of a stream, told as those of ``llamar/<name>``.

    Those that say nothing wait for one that does: LiteLLM tries again, or another server, only if
    nothing has come yet. The finish reasons come last, after the usage: LiteLLM stops listening at
    the first of them, which is that of the first choice. Raises CutShort if there is none.
    """
    waiting: list[ModelResponseStream] = []
    endings: list[ModelResponseStream] = []
    async for chunk in chunks:
        told = _told(chunk, name)
        if any(choice.finish_reason for choice in chunk.choices):
            endings.append(told)
            continue
        waiting.append(told)
        if _says_something(chunk):
            for each in waiting:
                yield each
            waiting.clear()
    if not endings:
        raise CutShort("the stream ended before the answer did")
    for each in [*waiting, *sorted(endings, key=lambda ending: ending.choices[0].index)]:
        yield each


def _told(chunk: ChatCompletionChunk, name: str) -> ModelResponseStream:
    """``chunk``, with the model named as in the chunks that LiteLLM makes itself."""
    fields: dict[str, Any] = chunk.to_dict() | {"model": name}
    told = ModelResponseStream(**fields)
    told._hidden_params = {"custom_llm_provider": "llamar"}  # by which it finds the price
    return told


def _says_something(chunk: ChatCompletionChunk) -> bool:
    said = [choice.delta.to_dict() for choice in chunk.choices]
    return bool(chunk.usage) or any(each.get(key) for each in said for key in each if key != "role")
