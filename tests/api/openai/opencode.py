"""Requests as OpenCode 1.18 sends them, shortened: what it says is not its own, how it says it is.

Each holds the whole conversation; an assistant's turn with calls has an empty content, and the results
follow in the order of the calls. Reasoning is replayed under ``reasoning_content``.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": what,
            "parameters": {
                "$schema": "http://json-schema.org/draft-07/schema#",
                "type": "object",
                "properties": {argument: {"type": "string", "description": f"The {argument}."}},
                "required": [argument],
                "additionalProperties": False,
            },
        },
    }
    for name, what, argument in [("bash", "Runs a command.", "command"), ("read", "Reads.", "filePath")]
]


def call(call_id: str, arguments: str) -> Json:
    return {"id": call_id, "type": "function", "function": {"name": "bash", "arguments": arguments}}


CONVERSATION: list[Json] = [
    {"role": "system", "content": "You are an agent.\n<env>\n  Today's date: Fri Nov 20 2026\n</env>"},
    {"role": "user", "content": '"Run the commands."'},
    {
        "role": "assistant",
        "content": "",
        "tool_calls": [call("call_1", '{"command":"echo hi"}'), call("call_2", '{"command":"ls"}')],
    },
    {"role": "tool", "tool_call_id": "call_1", "content": "hi\n"},
    {"role": "tool", "tool_call_id": "call_2", "content": "a.txt\n"},
    {"role": "assistant", "content": "Done."},
    {"role": "user", "content": "And now?"},
    {"role": "assistant", "content": "", "tool_calls": [call("call_3", '{"command":"rm a.txt"}')]},
    {"role": "tool", "tool_call_id": "call_3", "content": ""},
]
ENDS = (2, 5, 7, 9)
"""How much of the conversation each of its requests holds."""


def request(number: int, **fields: Any) -> Json:
    """Request ``number`` of the conversation, from 0."""
    return {
        "model": "local-model",
        "messages": CONVERSATION[: ENDS[number]],
        "max_tokens": 8192,
        "stream": True,
        "stream_options": {"include_usage": True},
        "tools": TOOLS,
        "tool_choice": "auto",
        **fields,
    }


def title() -> Json:
    """What it asks at the same moment as its first request."""
    messages = [
        {"role": "system", "content": "You write titles."},
        {"role": "user", "content": "Write a title for: Run the commands."},
    ]
    return {"model": "local-model", "messages": messages, "max_tokens": 1024, "stream": True}
