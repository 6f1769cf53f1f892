from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from chatlas import Chat
from duckdb_extensions import import_extension
from raghilda.store import DuckDBStore

from llamar_providers.chatlas import chat_llamar
from tests.providers.rag.words import EmbeddingOfWords, filled
from tests.servers import ServerProcess


@pytest.fixture(scope="session")
def duckdb_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where DuckDB keeps its extensions: from their packages rather than from the network."""
    home = tmp_path_factory.mktemp("duckdb")
    with duckdb.connect(config={"home_directory": str(home)}) as connection:
        for name in ("fts", "vss"):
            import_extension(name, con=connection)
    return home / ".duckdb"


@pytest.fixture
def extensions(home: Path, duckdb_folder: Path) -> None:
    """A home directory with DuckDB's extensions."""
    (home / ".duckdb").symlink_to(duckdb_folder, target_is_directory=True)


@pytest.fixture
def chat(server: ServerProcess, home: Path) -> Iterator[Chat[Any, Any]]:
    """A greedy chat on the shared server."""
    chat = chat_llamar(base_url=server.url)
    chat.set_model_params(temperature=0)
    with chat:
        yield chat


@pytest.fixture
def store(extensions: None) -> DuckDBStore:
    """Four documents, with both indexes."""
    store = filled(DuckDBStore.create(":memory:", EmbeddingOfWords(), name="docs", title="the handbook"))
    store.build_index()
    return store
