"""Where vectors come from: the order of arguments, variables and the configuration file; no bundled model."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from llamar_providers import shared
from llamar_providers.embeddings import Embeddings
from llamar_providers.server import LlamarServer
from llamar_providers.settings import (
    ConfigurationError,
    Launch,
    Remote,
    choose,
    choose_for_embeddings,
    configured_models,
    is_model_file,
)

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def configure(home: Path) -> Callable[[str], None]:
    def write(text: str) -> None:
        (home / "llamar.toml").write_text(text, encoding="utf-8")

    return write


def vectors_of(path: str, **others: Any) -> Launch:
    return Launch(embedding_model=path, **others)


def test_without_any_it_says_how_to_give_one(home: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"LLAMAR_EMBEDDING_MODEL.*base_url") as refusal:
        choose_for_embeddings()
    assert str(home / "llamar.toml") in str(refusal.value)
    with pytest.raises(ConfigurationError, match="no embedding model is named"):
        choose_for_embeddings(launch=Launch("/chat.gguf"))


def test_each_source_gives_way_to_the_one_before(
    configure: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure('embedding_model = "/e/file.gguf"')
    assert choose_for_embeddings() == choose() == vectors_of("/e/file.gguf")
    monkeypatch.setenv("LLAMAR_EMBEDDING_MODEL", "/e/variable.gguf")
    assert choose_for_embeddings() == choose() == vectors_of("/e/variable.gguf")
    monkeypatch.setenv("LLAMAR_BASE_URL", "http://variable:1")
    monkeypatch.setenv("LLAMAR_API_KEY", "variable")
    assert choose_for_embeddings() == Remote("http://variable:1", "variable")
    argument = vectors_of("/e/argument.gguf")
    assert choose_for_embeddings(launch=argument) == argument
    assert choose_for_embeddings(base_url="http://argument:1") == Remote("http://argument:1", "variable")


def test_chats_and_vectors_share_a_server_that_one_source_describes(
    configure: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure('model = "/c/file.gguf"\nembedding_model = "e/file.gguf"\nn_ctx = 512')
    beside = os.path.join(os.environ["HOME"], "e/file.gguf")
    both = Launch("/c/file.gguf", n_ctx=512, embedding_model=beside)
    assert choose() == choose_for_embeddings() == both
    monkeypatch.setenv("LLAMAR_EMBEDDING_MODEL", "/e/variable.gguf")
    both = Launch("/c/file.gguf", n_ctx=512, embedding_model="/e/variable.gguf")
    assert choose() == choose_for_embeddings() == both
    monkeypatch.setenv("LLAMAR_MODEL", "/c/variable.gguf")
    both = Launch("/c/variable.gguf", embedding_model="/e/variable.gguf")
    assert choose() == choose_for_embeddings() == both


def test_where_sources_differ_each_gets_its_own(
    configure: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chats neither move to the toy nor load their model twice."""
    configure('base_url = "http://file:1"')
    assert choose_for_embeddings() == Remote("http://file:1")
    monkeypatch.setenv("LLAMAR_EMBEDDING_MODEL", "/e/variable.gguf")
    assert choose() == Remote("http://file:1")
    assert choose_for_embeddings(launch=Launch(n_gpu_layers=1)) == vectors_of(
        "/e/variable.gguf", n_gpu_layers=1
    )
    monkeypatch.delenv("LLAMAR_EMBEDDING_MODEL")
    monkeypatch.setenv("LLAMAR_MODEL", "/c/variable.gguf")
    configure('embedding_model = "/e/file.gguf"')
    assert choose() == Launch("/c/variable.gguf")
    assert choose_for_embeddings() == vectors_of("/e/file.gguf")


def test_a_model_that_is_an_argument_says_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMAR_EMBEDDING_MODEL", "/e/variable.gguf")
    monkeypatch.setenv("LLAMAR_MODEL", "/c/variable.gguf")
    assert LlamarServer("/c.gguf").target == Launch("/c.gguf")
    assert LlamarServer(embedding_model=Path("/e.gguf")).target == vectors_of("/e.gguf")
    assert LlamarServer("/c.gguf", embedding_model="/e.gguf").target == Launch(
        "/c.gguf", embedding_model="/e.gguf"
    )


def test_it_is_refused_for_a_server_that_runs() -> None:
    with pytest.raises(ConfigurationError, match=r"^embedding_model is for .* but base_url"):
        LlamarServer(embedding_model="/e.gguf", base_url="http://a:1")


def test_paths_hold_wherever_the_server_starts(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    assert LlamarServer(embedding_model="~/e.gguf").target == vectors_of(str(home / "e.gguf"))
    assert LlamarServer(embedding_model="e.gguf").target == vectors_of(os.path.abspath("e.gguf"))
    with pytest.raises(ConfigurationError, match="the embedding model is empty"):
        LlamarServer(embedding_model="")


def test_what_the_server_is_started_with() -> None:
    launch = Launch("/c.gguf", embedding_model="/e.gguf", options=("--threads=1",))
    assert launch.arguments == ["--embedding-model=/e.gguf", "--threads=1"]


def test_what_may_stand_in_the_configuration_file(configure: Callable[[str], None]) -> None:
    configure('[models.both]\nmodel = "/c.gguf"\nembedding_model = "/e.gguf"')
    assert configured_models() == {"both": Launch("/c.gguf", embedding_model="/e.gguf")}
    configure('embedding_model = "/e.gguf"\nbase_url = "http://a"')
    with pytest.raises(
        ConfigurationError, match=r"both a server that runs .* start one with \(embedding_model\)"
    ):
        choose()


def test_another_file_in_its_place_is_another_shared_server(home: Path) -> None:
    path = home / "e.gguf"
    path.write_bytes(b"one")
    before = shared._fingerprint(vectors_of(str(path)))
    assert shared._fingerprint(vectors_of(str(path))) == before
    path.write_bytes(b"other")
    assert shared._fingerprint(vectors_of(str(path))) != before
    assert shared._fingerprint(Launch()) != before


# --- what a model is that Embeddings.of is given ---


@pytest.mark.parametrize("model", ["e.gguf", "E.GGUF", "hf:owner/repo", "https://host/e.gguf"])
def test_a_file_is_what_to_start_with(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_model_file(model)
    monkeypatch.setenv("LLAMAR_BASE_URL", "http://variable:1")
    embeddings = Embeddings.of(model)
    assert isinstance(embeddings.server.target, Launch)
    assert str(embeddings.server.target.embedding_model).endswith(model)
    assert embeddings.model is None
    with pytest.raises(ConfigurationError, match="give one or the other"):
        Embeddings.of(model, base_url="http://argument:1")


def test_another_name_is_that_of_a_served_model(monkeypatch: pytest.MonkeyPatch) -> None:
    named = Embeddings.of("minilm", base_url="http://argument:1", api_key="secret")
    assert (named.server.target, named.model) == (Remote("http://argument:1", "secret"), "minilm")
    monkeypatch.setenv("LLAMAR_BASE_URL", "http://variable:1")
    named = Embeddings.of("minilm")
    assert (named.server.target, named.model) == (Remote("http://variable:1"), "minilm")
    assert Embeddings.of().model is None


def test_where_no_server_runs_any_name_is_what_to_start_with() -> None:
    path = Path("models/minilm")
    embeddings = Embeddings.of(path, launch=Launch(n_gpu_layers=0), dimensions=8)
    assert embeddings.server.target == vectors_of(os.path.abspath(path), n_gpu_layers=0)
    assert (embeddings.model, embeddings.dimensions) == (None, 8)
    with pytest.raises(ConfigurationError, match="no embedding model is named"):
        Embeddings.of()
