"""What a local server does not have is refused, by name, and harms nothing."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import chatlas
import openai
import pytest
from chatlas import Chat

from tests.providers.chatlas.test_structured import Person

PIXEL = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()


@pytest.fixture
def unharmed(chat: Chat[Any, Any]) -> Any:
    """A chat that can be gone on with afterwards, as if nothing had been said."""
    yield chat
    assert chat.get_turns() == []
    assert str(chat.chat("What is the capital of France?", echo="none")) == "The capital of France is Paris."


@pytest.mark.parametrize(
    "batch",
    [
        chatlas.batch_chat,
        chatlas.batch_chat_text,
        chatlas.batch_chat_completed,
        lambda *arguments: chatlas.batch_chat_structured(*arguments, Person),
    ],
)
def test_batches(unharmed: Chat[Any, Any], tmp_path: Path, batch: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="not supported by this provider"):
        batch(unharmed, ["Hi"], tmp_path / "job.json")
    assert not (tmp_path / "job.json").exists()


def test_files_that_stay_there(unharmed: Chat[Any, Any], tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear server,")
    with pytest.raises(NotImplementedError, match="'llamar' does not support file management"):
        unharmed.files.upload(tmp_path / "letter.txt")


def test_pictures(unharmed: Chat[Any, Any]) -> None:
    with pytest.raises(openai.BadRequestError, match="content of type 'image_url' is not supported"):
        unharmed.chat("What is this?", chatlas.content_image_url(PIXEL), echo="none")


def test_documents(unharmed: Chat[Any, Any], tmp_path: Path) -> None:
    (tmp_path / "letter.pdf").write_bytes(b"%PDF-1.4")
    with pytest.raises(openai.BadRequestError, match="content of type 'file' is not supported"):
        unharmed.chat("What is this?", chatlas.content_pdf_file(tmp_path / "letter.pdf"), echo="none")


def test_tools_that_run_elsewhere(unharmed: Chat[Any, Any]) -> None:
    with pytest.raises(ValueError, match=r"web_search.* is not supported by llamar"):
        unharmed.register_tool(chatlas.tool_web_search())
