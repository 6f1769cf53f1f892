"""LiteLLM's proxy on local models, asked by the SDKs of OpenAI and Anthropic."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest

from tests.providers.litellm.asking import WEATHER, merged, user, whole
from tests.providers.litellm.proxy import BESIDE, Proxy, installed
from tests.servers import ServerProcess

pytestmark = pytest.mark.skipif(
    not installed(), reason=f"the LiteLLM proxy is neither installed nor in {BESIDE}: make test puts it there"
)

Json = dict[str, Any]


@pytest.fixture(scope="module")
def address(embedding_server: ServerProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    proxy = Proxy(tmp_path_factory.mktemp("proxy") / "log", LLAMAR_BASE_URL=embedding_server.url)
    try:
        yield proxy.wait_ready()
    finally:
        proxy.end()


@pytest.fixture
def client(address: str) -> Iterator[openai.OpenAI]:
    http = openai.DefaultHttpxClient(trust_env=False)
    with openai.OpenAI(base_url=f"{address}/v1", api_key=Proxy.KEY, max_retries=0, http_client=http) as made:
        yield made


@pytest.fixture
def claude(address: str) -> Iterator[anthropic.Anthropic]:
    http = anthropic.DefaultHttpxClient(trust_env=False)
    with anthropic.Anthropic(base_url=address, api_key=Proxy.KEY, max_retries=0, http_client=http) as made:
        yield made


# --- OpenAI ---


def test_the_models(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["local", "vectors"]


def test_an_answer(client: openai.OpenAI, server: ServerProcess) -> None:
    fields: Json = {"model": "local", "messages": user("What is the capital of France?"), "temperature": 0}
    expected = whole(server.openai().chat.completions.create(**fields))
    answer = whole(client.chat.completions.create(**fields))
    streamed = client.chat.completions.create(**fields, stream=True, stream_options={"include_usage": True})
    assert answer.text == merged(list(streamed)).text == "The capital of France is Paris."
    assert answer.usage == expected.usage


def test_the_usage_of_a_stream(client: openai.OpenAI, server: ServerProcess) -> None:
    fields: Json = {"model": "local", "messages": user("What is 2+2?"), "temperature": 0}
    expected = whole(server.openai().chat.completions.create(**fields))
    streamed = client.chat.completions.create(**fields, stream=True, stream_options={"include_usage": True})
    assert merged(list(streamed)).usage == expected.usage


def test_tools_and_their_results(client: openai.OpenAI) -> None:
    question = user("What's the weather in Paris?")
    fields: Json = {"model": "local", "temperature": 0, "tools": [WEATHER]}
    with_usage = {"stream": True, "stream_options": {"include_usage": True}}
    streamed = merged(list(client.chat.completions.create(messages=question, **fields, **with_usage)))
    assert [json.loads(call.arguments) for call in streamed.calls] == [{"location": "Paris"}]
    assert streamed.finish == "tool_calls"
    said = client.chat.completions.create(messages=question, **fields).choices[0].message
    (call,) = said.tool_calls or ()
    result = {
        "role": "tool",
        "tool_call_id": call.id,
        "content": '{"temperature": 18, "unit": "C", "condition": "cloudy"}',
    }
    answer = client.chat.completions.create(messages=[*question, said, result], **fields)
    assert whole(answer).text == "It is 18 degrees and cloudy in Paris."


def test_reasoning_and_other_parameters(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(
        model="local",
        messages=user("What is the capital of Japan?"),
        temperature=0,
        reasoning_effort="low",
        extra_body={"top_k": 1},
    )
    assert whole(answer).reasoning == "The user asks for the capital of Japan. It is Tokyo."


def test_a_refusal_names_the_field(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        client.chat.completions.create(model="local", messages=user("Hi"), extra_body={"mirostat": 2})
    assert raised.value.param == "mirostat"


def test_too_long_a_context(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="ContextWindowExceededError"):
        client.chat.completions.create(model="local", messages=user("x " * 9000))


def test_vectors(client: openai.OpenAI, embedding_server: ServerProcess) -> None:
    texts = ["A fox jumps.", "Ünïcode 🦙"]
    expected = embedding_server.openai().embeddings.create(model="", input=texts)
    answer = client.embeddings.create(model="vectors", input=texts)
    for each, same in zip(answer.data, expected.data, strict=True):
        assert each.embedding == pytest.approx(same.embedding, abs=1e-6)
    usage = answer.usage
    assert (usage.prompt_tokens, usage.total_tokens) == (expected.usage.prompt_tokens,) * 2
    short = client.embeddings.create(
        model="vectors", input=texts[0], extra_body={"extra_body": {"dimensions": 8}}
    )
    assert len(short.data[0].embedding) == 8
    with pytest.raises(openai.APIStatusError, match="dimensions"):
        client.embeddings.create(model="vectors", input=texts, dimensions=8)


def test_a_text_that_is_too_long_for_a_vector(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="1202 tokens"):
        client.embeddings.create(model="vectors", input="far too long " * 400)


def test_the_key_is_needed(address: str) -> None:
    http = openai.DefaultHttpxClient(trust_env=False)
    with openai.OpenAI(base_url=f"{address}/v1", api_key="sk-wrong", max_retries=0, http_client=http) as made:
        with pytest.raises(openai.APIStatusError) as raised:
            made.chat.completions.create(model="local", messages=user("Hi"))
    assert raised.value.status_code in (400, 401)


# --- Anthropic ---


def test_a_message(claude: anthropic.Anthropic) -> None:
    fields: Json = {"model": "local", "max_tokens": 99, "messages": user("What is the capital of France?")}
    message = claude.messages.create(**fields, extra_body={"temperature": 0})
    with claude.messages.stream(**fields, extra_body={"temperature": 0}) as stream:
        streamed = stream.get_final_message()
    for each in (message, streamed):
        assert [block.text for block in each.content if block.type == "text"] == [
            "The capital of France is Paris."
        ]
        assert each.stop_reason == "end_turn"
        assert each.usage.output_tokens == message.usage.output_tokens > 0


def test_a_tool_of_anthropics(claude: anthropic.Anthropic) -> None:
    function = WEATHER["function"]
    tool = {"name": function["name"], "input_schema": function["parameters"]}
    fields: Json = {"model": "local", "max_tokens": 99, "tools": [tool], "extra_body": {"temperature": 0}}
    question = user("What's the weather in Paris?")
    with claude.messages.stream(messages=question, **fields) as stream:
        asked = stream.get_final_message()
    (use,) = [block for block in asked.content if block.type == "tool_use"]
    assert (use.name, use.input, asked.stop_reason) == ("get_weather", {"location": "Paris"}, "tool_use")
    result = {
        "type": "tool_result",
        "tool_use_id": use.id,
        "content": '{"temperature": 18, "unit": "C", "condition": "cloudy"}',
    }
    told = [*question, {"role": "assistant", "content": asked.content}, {"role": "user", "content": [result]}]
    answer = claude.messages.create(messages=told, **fields)
    assert [block.text for block in answer.content if block.type == "text"] == [
        "It is 18 degrees and cloudy in Paris."
    ]


def test_thinking(claude: anthropic.Anthropic) -> None:
    with claude.messages.stream(
        model="local",
        max_tokens=2000,
        messages=user("What is the capital of Japan?"),
        thinking={"type": "enabled", "budget_tokens": 1024},
        extra_body={"temperature": 0},
    ) as stream:
        message = stream.get_final_message()
    assert [block.type for block in message.content] == ["thinking", "text"]
    assert message.content[0].thinking == "The user asks for the capital of Japan. It is Tokyo."  # type: ignore[union-attr]
