from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import StrEnum
from typing import Any

import pytest
from langchain_core.exceptions import ModelInvalidRequestError
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from llamar_providers.langchain import ChatLlamar
from tests.providers.canned import CannedServer
from tests.providers.langchain.test_chat_model import atotal, total

Make = Callable[..., ChatLlamar]

PARIS = [("get_weather", {"location": "Paris"})]


@tool
def get_weather(location: str) -> str:
    """Get the weather at a location."""
    return '{"temperature": 18, "unit": "C", "condition": "cloudy"}'


@tool
def multiply(a: int, b: int) -> int:
    """Multiply two numbers."""
    return a * b


def calls(answer: Any) -> list[tuple[str, dict[str, Any]]]:
    return [(call["name"], call["args"]) for call in answer.tool_calls]


def test_every_way_gives_the_same_calls(llm: ChatLlamar) -> None:
    bound = llm.bind_tools([get_weather, multiply])
    asked = "What is the weather in Paris and London?"
    expected = [("get_weather", {"location": "Paris"}), ("get_weather", {"location": "London"})]

    async def both() -> list[AIMessage]:
        return [await bound.ainvoke(asked), await atotal(bound.astream(asked))]

    for answer in [bound.invoke(asked), total(bound.stream(asked)), *asyncio.run(both())]:
        assert calls(answer) == expected
        assert answer.response_metadata["finish_reason"] == "tool_calls"
        ids = [call["id"] for call in answer.tool_calls]
        assert len(set(ids)) == 2
        assert [b["id"] for b in answer.content_blocks if b["type"] == "tool_call"] == ids


@pytest.mark.parametrize("version", [None, "v1"])
def test_reasoning_and_calls_do_not_mix(chat: Make, version: str | None) -> None:
    bound = chat(enable_thinking=True, output_version=version).bind_tools([get_weather])
    for answer in (
        bound.invoke("What is the weather in Tokyo?"),
        total(bound.stream("What is the weather in Tokyo?")),
    ):
        assert [block["type"] for block in answer.content_blocks] == ["reasoning", "tool_call"]
        assert answer.content_blocks[0]["reasoning"] == "I should call get_weather."  # type: ignore[typeddict-item]
        assert calls(answer) == [("get_weather", {"location": "Tokyo"})]


@pytest.mark.parametrize("version", [None, "v1"])
@pytest.mark.parametrize("streamed", [False, True])
def test_the_result_of_a_call_is_answered(chat: Make, version: str | None, streamed: bool) -> None:
    bound = chat(output_version=version).bind_tools([get_weather])
    asked = HumanMessage("What is the weather in Paris?")
    called = total(bound.stream([asked])) if streamed else bound.invoke([asked])
    result = get_weather.invoke(called.tool_calls[0])
    assert isinstance(result, ToolMessage)
    answer = bound.invoke([asked, called, result])
    assert answer.text == "It is 18 degrees and cloudy in Paris."
    assert answer.tool_calls == []


# --- which tool ---


@pytest.mark.parametrize("choice", ["any", "required", True])
def test_a_call_can_be_forced(llm: ChatLlamar, choice: Any) -> None:
    answer = llm.bind_tools([get_weather, multiply], tool_choice=choice).invoke("Hi")
    assert answer.tool_calls


@pytest.mark.parametrize(
    "choice",
    [
        "multiply",
        {"type": "function", "function": {"name": "multiply"}},
        {
            "type": "allowed_tools",
            "allowed_tools": {
                "mode": "required",
                "tools": [{"type": "function", "function": {"name": "multiply"}}],
            },
        },
    ],
)
def test_a_certain_call_can_be_forced(llm: ChatLlamar, choice: Any) -> None:
    answer = llm.bind_tools([get_weather, multiply], tool_choice=choice).invoke(
        "What is the weather in Paris?"
    )
    assert {name for name, _ in calls(answer)} == {"multiply"}


def test_calls_can_be_forbidden(llm: ChatLlamar) -> None:
    answer = llm.bind_tools([get_weather], tool_choice="none").invoke("What is the weather in Paris?")
    assert answer.tool_calls == []
    assert answer.text


@pytest.mark.parametrize("choice", ["auto", None, False])
def test_calls_can_be_left_to_the_model(llm: ChatLlamar, choice: Any) -> None:
    bound = llm.bind_tools([get_weather], tool_choice=choice)
    assert calls(bound.invoke("What is the weather in Paris?")) == PARIS
    assert bound.invoke("Hello! How are you?").tool_calls == []


def test_one_call_at_a_time(llm: ChatLlamar) -> None:
    bound = llm.bind_tools([get_weather], parallel_tool_calls=False)
    assert calls(bound.invoke("What is the weather in Paris and London?")) == PARIS


def test_a_tool_that_is_not_there(llm: ChatLlamar) -> None:
    with pytest.raises(ValueError, match=r"'divide' is none of any, required, auto, none, multiply"):
        llm.bind_tools([multiply], tool_choice="divide")


def test_a_tool_may_have_the_name_of_a_mode(told: Make, canned: CannedServer) -> None:
    canned.says(content="Hi")
    told().bind_tools([{"name": "any", "parameters": {}}], tool_choice="any").invoke("x")
    assert canned.bodies[0]["tool_choice"] == {"type": "function", "function": {"name": "any"}}


def test_without_tools_nothing_is_asked_for(llm: ChatLlamar) -> None:
    assert llm.bind_tools([]).invoke("Hi").text == "Hi! How can I help you?"


# --- what a tool can be ---


class Weather(BaseModel):
    """Get the weather at a location."""

    location: str


class WeatherDict(TypedDict):
    """Get the weather at a location."""

    location: str


def weather(location: str) -> str:
    """Get the weather at a location."""
    return location


SCHEMA = {"type": "object", "properties": {"location": {"type": "string"}}, "required": ["location"]}
DESCRIPTION = "Get the weather at a location."


@pytest.mark.parametrize(
    "form",
    [
        get_weather,
        weather,
        Weather,
        WeatherDict,
        {"title": "Weather", "description": DESCRIPTION, **SCHEMA},
        {"name": "weather", "description": DESCRIPTION, "parameters": SCHEMA},
        {"name": "weather", "description": DESCRIPTION, "input_schema": SCHEMA},
        {
            "type": "function",
            "function": {"name": "weather", "description": DESCRIPTION, "parameters": SCHEMA},
        },
    ],
)
def test_every_form_of_a_tool(llm: ChatLlamar, form: Any) -> None:
    answer = llm.bind_tools([form], tool_choice="any").invoke("What is the weather in Paris?")
    assert [args for _, args in calls(answer)] == [{"location": "Paris"}]


@pytest.mark.parametrize("strict", [None, True, False])
def test_strict_is_told(told: Make, canned: CannedServer, strict: bool | None) -> None:
    canned.says(content="Hi")
    told().bind_tools([weather], strict=strict).invoke("x")
    (sent,) = canned.bodies[0]["tools"]
    assert sent["function"].get("strict") is strict


def test_a_tool_of_openai_itself_is_refused(llm: ChatLlamar) -> None:
    with pytest.raises(ModelInvalidRequestError, match="web_search"):
        llm.bind_tools([{"type": "web_search"}]).invoke("Hi")


# --- arguments ---


class Name(StrEnum):
    CHINESE = "你好啊集团"
    JAPANESE = "こんにちは株式会社 🏢"


class Customer(BaseModel):
    """Create a customer."""

    customer_name: Name
    size: int = Field(gt=10, lt=13)


@pytest.mark.parametrize("streamed", [False, True])
def test_arguments_are_held_to_their_schema(llm: ChatLlamar, streamed: bool) -> None:
    bound = llm.bind_tools([Customer], tool_choice="Customer")
    answer = total(bound.stream("Hi")) if streamed else bound.invoke("Hi")
    (call,) = answer.tool_calls
    customer = Customer(**call["args"])
    assert customer.customer_name in Name
    assert customer.size in (11, 12)


def test_a_call_that_was_cut_is_not_lost(llm: ChatLlamar) -> None:
    bound = llm.bind_tools([get_weather], tool_choice="get_weather")
    answer = bound.invoke("What is the weather in Paris?", max_tokens=14)
    assert answer.response_metadata["finish_reason"] == "length"
    assert answer.tool_calls or answer.invalid_tool_calls or answer.text
