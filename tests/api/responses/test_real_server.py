"""The openai SDK's Responses against a real server process with the bundled model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai
import pydantic
import pytest

from tests.servers import ServerProcess

Answer = Callable[..., Any]


@pytest.fixture(scope="module")
def client(server: ServerProcess) -> Iterator[openai.OpenAI]:
    with server.openai() as sdk:
        yield sdk


def ask(words: Any, **fields: Any) -> Any:
    return {"model": "any", "input": words, "temperature": 0, "max_output_tokens": 200, **fields}


def whole(client: openai.OpenAI, request: Any) -> Any:
    return client.responses.create(**request)


def streamed(client: openai.OpenAI, request: Any) -> Any:
    with client.responses.stream(**request) as stream:
        return stream.get_final_response()


BOTH = pytest.mark.parametrize("answer", [whole, streamed])
FRANCE = "What is the capital of France?"
PARIS = "The capital of France is Paris."
SUM = "What is 123 + 456?"
NUMBER = {"type": "number"}
ADD: Any = {
    "type": "function",
    "name": "add",
    "description": "Add two numbers.",
    "strict": True,
    "parameters": {
        "type": "object",
        "properties": {"a": NUMBER, "b": NUMBER},
        "required": ["a", "b"],
        "additionalProperties": False,
    },
}
MULTIPLY: Any = {**ADD, "name": "multiply", "description": "Multiply two numbers."}


@BOTH
def test_text(client: openai.OpenAI, answer: Answer) -> None:
    response = answer(client, ask(FRANCE))
    assert (response.output_text, response.status) == (PARIS, "completed")
    assert [item.type for item in response.output] == ["message"]
    assert response.usage.total_tokens == response.usage.input_tokens + response.usage.output_tokens


async def test_async(server: ServerProcess) -> None:
    async with server.async_openai() as sdk:
        assert (await sdk.responses.create(**ask(FRANCE))).output_text == PARIS
        async with sdk.responses.stream(**ask(FRANCE)) as stream:
            pieces = [event.delta async for event in stream if event.type == "response.output_text.delta"]
    assert "".join(pieces) == PARIS
    assert len(pieces) > 1


def test_the_count_is_what_is_run(client: openai.OpenAI) -> None:
    fields: Any = {"instructions": "Be brief.", "tools": [ADD]}
    counted = client.responses.input_tokens.count(model="m", input=FRANCE, **fields).input_tokens
    assert client.responses.create(**ask(FRANCE, **fields)).usage.input_tokens == counted  # type: ignore[union-attr]
    assert counted > client.responses.input_tokens.count(model="m", input=FRANCE).input_tokens


def test_max_output_tokens(client: openai.OpenAI) -> None:
    response = client.responses.create(**ask(FRANCE, max_output_tokens=2))
    assert response.status == "incomplete"
    assert response.incomplete_details is not None
    assert response.incomplete_details.reason == "max_output_tokens"
    assert response.usage is not None
    assert response.usage.output_tokens == 2


def test_a_conversation_that_is_kept(client: openai.OpenAI) -> None:
    first = client.responses.create(**ask("My name is Ada.", instructions="You are a friend."))
    fields: Any = {"instructions": "You are a friend.", "previous_response_id": first.id}
    second = client.responses.create(**ask(FRANCE, **fields))
    assert first.usage is not None
    assert second.usage is not None
    assert second.usage.input_tokens > first.usage.input_tokens + first.usage.output_tokens
    assert second.usage.input_tokens_details.cached_tokens >= first.usage.input_tokens
    history: Any = [{"role": "user", "content": "My name is Ada."}, *first.output]
    history.append({"role": "user", "content": FRANCE})
    again = client.responses.create(**ask(history, instructions="You are a friend.", store=False))
    assert again.usage is not None
    assert again.output_text == second.output_text
    assert again.usage.input_tokens == second.usage.input_tokens
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(again.id)


@BOTH
@pytest.mark.parametrize("stateful", [True, False])
def test_a_call_and_its_result(client: openai.OpenAI, answer: Answer, stateful: bool) -> None:
    called = answer(client, ask(SUM, tools=[ADD], store=stateful))
    call = called.output[-1]
    assert (call.type, call.name, call.status) == ("function_call", "add", "completed")
    assert json.loads(call.arguments) == {"a": 123, "b": 456}
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "579"}
    if stateful:
        told = answer(client, ask([result], tools=[ADD], previous_response_id=called.id))
    else:
        history = [{"role": "user", "content": SUM}, *called.output, result]
        told = answer(client, ask(history, tools=[ADD], store=False))
    assert "579" in told.output_text
    assert told.usage.input_tokens_details.cached_tokens >= called.usage.input_tokens


def test_a_tool_in_a_namespace(client: openai.OpenAI) -> None:
    namespace = {"type": "namespace", "name": "maths", "description": "Sums.", "tools": [ADD]}
    fields: Any = {"tools": [namespace, {"type": "web_search"}], "tool_choice": "required"}
    (call,) = client.responses.create(**ask(SUM, **fields)).output
    assert call.type == "function_call"
    assert (call.name, call.namespace) == ("add", "maths")


def test_a_custom_tool(client: openai.OpenAI) -> None:
    grammar = {"type": "grammar", "syntax": "regex", "definition": "[a-c]{2,4}|x"}
    tool = {"type": "custom", "name": "letters", "description": "Takes letters.", "format": grammar}
    choice = {"type": "custom", "name": "letters"}
    for answer in (whole, streamed):
        (call,) = answer(client, ask("Some letters, please.", tools=[tool], tool_choice=choice)).output
        assert (call.type, call.name) == ("custom_tool_call", "letters")
        assert call.input == "x" or (set(call.input) <= set("abc") and 2 <= len(call.input) <= 4)


def test_tool_choice(client: openai.OpenAI) -> None:
    def called(choice: Any) -> list[str]:
        response = client.responses.create(**ask(FRANCE, tools=[ADD, MULTIPLY], tool_choice=choice))
        return [item.name for item in response.output if item.type == "function_call"]

    assert called("required") != []
    assert set(called({"type": "function", "name": "multiply"})) == {"multiply"}
    allowed = [{"type": "function", "name": "multiply"}]
    assert set(called({"type": "allowed_tools", "mode": "required", "tools": allowed})) == {"multiply"}
    assert called("none") == []
    one = ask(FRANCE, tools=[ADD], tool_choice="required", parallel_tool_calls=False)
    assert len(client.responses.create(**one).output) == 1


class Capital(pydantic.BaseModel):
    capital: str


def test_parse(client: openai.OpenAI) -> None:
    question = ask("What is the capital of Italy? Answer in JSON with the key capital.")
    parsed = client.responses.parse(**question, text_format=Capital)
    assert parsed.output_parsed == Capital(capital="Rome")
    with client.responses.stream(**question, text_format=Capital) as stream:
        assert stream.get_final_response().output_parsed == Capital(capital="Rome")


def test_any_json(client: openai.OpenAI) -> None:
    response = client.responses.create(**ask("Write JSON.", text={"format": {"type": "json_object"}}))
    assert isinstance(json.loads(response.output_text), dict)


@BOTH
def test_reasoning(client: openai.OpenAI, answer: Answer) -> None:
    question = "What is the capital of Japan?"
    response = answer(client, ask(question, reasoning={"effort": "low"}))
    thought, message = response.output
    assert (thought.type, message.type) == ("reasoning", "message")
    assert "Tokyo" in response.output_text
    assert thought.content[0].text
    assert 0 < response.usage.output_tokens_details.reasoning_tokens < response.usage.output_tokens
    include: Any = {"include": ["reasoning.encrypted_content"]}
    summarized = answer(client, ask(question, reasoning={"effort": "low", "summary": "auto"}, **include))
    summary = summarized.output[0]
    assert [part.text for part in summary.summary] == [thought.content[0].text]
    assert summary.encrypted_content
    assert answer(client, ask(question, reasoning={"effort": "none"})).output[0].type == "message"


def test_logprobs(client: openai.OpenAI) -> None:
    fields: Any = {"include": ["message.output_text.logprobs"], "top_logprobs": 2}
    for response in (whole(client, ask(FRANCE, **fields)), streamed(client, ask(FRANCE, **fields))):
        tokens = response.output[0].content[0].logprobs
        assert "".join(token.token for token in tokens) == PARIS
        assert {len(token.top_logprobs) for token in tokens} == {2}


def test_a_prompt_that_is_too_long(client: openai.OpenAI) -> None:
    for stream in (False, True):
        with pytest.raises(openai.BadRequestError) as caught:
            client.responses.create(**ask("word " * 6000, truncation="auto", stream=stream))
        assert caught.value.code == "context_length_exceeded"


def test_many_at_once(client: openai.OpenAI) -> None:
    capitals = {"France": "Paris", "Italy": "Rome", "Japan": "Tokyo", "Spain": "Madrid"}

    def capital(country: str) -> str:
        text: str = streamed(client, ask(f"What is the capital of {country}?")).output_text
        return text

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(capital, list(capitals) * 2))
    for country, answer in zip(list(capitals) * 2, answers, strict=True):
        assert capitals[country] in answer
