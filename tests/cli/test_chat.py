"""``llamar chat`` asked once: a prompt or a piped text, and what is refused."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable

import pytest

from llamar_server.models import find_model
from tests.cli.family import Family
from tests.servers import DEADLINE, ServerProcess

QUESTION = "What is the capital of France?"
ANSWER = "The capital of France is Paris."


def chat(
    family: Family, *arguments: str, piped: str | None = None, **env: str
) -> subprocess.CompletedProcess[str]:
    """``llamar chat`` without a terminal, run to its end."""
    return subprocess.run(
        [sys.executable, "-m", "llamar_server", "chat", *arguments],
        input=piped,
        stdin=subprocess.DEVNULL if piped is None else None,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        env=family.env | env,
    )


def assert_refused(result: subprocess.CompletedProcess[str], said: str, status: int = 1) -> None:
    assert result.returncode == status
    assert result.stdout == ""
    last = result.stderr.splitlines()[-1]
    assert last.startswith("Error: ")
    assert said in last
    assert "Traceback" not in result.stderr


# --- one question ---


def test_a_prompt_alone_goes_to_the_bundled_model(family: Family) -> None:
    result = chat(family, QUESTION)
    assert result.returncode == 0
    assert result.stdout == f"{ANSWER}\n"


def test_a_model_and_a_prompt(family: Family) -> None:
    result = chat(family, str(find_model(None).path), QUESTION, "--n-ctx=512")
    assert (result.returncode, result.stdout, result.stderr) == (0, f"{ANSWER}\n", "")


def test_a_model_and_a_piped_prompt(family: Family) -> None:
    result = chat(family, str(find_model(None).path), piped=f"{QUESTION}\n")
    assert (result.returncode, result.stdout, result.stderr) == (0, f"{ANSWER}\n", "")


@pytest.mark.parametrize("form", ["{}", "{}/", "{}/v1"])
def test_a_running_server(server: ServerProcess, family: Family, form: str) -> None:
    result = chat(family, "--url", form.format(server.url), QUESTION)
    assert (result.returncode, result.stdout, result.stderr) == (0, f"{ANSWER}\n", "")


def test_a_running_server_without_http_before_its_name(server: ServerProcess, family: Family) -> None:
    result = chat(family, "--url", server.url.removeprefix("http://"), piped=QUESTION)
    assert (result.returncode, result.stdout) == (0, f"{ANSWER}\n")


def test_a_proxy_does_not_capture_what_goes_to_this_machine(server: ServerProcess, family: Family) -> None:
    proxy = "http://127.0.0.1:9"
    result = chat(family, "--url", server.url, QUESTION, HTTP_PROXY=proxy, http_proxy=proxy, ALL_PROXY=proxy)
    assert (result.returncode, result.stdout) == (0, f"{ANSWER}\n")


def test_a_running_server_with_a_key(start_server: Callable[..., ServerProcess], family: Family) -> None:
    server = start_server("--api-key=secret").wait_ready()
    assert chat(family, "--url", server.url, QUESTION, LLAMAR_API_KEY="secret").stdout == f"{ANSWER}\n"
    assert_refused(chat(family, "--url", server.url, QUESTION), "key")


def test_a_port_may_be_chosen(family: Family) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert_refused(chat(family, f"--port={port}", QUESTION), f"port {port}")
    assert chat(family, f"--port={port}", "--api-key=mine", QUESTION).stdout == f"{ANSWER}\n"


# --- refusals ---


def test_no_prompt_at_all(family: Family) -> None:
    assert_refused(chat(family), "no prompt")


def test_a_model_that_is_not_there(family: Family) -> None:
    assert_refused(chat(family, "missing.gguf", QUESTION), "there is no model file 'missing.gguf'")


def test_a_server_that_is_not_there(family: Family) -> None:
    result = chat(family, "--url", "127.0.0.1:9", QUESTION)
    assert_refused(result, "the connection to http://127.0.0.1:9/v1/ failed")


def test_a_model_that_takes_too_long(family: Family) -> None:
    assert_refused(chat(family, QUESTION, "--timeout=0.01"), "not ready after 0.01 seconds")


@pytest.mark.parametrize("other", ["--n-ctx=512", "--port=0", "model.gguf"])
def test_what_makes_no_sense_beside_a_url(family: Family, other: str) -> None:
    assert_refused(chat(family, "--url=127.0.0.1:9", other), "--url", status=2)


def test_a_prompt_that_is_too_long(server: ServerProcess, family: Family) -> None:
    assert_refused(chat(family, "--url", server.url, piped="word " * 8000), "4096 tokens")
