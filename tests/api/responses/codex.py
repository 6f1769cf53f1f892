"""Requests as Codex 0.169 sends them, shortened: what it says is not its own, how it says it is.

It sends the whole conversation each time, with ids that are new in every session, and no thoughts but what
is in ``encrypted_content``.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

HEADERS = {
    "authorization": "Bearer local",
    "accept": "text/event-stream",
    "user-agent": "codex_exec/0.169.0",
    "originator": "codex_exec",
    "x-codex-beta-features": "remote_compaction_v2",
}


def function(name: str, what: str, **properties: Json) -> Json:
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    schema["additionalProperties"] = False
    return {"type": "function", "name": name, "description": what, "strict": False, "parameters": schema}


TEXT = {"type": "string"}
TOOLS = [
    function("exec_command", "Runs a command.", cmd={**TEXT, "description": "The command."}),
    function("write_stdin", "Writes to a running command.", session_id={"type": "number"}, chars=TEXT),
    {
        "type": "namespace",
        "name": "multi_agent_v1",
        "description": "Other agents.",
        "tools": [
            function("close_agent", "Ends an agent.", target=TEXT),
            function("spawn_agent", "Starts an agent.", message=TEXT),
        ],
    },
    {"type": "web_search", "external_web_access": True},
]


def message(role: str, *texts: str) -> Json:
    kind = "output_text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text} for text in texts]}


def call(call_id: str, name: str, arguments: str, **fields: str) -> Json:
    item = {"type": "function_call", "status": "completed", "call_id": call_id}
    return {**item, "name": name, "arguments": arguments, **fields}


def result(call_id: str, output: str) -> Json:
    told = f"Chunk ID: 1\nWall time: 0.1 seconds\nOutput:\n{output}\n"
    return {"type": "function_call_output", "call_id": call_id, "output": told}


def thought(sealed: str) -> Json:
    return {"type": "reasoning", "summary": [], "content": None, "encrypted_content": sealed}


BEGINNING = [
    message("developer", "You are an agent.\n\nWork with care."),
    message("developer", "# Skills\nThere are none.", "You may run commands."),
    message("user", "<environment_context>\n  <cwd>/tmp/work</cwd>\n</environment_context>"),
    message("user", "Echo hi."),
]
# What came of each request, and what the user or the tools answered to it.
TURNS = [
    ([call("call_1", "exec_command", '{"cmd":"echo hi"}')], [result("call_1", "hi")]),
    (
        [
            message("assistant", "Two more."),
            call("call_2", "exec_command", '{"cmd": "echo a"}'),
            call("call_3", "spawn_agent", '{"message": "b"}', namespace="multi_agent_v1"),
        ],
        [result("call_2", "a"), result("call_3", "b")],
    ),
    ([call("call_4", "apply_patch", '{"inp')], [result("call_4", "unsupported call: apply_patch")]),
    ([message("assistant", "It said hi and a.")], [message("user", "Thanks. And now?")]),
]
REQUESTS = len(TURNS) + 1


def items(n: int, sealed: str | None) -> list[Json]:
    """The input of request ``n``, counted from 1; ``sealed`` is what a model that thinks has thought."""
    thoughts = [thought(sealed)] if sealed else []
    said = list(BEGINNING)
    for output, answer in TURNS[: n - 1]:
        said += [*thoughts, *output, *answer]
    return said


def request(n: int, *, session: str = "abc", sealed: str | None = None, **fields: Any) -> Json:
    """Request ``n`` of a session."""
    numbered = [
        {**item, "id": f"{item['type'][:3]}_{session}_{i}"} for i, item in enumerate(items(n, sealed))
    ]
    return {
        "model": "local-model",
        "input": numbered,
        "tools": TOOLS,
        "tool_choice": "auto",
        "parallel_tool_calls": True,
        "reasoning": {"summary": "auto", **({"effort": "high"} if sealed else {})},
        "store": False,
        "stream": True,
        "include": ["reasoning.encrypted_content"],
        "prompt_cache_key": session,
        "client_metadata": {"x-codex-installation-id": session},
        **fields,
    }


def compaction(n: int) -> Json:
    """What it asks when the conversation up to request ``n`` has become too long."""
    asked = request(n, tools=[], parallel_tool_calls=False)
    return {**asked, "input": [*asked["input"], message("user", "Sum up what was done.")]}
