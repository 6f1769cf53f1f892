"""Everything in a request but its content blocks."""

from __future__ import annotations

from typing import Any

import pytest

from llamar_server.api.anthropic.errors import ThreadUnsupported
from llamar_server.chat.types import OutputFormat, Reasoning, Tool, ToolChoice
from llamar_server.engine.sampling import SamplingParams
from llamar_server.errors import InvalidRequest, UnsupportedParameter
from tests.api.anthropic.asking import asked

SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
ADD = {"name": "add", "description": "Adds.", "input_schema": SCHEMA, "cache_control": {"type": "ephemeral"}}
LOOK = {"type": "custom", "name": "look", "input_schema": {"type": "object"}}
SEARCH = {"type": "web_search_20250305", "name": "web_search", "max_uses": 8}
MCP = {"type": "mcp_toolset", "mcp_server_name": "x"}


def test_defaults() -> None:
    request = asked()
    assert request.max_tokens == 100
    assert request.sampling == SamplingParams()
    assert request.stop == ()
    assert request.tools == ()
    assert request.tool_choice == ToolChoice()
    assert request.parallel_tool_calls
    assert request.reasoning == Reasoning()
    assert request.output_format is None
    assert not request.continue_final_message


def test_how_the_answer_is_sampled() -> None:
    request = asked(temperature=0, top_p=0.5, top_k=7, stop_sequences=["END", "\n\n"])
    assert request.sampling == SamplingParams(temperature=0, top_p=0.5, top_k=7)
    assert request.stop == ("END", "\n\n")


@pytest.mark.parametrize("top_k", [-1, 0])
def test_no_top_k(top_k: int) -> None:
    assert asked(top_k=top_k).sampling.top_k == 0


IGNORED: dict[str, Any] = {
    "metadata": {"user_id": '{"device_id": "x", "session_id": "y"}'},
    "cache_control": {"type": "ephemeral"},
    "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
    "service_tier": "auto",
    "container": {"id": "x"},
    "inference_geo": "eu",
    "speed": "fast",
    "diagnostics": {"previous_message_id": None},
    "fallbacks": [{"model": "other"}],
    "betas": ["something-2030-01-01"],
    "what_comes_next": {"anything": [1]},
}


@pytest.mark.parametrize("field", IGNORED)
def test_what_does_not_change_the_answer_is_ignored(field: str) -> None:
    assert asked(**{field: IGNORED[field]}) == asked()


@pytest.mark.parametrize(
    "field",
    [
        "system",
        "tools",
        "tool_choice",
        "thinking",
        "output_config",
        "stop_sequences",
        "temperature",
        "stream",
    ],
)
def test_null_is_absent(field: str) -> None:
    assert asked(**{field: None}) == asked()


# --- tools ---


def test_tools() -> None:
    assert asked(tools=[ADD, LOOK]).tools == (
        Tool("add", "Adds.", SCHEMA),
        Tool("look", "", {"type": "object"}),
    )


def test_a_strict_tool_with_examples() -> None:
    (tool,) = asked(tools=[{**ADD, "strict": True, "input_examples": [{"a": 1}]}]).tools
    assert tool == Tool("add", "Adds.", {**SCHEMA, "examples": [{"a": 1}]}, strict=True)


def test_tools_of_anthropics_servers_are_left_out() -> None:
    assert [tool.name for tool in asked(tools=[SEARCH, ADD, MCP]).tools] == ["add"]


@pytest.mark.parametrize(
    ("choice", "meant"),
    [
        ({"type": "auto"}, ToolChoice()),
        ({"type": "any"}, ToolChoice("required")),
        ({"type": "none"}, ToolChoice("none")),
        ({"type": "tool", "name": "look"}, ToolChoice("named", "look")),
        ({"type": "tool", "name": "web_search"}, ToolChoice()),
    ],
)
def test_tool_choice(choice: dict[str, Any], meant: ToolChoice) -> None:
    assert asked(tools=[ADD, LOOK, SEARCH], tool_choice=choice).tool_choice == meant


def test_a_tool_that_was_left_out_forces_nothing() -> None:
    request = asked(tools=[SEARCH], tool_choice={"type": "any"})
    assert (request.tools, request.tool_choice) == ((), ToolChoice())


@pytest.mark.parametrize("kind", ["auto", "any", "tool"])
def test_one_call_at_a_time(kind: str) -> None:
    choice = {"type": kind, "name": "add", "disable_parallel_tool_use": True}
    assert not asked(tools=[ADD], tool_choice=choice).parallel_tool_calls
    assert asked(tools=[ADD], tool_choice={**choice, "disable_parallel_tool_use": False}).parallel_tool_calls


# --- reasoning ---


@pytest.mark.parametrize(
    ("fields", "meant"),
    [
        ({"thinking": {"type": "enabled", "budget_tokens": 2000}}, Reasoning(enabled=True, budget=2000)),
        ({"thinking": {"type": "adaptive"}}, Reasoning(enabled=True)),
        (
            {"thinking": {"type": "adaptive", "display": "omitted"}, "output_config": {"effort": "high"}},
            Reasoning(enabled=True, effort="high"),
        ),
        (
            {"thinking": {"type": "disabled"}, "output_config": {"effort": "high"}},
            Reasoning(enabled=False),
        ),
        ({"output_config": {"effort": "low"}}, Reasoning(effort="low")),
    ],
)
def test_thinking(fields: dict[str, Any], meant: Reasoning) -> None:
    assert asked(**fields).reasoning == meant


# --- structured output ---

FORMAT = {"type": "json_schema", "schema": SCHEMA}


@pytest.mark.parametrize("fields", [{"output_config": {"format": FORMAT}}, {"output_format": FORMAT}])
def test_output_format(fields: dict[str, Any]) -> None:
    assert asked(**fields).output_format == OutputFormat("json_schema", SCHEMA, strict=True)


# --- refused ---


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"max_tokens": None}, "max_tokens should be a valid integer"),
        ({"max_tokens": 0}, "max_tokens should be greater than or equal to 1"),
        ({"messages": []}, "messages"),
        ({"temperature": -1}, "temperature"),
        ({"top_p": 2}, "top_p"),
        ({"stop_sequences": [""]}, r"stop_sequences\[0\]"),
        ({"tools": [{"name": "add"}]}, r"tools\[0\]\.input_schema is required"),
        ({"tools": [ADD, {"input_schema": SCHEMA}]}, r"tools\[1\]\.name is required"),
        ({"tool_choice": {"type": "any"}}, "only allowed with tools"),
        ({"tools": [ADD], "tool_choice": {"type": "tool"}}, r"tool_choice\.name is required"),
        ({"tools": [ADD], "tool_choice": {"type": "tool", "name": "x"}}, "no tool named 'x'"),
        ({"tools": [ADD], "tool_choice": {"type": "required"}}, "tool_choice.type"),
        ({"thinking": {"type": "maybe"}}, "thinking.type"),
        ({"output_config": {"format": {"type": "xml", "schema": {}}}}, "output_config.format.type"),
        ({"output_config": {"format": {"type": "json_schema"}}}, "output_config.format.schema is required"),
        ({"output_config": {"format": FORMAT}, "output_format": FORMAT}, "send one of them"),
    ],
)
def test_invalid(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidRequest, match=problem):
        asked(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"mcp_servers": [{"type": "url", "url": "http://localhost", "name": "x"}]},
        {"compaction": {"type": "summarize"}},
        {"thinking": {"type": "between_tools"}},
    ],
)
def test_what_would_change_the_answer_is_refused_by_name(fields: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedParameter, match=next(iter(fields))):
        asked(**fields)


@pytest.mark.parametrize("thread", [{"type": "create"}, {"type": "continue", "previous_message_id": "msg_1"}])
def test_a_thread_is_refused(thread: dict[str, str]) -> None:
    with pytest.raises(ThreadUnsupported):
        asked(thread=thread)
