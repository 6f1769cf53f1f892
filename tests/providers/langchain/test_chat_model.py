from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import UsageMetadataCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, trim_messages
from langchain_core.rate_limiters import InMemoryRateLimiter
from pydantic import ValidationError

from llamar_providers.langchain import ChatLlamar
from tests.providers.canned import CannedServer
from tests.servers import ServerProcess

Make = Callable[..., ChatLlamar]

CAPITAL = "What is the capital of France?"
PARIS = "The capital of France is Paris."


def total(chunks: Any) -> AIMessageChunk:
    message: Any = None
    for chunk in chunks:
        message = chunk if message is None else message + chunk
    assert isinstance(message, AIMessageChunk)
    return message


async def atotal(chunks: Any) -> AIMessageChunk:
    return total([chunk async for chunk in chunks])


# --- the four ways to ask ---


def test_every_way_gives_the_same_answer(llm: ChatLlamar) -> None:
    async def both() -> tuple[AIMessage, AIMessageChunk]:
        return await llm.ainvoke(CAPITAL), await atotal(llm.astream(CAPITAL))

    answers = [llm.invoke(CAPITAL), total(llm.stream(CAPITAL)), *asyncio.run(both())]
    for answer in answers:
        assert answer.text == PARIS
        assert answer.usage_metadata is not None
        assert answer.usage_metadata["input_tokens"] == llm.get_num_tokens_from_messages(
            [HumanMessage(CAPITAL)]
        )
        assert answer.usage_metadata["output_tokens"] == answers[0].usage_metadata["output_tokens"]
        assert answer.response_metadata["model_name"] == "llamar-tiny"
        assert answer.response_metadata["model_provider"] == "llamar"
        assert answer.response_metadata["finish_reason"] == "stop"


def test_one_chunk_tells_the_usage_and_it_is_the_last(llm: ChatLlamar) -> None:
    chunks = list(llm.stream(CAPITAL))
    assert len(chunks) > 5
    assert [chunk.chunk_position for chunk in chunks[-2:]] == [None, "last"]
    assert [bool(chunk.usage_metadata) for chunk in chunks] == [False] * (len(chunks) - 1) + [True]


def test_a_second_turn_reads_the_first_from_the_cache(llm: ChatLlamar) -> None:
    asked = HumanMessage("Say exactly: the quick brown fox 42. " * 4)
    answer = llm.invoke([asked])
    again = llm.invoke([asked, answer, HumanMessage("Thanks!")])
    assert again.usage_metadata
    assert again.usage_metadata["input_token_details"]["cache_read"] > 40


def test_a_conversation(llm: ChatLlamar) -> None:
    messages = [("user", "My name is Ada."), llm.invoke("My name is Ada."), ("user", "What's my name?")]
    assert llm.invoke(messages).text == "Your name is Ada."


def test_many_at_once(llm: ChatLlamar) -> None:
    asked = [f"What is the capital of {country}?" for country in ("France", "Japan", "Italy", "Germany")]
    answers = [answer.text for answer in llm.batch(asked)]
    assert [answer.split()[-1] for answer in answers] == ["Paris.", "Tokyo.", "Rome.", "Berlin."]
    assert [answer.text for answer in asyncio.run(llm.abatch(asked))] == answers


def test_leaving_a_stream_frees_its_slot(server: ServerProcess, chat: Make) -> None:
    llm = chat(ignore_eos=True)
    for _ in range(12):  # more than there are slots
        stream = llm.stream("Count from 1 to 20")
        next(stream)
        stream.close()
    assert llm.invoke("Hi", ignore_eos=False).text


def test_streaming_events_of_langchain_2(llm: ChatLlamar) -> None:
    async def texts() -> list[str]:
        events = [event async for event in llm.astream_events(CAPITAL, version="v2")]
        return [e["data"]["chunk"].text for e in events if e["event"] == "on_chat_model_stream"]

    assert "".join(asyncio.run(texts())) == PARIS


# --- parameters ---


def test_parameters_reach_the_server(told: Make, canned: CannedServer) -> None:
    parameters = {
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 5,
        "min_p": 0.1,
        "typical_p": 0.8,
        "repeat_penalty": 1.1,
        "repeat_last_n": 64,
        "frequency_penalty": 0.2,
        "presence_penalty": 0.3,
        "logit_bias": {"7": 1.5},
        "seed": 3,
        "max_tokens": 9,
        "stop": ["x"],
        "n": 1,
        "logprobs": True,
        "top_logprobs": 2,
        "ignore_eos": True,
        "enable_thinking": True,
        "reasoning_effort": "low",
        "reasoning_budget": 10,
        "chat_template_kwargs": {"a": 1},
    }
    canned.says(content="Hi")
    told(**parameters, model="m", extra_body={"regex": "a+"}).invoke("x")
    (body,) = canned.bodies
    assert body == {
        **parameters,
        "model": "m",
        "regex": "a+",
        "messages": [{"role": "user", "content": "x"}],
    }


def test_what_is_not_set_is_the_servers_to_choose(told: Make, canned: CannedServer) -> None:
    canned.says(content="Hi")
    told().invoke("x")
    assert canned.bodies == [{"messages": [{"role": "user", "content": "x"}]}]


def test_what_a_call_says_comes_first(told: Make, canned: CannedServer) -> None:
    canned.says(content="Hi")
    llm = told(temperature=0.5, max_tokens=9, stop=["x"], model="m", extra_body={"regex": "a+", "user": "me"})
    llm.invoke(
        "x",
        stop=["y"],
        temperature=None,
        model="other",
        grammar="g",
        extra_body={"regex": "b+"},
        extra_headers={"X-Mine": "1"},
        extra_query={"q": "2"},
    )
    (body,) = canned.bodies
    del body["messages"]
    assert body == {
        "model": "other",
        "max_tokens": 9,
        "stop": ["y"],
        "grammar": "g",
        "regex": "b+",
        "user": "me",
    }
    assert canned.headers[0]["X-Mine"] == "1"
    assert canned.paths == ["/v1/chat/completions?q=2"]


def test_a_parameter_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValidationError, match="temprature"):
        ChatLlamar(base_url="http://127.0.0.1:9", temprature=0)  # type: ignore[call-arg] # that is the point


def test_the_other_name_of_the_model() -> None:
    assert ChatLlamar(base_url="http://127.0.0.1:9", model_name="m").model == "m"  # type: ignore[call-arg] # alias


def test_a_regular_expression(llm: ChatLlamar) -> None:
    assert llm.invoke(CAPITAL, regex="Rome|Oslo").text in ("Rome", "Oslo")


@pytest.mark.parametrize("streaming", [False, True])
def test_a_stop_sequence(chat: Make, streaming: bool) -> None:
    answer = chat(stop=[" France"], streaming=streaming).invoke(CAPITAL)
    assert answer.text == "The capital of"
    assert answer.response_metadata["finish_reason"] == "stop"


def test_an_answer_that_is_cut(llm: ChatLlamar) -> None:
    answer = llm.invoke(CAPITAL, max_tokens=3)
    assert PARIS.startswith(answer.text)
    assert answer.response_metadata["finish_reason"] == "length"


def test_a_seed_repeats_an_answer(chat: Make) -> None:
    llm = chat(temperature=1.5, seed=7)
    first = llm.invoke("Tell me a story about a fox.", max_tokens=30).text
    assert llm.invoke("Tell me a story about a fox.", max_tokens=30).text == first


def test_several_answers(chat: Make) -> None:
    result = chat(n=3, temperature=1.2, seed=1).generate([[HumanMessage("Tell me a story about a fox.")]])
    assert len(result.generations[0]) == 3
    assert len({generation.text for generation in result.generations[0]}) > 1


def test_several_answers_cannot_be_streamed(chat: Make) -> None:
    with pytest.raises(ValueError, match="n must be 1"):
        next(chat(n=2).stream("Hi"))


@pytest.mark.parametrize("streaming", [False, True])
def test_log_probabilities(chat: Make, streaming: bool) -> None:
    llm = chat(logprobs=True, top_logprobs=2, streaming=streaming)
    tokens = llm.invoke(CAPITAL).response_metadata["logprobs"]["content"]
    assert "".join(token["token"] for token in tokens) == PARIS
    assert {len(token["top_logprobs"]) for token in tokens} == {2}


# --- reasoning ---


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("version", [None, "v1"])
def test_reasoning_is_a_block_of_its_own(chat: Make, version: str | None, streaming: bool) -> None:
    llm = chat(enable_thinking=True, output_version=version, streaming=streaming)
    answer = llm.invoke("What is the capital of Japan?")
    assert [block["type"] for block in answer.content_blocks] == ["reasoning", "text"]
    assert "Tokyo" in answer.content_blocks[0]["reasoning"]  # type: ignore[typeddict-item] # see above
    assert answer.text == "The capital of Japan is Tokyo."
    assert isinstance(answer.content, str if version is None else list)
    assert answer.usage_metadata
    assert answer.usage_metadata["output_token_details"]["reasoning"] > 5


@pytest.mark.parametrize("version", [None, "v1"])
def test_reasoning_goes_back_to_the_model(told: Make, canned: CannedServer, version: str | None) -> None:
    canned.says(content="Hi", reasoning_content="Greet.")
    canned.says(content="Ho")
    llm = told(output_version=version)
    first = llm.invoke("x")
    llm.invoke([HumanMessage("x"), first, HumanMessage("y")])
    sent = canned.bodies[1]["messages"][1]
    assert sent["reasoning_content"] == "Greet."
    assert sent["content"] in ("Hi", [{"type": "text", "text": "Hi"}])


# --- what langchain wants to know ---


def test_tokens_are_the_models_own(server: ServerProcess, llm: ChatLlamar) -> None:
    ids = llm.get_token_ids("Hello, world")
    assert llm.get_num_tokens("Hello, world") == len(ids) > 2
    detokenize = server.openai().post(f"{server.url}/detokenize", cast_to=object, body={"tokens": ids})
    assert detokenize == {"content": "Hello, world"}


def test_ones_own_tokenizer_comes_first(chat: Make) -> None:
    assert chat(custom_get_token_ids=lambda text: [1, 2, 3]).get_num_tokens("Hello") == 3


def test_tools_count_as_they_do_in_a_request(llm: ChatLlamar) -> None:
    def get_weather(location: str) -> str:
        """Get the weather at a location."""
        return location

    asked = [HumanMessage("What is the weather in Paris?")]
    answer = llm.bind_tools([get_weather]).invoke(asked)
    assert answer.usage_metadata
    assert llm.get_num_tokens_from_messages(asked, [get_weather]) == answer.usage_metadata["input_tokens"]
    assert llm.get_num_tokens_from_messages(asked) < answer.usage_metadata["input_tokens"]


def test_messages_are_trimmed_by_the_models_own_count(llm: ChatLlamar) -> None:
    messages = [HumanMessage(f"What is {n}+{n}?") for n in range(40)]
    kept = trim_messages(messages, max_tokens=200, token_counter=llm, strategy="last")
    assert 0 < len(kept) < 40
    assert llm.get_num_tokens_from_messages(kept) <= 200
    assert llm.get_num_tokens_from_messages(messages[-len(kept) - 1 :]) > 200


def test_usage_is_counted_per_model(llm: ChatLlamar) -> None:
    counter = UsageMetadataCallbackHandler()
    llm.invoke("Hi", config={"callbacks": [counter]})
    list(llm.stream("Hi", config={"callbacks": [counter]}, model="other"))
    assert set(counter.usage_metadata) == {"llamar-tiny", "other"}
    assert len({usage["total_tokens"] for usage in counter.usage_metadata.values()}) == 1


def test_a_cache_answers_instead_of_the_server(told: Make, canned: CannedServer) -> None:
    cache = InMemoryCache()
    canned.says(content="Hi")
    answers = [told(cache=cache, temperature=0).invoke("x").text for _ in range(2)]
    assert answers == ["Hi", "Hi"]
    assert len(canned.bodies) == 1
    canned.says(content="Ho")
    assert told(cache=cache, temperature=1).invoke("x").text == "Ho"


def test_a_rate_limiter_is_asked(chat: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    limiter = InMemoryRateLimiter(requests_per_second=1000)
    asked: list[bool] = []
    monkeypatch.setattr(limiter, "acquire", lambda *, blocking=True: asked.append(blocking) or True)
    chat(rate_limiter=limiter).invoke("Hi")
    assert asked == [True]


def test_tracing_tells_the_parameters() -> None:
    llm = ChatLlamar(base_url="http://127.0.0.1:9", model="m", temperature=0.5, max_tokens=3, stop=["x"])
    assert llm._get_ls_params() == {
        "ls_provider": "llamar",
        "ls_model_type": "chat",
        "ls_model_name": "m",
        "ls_temperature": 0.5,
        "ls_max_tokens": 3,
        "ls_stop": ["x"],
    }
    assert llm._get_ls_params(model="other")["ls_model_name"] == "other"
    assert llm.metadata is not None
    assert "llamar" in llm.metadata["lc_versions"]


def test_configurable_parameters(chat: Make) -> None:
    from langchain_core.runnables import ConfigurableField

    llm = chat().configurable_fields(max_tokens=ConfigurableField(id="most"))
    answer: Any = llm.with_config(configurable={"most": 2}).invoke(CAPITAL)
    assert answer.response_metadata["finish_reason"] == "length"


def test_it_is_a_chat_model(llm: BaseChatModel) -> None:
    assert (llm | (lambda answer: answer.text)).invoke(CAPITAL) == PARIS
