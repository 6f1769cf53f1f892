from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.providers.canned import CannedServer, canned_server
from tests.providers.families import mine
from tests.providers.surroundings import surroundings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory of the test's own, in an environment without settings and with traps.

    The configuration file is ``llamar.toml`` in it, and does not exist yet.
    """
    wanted = surroundings(tmp_path)
    for name in os.environ.keys() - wanted.keys():
        monkeypatch.delenv(name)
    for name, value in wanted.items():
        monkeypatch.setenv(name, value)
    return tmp_path


@pytest.fixture
def nobody_left() -> Iterator[None]:
    """Fails a test that leaves a server behind."""
    before = mine()
    yield
    assert [each for each in mine() if each not in before] == []


@pytest.fixture
def canned() -> Iterator[CannedServer]:
    """A server that says what the test tells it to."""
    with canned_server() as server:
        yield server
