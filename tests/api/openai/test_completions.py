"""Text completions: prompts to requests of the engine, and its outputs to answers."""

from __future__ import annotations

from typing import Any

import pytest

from llamar_server.api.openai.completions import DEFAULT_MAX_TOKENS
from tests.api.asgi import app_of, client_of, events_of
from tests.fakes.chat import FakeEngine, Step, logprob, output

PATH = "/v1/completions"


def engine_of(*scripts: list[Step]) -> FakeEngine:
    engine = FakeEngine()
    engine.scripts = list(scripts)
    return engine


async def answered(engine: FakeEngine, **body: Any) -> dict[str, Any]:
    async with client_of(app_of(engine=engine)) as client:
        response = await client.post(PATH, json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def streamed(engine: FakeEngine, **body: Any) -> list[Any]:
    async with client_of(app_of(engine=engine)) as client:
        response = await client.post(PATH, json={**body, "stream": True})
    return events_of(response.text)


async def refused(**body: Any) -> dict[str, Any]:
    async with client_of(app_of()) as client:
        response = await client.post(PATH, json=body)
    assert response.status_code == 400
    error: dict[str, Any] = response.json()["error"]
    return error


HELLO = [output("Hel"), output("lo"), output("", reason="eos", tokens=2)]


async def test_an_answer() -> None:
    answer = await answered(engine_of(HELLO), prompt="Say", model="any")
    assert answer == {
        "id": answer["id"],
        "object": "text_completion",
        "created": answer["created"],
        "model": "any",
        "choices": [{"index": 0, "text": "Hello", "logprobs": None, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": 5,
            "completion_tokens": 2,
            "total_tokens": 7,
            "prompt_tokens_details": {"cached_tokens": 1},
        },
    }


async def test_a_stream() -> None:
    *chunks, done = await streamed(engine_of(HELLO), prompt="Say")
    assert done == "[DONE]"
    assert {(each["id"], each["object"], each["created"], each["model"]) for each in chunks} == {
        (chunks[0]["id"], "text_completion", chunks[0]["created"], "fake-model")
    }
    told = [(each["choices"][0]["text"], each["choices"][0]["finish_reason"]) for each in chunks]
    assert told == [("Hel", None), ("lo", None), ("", "stop")]
    assert "usage" not in chunks[0]


async def test_usage_in_a_stream() -> None:
    options = {"include_usage": True}
    *chunks, last, _ = await streamed(engine_of(HELLO), prompt="Say", stream_options=options)
    assert [each["usage"] for each in chunks] == [None] * 3
    assert last["choices"] == []
    assert last["usage"]["total_tokens"] == 7


@pytest.mark.parametrize(
    ("prompt", "prompts"),
    [
        ("a", ["a"]),
        ("", [""]),
        (["a", "b"], ["a", "b"]),
        ([97, 98], [[97, 98]]),
        ([[97], [98]], [[97], [98]]),
    ],
)
async def test_prompts(prompt: Any, prompts: list[Any]) -> None:
    engine = engine_of(*([output("x", reason="length")] for _ in prompts))
    answer = await answered(engine, prompt=prompt)
    assert [request.prompt for request in engine.requests] == prompts
    assert [choice["index"] for choice in answer["choices"]] == list(range(len(prompts)))
    assert answer["choices"][-1]["finish_reason"] == "length"
    assert answer["usage"]["prompt_tokens"] == 5 * len(prompts)
    assert len({request.request_id for request in engine.requests}) == len(prompts)


async def test_several_choices_of_several_prompts() -> None:
    def script(name: str) -> list[Step]:
        return [output(f"{name}{i}", index=i, reason="eos") for i in (1, 0)]

    answer = await answered(engine_of(script("a"), script("b")), prompt=["A", "B"], n=2)
    assert [(each["index"], each["text"]) for each in answer["choices"]] == [
        (0, "a0"),
        (1, "a1"),
        (2, "b0"),
        (3, "b1"),
    ]
    assert answer["usage"]["prompt_tokens"] == 10
    assert answer["usage"]["completion_tokens"] == 4


async def test_what_reaches_the_engine() -> None:
    engine = engine_of([output("x", index=i, reason="eos") for i in range(2)])
    body = {"max_tokens": 9, "stop": ["s"], "n": 2, "logprobs": 3, "ignore_eos": True, "temperature": 0}
    await answered(engine, prompt="a", **body)
    (request,) = engine.requests
    assert (request.max_tokens, request.stop, request.n, request.logprobs) == (9, ("s",), 2, 3)
    assert request.ignore_eos
    assert request.sampling.temperature == 0


@pytest.mark.parametrize(("asked", "bound"), [({}, DEFAULT_MAX_TOKENS), ({"max_tokens": -1}, None)])
async def test_max_tokens(asked: dict[str, int], bound: int | None) -> None:
    engine = engine_of([output("x", reason="eos")])
    await answered(engine, prompt="a", **asked)
    assert engine.requests[0].max_tokens == bound


@pytest.mark.parametrize("prompt", ["Say ", [83, 97, 121, 32]])
async def test_echo(prompt: Any) -> None:
    answer = await answered(engine_of(HELLO), prompt=prompt, echo=True)
    assert answer["choices"][0]["text"] == "Say Hello"
    chunks = await streamed(engine_of(HELLO), prompt=prompt, echo=True)
    assert [each["choices"][0]["text"] for each in chunks[:-1]] == ["Say ", "Hel", "lo", ""]


async def test_logprobs() -> None:
    half = [logprob(b"\xf0\x9f", -1.5), logprob(b"\x98\x80", float("-inf"))]
    first = logprob("Hi", -0.5, [logprob("Hi", -0.5), logprob("Ho", -2)])
    script: list[Step] = [output("Hi", logprobs=[first]), output("", logprobs=half[:1])]
    script += [output("😀", logprobs=half[1:]), output("!", logprobs=[logprob("!")], reason="eos")]
    expected = {
        "tokens": ["Hi", "bytes:\\xf0\\x9f", "bytes:\\x98\\x80", "!"],
        "token_logprobs": [-0.5, -1.5, -9999.0, -0.5],
        "top_logprobs": [{"Hi": -0.5, "Ho": -2.0}, {}, {}, {}],
        "text_offset": [0, 2, 2, 3],
    }
    answer = await answered(engine_of(script), prompt="a", logprobs=2)
    assert answer["choices"][0]["text"] == "Hi😀!"
    assert answer["choices"][0]["logprobs"] == expected
    chunks = (await streamed(engine_of(script), prompt="a", logprobs=2))[:-1]
    told = [each["choices"][0]["logprobs"] for each in chunks]
    assert {name: [one for each in told for one in each[name]] for name in expected} == expected


@pytest.mark.parametrize(
    ("fields", "param", "code"),
    [
        ({}, "prompt", None),
        ({"prompt": None}, "prompt", None),
        ({"prompt": []}, "prompt", None),
        ({"prompt": 5}, "prompt", None),
        ({"prompt": [1, "a"]}, "prompt", None),
        ({"prompt": [[1], ["a"]]}, "prompt", None),
        ({"prompt": [-1]}, "prompt", None),
        ({"prompt": [True]}, "prompt", None),
        ({"prompt": "a", "suffix": "b"}, "suffix", "unsupported_parameter"),
        ({"prompt": "a", "best_of": 2}, "best_of", "unsupported_parameter"),
        ({"prompt": "a", "n": 2, "best_of": 1}, "best_of", "unsupported_parameter"),
        ({"prompt": "a", "echo": True, "logprobs": 0}, "echo", "unsupported_parameter"),
        ({"prompt": "a", "guided_regex": "a"}, "guided_regex", "unsupported_parameter"),
        ({"prompt": "a", "logprobs": 21}, "logprobs", None),
        ({"prompt": "a", "max_tokens": 0}, "max_tokens", None),
        ({"prompt": ["a"] * 65, "n": 2}, "n", None),
        ({"prompt": "a", "stream_options": {}}, "stream_options", None),
        ({"prompt": "a", "temperature": -1}, "temperature", None),
    ],
)
async def test_refusals(fields: dict[str, Any], param: str, code: str | None) -> None:
    error = await refused(**fields)
    assert (error["param"], error["code"]) == (param, code)


async def test_values_that_ask_for_nothing() -> None:
    asked = {"suffix": "", "best_of": 1, "echo": False, "user": "me"}
    assert (await answered(engine_of(HELLO), prompt="a", **asked))["choices"][0]["text"] == "Hello"
