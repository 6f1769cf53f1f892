"""The real coding agents, as ``make test-clients`` installs them, each with a home of its own."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from llamar_server.gguf import read_metadata
from llamar_server.models import find_model
from tests.fakes.scripted import BACKEND, write_script
from tests.servers import ServerProcess

ROOT = Path(__file__).parents[2]
BIN = ROOT / ".clients" / "node_modules" / ".bin"
WINDOW = 400_000  # in bytes, which are the scripted model's tokens; the agents' own prompts take 90,000
SECONDS = 240


@dataclass(frozen=True, slots=True)
class Task:
    """A folder with a file that holds ``value``, which nothing else tells."""

    folder: Path
    value: str
    prompt: str = "Run the command: cat secret.txt  Then tell me what the file says."


@pytest.fixture
def task(tmp_path: Path) -> Task:
    folder = tmp_path / "project"
    folder.mkdir()
    value = f"secret-{secrets.token_hex(8)}"
    (folder / "secret.txt").write_text(value + "\n")
    return Task(folder, value)


@pytest.fixture
def model(tmp_path: Path, start_server: Callable[..., ServerProcess]) -> Callable[[str, str], ServerProcess]:
    """A server on a scripted model in the bundled model's family: given a tool and its arguments as JSON,
    it calls that tool, and answers with the value that it finds in the tool's result."""

    def start(tool: str, arguments: str) -> ServerProcess:
        call = f'<tool_call>\n{{"name": "{tool}", "arguments": {arguments}}}\n</tool_call>'
        script = write_script(
            tmp_path,
            n_ctx=WINDOW,
            chat_template=str(read_metadata(find_model(None).path)["tokenizer.chat_template"]),
            control=["<|im_start|>", "<|im_end|>", "<|endoftext|>"],
            tokens=["<tool_call>", "</tool_call>"],
            answers=[
                {
                    "match": r"<tool_response>.*(?P<value>secret-[0-9a-f]{16})",
                    "text": "The file says {{value}}.",
                },
                {"match": rf'"name": "{tool}".*cat secret\.txt', "text": call},
            ],
            default="A title",
        )
        options = [f"--backend={BACKEND}", f"--n-ctx={WINDOW}", "--n-batch=65536", "--prefill-chunk=65536"]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        return start_server(*options, "--model-id=local-model", script, env=environment).wait_ready()

    return start


@pytest.fixture
def launch(tmp_path: Path) -> Callable[..., str]:
    """Runs ``llamar launch`` in an empty environment and a fresh home; what the agent printed."""
    home = tmp_path / "home"
    home.mkdir()

    def run(agent: str, server: ServerProcess, folder: Path, *arguments: str) -> str:
        if not (BIN / agent).exists():
            pytest.skip(f"{agent} is not installed; make test-clients installs it")
        environment = {
            "HOME": str(home),
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "TERM": "xterm",
            "DISABLE_TELEMETRY": "1",
            "DISABLE_AUTOUPDATER": "1",
            "DISABLE_ERROR_REPORTING": "1",
            "OPENCODE_DISABLE_LSP_DOWNLOAD": "1",
            # A user's real key, which must not reach anybody.
            "ANTHROPIC_API_KEY": "a-real-key",
            "OPENAI_API_KEY": "a-real-key",
        }
        done = subprocess.run(
            [sys.executable, "-m", "llamar_server", "launch", f"--url={server.url}", agent, "--", *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{server.messages()}"
        return done.stdout

    return run
