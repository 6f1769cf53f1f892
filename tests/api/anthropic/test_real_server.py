"""The anthropic SDK against a real server process with the bundled model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anthropic
import pydantic
import pytest

from tests.servers import ServerProcess


def client_of(server: ServerProcess) -> anthropic.Anthropic:
    http = anthropic.DefaultHttpxClient(trust_env=False)
    return anthropic.Anthropic(base_url=server.url, api_key="any", max_retries=0, http_client=http)


@pytest.fixture(scope="module")
def client(server: ServerProcess) -> Iterator[anthropic.Anthropic]:
    with client_of(server) as sdk:
        yield sdk


def ask(*words: Any, **fields: Any) -> Any:
    """A request of a user's and an assistant's turns; greedy."""
    roles = ("user", "assistant")
    messages = [{"role": roles[i % 2], "content": content} for i, content in enumerate(words)]
    # The SDK does not know temperature any more; servers and other clients do.
    greedy = {"extra_body": {"temperature": 0}}
    return {"model": "any", "max_tokens": 200, "messages": messages, **greedy, **fields}


FRANCE = "What is the capital of France?"
ADD: Any = {
    "name": "add",
    "description": "Add two numbers.",
    "input_schema": {
        "type": "object",
        "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
        "required": ["a", "b"],
    },
}
SUM = "What is 123 + 456?"


def text_of(message: Any) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


def streamed(client: anthropic.Anthropic, request: Any) -> Any:
    with client.messages.stream(**request) as stream:
        return stream.get_final_message()


def contents(message: Any) -> list[dict[str, Any]]:
    """The blocks, without the ids of calls: each answer has its own."""
    return [{k: v for k, v in block.to_dict().items() if k != "id"} for block in message.content]


def test_whole_and_streamed(client: anthropic.Anthropic) -> None:
    whole, stream = client.messages.create(**ask(FRANCE)), streamed(client, ask(FRANCE))
    assert text_of(whole) == text_of(stream) == "The capital of France is Paris."
    assert whole.stop_reason == stream.stop_reason == "end_turn"
    assert whole.usage.output_tokens == stream.usage.output_tokens


async def test_async(server: ServerProcess) -> None:
    http = anthropic.DefaultAsyncHttpxClient(trust_env=False)
    async with anthropic.AsyncAnthropic(base_url=server.url, api_key="any", http_client=http) as sdk:
        async with sdk.messages.stream(**ask(FRANCE)) as stream:
            assert "".join([text async for text in stream.text_stream]) == "The capital of France is Paris."


def test_the_count_is_what_is_run(client: anthropic.Anthropic) -> None:
    fields: Any = {"system": [{"type": "text", "text": "Be brief."}], "tools": [ADD]}
    messages = ask(FRANCE)["messages"]
    counted = client.messages.count_tokens(model="m", messages=messages, **fields).input_tokens
    usage = client.messages.create(**ask(FRANCE, **fields)).usage
    assert counted == usage.input_tokens + (usage.cache_read_input_tokens or 0)
    assert counted > client.messages.count_tokens(model="m", messages=messages).input_tokens


def test_the_cache_is_told(client: anthropic.Anthropic) -> None:
    request = ask(FRANCE, system="You like the word cache.")
    first, second = client.messages.create(**request).usage, streamed(client, request).usage
    assert second.cache_read_input_tokens > (first.cache_read_input_tokens or 0)
    prompts = [usage.input_tokens + (usage.cache_read_input_tokens or 0) for usage in (first, second)]
    assert prompts[0] == prompts[1]
    assert second.input_tokens > 0


def test_a_stop_sequence(client: anthropic.Anthropic) -> None:
    message = client.messages.create(**ask(FRANCE, stop_sequences=[" is", "never"]))
    assert text_of(message) == "The capital of France"
    assert (message.stop_reason, message.stop_sequence) == ("stop_sequence", " is")


def test_max_tokens(client: anthropic.Anthropic) -> None:
    message = client.messages.create(**ask(FRANCE, max_tokens=2))
    assert (message.stop_reason, message.usage.output_tokens) == ("max_tokens", 2)


def test_a_begun_answer_is_continued(client: anthropic.Anthropic) -> None:
    message = client.messages.create(**ask(FRANCE, "The capital of France is"))
    assert text_of(message) == " Paris."


def test_models(client: anthropic.Anthropic, server: ServerProcess) -> None:
    assert [model.id for model in client.models.list()] == [server.model_id]
    assert client.models.retrieve(server.model_id).max_input_tokens == 4096


def test_a_small_window(start_server: Callable[..., ServerProcess]) -> None:
    with client_of(start_server("--n-ctx=128").wait_ready()) as client:

        def padded(n_tokens: int) -> Any:
            """A request whose prompt has at least so many tokens."""
            request = ask(FRANCE, system="", max_tokens=8000)
            counted: Any = {name: request[name] for name in ("model", "messages")}
            while client.messages.count_tokens(**counted, system=request["system"]).input_tokens < n_tokens:
                request["system"] += "x"
            return request

        message = client.messages.create(**padded(125))
        assert message.stop_reason == "model_context_window_exceeded"
        with pytest.raises(anthropic.BadRequestError, match=r"too long: \d+ tokens > 12[78] maximum"):
            client.messages.create(**padded(128))


# --- tools ---


@pytest.mark.parametrize("answer", [lambda sdk, asked: sdk.messages.create(**asked), streamed])
def test_a_call_and_its_result(client: anthropic.Anthropic, answer: Callable[..., Any]) -> None:
    called = answer(client, ask(SUM, tools=[ADD]))
    assert called.stop_reason == "tool_use"
    assert contents(called)[-1] == {"type": "tool_use", "name": "add", "input": {"a": 123, "b": 456}}
    call = called.content[-1]
    result = [{"type": "tool_result", "tool_use_id": call.id, "content": "579"}]
    told = answer(client, ask(SUM, called.content, result, tools=[ADD]))
    assert "579" in text_of(told)
    assert told.stop_reason == "end_turn"
    assert told.usage.cache_read_input_tokens >= called.usage.input_tokens


def test_tool_choice(client: anthropic.Anthropic) -> None:
    other = {**ADD, "name": "multiply", "description": "Multiply two numbers."}
    for choice, name in (
        ({"type": "any"}, None),
        ({"type": "tool", "name": "multiply"}, "multiply"),
        ({"type": "tool", "name": "add", "disable_parallel_tool_use": True}, "add"),
    ):
        message = client.messages.create(**ask(FRANCE, tools=[ADD, other], tool_choice=choice))
        calls = [block for block in contents(message) if block["type"] == "tool_use"]
        assert message.stop_reason == "tool_use"
        assert name is None or [call["name"] for call in calls] == [name]
        assert set(calls[0]["input"]) == {"a", "b"}
    message = client.messages.create(**ask(SUM, tools=[ADD], tool_choice={"type": "none"}))
    assert all(block.type == "text" for block in message.content)


class Capital(pydantic.BaseModel):
    capital: str


def test_parse(client: anthropic.Anthropic) -> None:
    question = "What is the capital of Italy? Answer in JSON with the key capital."
    parsed = client.messages.parse(**ask(question), output_format=Capital)
    assert parsed.parsed_output == Capital(capital="Rome")
    with client.messages.stream(**ask(question), output_format=Capital) as stream:
        assert stream.get_final_message().parsed_output == Capital(capital="Rome")


def test_thinking(client: anthropic.Anthropic) -> None:
    request = ask("What is the capital of Japan?", thinking={"type": "enabled", "budget_tokens": 1024})
    whole, stream = client.messages.create(**request), streamed(client, request)
    assert contents(whole) == contents(stream)
    assert [block.type for block in whole.content] == ["thinking", "text"]
    assert "Tokyo" in text_of(whole)
    thinking: Any = whole.content[0]
    assert thinking.thinking
    assert thinking.signature
    assert whole.usage.output_tokens_details is not None
    assert 0 < whole.usage.output_tokens_details.thinking_tokens < whole.usage.output_tokens


def test_many_at_once(client: anthropic.Anthropic) -> None:
    capitals = {"France": "Paris", "Italy": "Rome", "Japan": "Tokyo", "Spain": "Madrid"}

    def capital(country: str) -> str:
        return text_of(streamed(client, ask(f"What is the capital of {country}?")))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(capital, list(capitals) * 2))
    for country, answer in zip(list(capitals) * 2, answers, strict=True):
        assert capitals[country] in answer
