"""Servers for every test that wants a real one; property tests have no deadlines (machines may be busy)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.servers import ServerProcess

pytest_plugins = ["tests.embedding_models.fixtures"]

# Under CI the same examples each time, as in Hypothesis' own profile for it: news is for people to find.
settings.register_profile("no deadline", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("no deadline")


@pytest.fixture(scope="session", autouse=True)
def importable_backends() -> Iterator[None]:
    """Engine processes find the backends of tests (``--backend``): what is in their working directory is
    no module to them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[1]), prepend=os.pathsep)
        yield


@pytest.fixture(scope="session")
def server() -> Iterator[ServerProcess]:
    """One server on the bundled model, shared by all tests: ask it, and leave it running."""
    process = ServerProcess()
    try:
        yield process.wait_ready()
    finally:
        process.end()


@pytest.fixture(scope="session")
def embedding_server(minilm_f16: Path) -> Iterator[ServerProcess]:
    """One with a real embedding model beside the bundled model, shared likewise."""
    process = ServerProcess(f"--embedding-model={minilm_f16}")
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
