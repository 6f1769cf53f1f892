"""Which server ``llamar/<name>`` means: what is named at the call, then the environment, then the file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from llamar_providers.litellm.target import SETTINGS, embedding_server_for, server_for
from llamar_providers.settings import ConfigurationError, Launch, Remote


def target(
    name: str = "local", api_base: str | None = None, api_key: str | None = None, **settings: Any
) -> Any:
    return server_for(name, api_base, api_key, settings).target


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config.toml"
    monkeypatch.setenv("LLAMAR_CONFIG", str(path))
    path.write_text('[models.small]\nmodel = "/models/small.gguf"\nn_ctx = 512\noptions = ["--mlock"]\n')
    return path


@pytest.mark.parametrize("name", ["local", "any", "model.gguf", "hf:owner/repo"])
def test_an_address_comes_first(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMAR_BASE_URL", "http://elsewhere")
    assert target(name, "http://here", "key") == Remote("http://here", "key")


def test_a_file_is_a_server_to_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMAR_BASE_URL", "http://elsewhere")
    assert target("models/a.GGUF") == Launch(os.path.abspath("models/a.GGUF"))
    assert target("/models/a.gguf", n_ctx=9, options=["--mlock"]) == Launch(
        "/models/a.gguf", n_ctx=9, options=("--mlock",)
    )


def test_a_reference_is_a_server_to_be_started() -> None:
    assert target("hf:owner/repo:Q4") == Launch("hf:owner/repo:Q4")


@pytest.mark.parametrize("name", ["local", "any", "other.gguf"])
def test_settings_may_name_the_model(name: str) -> None:
    assert target(name, model="/models/a.gguf", n_ctx=9) == Launch("/models/a.gguf", n_ctx=9)


def test_a_configured_model(config: Path) -> None:
    small = Launch("/models/small.gguf", n_ctx=512, options=("--mlock",))
    assert target("small") == small
    assert target("small", n_ctx=1024) == Launch("/models/small.gguf", n_ctx=1024, options=("--mlock",))
    assert target("small", api_key="key") == Launch(
        "/models/small.gguf", n_ctx=512, options=("--mlock",), api_key="key"
    )


@pytest.mark.parametrize("name", ["local", "any"])
def test_the_environment(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMAR_BASE_URL", "http://elsewhere")
    monkeypatch.setenv("LLAMAR_API_KEY", "theirs")
    assert target(name) == Remote("http://elsewhere", "theirs")


def test_the_model_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMAR_MODEL", "/models/a.gguf")
    assert target(n_ctx=9) == Launch("/models/a.gguf", n_ctx=9)


def test_nothing_is_the_bundled_model() -> None:
    assert target() == Launch()


def test_a_name_that_means_nothing(config: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no model 'large': give api_base"):
        target("large")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"n_gpu": 1}, "llamar.n_gpu is not known; known are model, port"),
        ({"base_url": "http://here"}, "llamar.base_url is not known"),
        ({"n_ctx": "9"}, "llamar.n_ctx must not be '9'"),
        ({"n_ctx": True}, "llamar.n_ctx must not be True"),
        ({"options": "--mlock"}, "llamar.options must not be '--mlock'"),
        ({"timeout": None}, "llamar.timeout must not be None"),
    ],
)
def test_settings_that_make_no_sense(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        target(**settings)
    assert said in str(raised.value)


@pytest.mark.parametrize("setting", sorted(SETTINGS.keys() - {"model_id", "timeout", "idle_timeout"}))
def test_settings_beside_an_address(setting: str) -> None:
    value = {int: 5, str: "a", list: ["a"]}[SETTINGS[setting]]
    with pytest.raises(ConfigurationError, match=f"{setting} is for a server to be started"):
        target(api_base="http://here", **{setting: value})


# --- for vectors ---


def vectors(
    name: str = "local", api_base: str | None = None, api_key: str | None = None, **settings: Any
) -> Any:
    return embedding_server_for(name, api_base, api_key, settings).target


def test_a_file_of_an_embedding_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMAR_BASE_URL", "http://elsewhere")
    there = Launch(embedding_model="/models/e.gguf")
    assert vectors("/models/e.gguf") == vectors("any", embedding_model="/models/e.gguf") == there
    assert vectors("/models/e.gguf", model="/models/a.gguf", options=["--mlock"]) == Launch(
        "/models/a.gguf", embedding_model="/models/e.gguf", options=("--mlock",)
    )
    assert vectors("e.gguf", "http://here", "key") == Remote("http://here", "key")
    assert vectors("any") == Remote("http://elsewhere")


def test_the_embedding_model_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMAR_EMBEDDING_MODEL", "/models/e.gguf")
    monkeypatch.setenv("LLAMAR_MODEL", "/models/a.gguf")
    assert vectors() == target() == Launch("/models/a.gguf", embedding_model="/models/e.gguf")
    with pytest.raises(ConfigurationError, match="there is no model 'large': give api_base"):
        vectors("large")


def test_a_configured_model_and_its_vectors_share_a_server(config: Path) -> None:
    with pytest.raises(ConfigurationError, match="no embedding model is named"):
        vectors("small")
    config.write_text(f'{config.read_text()}embedding_model = "e.gguf"\n')
    beside = str(config.parent / "e.gguf")
    small = Launch("/models/small.gguf", n_ctx=512, options=("--mlock",), embedding_model=beside)
    assert vectors("small") == target("small") == small
