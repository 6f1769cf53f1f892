from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.engine.harness import Harness


@pytest.fixture(scope="session")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the scripts of scripted backends are written."""
    return tmp_path_factory.mktemp("scripts")


@pytest.fixture(scope="session")
def harness(scripts: Path) -> Callable[..., Harness]:
    """Makes a ``Harness``: the script's fields, then those of ``EngineConfig``."""
    return partial(Harness, scripts)
