"""Servers for every test that wants a real one; property tests have no deadlines (machines may be busy)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import settings

from tests.servers import ServerProcess

settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


@pytest.fixture(scope="session")
def server() -> Iterator[ServerProcess]:
    """One server on the bundled model, shared by all tests: ask it, and leave it running."""
    process = ServerProcess()
    try:
        yield process.wait_ready()
    finally:
        process.end()


@pytest.fixture
def start_server() -> Iterator[Callable[..., ServerProcess]]:
    """Starts servers of one test's own (with what ``ServerProcess`` takes); they end with the test."""
    started: list[ServerProcess] = []

    def start(*arguments: str, env: dict[str, str] | None = None) -> ServerProcess:
        started.append(ServerProcess(*arguments, env=env))
        return started[-1]

    yield start
    for process in started:
        process.end()
