"""``llm`` as it is typed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llamar_providers import shared
from tests.providers.families import family, gone
from tests.providers.llm.conftest import Call

GREEDY = ("-o", "temperature", "0")
CAPITAL = "What is the capital of France?"
PARIS = "The capital of France is Paris.\n"
TOY = "llamar: no model is configured; using llamar-tiny, the bundled toy\n"

ADD = """
def add(a: int, b: int) -> int:
    "Add two numbers."
    return a + b
"""


@pytest.fixture
def one_thread(home: Path) -> Iterator[None]:
    """A configuration for servers of the test's own; what it leaves to later calls is ended."""
    (home / "llamar.toml").write_text('options = ["--threads=1"]\nidle_timeout = 60\n')
    yield
    for server in shared.running():
        processes = family(server.pid)
        processes[0].kill()
        assert gone(processes)


def log(cli: Call) -> list[dict[str, Any]]:
    """What llm has logged, the oldest first."""
    logged = json.loads(cli("logs", "--json", "-n", "0")[0])
    return sorted(logged, key=lambda each: each["datetime_utc"])


# --- real processes ---


@pytest.mark.usefixtures("one_thread", "nobody_left")
def test_calls_share_a_server_and_a_conversation(process: Call, cli: Call) -> None:
    assert cli("llamar", "status")[0] == "no server runs; the next prompt starts one\n"
    hello = "Hi, my name is Ada and I am a data scientist."
    assert process("-m", "llamar-local", hello, *GREEDY) == ("Nice to meet you, Ada!\n", TOY)
    (server,) = shared.running()
    processes = family(server.pid)
    assert process("-c", "What's my name?", *GREEDY)[0] == "Your name is Ada.\n"
    assert shared.running() == [server]

    first, second = log(cli)
    assert first["conversation_id"] == second["conversation_id"]
    assert (first["model"], first["resolved_model"]) == ("llamar-local", "llamar-tiny")
    tokens = [(each["input_tokens"], each["output_tokens"]) for each in (first, second)]
    assert tokens[1][0] > sum(tokens[0])
    assert "cached_tokens" in str(second["token_details"])
    assert f"{tokens[1][0]:,} input, {tokens[1][1]:,} output" in cli("logs", "-n", "1", "--usage")[0]

    assert cli("llamar", "status")[0] == f"llamar-tiny on {server.url} (pid {server.pid})\n"
    assert cli("llamar", "start")[0] == f"llamar-tiny on {server.url}\n"
    assert cli("llamar", "stop")[0] == f"stopped llamar-tiny (pid {server.pid})\n"
    assert gone(processes)
    assert cli("llamar", "stop")[0] == "no server runs\n"


@pytest.mark.usefixtures("one_thread", "nobody_left")
def test_a_server_that_is_not_shared_goes_with_its_call(
    process: Call, cli: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLAMAR_IDLE_TIMEOUT", "0")
    assert process("-m", "llamar-local", CAPITAL, *GREEDY)[0] == PARIS
    assert shared.running() == []
    assert cli("llamar", "start")[1].startswith("Error: servers are not shared")


def test_a_broken_configuration_is_told_and_harms_nobody(process: Call, cli: Call, home: Path) -> None:
    (home / "llamar.toml").write_text("model = ")
    listed, complaint = process("models")
    assert "llamar-local" in listed
    assert "OpenAI" in listed
    assert complaint.startswith("llamar: the configuration file ")
    assert cli("-m", "llamar-local", "hi")[1].splitlines()[-1].startswith("Error: the configuration file ")
    assert cli("llamar", "models")[1].startswith("Error: the configuration file ")
    assert cli("llamar", "config")[0].startswith(str(home / "llamar.toml"))


# --- in this process ---


@pytest.mark.usefixtures("at_server")
@pytest.mark.parametrize("how", [(), ("--no-stream",)])
def test_a_system_prompt(cli: Call, how: tuple[str, ...]) -> None:
    asked = ("-m", "llamar-local", "-s", "Be terse.", "What is the capital of Germany?")
    assert cli(*asked, *how)[0] == "Berlin.\n"


@pytest.mark.usefixtures("at_server")
@pytest.mark.parametrize("how", [(), ("--no-stream",)])
def test_a_schema(cli: Call, how: tuple[str, ...]) -> None:
    alice = "Alice is 30 years old and lives in Rome."
    said = json.loads(cli("-m", "llamar-local", "--schema", "name, age int", alice, *GREEDY, *how)[0])
    assert (said["name"], said["age"]) == ("Alice", 30)


@pytest.mark.usefixtures("at_server")
@pytest.mark.parametrize("how", [(), ("--no-stream",)])
def test_tools(cli: Call, how: tuple[str, ...]) -> None:
    asked = ("--functions", ADD, "What is 123 + 456?", "--td", *GREEDY, *how)
    said, shown = cli("-m", "llamar-local", *asked)
    assert said == "The result is 579.\n"
    assert "add({'a': 123, 'b': 456})" in shown
    first, second = log(cli)
    assert first["tool_calls"][0]["arguments"] == {"a": 123, "b": 456}
    assert second["tool_results"][0]["output"] == "579"
    assert cli("-c", "Thanks!", *GREEDY)[0] == "You're welcome!\n"


@pytest.mark.usefixtures("at_server")
def test_a_tool_of_a_plugin(cli: Call) -> None:
    asked = ("-T", "llm_version", "What is the value of llm_version()? Use the tool.", "--td", *GREEDY)
    assert "llm_version({})" in cli("-m", "llamar-local", *asked)[1]


@pytest.mark.usefixtures("at_server")
def test_reasoning_stands_apart(cli: Call) -> None:
    asked = ("-m", "llamar-local", "What is the capital of Japan?", "-o", "enable_thinking", "true", *GREEDY)
    thought = "The user asks for the capital of Japan. It is Tokyo."
    said, shown = cli(*asked)
    assert said == "The capital of Japan is Tokyo.\n"
    assert thought in shown
    assert thought not in cli(*asked, "-R")[1]
    assert thought in json.dumps(log(cli))


@pytest.mark.usefixtures("at_server")
@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("-o", "temperature", "-1"), "temperature"),
        (("-o", "warmth", "1"), "warmth"),
        (("-o", "logit_bias", "much"), "must be JSON"),
        (("-o", "grammar", "root ::= oops"), "oops"),
        (("--at", __file__, "image/png"), "does not support attachments"),
        (("-s", "word " * 5000), "tokens"),
    ],
)
def test_errors_are_said_plainly(cli: Call, arguments: tuple[str, ...], complaint: str) -> None:
    said, shown = cli("-m", "llamar-local", "hi", *arguments)
    assert said == ""
    assert shown.startswith("Error: ")
    assert complaint in shown
    assert "Traceback" not in shown


def test_nobody_answers(cli: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMAR_BASE_URL", "http://127.0.0.1:9")
    _, shown = cli("-m", "llamar-local", "hi")
    assert shown.startswith("Error: no llamar server answers at http://127.0.0.1:9")
    assert shown.count("\n") == 1


@pytest.mark.usefixtures("nobody_left")
@pytest.mark.parametrize("idle", ["60", "0"])
def test_a_model_that_does_not_load(
    cli: Call, home: Path, monkeypatch: pytest.MonkeyPatch, idle: str
) -> None:
    monkeypatch.setenv("LLAMAR_IDLE_TIMEOUT", idle)
    (home / "llamar.toml").write_text('model = "missing.gguf"')
    _, shown = cli("-m", "llamar-local", "hi")
    assert shown.startswith("Error: the server ended before it was ready (exit status 1): ")
    assert f"there is no model file '{home / 'missing.gguf'}'" in shown
    assert shown.count("\n") == 1


def test_what_is_configured(cli: Call, home: Path) -> None:
    (home / "llamar.toml").write_text('model = "m.gguf"\n[models]\nsmall = "/s.gguf"\n')
    assert cli("llamar", "models")[0] == f"llamar-local: {home / 'm.gguf'}\nllamar/small: /s.gguf\n"
    assert "llamar/small" in cli("models")[0]
    assert cli("llamar", "start", "large")[1] == f"Error: {home / 'llamar.toml'} has no model 'large'\n"
    options = cli("models", "--options", "-m", "llamar-local")[0]
    assert "Randomness; 0 takes the likeliest token." in options


def test_a_server_that_is_configured(cli: Call, home: Path) -> None:
    (home / "llamar.toml").write_text('base_url = "http://far.invalid"')
    there = "the server at http://far.invalid"
    assert cli("llamar", "models")[0] == f"llamar-local: {there}\nllamar-embed: {there}\n"


def test_the_example_of_a_configuration_is_one(cli: Call, home: Path) -> None:
    _, _, example = cli("llamar", "config")[0].partition("\n")
    (home / "llamar.toml").write_text(example)
    assert cli("llamar", "models")[0].splitlines() == [
        "llamar-local: /models/some.gguf",
        "llamar/small: /models/small.gguf",
        "llamar/big: /models/big.gguf",
        "llamar-embed: /models/e.gguf",
        "llamar-embed/big: /models/e.gguf",
    ]
