"""Tools told in text, for templates that have no place for them."""

from __future__ import annotations

import json
from typing import Any

from llamar_server.chat.capabilities import Capabilities
from llamar_server.chat.formats.spec import Span, ToolFormat
from llamar_server.chat.tool_text import tools_as_text, write_calls
from tests.chat.conversations import TOOLS

HERMES = ToolFormat(style="object", call=Span("<tool_call>\n", "\n</tool_call>"), separator="\n")
TAGGED = ToolFormat(
    style="tag",
    section=Span("[CALLS]", "[/CALLS]"),
    call=Span("<call>", "</call>"),
    name=Span("function|", "\n"),
    arguments=Span("```json\n", "\n```"),
)
NOTHING = Capabilities(tools=False, tool_calls=False, tool_results=False)
CALLS_ONLY = Capabilities(tools=False)
CALL = {"id": "1", "type": "function", "function": {"name": "get_weather", "arguments": {"city": "Köln"}}}
TURNS = [
    {"role": "user", "content": "Weather?"},
    {"role": "assistant", "content": "Let me see.", "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "1", "content": "rain"},
]
WRITTEN = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Köln"}}\n</tool_call>'


def contents(messages: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(message["role"], message["content"]) for message in messages]


def test_calls_and_results_become_text() -> None:
    turns = tools_as_text(TURNS, [], HERMES, NOTHING)
    assert contents(turns) == [
        ("user", "Weather?"),
        ("assistant", f"Let me see.\n{WRITTEN}"),
        ("user", "<tool_response>\nrain\n</tool_response>"),
    ]
    assert not any("tool_calls" in turn for turn in turns)


def test_tools_are_told_in_the_system_message() -> None:
    (system, user) = tools_as_text(TURNS[:1], TOOLS, HERMES, NOTHING)
    assert user["content"] == "Weather?"
    assert system["role"] == "system"
    for tool in TOOLS:
        assert json.dumps(tool["function"]) in system["content"]
    example = '<tool_call>\n{"name": "tool_name", "arguments": {"argument": "value"}}\n</tool_call>'
    assert example in system["content"]


def test_the_clients_system_message_comes_first() -> None:
    (system, _) = tools_as_text(
        [{"role": "developer", "content": "Be brief."}, *TURNS[:1]], TOOLS, HERMES, NOTHING
    )
    assert system["content"].startswith("Be brief.\n\nYou can call")


def test_what_the_template_can_do_is_left_to_it() -> None:
    told, *turns = tools_as_text(TURNS, TOOLS, HERMES, CALLS_ONLY)
    assert told["role"] == "system"
    assert turns[1]["tool_calls"] == [CALL]
    assert turns[2]["role"] == "tool"


def test_calls_are_written_in_the_shape_of_the_format() -> None:
    assert write_calls(HERMES, [CALL, CALL]) == f"{WRITTEN}\n{WRITTEN}"
    assert write_calls(TAGGED, [CALL]) == (
        '[CALLS]<call>function|get_weather\n```json\n{"city": "Köln"}\n```</call>[/CALLS]'
    )
    listed = ToolFormat(
        style="object",
        array=Span("[", "]"),
        separator=", ",
        name_key="tool_name",
        arguments_key="parameters",
        id_key="tool_call_id",
        key_order=("id", "name", "arguments"),
    )
    (written,) = json.loads(write_calls(listed, [CALL]))
    assert written == {"tool_call_id": "1", "tool_name": "get_weather", "parameters": {"city": "Köln"}}
