"""Each agent finishes a task whose answer only its own tool reveals."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.clients.conftest import Task
from tests.servers import ServerProcess

pytestmark = pytest.mark.clients


def test_claude_code(
    model: Callable[[str, str], ServerProcess], launch: Callable[..., str], task: Task
) -> None:
    server = model("Bash", '{"command": "cat secret.txt", "description": "Read the file"}')
    tools = ["--allowedTools", "Bash(cat:*)"]
    printed = launch("claude", server, task.folder, "-p", task.prompt, "--output-format", "json", *tools)
    answer = json.loads(printed)
    assert task.value in answer["result"]
    assert not answer["is_error"]
    assert answer["num_turns"] == 2


def test_opencode(model: Callable[[str, str], ServerProcess], launch: Callable[..., str], task: Task) -> None:
    server = model("bash", '{"command": "cat secret.txt", "description": "Read the file"}')
    assert f"The file says {task.value}." in launch("opencode", server, task.folder, "run", task.prompt)


def test_codex(model: Callable[[str, str], ServerProcess], launch: Callable[..., str], task: Task) -> None:
    server = model("exec_command", '{"cmd": "cat secret.txt"}')
    options = ["--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox"]
    assert f"The file says {task.value}." in launch(
        "codex", server, task.folder, "exec", *options, task.prompt
    )
