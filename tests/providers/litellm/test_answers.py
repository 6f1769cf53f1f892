"""What a real server says comes out of LiteLLM unchanged, in all four ways."""

from __future__ import annotations

import json
from typing import Any

import litellm
import pytest
from pydantic import BaseModel

from tests.providers.litellm.asking import WAYS, WEATHER, ask, raw, user, whole
from tests.servers import ServerProcess


def direct(server: ServerProcess, question: str | list[Any], **arguments: Any) -> Any:
    messages = user(question) if isinstance(question, str) else question
    fields = {"model": "local", "messages": messages, "temperature": 0} | arguments
    return whole(server.openai().chat.completions.create(**fields))


@WAYS
def test_text_finish_and_exact_usage(server: ServerProcess, way: str) -> None:
    question = "What is the capital of France?"
    answer = ask(way, question, api_base=server.url)
    expected = direct(server, question)
    assert answer.text == "The capital of France is Paris."
    assert answer.finish == "stop"
    assert answer.usage == expected.usage
    assert answer.id.startswith("chatcmpl-")


@WAYS
def test_reasoning(server: ServerProcess, way: str) -> None:
    arguments = {"reasoning_effort": "low", "allowed_openai_params": ["reasoning_effort"]}
    answer = ask(way, "What is the capital of Japan?", api_base=server.url, **arguments)
    assert answer.reasoning == "The user asks for the capital of Japan. It is Tokyo."
    assert answer.text == "The capital of Japan is Tokyo."
    assert (
        answer.usage["reasoning"]
        == direct(server, "What is the capital of Japan?", reasoning_effort="low").usage["reasoning"]
    )
    assert answer.usage["reasoning"] > 0


@WAYS
def test_a_length_is_told(server: ServerProcess, way: str) -> None:
    answer = ask(way, "Count from 1 to 20", api_base=server.url, max_tokens=5)
    assert answer.finish == "length"
    assert answer.usage["completion"] == 5


@WAYS
def test_tools(server: ServerProcess, way: str) -> None:
    answer = ask(way, "What's the weather in Paris?", api_base=server.url, tools=[WEATHER])
    (call,) = answer.calls
    assert (call.name, json.loads(call.arguments)) == ("get_weather", {"location": "Paris"})
    assert answer.finish == "tool_calls"
    assert answer.usage == direct(server, "What's the weather in Paris?", tools=[WEATHER]).usage


@WAYS
def test_two_calls(server: ServerProcess, way: str) -> None:
    answer = ask(way, "What is the weather in Paris and London?", api_base=server.url, tools=[WEATHER])
    assert [json.loads(call.arguments)["location"] for call in answer.calls] == ["Paris", "London"]
    assert len({call.id for call in answer.calls}) == 2


@WAYS
@pytest.mark.parametrize(
    "choice",
    ["required", {"type": "function", "function": {"name": "get_weather"}}],
    ids=["required", "named"],
)
def test_a_forced_call(server: ServerProcess, way: str, choice: Any) -> None:
    answer = ask(way, "Hi", api_base=server.url, tools=[WEATHER], tool_choice=choice, max_tokens=60)
    assert [call.name for call in answer.calls] == ["get_weather"]
    assert json.loads(answer.calls[0].arguments).keys() == {"location"}


@WAYS
def test_no_call(server: ServerProcess, way: str) -> None:
    question = "What's the weather in Paris?"
    assert not ask(way, question, api_base=server.url, tools=[WEATHER], tool_choice="none").calls


@WAYS
def test_the_result_of_a_call(server: ServerProcess, way: str) -> None:
    """LiteLLM's own message objects go back as they came."""
    question = user("What's the weather in Paris?")
    said = raw("completion", question, api_base=server.url, tools=[WEATHER]).choices[0].message
    result = {
        "role": "tool",
        "tool_call_id": said.tool_calls[0].id,
        "content": '{"temperature": 18, "unit": "C", "condition": "cloudy"}',
    }
    answer = ask(way, [*question, said, result], api_base=server.url, tools=[WEATHER])
    assert answer.text == "It is 18 degrees and cloudy in Paris."


class Person(BaseModel):
    name: str
    age: int


@WAYS
def test_a_pydantic_class_as_the_format(server: ServerProcess, way: str) -> None:
    question = "Extract the name and age from: 'Alice is 30 years old and lives in Rome.' Answer in JSON."
    answer = ask(way, question, api_base=server.url, response_format=Person)
    assert Person.model_validate_json(answer.text) == Person(name="Alice", age=30)


@WAYS
def test_an_object_as_the_format(server: ServerProcess, way: str) -> None:
    question = "What is the capital of Italy? Answer in JSON with the key capital."
    answer = ask(way, question, api_base=server.url, response_format={"type": "json_object"})
    assert json.loads(answer.text) == {"capital": "Rome"}


@pytest.mark.parametrize("way", ["streaming", "astreaming"])
def test_log_probabilities_of_a_stream(server: ServerProcess, way: str) -> None:
    chunks = raw(way, "Hi", api_base=server.url, logprobs=True, top_logprobs=2)
    told = [chunk.choices[0].logprobs for chunk in chunks if chunk.choices and chunk.choices[0].logprobs]
    assert told
    assert all(len(token["top_logprobs"]) == 2 for each in told for token in each["content"])


@pytest.mark.parametrize("way", ["streaming", "astreaming"])
def test_two_choices_of_a_stream(server: ServerProcess, way: str) -> None:
    chunks = raw(way, "What is the capital of France?", api_base=server.url, n=2)
    said = {0: "", 1: ""}
    for choice in (choice for chunk in chunks for choice in chunk.choices):
        said[choice.index] += choice.delta.content or ""
    assert set(said.values()) == {"The capital of France is Paris."}


def test_two_choices(server: ServerProcess) -> None:
    answer = raw("completion", "What is the capital of France?", api_base=server.url, n=2)
    assert [choice.message.content for choice in answer.choices] == ["The capital of France is Paris."] * 2


# --- what LiteLLM makes of chat completions ---


def test_completions(server: ServerProcess) -> None:
    fields = {"model": "llamar/local", "prompt": "What is the capital of France?", "temperature": 0}
    answer = litellm.text_completion(**fields, api_base=server.url)
    assert answer.choices[0].text == "The capital of France is Paris."


def test_responses(server: ServerProcess) -> None:
    fields = {"model": "llamar/local", "input": "What is the capital of France?", "temperature": 0}
    answer = litellm.responses(**fields, api_base=server.url)
    assert answer.output[0].content[0].text == "The capital of France is Paris."
    assert answer.usage.input_tokens == direct(server, "What is the capital of France?").usage["prompt"]


async def test_messages_of_anthropic(server: ServerProcess) -> None:
    messages = user("What is the capital of France?")
    fields = {"model": "llamar/local", "max_tokens": 99, "messages": messages, "temperature": 0}
    answer = await litellm.anthropic.messages.acreate(**fields, api_base=server.url)
    assert answer["content"] == [{"type": "text", "text": "The capital of France is Paris."}]


def test_batches(server: ServerProcess) -> None:
    questions = [user(f"What is the capital of {country}?") for country in ("France", "Germany", "Japan")]
    answers = litellm.batch_completion("llamar/local", questions, api_base=server.url, temperature=0)
    cities = ["Paris", "Berlin", "Tokyo"]
    assert all(city in each.choices[0].message.content for city, each in zip(cities, answers, strict=True))
