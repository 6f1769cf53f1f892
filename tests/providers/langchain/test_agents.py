"""Agents of LangChain and LangGraph: the model calls tools, reads results, answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Literal

import pytest
from langchain.agents import create_agent
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from pydantic import BaseModel

from llamar_providers.langchain import ChatLlamar

Make = Callable[..., ChatLlamar]

ASKED = {"messages": [HumanMessage("What is the weather in Paris?")]}
ANSWER = "It is 18 degrees and cloudy in Paris."


@tool
def get_weather(location: str) -> str:
    """Get the weather at a location."""
    return '{"temperature": 18, "unit": "C", "condition": "cloudy"}'


class Weather(BaseModel):
    """The weather."""

    temperature: Literal[18, 19]
    condition: Literal["cloudy", "clear"]


def kinds(messages: list[Any]) -> list[type]:
    return [type(message) for message in messages]


@pytest.mark.parametrize("version", [None, "v1"])
def test_an_agent(chat: Make, version: str | None) -> None:
    agent = create_agent(chat(output_version=version), [get_weather])
    messages = agent.invoke(ASKED)["messages"]
    assert kinds(messages) == [HumanMessage, AIMessage, ToolMessage, AIMessage]
    assert messages[-1].text == ANSWER


def test_an_agent_without_waiting(llm: ChatLlamar) -> None:
    agent = create_agent(llm, [get_weather])
    messages = asyncio.run(agent.ainvoke(ASKED))["messages"]
    assert messages[-1].text == ANSWER


def test_an_agent_streams_what_the_model_says(llm: ChatLlamar) -> None:
    agent = create_agent(llm, [get_weather])
    chunks = [chunk for chunk, _ in agent.stream(ASKED, stream_mode="messages")]
    said = [chunk.text for chunk in chunks if isinstance(chunk, AIMessage)]
    assert "".join(said) == ANSWER
    assert len(said) > 10


def test_an_agent_in_parallel(llm: ChatLlamar) -> None:
    asked = {"messages": [HumanMessage("What is the weather in Paris and London?")]}
    messages = create_agent(llm, [get_weather]).invoke(asked)["messages"]
    assert kinds(messages) == [HumanMessage, AIMessage, ToolMessage, ToolMessage, AIMessage]
    assert "London" in messages[-1].text


def test_an_agent_remembers(llm: ChatLlamar) -> None:
    agent = create_agent(llm, [get_weather], checkpointer=InMemorySaver())
    thread: Any = {"configurable": {"thread_id": "1"}}
    agent.invoke(ASKED, thread)
    messages = agent.invoke({"messages": [HumanMessage("And in Rome?")]}, thread)["messages"]
    assert [call["args"] for call in messages[5].tool_calls] == [{"location": "Rome"}]


@pytest.mark.parametrize("form", [Weather, ProviderStrategy(Weather), ToolStrategy(Weather)])
def test_an_agent_answers_in_a_form(llm: ChatLlamar, form: Any) -> None:
    state = create_agent(llm, [get_weather], response_format=form).invoke(ASKED, {"recursion_limit": 12})
    assert isinstance(state["structured_response"], Weather)
    assert ToolMessage in kinds(state["messages"])


def test_a_form_is_the_models_own_way(llm: ChatLlamar) -> None:
    """Known by the profile, without which LangChain would make it a tool."""
    state = create_agent(llm, response_format=Weather).invoke(ASKED)
    assert isinstance(state["structured_response"], Weather)
    assert kinds(state["messages"]) == [HumanMessage, AIMessage]


def test_a_graph(llm: ChatLlamar) -> None:
    model = llm.bind_tools([get_weather])
    graph = StateGraph(MessagesState)
    graph.add_node("model", lambda state: {"messages": [model.invoke(state["messages"])]})
    graph.add_node("tools", ToolNode([get_weather]))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", tools_condition)
    graph.add_edge("tools", "model")
    messages = graph.compile().invoke(ASKED)["messages"]  # type: ignore[arg-type] # as an agent takes it
    assert messages[-1].text == ANSWER
