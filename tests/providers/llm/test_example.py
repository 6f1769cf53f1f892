"""``examples/llm_plugin.sh``, as it stands."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from llamar_providers import shared
from tests.servers import DEADLINE

SCRIPT = Path(__file__).parents[3] / "examples/llm_plugin.sh"


@pytest.mark.skipif(shutil.which("sh") is None, reason="there is no shell here")
@pytest.mark.usefixtures("nobody_left")
def test_the_example(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "llamar.toml").write_text('options = ["--threads=1"]')
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    result = subprocess.run(["sh", str(SCRIPT)], capture_output=True, text=True, timeout=2 * DEADLINE)
    assert result.returncode == 0, result.stderr
    for said in ("Nice to meet you, Ada!", "Your name is Ada.", '"Alice"', "579", "stopped llamar-tiny"):
        assert said in result.stdout
    assert shared.running() == []
