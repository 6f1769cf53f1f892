"""``llamar chat`` in a terminal: a conversation."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import psutil
import pytest

if sys.platform == "win32":
    pytest.skip("Python has no pseudo-terminals on Windows", allow_module_level=True)

from tests.cli.family import Family
from tests.cli.slow import SLOW_ANSWER
from tests.cli.terminal import CTRL_C, CTRL_D, Terminal
from tests.servers import ServerProcess, eventually

QUESTION = "What is the capital of France?"
ANSWER = "The capital of France is Paris."


@pytest.fixture
def terminal(family: Family) -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def open_terminal(*arguments: str) -> Terminal:
        opened.append(Terminal("chat", *arguments, env=family.env))
        return opened[-1]

    yield open_terminal
    for each in opened:
        each.close()


def test_a_conversation_with_a_server_of_its_own(terminal: Callable[..., Terminal], family: Family) -> None:
    here = terminal()
    assert "toy" in here.wait_for("> ")
    here.type(f"{QUESTION}\n")
    here.wait_for(ANSWER)
    here.wait_for("> ")
    assert len(family.members()) == 3  # this program, its server, and the server's engine
    here.type("\n")
    assert here.wait() == 0


def test_it_remembers_what_was_said(server: ServerProcess, terminal: Callable[..., Terminal]) -> None:
    here = terminal("--url", server.url)
    for question, answer in [("My name is Ada.", "Ada"), ("What is my name?", "Ada")]:
        here.wait_for("> ")
        here.type(question)
        here.wait_for(question)
        here.type("\n")
        here.wait_for(answer)
    here.wait_for("> ")
    here.type(CTRL_D)
    assert here.wait() == 0


def test_ctrl_c_stops_the_answer_and_not_the_program(
    start_server: Callable[..., ServerProcess], terminal: Callable[..., Terminal]
) -> None:
    server = start_server(SLOW_ANSWER).wait_ready()
    here = terminal("--url", server.url)
    here.wait_for("> ")
    here.type("Count from 1 to 20\n")
    here.wait_for("4, 5")
    here.type(CTRL_C)
    shown = here.wait_for("> ")
    assert "(stopped)" in shown
    assert "20" not in shown
    here.type(f"{QUESTION}\n")
    here.wait_for(ANSWER)
    here.wait_for("> ")
    here.type("\n")
    assert here.wait() == 0


def test_ctrl_c_at_the_prompt_drops_the_line_and_leaves_its_server(terminal: Callable[..., Terminal]) -> None:
    here = terminal()
    here.wait_for("> ")
    here.type("half a line")
    here.wait_for("half a line")
    here.interrupt()
    here.wait_for("> ")
    here.type(f"{QUESTION}\n")
    here.wait_for(ANSWER)
    here.wait_for("> ")
    here.type(CTRL_D)
    assert here.wait() == 0


def test_an_error_does_not_end_the_conversation(
    server: ServerProcess, terminal: Callable[..., Terminal]
) -> None:
    here = terminal("--url", server.url, "--system", "word " * 8000)
    here.wait_for("> ")
    here.type("Hi\n")
    here.wait_for("Error: ")
    here.wait_for("> ")
    here.type("\n")
    assert here.wait() == 0


def test_the_server_goes_when_the_program_is_killed(
    terminal: Callable[..., Terminal], family: Family
) -> None:
    here = terminal()
    here.wait_for("> ")
    psutil.Process(here.pid).kill()
    here.wait()
    assert eventually(lambda: family.members() == [])
