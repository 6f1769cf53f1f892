"""Tools and structured output through the ``openai`` SDK, on a real server with the bundled model."""

from __future__ import annotations

import json
from enum import Enum
from typing import Any, Literal

import pytest
from openai import OpenAI
from pydantic import BaseModel, Field

from tests.servers import ServerProcess


def function(name: str, description: str, **properties: Any) -> Any:
    parameters = {"type": "object", "properties": properties, "required": list(properties)}
    return {
        "type": "function",
        "function": {"name": name, "description": description, "parameters": parameters},
    }


WEATHER = function("get_weather", "Get the current weather", location={"type": "string"})
MULTIPLY = function("multiply", "Multiply two numbers", a={"type": "number"}, b={"type": "number"})
ADD = function("add", "Add two numbers", a={"type": "number"}, b={"type": "number"})
NAMED = {"type": "function", "function": {"name": "get_weather"}}
QUESTION = {"role": "user", "content": "What's the weather in Paris?"}


@pytest.fixture(scope="module")
def client(server: ServerProcess) -> OpenAI:
    return server.openai()


def complete(client: OpenAI, *, stream: bool, **request: Any) -> Any:
    """The first choice of an answer, put together by the SDK where it is streamed."""
    request = {"model": "m", "temperature": 0, "max_tokens": 500, **request}
    if not stream:
        return client.chat.completions.create(**request).choices[0]
    with client.chat.completions.stream(**request) as events:
        return events.get_final_completion().choices[0]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("choice", ["auto", "required", NAMED], ids=["auto", "required", "named"])
def test_a_tool_loop_to_the_final_answer(client: OpenAI, choice: Any, stream: bool) -> None:
    tools = [WEATHER, ADD]
    first = complete(client, stream=stream, messages=[QUESTION], tools=tools, tool_choice=choice)
    assert first.finish_reason == "tool_calls"
    (call,) = first.message.tool_calls
    assert call.function.name == "get_weather"
    assert json.loads(call.function.arguments) == {"location": "Paris"}
    messages = [
        QUESTION,
        {"role": "assistant", "tool_calls": [call.model_dump(exclude={"index"}, exclude_none=True)]},
        {
            "role": "tool",
            "tool_call_id": call.id,
            "content": '{"temperature": 18, "unit": "C", "condition": "cloudy"}',
        },
    ]
    last = complete(client, stream=stream, messages=messages, tools=tools)
    assert last.finish_reason == "stop"
    assert last.message.content == "It is 18 degrees and cloudy in Paris."
    assert not last.message.tool_calls


@pytest.mark.parametrize("stream", [False, True])
def test_two_calls_in_one_turn(client: OpenAI, stream: bool) -> None:
    messages = [{"role": "user", "content": "What is 3 * 12? Also, what is 11 + 49?"}]
    choice = complete(client, stream=stream, messages=messages, tools=[MULTIPLY, ADD])
    calls = [(c.function.name, json.loads(c.function.arguments)) for c in choice.message.tool_calls]
    assert calls == [("multiply", {"a": 3, "b": 12}), ("add", {"a": 11, "b": 49})]
    assert len({c.id for c in choice.message.tool_calls}) == 2
    single = complete(
        client, stream=stream, messages=messages, tools=[MULTIPLY, ADD], parallel_tool_calls=False
    )
    assert len(single.message.tool_calls) == 1


@pytest.mark.parametrize("stream", [False, True])
def test_no_call_where_none_is_allowed(client: OpenAI, stream: bool) -> None:
    choice = complete(client, stream=stream, messages=[QUESTION], tools=[WEATHER], tool_choice="none")
    assert not choice.message.tool_calls
    assert "tool_call" not in (choice.message.content or "")


@pytest.mark.parametrize("temperature", [0, 1.5])
def test_arguments_fit_their_schema_at_any_temperature(client: OpenAI, temperature: float) -> None:
    ticket = function(
        "open_ticket",
        "Open a support ticket",
        priority={"enum": ["low", "high"]},
        tags={"type": "array", "items": {"enum": ["billing", "urgent"]}, "maxItems": 3},
    )
    for seed in range(5):
        choice = complete(
            client,
            stream=False,
            messages=[{"role": "user", "content": "Open a ticket with priority high and tags billing"}],
            tools=[ticket],
            tool_choice="required",
            parallel_tool_calls=False,
            temperature=temperature,
            seed=seed,
        )
        arguments = json.loads(choice.message.tool_calls[0].function.arguments)
        assert arguments["priority"] in ("low", "high")
        assert set(arguments["tags"]) <= {"billing", "urgent"}


def test_logprobs_beside_tools(client: OpenAI) -> None:
    choice = complete(
        client, stream=False, messages=[QUESTION], tools=[WEATHER], logprobs=True, top_logprobs=2
    )
    assert choice.message.tool_calls
    assert all(len(entry.top_logprobs) == 2 for entry in choice.logprobs.content)


class Unit(Enum):
    celsius = "celsius"
    kelvin = "kelvin"


class Place(BaseModel):
    city: str = Field(max_length=20)  # the toy does not know when to stop
    country: Literal["France", "Italy"] | None


class Report(BaseModel):
    place: Place
    unit: Unit
    degrees: int
    tags: list[Literal["warm", "cold", "sunny"]] = Field(max_length=3)


@pytest.mark.parametrize("stream", [False, True])
def test_parse_with_pydantic(client: OpenAI, stream: bool) -> None:
    messages: Any = [{"role": "user", "content": "Paris in France has 18 degrees celsius. Write a report."}]
    request: Any = {"model": "m", "messages": messages, "temperature": 0, "max_tokens": 900}
    if stream:
        with client.chat.completions.stream(**request, response_format=Report) as events:
            message = events.get_final_completion().choices[0].message
    else:
        message = client.chat.completions.parse(**request, response_format=Report).choices[0].message
    assert isinstance(message.parsed, Report)
    assert json.loads(message.content or "") == message.parsed.model_dump(mode="json")


def test_any_json_object(client: OpenAI) -> None:
    choice = complete(
        client,
        stream=False,
        messages=[{"role": "user", "content": "Write an object about a cat as JSON."}],
        response_format={"type": "json_object"},
    )
    assert choice.finish_reason == "stop"
    assert isinstance(json.loads(choice.message.content), dict)
