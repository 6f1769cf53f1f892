"""The pages about the providers say what there is."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from chatlas import Chat

from llamar_providers.chatlas import chat_llamar
from llamar_providers.configuration import LAUNCH_KEYS
from llamar_providers.embed import embed_llamar
from llamar_providers.llm.options import Options
from llamar_providers.retrieval import register_tool_retrieve
from llamar_providers.settings import choose, configured_models

DOCS = Path(__file__).parents[2] / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def test_every_argument_of_chat_llamar_has_its_row() -> None:
    rows = "\n".join(line for line in page("chatlas.md").splitlines() if line.startswith("|"))
    assert [name for name in inspect.signature(chat_llamar).parameters if f"`{name}`" not in rows] == []


@pytest.mark.parametrize("function", [embed_llamar, register_tool_retrieve])
def test_every_argument_for_retrieval_has_its_row(function: Callable[..., object]) -> None:
    rows = "\n".join(line for line in page("rag.md").splitlines() if line.startswith("|"))
    assert [name for name in inspect.signature(function).parameters if f"`{name}`" not in rows] == []


def test_everything_that_a_chat_can_do_is_named() -> None:
    public = [name for name in vars(Chat) if not name.startswith("_")]
    assert [name for name in public if f"`{name}`" not in page("chatlas.md")] == []


def test_every_option_of_the_llm_plugin_has_its_row() -> None:
    named = set(re.findall(r"`(\w+)`", page("llm.md").partition("## Options")[2]))
    assert Options.model_fields.keys() <= named


def test_the_configuration_file_of_the_page_is_one(home: Path) -> None:
    toml = page("providers.md").partition("```toml\n")[2].partition("```")[0]
    (home / "llamar.toml").write_text(toml, encoding="utf-8")
    assert choose().model == "/models/some.gguf"  # type: ignore[union-attr]
    assert configured_models().keys() == {"small", "big"}
    assert [key for key in LAUNCH_KEYS if key not in toml] == []


VARIABLES = [f"LLAMAR_{name}" for name in ("BASE_URL", "API_KEY", "MODEL", "EMBEDDING_MODEL", "CONFIG")]


@pytest.mark.parametrize("variable", VARIABLES)
def test_every_variable_is_explained(variable: str) -> None:
    assert variable in page("providers.md")
