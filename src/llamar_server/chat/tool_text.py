"""Tools for a template that has no place for them: told in the system message, calls and results as text.

Writes calls in the shape that the format says the answer will have. Refuses to decide which shape.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from .capabilities import Capabilities
from .formats.spec import ToolFormat
from .messages import normalize

_INTRODUCTION: Final = """\
You can call these tools:

{tools}

To call a tool, write its name and its arguments like this, and nothing after it:

{example}

You will then be given its result."""


def tools_as_text(
    messages: Sequence[Mapping[str, Any]],
    tools: Sequence[Mapping[str, Any]],
    tool_format: ToolFormat,
    can: Capabilities,
) -> list[dict[str, Any]]:
    """``messages`` with everything about tools that the template would leave out written as text."""
    turns = [_turn(message, tool_format, can) for message in normalize(messages)]
    return _introduce(turns, tools, tool_format) if tools and not can.tools else turns


def write_calls(tool_format: ToolFormat, calls: Sequence[Mapping[str, Any]]) -> str:
    """``calls`` (in normal form) as ``tool_format`` writes them, for formats with arguments in JSON."""
    written = [_call(tool_format, call) for call in calls]
    section, array = tool_format.section, tool_format.array
    return section.start + array.start + tool_format.separator.join(written) + array.end + section.end


def _turn(message: dict[str, Any], tool_format: ToolFormat, can: Capabilities) -> dict[str, Any]:
    if message["role"] == "tool" and not can.tool_results:
        return {"role": "user", "content": f"<tool_response>\n{message['content']}\n</tool_response>"}
    if "tool_calls" in message and not can.tool_calls and not can.tools:
        said = {key: value for key, value in message.items() if key != "tool_calls"}
        texts = [message["content"], write_calls(tool_format, message["tool_calls"])]
        return {**said, "content": "\n".join(text for text in texts if text)}
    return message


def _introduce(
    turns: list[dict[str, Any]], tools: Sequence[Mapping[str, Any]], tool_format: ToolFormat
) -> list[dict[str, Any]]:
    listed = "\n".join(json.dumps(tool.get("function", tool), ensure_ascii=False) for tool in tools)
    call = {"id": "0", "function": {"name": "tool_name", "arguments": {"argument": "value"}}}
    introduction = _INTRODUCTION.format(tools=listed, example=write_calls(tool_format, [call]))
    if turns[0]["role"] == "system":
        return [{**turns[0], "content": f"{turns[0]['content']}\n\n{introduction}"}, *turns[1:]]
    return [{"role": "system", "content": introduction}, *turns]


def _call(tool_format: ToolFormat, call: Mapping[str, Any]) -> str:
    name = str(call["function"]["name"])
    arguments = json.dumps(call["function"]["arguments"], ensure_ascii=False)
    if tool_format.style == "tag":
        inner = tool_format.name.start + name + tool_format.name.end
        inner += tool_format.arguments.start + arguments + tool_format.arguments.end
    else:
        members = {
            "name": f'"{tool_format.name_key}": {json.dumps(name)}',
            "arguments": f'"{tool_format.arguments_key}": {arguments}',
            "id": f'"{tool_format.id_key}": {json.dumps(call["id"])}',
        }
        written = [members[key] for key in tool_format.key_order if key != "id" or tool_format.id_key]
        inner = tool_format.object.start + ", ".join(written) + tool_format.object.end
    return tool_format.call.start + inner + tool_format.call.end
