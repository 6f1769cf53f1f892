"""``llamar launch`` with a stand-in for the agent that tells how it was called."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import psutil
import pytest

from llamar_server.cli.agents import AGENTS, Target
from tests.servers import DEADLINE, ServerProcess

TELL = """#!{python}
import json, os, sys, urllib.request
url = os.environ.get("ANTHROPIC_BASE_URL")
models = json.load(urllib.request.urlopen(url + "/v1/models")) if url else None
print(json.dumps({{"argv": sys.argv[1:], "env": dict(os.environ), "models": models}}))
sys.exit(7)
"""

posix = pytest.mark.skipif(os.name == "nt", reason="the stand-in is a script with a #! line")


@pytest.fixture
def agents(tmp_path: Path) -> Path:
    """A folder with stand-ins for all agents."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for agent in AGENTS.values():
        program = folder / agent.command
        program.write_text(TELL.format(python=sys.executable))
        program.chmod(0o755)
    return folder


def launch(*arguments: str, path: Path | str = "", **env: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": str(path), "NO_PROXY": "*", **env}
    command = [sys.executable, "-m", "llamar_server", "launch", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, env=environment)


def told(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 7, done.stderr  # the agent's own
    return json.loads(done.stdout)


@posix
def test_claude_is_sent_to_the_server_without_any_real_key(server: ServerProcess, agents: Path) -> None:
    done = launch(
        "claude", f"--url={server.url}", "--", "-p", "Hello", path=agents, ANTHROPIC_API_KEY="a-real-key"
    )
    agent = told(done)
    assert agent["argv"] == ["-p", "Hello"]
    assert agent["env"]["ANTHROPIC_BASE_URL"] == server.url
    assert agent["env"]["ANTHROPIC_MODEL"] == "llamar-tiny"
    assert "a-real-key" not in agent["env"].values()
    assert "window of 4096" in done.stderr


@posix
def test_a_server_is_started_for_the_agent_and_goes_with_it(agents: Path) -> None:
    agent = told(launch("claude", "--n-ctx=30000", path=agents))
    assert agent["models"]["data"][0]["context_length"] == 30000
    port = int(agent["env"]["ANTHROPIC_BASE_URL"].rpartition(":")[2])
    assert port not in {c.laddr.port for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN}


@posix
def test_codex_has_its_settings_on_the_command_line(server: ServerProcess, agents: Path) -> None:
    agent = told(launch("codex", f"--url={server.url}", "--", "exec", "Hello", path=agents))
    assert agent["argv"][-2:] == ["exec", "Hello"]
    assert f'model_providers.llamar.base_url="{server.url}/v1"' in agent["argv"]
    assert agent["env"]["LLAMAR_API_KEY"] == "local"


@posix
def test_opencode_has_its_settings_in_a_variable(server: ServerProcess, agents: Path) -> None:
    agent = told(launch("opencode", f"--url={server.url}", path=agents))
    config = json.loads(agent["env"]["OPENCODE_CONFIG_CONTENT"])
    assert config["provider"]["llamar"]["options"]["baseURL"] == f"{server.url}/v1"
    assert config["model"] == "llamar/llamar-tiny"


def test_an_agent_that_is_not_installed(server: ServerProcess) -> None:
    done = launch("claude", f"--url={server.url}", path="/nowhere")
    assert done.returncode == 1
    assert done.stderr == ("Error: Claude Code is not installed; npm install -g @anthropic-ai/claude-code\n")


def test_no_server_at_the_address() -> None:
    done = launch("claude", "--url=http://127.0.0.1:9", "--print-env")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: no llamar server answers at http://127.0.0.1:9/v1/models")


def test_a_busy_port_is_refused(server: ServerProcess, tmp_path: Path) -> None:
    (tmp_path / "codex").write_text("")
    (tmp_path / "codex").chmod(0o755)
    port = server.url.rpartition(":")[2]
    done = launch("codex", f"--port={port}", path=tmp_path)
    assert done.returncode == 1
    assert f"port {port}" in done.stderr


def test_settings_are_shown_and_written(server: ServerProcess, tmp_path: Path) -> None:
    shown = launch("claude", f"--url={server.url}", "--print-env").stdout
    assert f"export ANTHROPIC_BASE_URL={server.url}\n" in shown
    assert "unset ANTHROPIC_API_KEY\n" in shown
    path = tmp_path / "new" / "config.toml"
    written = launch("codex", f"--url={server.url}", f"--write-config={path}")
    assert written.stdout == f"wrote {path}\n"
    config = tomllib.loads(path.read_text())
    assert config["model_providers"]["llamar"]["base_url"] == f"{server.url}/v1"
    again = launch("codex", f"--url={server.url}", f"--write-config={path}")
    assert again.returncode == 1
    assert "exists already" in again.stderr


@pytest.mark.parametrize("agent", AGENTS.values(), ids=list(AGENTS))
def test_the_window_that_an_agent_is_told_is_the_true_one(agent: Any) -> None:
    target = Target("http://127.0.0.1:1", "some", 20_000)
    settings = f"{agent.env(target)} {agent.arguments(target)} {agent.config(target)}"
    assert "20000" in settings
    assert target.max_output == 5000


@posix
@pytest.mark.parametrize("agent", AGENTS)
def test_the_example(agent: str, agents: Path) -> None:
    name = "claude_code" if agent == "claude" else agent
    example = Path(__file__).parents[2] / "examples" / f"launch_{name}.sh"
    path = f"{agents}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    command = [str(example), "llamar-tiny", "Do it."]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=DEADLINE, env={**os.environ, "PATH": path}
    )
    assert told(done)["argv"][-1] == "Do it."
