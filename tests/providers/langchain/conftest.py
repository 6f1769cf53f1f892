"""Chat models on the server that all tests share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from llamar_providers.langchain import ChatLlamar
from tests.providers.canned import CannedServer
from tests.servers import ServerProcess

SETTINGS = ("LLAMAR_BASE_URL", "LLAMAR_API_KEY", "LLAMAR_MODEL", "LLAMAR_EMBEDDING_MODEL")


@pytest.fixture
def nothing_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither variables nor a configuration file of whoever runs the tests."""
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LLAMAR_CONFIG", str(tmp_path / "no.toml"))


@pytest.fixture
def chat(server: ServerProcess) -> Callable[..., ChatLlamar]:
    """Makes models on the shared server, greedy unless told otherwise."""

    def make(**parameters: Any) -> ChatLlamar:
        return ChatLlamar(**{"base_url": server.url, "temperature": 0} | parameters)

    return make


@pytest.fixture
def llm(chat: Callable[..., ChatLlamar]) -> ChatLlamar:
    return chat()


@pytest.fixture
def told(canned: CannedServer) -> Callable[..., ChatLlamar]:
    """Makes models on a server that says what the test tells it to."""

    def make(**parameters: Any) -> ChatLlamar:
        return ChatLlamar(**{"base_url": canned.url, "max_retries": 0} | parameters)

    return make
