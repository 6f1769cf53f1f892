"""What is shown of a chat, and what is kept of it: echo, console, export."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import pytest
from chatlas import Chat

from tests.providers.chatlas.test_tools import add

CAPITAL = "What is the capital of France?"
PARIS = "The capital of France is Paris."
SUM = "What is 123 + 456?"


@pytest.mark.parametrize(
    ("echo", "shown"),
    [("none", []), ("text", [PARIS]), ("output", [PARIS]), ("all", [CAPITAL, PARIS])],
)
def test_echo(chat: Chat[Any, Any], capsys: pytest.CaptureFixture[str], echo: Any, shown: list[str]) -> None:
    chat.chat(CAPITAL, echo=echo)
    said = capsys.readouterr().out
    assert [text for text in (CAPITAL, PARIS) if text in said] == shown


def test_tools_are_shown_with_the_output(chat: Chat[Any, Any], capsys: pytest.CaptureFixture[str]) -> None:
    chat.register_tool(add)
    chat.chat(SUM, echo="text")
    assert "add(" not in capsys.readouterr().out
    chat.chat("What is 11 + 49?", echo="output")
    assert "add(" in capsys.readouterr().out


def test_how_much_of_a_result_is_shown(chat: Chat[Any, Any], capsys: pytest.CaptureFixture[str]) -> None:
    def add(a: int, b: int) -> str:
        """Add two numbers."""
        return f"{a + b}\nfirst of many\nlast of many"

    chat.register_tool(add)
    shown = []
    for lines in (1, None):
        chat.set_turns([])
        chat.set_echo_options(tool_result_max_lines=lines)
        chat.chat(SUM, echo="output", kwargs={"max_tokens": 40})
        shown.append("last of many" in capsys.readouterr().out.partition("The result")[0])
    assert shown == [False, True]


def test_a_tool_may_show_something(chat: Chat[Any, Any], capsys: pytest.CaptureFixture[str]) -> None:
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        assert chat.current_display is not None
        chat.current_display.echo("counting on fingers")
        return a + b

    chat.register_tool(add)
    assert "579" in str(chat.chat(SUM, echo="text"))
    assert "counting on fingers" in capsys.readouterr().out
    assert chat.current_display is None


def test_console(
    chat: Chat[Any, Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = iter(["Hi, my name is Ada.", "What's my name?", "exit"])
    monkeypatch.setattr("builtins.input", lambda _: next(typed))
    chat.console()
    assert "Your name is Ada." in capsys.readouterr().out


def test_what_it_costs_is_shown(chat: Chat[Any, Any]) -> None:
    assert repr(chat) == "<Chat llamar/llamar-tiny turns=0>\n"
    chat.chat(CAPITAL, echo="none")
    assert "cost=$0.0000" in repr(chat)


def test_export_as_markdown(chat: Chat[Any, Any], tmp_path: Path) -> None:
    chat.system_prompt = "Be helpful."
    chat.register_tool(add)
    chat.chat(SUM, echo="none")
    path = chat.export(tmp_path / "chat.md", title="Sums")
    text = path.read_text()
    assert text.startswith(f"# Sums\n\n## User\n\n{SUM}\n\n## Assistant\n\n")
    assert "The result is 579." in text
    assert "Be helpful." in text
    assert "add(" not in text
    with pytest.raises(ValueError, match="already exists"):
        chat.export(path)
    chat.export(path, content="all", overwrite=True, include_system_prompt=False)
    text = path.read_text()
    assert "add(" in text
    assert "Be helpful." not in text


def test_export_as_a_page(chat: Chat[Any, Any], tmp_path: Path) -> None:
    chat.chat(CAPITAL, echo="none")
    page = chat.export(tmp_path / "chat.html").read_text()
    assert f"<shiny-user-message content='{html.escape(CAPITAL)}'>" in page
    assert f"<shiny-chat-message content='{PARIS}'>" in page
