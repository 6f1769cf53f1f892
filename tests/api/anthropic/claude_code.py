"""Requests as Claude Code 2.1 sends them, shortened: what it says is not its own, how it says it is.

From one request to the next of a session it only moves ``cache_control`` to the last block, and writes a
message that is only text as a string from then on. Another session has another billing line.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

CACHED = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
HEADERS = {
    "anthropic-version": "2023-06-01",
    "anthropic-beta": "claude-code-20250219,interleaved-thinking-2025-05-14,effort-2025-11-24",
    "user-agent": "claude-cli/2.1.197 (external, sdk-cli)",
    "x-app": "cli",
    "x-api-key": "local",
}


def text(words: str, **fields: Any) -> Json:
    return {"type": "text", "text": words, **fields}


def system(session: str) -> list[Json]:
    return [
        text(f"x-anthropic-billing-header: cc_version=2.1.197.{session}; cc_entrypoint=sdk-cli;"),
        text("You are an agent.", **CACHED),
        text("Work with care.\n\n# Environment\nDirectory: /tmp/work\nToday: 2026-11-20", **CACHED),
    ]


def tool(name: str, what: str, **properties: Json) -> Json:
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"}
    schema |= {"properties": properties, "required": list(properties), "additionalProperties": False}
    return {"name": name, "description": what, "input_schema": schema}


TOOLS = [
    tool("Bash", "Runs a command.", command={"type": "string", "description": "The command."}),
    tool("Read", "Reads a file.", file_path={"type": "string"}),
]

REMINDER = "<system-reminder>\nThe user's files are in /tmp/work.\n</system-reminder>\n"
MID_CONVERSATION = {"role": "system", "content": "# Skills\nThere are none.\n\nKeep to what was asked."}


def call(call_id: str, command: str) -> Json:
    return {"type": "tool_use", "id": call_id, "name": "Bash", "input": {"command": command}}


def result(call_id: str, output: str, **fields: Any) -> Json:
    return {"type": "tool_result", "tool_use_id": call_id, "content": output, "is_error": False, **fields}


# What was said, turn by turn: each request sends all turns up to one of the user's.
USERS: list[Any] = [
    [text(REMINDER), text("Echo hi.")],
    [result("toolu_1", "hi")],
    [result("toolu_3", "b"), result("toolu_2", "a")],  # in another order than the calls
    "Thanks. And now?",
]
ANSWERS = [
    [text(""), call("toolu_1", "echo hi")],
    [text("Two more."), call("toolu_2", "echo a"), call("toolu_3", "echo b")],
    [text("It said hi, a and b.")],
]
REQUESTS = len(USERS)


def turns(n: int, *, thoughts: bool) -> list[Json]:
    """The messages of request ``n``, counted from 1; with the thoughts of a model that thinks."""
    thought = [{"type": "thinking", "thinking": "Hm.", "signature": "x"}] if thoughts else []
    messages = [{"role": "user", "content": marked(USERS[0]) if n == 1 else USERS[0]}, MID_CONVERSATION]
    for i in range(1, n):
        messages.append({"role": "assistant", "content": [*thought, *ANSWERS[i - 1]]})
        messages.append({"role": "user", "content": marked(USERS[i]) if i == n - 1 else USERS[i]})
    return messages


def marked(content: Any) -> list[Json]:
    blocks = [text(content)] if isinstance(content, str) else content
    return [*blocks[:-1], {**blocks[-1], **CACHED}]


def request(n: int, *, session: str = "abc", thinks: bool = True, **fields: Any) -> Json:
    """Request ``n`` of a session."""
    return {
        "model": "local-model",
        "messages": turns(n, thoughts=thinks),
        "system": system(session),
        "tools": TOOLS,
        "metadata": {"user_id": f'{{"device_id": "x", "account_uuid": "", "session_id": "{session}"}}'},
        "max_tokens": 32000,
        "thinking": {"type": "adaptive" if thinks else "disabled"},
        "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
        "output_config": {"effort": "high"},
        "stream": True,
        **fields,
    }
