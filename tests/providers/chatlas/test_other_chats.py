"""chatlas's own classes, which know nothing of this project, on its server."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import chatlas
import pytest
from chatlas import Chat

from tests.providers.chatlas.test_structured import ALICE, Person
from tests.providers.chatlas.test_tools import add
from tests.servers import ServerProcess

PARIS = "The capital of France is Paris."
MODEL = "llamar-tiny"
KEY = "not needed"


def lm_studio(url: str) -> Chat[Any, Any]:
    return chatlas.ChatLMStudio(MODEL, base_url=url)


def completions(url: str) -> Chat[Any, Any]:
    return chatlas.ChatOpenAICompletions(model=MODEL, base_url=f"{url}/v1", api_key=KEY)


def responses(url: str) -> Chat[Any, Any]:
    return chatlas.ChatOpenAI(model=MODEL, base_url=f"{url}/v1", api_key=KEY)


def anthropic(url: str) -> Chat[Any, Any]:
    return chatlas.ChatAnthropic(model=MODEL, api_key=KEY, kwargs={"base_url": url})


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.mark.filterwarnings("ignore:ChatOpenAI.. uses OpenAI's Responses API")
@pytest.mark.filterwarnings("ignore:The temperature sampling parameter")
@pytest.mark.parametrize("make", [lm_studio, completions, responses, anthropic])
def test_text_tools_and_data(server: ServerProcess, make: Callable[[str], Chat[Any, Any]]) -> None:
    with make(server.url) as chat:
        chat.set_model_params(temperature=0)
        assert "".join(chat.stream("What is the capital of France?")) == PARIS
        assert [model["id"] for model in chat.list_models()] == [MODEL]
        chat.register_tool(add)
        assert "579" in str(chat.chat("What is 123 + 456?", echo="none"))
        assert sum(each["tokens_total"] for each in chat.get_tokens()) > 0
        chat.set_turns([])
        chat.set_tools([])
        assert chat.chat_structured(ALICE, data_model=Person) == Person(name="Alice", age=30)


def test_a_model_that_is_not_there_is_not_chosen(server: ServerProcess) -> None:
    with pytest.raises(ValueError, match="Locally loaded models: llamar-tiny"):
        chatlas.ChatLMStudio("another", base_url=server.url)


def test_one_that_is_named_in_a_string(server: ServerProcess) -> None:
    with chatlas.ChatAuto(f"lmstudio/{MODEL}", base_url=server.url, system_prompt="Be terse.") as chat:
        chat.set_model_params(temperature=0)
        assert str(chat.chat("What is the capital of Germany?", echo="none")) == "Berlin."


def test_one_that_is_named_in_the_environment(server: ServerProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATLAS_CHAT_PROVIDER_MODEL", f"openai-completions/{MODEL}")
    monkeypatch.setenv("CHATLAS_CHAT_ARGS", json.dumps({"base_url": f"{server.url}/v1", "api_key": KEY}))
    with chatlas.ChatAuto() as chat:
        chat.set_model_params(temperature=0)
        assert str(chat.chat("What is the capital of France?", echo="none")) == PARIS
