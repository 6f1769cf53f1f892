"""The tools that the model is offered, and how it is to choose among them."""

from __future__ import annotations

from typing import Any

import pytest

from llamar_server.chat.types import Tool, ToolChoice
from tests.api.responses.asking import ADD, Json, asked

PARAMETERS: Json = {"type": "object", "properties": {"a": {}}}
SUB: Json = {"type": "function", "name": "sub", "description": "less", "strict": True, "parameters": None}
AGENTS: Json = {
    "type": "namespace",
    "name": "agents",
    "description": "Agents.",
    "tools": [{**ADD, "name": "close", "description": "Closes one."}, {**ADD, "name": "add"}],
}
# Of all types that Codex and the SDK know.
OTHERS: list[Json] = [
    {"type": "web_search", "external_web_access": True},
    {"type": "web_search_preview", "search_context_size": "low"},
    {"type": "file_search", "vector_store_ids": ["x"], "filters": {}},
    {"type": "image_generation", "output_format": "png", "background": "auto"},
    {"type": "local_shell"},
    {"type": "shell", "environment": {"type": "local"}},
    {"type": "code_interpreter", "container": {"type": "auto"}},
    {"type": "computer_use_preview", "display_width": 1, "display_height": 1, "environment": "linux"},
    {"type": "mcp", "server_label": "x", "server_url": "http://x", "allowed_tools": ["a"]},
    {"type": "tool_search", "execution": "client", "description": "x", "parameters": {}},
    {"type": "apply_patch"},
    {"type": "something_new", "options": [1]},
]


def tools(*given: Json) -> tuple[Tool, ...]:
    return asked(tools=list(given)).tools


def test_functions() -> None:
    assert tools(ADD, SUB) == (
        Tool("add", "", PARAMETERS),
        Tool("sub", "less", {"type": "object", "properties": {}}, strict=True),
    )


def test_others_are_left_out() -> None:
    assert tools(*OTHERS, ADD) == (Tool("add", "", PARAMETERS),)
    assert tools(*OTHERS) == ()


def test_a_namespace_is_flattened() -> None:
    assert tools(ADD, AGENTS) == (
        Tool("add", "", PARAMETERS),
        Tool("agents__close", "Agents.\n\nCloses one.", PARAMETERS),
        Tool("agents__add", "", PARAMETERS),
    )


def custom(**fields: Any) -> Tool:
    (tool,) = tools({"type": "custom", "name": "patch", "description": "Patches.", **fields})
    return tool


def schema(**text: Any) -> Json:
    input_ = {"type": "string", **text}
    return {
        "type": "object",
        "properties": {"input": input_},
        "required": ["input"],
        "additionalProperties": False,
    }


@pytest.mark.parametrize("format_", [None, {"type": "text"}])
def test_a_custom_tool_is_a_function_of_one_text(format_: Json | None) -> None:
    assert custom(format=format_) == Tool("patch", "Patches.", schema())


def test_a_custom_tool_with_a_grammar() -> None:
    regex = custom(format={"type": "grammar", "syntax": "regex", "definition": "a|b"})
    assert regex == Tool("patch", "Patches.", schema(pattern="^(?:a|b)$"), strict=True)
    lark = custom(format={"type": "grammar", "syntax": "lark", "definition": 'start: "x"'})
    described = 'Patches.\n\nThe input follows this Lark grammar:\nstart: "x"'
    assert lark == Tool("patch", described, schema())


# --- choosing ---


def choice(wanted: Any, *given: Json) -> tuple[list[str], ToolChoice]:
    request = asked(tools=list(given), tool_choice=wanted)
    return [tool.name for tool in request.tools], request.tool_choice


@pytest.mark.parametrize(
    ("wanted", "mode"), [("auto", "auto"), ("none", "none"), ("required", "required"), (None, "auto")]
)
def test_modes(wanted: Any, mode: Any) -> None:
    assert choice(wanted, ADD, SUB) == (["add", "sub"], ToolChoice(mode))


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ({"name": "add"}, "add"),
        ({"name": "agents__add"}, "agents__add"),
        ({"name": "add", "namespace": "agents"}, "agents__add"),
        ({"name": "close"}, "agents__close"),
        ({"name": "patch", "type": "custom"}, "patch"),
    ],
)
def test_named(wanted: Json, name: str) -> None:
    given = [ADD, AGENTS, {"type": "custom", "name": "patch"}]
    assert choice({"type": "function", **wanted}, *given)[1] == ToolChoice("named", name)


@pytest.mark.parametrize("mode", ["auto", "required"])
def test_allowed_tools(mode: Any) -> None:
    allowed = [{"type": "function", "name": "sub"}, {"type": "image_generation"}]
    wanted = {"type": "allowed_tools", "mode": mode, "tools": allowed}
    assert choice(wanted, ADD, SUB, *OTHERS) == (["sub"], ToolChoice(mode))


@pytest.mark.parametrize(
    "wanted",
    [
        "required",
        {"type": "web_search_preview"},
        {"type": "mcp", "server_label": "x"},
        {"type": "allowed_tools", "mode": "required", "tools": [{"type": "mcp", "server_label": "x"}]},
    ],
)
def test_a_choice_of_what_is_left_out_is_the_models_own(wanted: Any) -> None:
    assert choice(wanted, *OTHERS) == ([], ToolChoice())


def test_a_choice_without_tools_that_asks_for_none() -> None:
    assert choice("none") == ([], ToolChoice("none"))
    assert choice("auto") == ([], ToolChoice())
