from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.embedding.harness import Harness


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the files of the doubles are written."""
    return tmp_path_factory.mktemp("hash-models")


@pytest.fixture(scope="session")
def harness(models: Path) -> Callable[..., Harness]:
    """Makes a ``Harness``: the fields of ``Hash``, then those of ``EmbeddingConfig``."""
    return partial(Harness, models)
