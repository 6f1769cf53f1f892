"""``Chat.export_eval()`` and ``Chat.to_solver()``: evaluations with Inspect."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import DEADLINE, ServerProcess

NEEDS_INSPECT = pytest.mark.skipif(
    importlib.util.find_spec("inspect_ai") is None, reason="Inspect is not installed; make test does it"
)


@NEEDS_INSPECT
def test_a_conversation_is_asked_again_and_scored(
    server: ServerProcess, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLAMAR_BASE_URL", server.url)
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8")  # Inspect says what no other encoding can
    result = subprocess.run(
        [sys.executable, "-m", "tests.providers.chatlas.evaluation", str(home)],
        capture_output=True,
        encoding="utf-8",
        timeout=DEADLINE,
    )
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout.splitlines()[-1])
    assert [each["score"] for each in found.values()] == ["C", "C", "C"]

    assert found["again"]["messages"] == [
        ["system", "Be terse."],
        ["user", "What is the capital of Germany?"],
        ["assistant", "Berlin."],
    ]
    assert [role for role, _ in found["tools"]["messages"]] == ["user", "assistant", "tool", "assistant"]
    usage = found["tools"]["usage"]
    sent = usage["input_tokens"] + usage["input_tokens_cache_read"]
    assert sent > 2 * found["tools"]["asked"]  # once for the call and once with its result
    assert usage["total_tokens"] == sent + usage["output_tokens"]
