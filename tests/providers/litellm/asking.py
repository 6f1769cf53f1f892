"""The same question asked in LiteLLM's four ways, and their answers in one form: streams are merged."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

WAYS = pytest.mark.parametrize("way", ["completion", "acompletion", "streaming", "astreaming"])
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Get the current weather in a given location",
        "parameters": {
            "type": "object",
            "properties": {"location": {"type": "string"}},
            "required": ["location"],
        },
    },
}


@dataclass(frozen=True)
class Call:
    id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class Answer:
    id: str
    text: str
    reasoning: str
    calls: list[Call]
    finish: str
    usage: dict[str, Any]


def user(text: str) -> list[Any]:
    return [{"role": "user", "content": text}]


def raw(way: str, question: str | list[Any], **arguments: Any) -> Any:
    """What LiteLLM returns of ``llamar/local``, or the list of what it streams."""
    import litellm

    messages = user(question) if isinstance(question, str) else question
    fields = {"model": "llamar/local", "messages": messages, "temperature": 0} | arguments
    if way == "completion":
        return litellm.completion(**fields)
    if way == "acompletion":
        return asyncio.run(litellm.acompletion(**fields))
    fields |= {"stream": True, "stream_options": {"include_usage": True}}
    if way == "streaming":
        return list(litellm.completion(**fields))
    return asyncio.run(_collected(fields))


def ask(way: str, question: str | list[Any], **arguments: Any) -> Answer:
    """The answer of ``llamar/local``."""
    answer = raw(way, question, **arguments)
    return merged(answer) if isinstance(answer, list) else whole(answer)


def whole(answer: Any) -> Answer:
    """A response as it is, whoever's it is."""
    (choice,) = answer.choices
    calls = [
        Call(each.id, each.function.name, each.function.arguments) for each in choice.message.tool_calls or ()
    ]
    reasoning = getattr(choice.message, "reasoning_content", None) or ""
    text = choice.message.content or ""
    return Answer(answer.id, text, reasoning, calls, choice.finish_reason, counts(answer.usage))


def merged(chunks: list[Any]) -> Answer:
    """The chunks of a stream as one answer; they agree about its id."""
    (id_,) = {chunk.id for chunk in chunks}
    choices = [choice for chunk in chunks for choice in chunk.choices]
    parts = [each for choice in choices for each in choice.delta.tool_calls or ()]
    calls = []
    for index in sorted({part.index for part in parts}):
        mine = [part for part in parts if part.index == index]
        (name,) = [part.function.name for part in mine if part.function.name]
        calls.append(Call(mine[0].id, name, "".join(part.function.arguments or "" for part in mine)))
    text = "".join(choice.delta.content or "" for choice in choices)
    reasoning = "".join(getattr(choice.delta, "reasoning_content", None) or "" for choice in choices)
    (finish,) = [choice.finish_reason for choice in choices if choice.finish_reason]
    (usage,) = [chunk.usage for chunk in chunks if getattr(chunk, "usage", None)]
    return Answer(id_, text, reasoning, calls, finish, counts(usage))


def counts(usage: Any) -> dict[str, Any]:
    return {
        "prompt": usage.prompt_tokens,
        "completion": usage.completion_tokens,
        "total": usage.total_tokens,
        "reasoning": usage.completion_tokens_details.reasoning_tokens,
    }


async def _collected(fields: dict[str, Any]) -> list[Any]:
    import litellm

    return [chunk async for chunk in await litellm.acompletion(**fields)]
