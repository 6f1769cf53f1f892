"""The models from Python, with and without asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import llm
import pytest

from tests.cli.slow import SLOW_ANSWER
from tests.providers.recorder import recorder
from tests.servers import ServerProcess

CAPITAL = "What is the capital of France?"
PARIS = "The capital of France is Paris."


@pytest.mark.parametrize("stream", [True, False])
def test_an_answer_and_what_is_known_of_it(model: llm.Model, stream: bool) -> None:
    response = model.prompt(CAPITAL, stream=stream, temperature=0)
    assert response.text() == PARIS
    usage = response.usage()
    assert usage.input
    assert usage.output == 12
    assert response.resolved_model == "llamar-tiny"
    assert response.response_json is not None
    assert response.response_json["finish_reason"] == "stop"


def test_a_conversation(model: llm.Model) -> None:
    conversation = model.conversation()
    assert conversation.prompt("Hi, my name is Ada and I am a data scientist.", temperature=0).text()
    assert conversation.prompt("What's my job?", temperature=0).text() == "You are a data scientist."


@pytest.mark.parametrize("stream", [True, False])
def test_asyncio(at_server: None, stream: bool) -> None:
    model = llm.get_async_model("llamar-local")

    async def ask() -> str:
        response = model.prompt(CAPITAL, stream=stream, temperature=0)
        text = await response.text()
        assert (await response.usage()).output == 12
        return text

    assert asyncio.run(ask()) == PARIS
    assert asyncio.run(ask()) == PARIS  # in another event loop


async def test_tools_with_asyncio(at_server: None) -> None:
    async def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    chain = llm.get_async_model("llamar-local").chain(
        "What is 123 + 456?", tools=[add], options={"temperature": 0}
    )
    assert "579" in await chain.text()


def test_two_calls_in_one_answer(model: llm.Model) -> None:
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    def multiply(a: int, b: int) -> int:
        """Multiply two numbers."""
        return a * b

    chain = model.chain(
        "What is 3 * 12? Also, what is 11 + 49?", tools=[add, multiply], options={"temperature": 0}
    )
    said = chain.text()
    assert "36" in said
    assert "60" in said
    first = next(iter(chain._responses))
    calls = [(call.name, call.arguments) for call in first.tool_calls()]
    assert calls == [("multiply", {"a": 3, "b": 12}), ("add", {"a": 11, "b": 49})]
    assert len({call.tool_call_id for call in first.tool_calls()}) == 2


def test_events_of_a_thought_and_its_answer(model: llm.Model) -> None:
    response = model.prompt("What is 7 + 8?", temperature=0, enable_thinking=True)
    events = list(response.stream_events())
    joined = {
        kind: "".join(event.chunk for event in events if event.type == kind) for kind in ("reasoning", "text")
    }
    assert joined == {"reasoning": "7 + 8 = 15", "text": "7 + 8 = 15."}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"stop": " is"}, "The capital of France"),
        ({"stop": [" Paris", " is"]}, "The capital of France"),
        ({"max_tokens": 1}, "The"),
        ({"regex": "[0-9]{3}"}, None),
        ({"grammar": 'root ::= "yes"'}, "yes"),
        ({"logit_bias": '{"0": -100}', "seed": 1, "repeat_last_n": 8, "repeat_penalty": 1.0}, PARIS),
        ({"top_k": 1, "top_p": 0.9, "min_p": 0.1, "typical_p": 1.0, "temperature": 2}, PARIS),
        ({"frequency_penalty": 0, "presence_penalty": 0, "reasoning_effort": "none"}, PARIS),
        ({"enable_thinking": True, "reasoning_budget": 0}, PARIS),
    ],
)
def test_options_are_honoured(model: llm.Model, options: dict[str, Any], expected: str | None) -> None:
    text = model.prompt(CAPITAL, **{"temperature": 0} | options).text()
    assert text.isdecimal() if expected is None else text.strip() == expected


def test_every_option_is_one_of_the_server(at_server: None, model: llm.Model) -> None:
    page = (Path(__file__).parents[3] / "docs/api-openai.md").read_text(encoding="utf-8")
    options = type(model).Options.model_fields
    assert [name for name in options if f"| `{name}` | supported" not in page] == []
    assert [name for name, field in options.items() if not field.description] == []


def test_what_a_server_of_another_kind_is_asked(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    choice = {"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}
    with recorder() as there:
        monkeypatch.setenv("LLAMAR_BASE_URL", there.url)
        monkeypatch.setenv("LLAMAR_API_KEY", "their-key")
        there.answer = {
            "data": [{"id": "theirs"}],
            "id": "1",
            "created": 0,
            "model": "x",
            "choices": [choice],
        }
        response = llm.get_model("llamar-local").prompt("Hello", stream=False, top_k=3)
        assert response.text() == "Hi"
        models, asked = there.asked
        assert models.path == "/v1/models"
        assert asked.body == {
            "model": "theirs",
            "messages": [{"role": "user", "content": "Hello"}],
            "stream": False,
            "top_k": 3,
        }
        assert asked.headers["authorization"] == "Bearer their-key"
        assert "poison" not in str(asked.headers)


def test_a_server_that_dies_meanwhile(
    start_server: Callable[..., ServerProcess], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LLAMAR_API_KEYS")
    server = start_server(SLOW_ANSWER).wait_ready()
    monkeypatch.setenv("LLAMAR_BASE_URL", server.url)
    pieces = iter(llm.get_model("llamar-local").prompt("Tell me a story about a fox.", temperature=0))
    assert next(pieces)
    server.process.kill()
    with pytest.raises(llm.ModelError, match="the llamar server cannot be reached, or ended"):
        list(pieces)


def test_an_engine_that_dies_meanwhile(
    start_server: Callable[..., ServerProcess], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LLAMAR_API_KEYS")
    server = start_server(SLOW_ANSWER).wait_ready()
    monkeypatch.setenv("LLAMAR_BASE_URL", server.url)
    pieces = iter(llm.get_model("llamar-local").prompt("Tell me a story about a fox.", temperature=0))
    assert next(pieces)
    (engine,) = server.engines()
    engine.kill()
    with pytest.raises(llm.ModelError, match="engine"):
        list(pieces)
