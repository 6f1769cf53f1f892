"""LiteLLM with our provider, servers for it, and nothing else configured."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

HERE = Path(__file__).parent

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # or importing it downloads a list of prices


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.filterwarnings("ignore::UserWarning:pydantic"))
            item.add_marker(pytest.mark.filterwarnings("ignore::DeprecationWarning:litellm"))
            item.add_marker(pytest.mark.filterwarnings("ignore:coroutine .router_:RuntimeWarning"))


@pytest.fixture(scope="session", autouse=True)
def registered() -> None:
    from llamar_providers.litellm import register

    register()


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither variables nor a configuration file of whoever runs the tests."""
    for name in ("LLAMAR_BASE_URL", "LLAMAR_API_KEY", "LLAMAR_MODEL", "LLAMAR_EMBEDDING_MODEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LLAMAR_CONFIG", str(tmp_path / "no.toml"))
