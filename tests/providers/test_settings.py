"""Which server is meant: the order of arguments, variables, the configuration file and the bundled model."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from llamar_providers.server import LlamarServer
from llamar_providers.settings import (
    ConfigurationError,
    Launch,
    Remote,
    choose,
    config_path,
    configured_models,
    idle_seconds,
    load_seconds,
)

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def configure(home: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = home / "llamar.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_without_anything_it_is_the_bundled_model() -> None:
    assert choose() == Launch()


def test_each_source_gives_way_to_the_one_before(
    configure: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure('model = "/models/from-file.gguf"')
    assert choose() == Launch("/models/from-file.gguf")
    monkeypatch.setenv("LLAMAR_MODEL", "/models/from-variable.gguf")
    assert choose() == Launch("/models/from-variable.gguf")
    monkeypatch.setenv("LLAMAR_BASE_URL", "http://variable:1")
    monkeypatch.setenv("LLAMAR_API_KEY", "variable")
    assert choose() == Remote("http://variable:1", "variable")
    assert choose(launch=Launch("/models/argument.gguf")) == Launch("/models/argument.gguf")
    assert choose(base_url="http://argument:1") == Remote("http://argument:1", "variable")
    assert choose(base_url="http://argument:1", api_key="argument") == Remote("http://argument:1", "argument")
    assert choose(api_key="argument") == Remote("http://variable:1", "argument")


def test_empty_variables_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LLAMAR_BASE_URL", "LLAMAR_MODEL", "LLAMAR_API_KEY", "LLAMAR_IDLE_TIMEOUT"):
        monkeypatch.setenv(name, "")
    assert choose() == Launch()
    assert choose(base_url="http://a:1") == Remote("http://a:1", None)
    assert idle_seconds() == 300


def test_a_model_and_an_address_are_refused_together() -> None:
    with pytest.raises(ConfigurationError, match="model is for a server to be started, but base_url names"):
        LlamarServer("m.gguf", base_url="http://127.0.0.1:1")


@pytest.mark.parametrize("setting", ["port", "n_ctx", "n_gpu_layers"])
def test_settings_of_a_started_server_are_refused_for_one_that_runs(
    setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigurationError, match=f"^{setting} is for .* base_url names one that runs"):
        LlamarServer(base_url="http://127.0.0.1:1", **{setting: 1})
    monkeypatch.setenv("LLAMAR_BASE_URL", "http://127.0.0.1:1")
    with pytest.raises(ConfigurationError, match=f"^{setting} is for .* LLAMAR_BASE_URL names"):
        LlamarServer(**{setting: 1})


def test_the_model_id_is_for_both() -> None:
    assert choose(base_url="http://a:1", launch=Launch(model_id="m")) == Remote("http://a:1", None, "m")


@pytest.mark.parametrize("url", ["", " ", "ftp://host", "unix:///socket"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(ConfigurationError, match="base_url must be the address of a server"):
        choose(base_url=url)


def test_an_empty_model_is_no_model() -> None:
    with pytest.raises(ConfigurationError, match="the model is empty"):
        LlamarServer("")


def test_paths_hold_wherever_the_server_starts(
    configure: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    (home / "elsewhere").mkdir()
    monkeypatch.chdir(home / "elsewhere")
    here = str(Path("m.gguf").absolute())
    assert choose(launch=Launch("m.gguf")) == Launch(here)
    assert choose(launch=Launch("~/m.gguf")) == Launch(str(home / "m.gguf"))
    configure('model = "beside/the-file.gguf"')
    assert choose() == Launch(str(home / "beside/the-file.gguf"))
    monkeypatch.setenv("LLAMAR_MODEL", "m.gguf")
    assert choose() == Launch(here)


@pytest.mark.parametrize("name", ["llamar-tiny", "hf:owner/repo:Q4_K_M", "https://host/m.gguf"])
def test_names_that_are_no_paths_are_left_alone(name: str) -> None:
    assert choose(launch=Launch(name)) == Launch(name)


def test_a_key_that_a_server_cannot_be_given_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="must not contain spaces"):
        LlamarServer("m.gguf", api_key="two words")


def test_keys_are_not_shown() -> None:
    shown = repr([choose(base_url="http://a:1", api_key="secret"), choose(api_key="secret")])
    assert "secret" not in shown


def test_each_start_has_a_key_of_its_own_unless_the_port_is_for_others() -> None:
    assert Launch().key() not in (None, Launch().key())
    assert Launch(port=8080).key() is None
    assert Launch(port=8080, api_key="mine").key() == "mine"


# --- the configuration file ---


def test_where_it_is(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    assert config_path() == home / "llamar.toml"
    monkeypatch.delenv("LLAMAR_CONFIG")
    assert config_path().name == "config.toml"
    assert home in config_path().parents


def test_what_may_stand_in_it(configure: Callable[[str], Path]) -> None:
    configure(
        """
        model = "/m.gguf"
        n_ctx = 8192
        n_gpu_layers = 0
        model_id = "mine"
        port = 8080
        options = ["--threads=1", "--parallel=2"]
        timeout = 600
        idle_timeout = 1.5

        [models]
        small = "/small.gguf"
        big = { model = "/big.gguf", n_ctx = 16384, options = ["--mlock"] }
        """
    )
    options = ("--threads=1", "--parallel=2")
    whole = Launch("/m.gguf", port=8080, n_ctx=8192, n_gpu_layers=0, model_id="mine", options=options)
    assert choose() == whole
    assert (load_seconds(), idle_seconds()) == (600, 1.5)
    assert configured_models() == {
        "small": Launch("/small.gguf"),
        "big": Launch("/big.gguf", n_ctx=16384, options=("--mlock",)),
    }


def test_arguments_go_before_what_it_says(configure: Callable[[str], Path]) -> None:
    configure('model = "/m.gguf"\nn_ctx = 8192\nmodel_id = "file"')
    assert choose(launch=Launch(n_ctx=1024)) == Launch("/m.gguf", n_ctx=1024, model_id="file")


def test_it_can_name_a_server(configure: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    configure('base_url = "http://file:1"\napi_key = "file"')
    assert choose() == Remote("http://file:1", "file")
    monkeypatch.setenv("LLAMAR_API_KEY", "variable")
    assert choose() == Remote("http://file:1", "variable")
    with pytest.raises(ConfigurationError, match=r"n_ctx is for .* the configuration file names"):
        choose(launch=Launch(n_ctx=1))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("model = ", "cannot be read"),
        ("modle = 'm.gguf'", "modle is not known; known are model, port"),
        ("n_ctx = '8192'", "n_ctx must be a whole number"),
        ("n_ctx = true", "n_ctx must be a whole number"),
        ("model = 5", "model must be text"),
        ("options = '--mlock'", "options must be a list"),
        ("options = [1]", "options must be a list of text"),
        ("idle_timeout = -1", "idle_timeout is less than 0"),
        ("timeout = -1", "timeout is less than 0"),
        ("models = ['a']", "models must be a table"),
        ("[models]\na = 5", "models.a is neither a path nor a table with a model"),
        ("[models.a]\nn_ctx = 5", "models.a is neither a path nor a table with a model"),
        ("[models.a]\nmodel = 'm'\nbase_url = 'http://a'", "models.a.base_url is not known"),
        ("model = 'm'\nbase_url = 'http://a'", "names both a server that runs"),
        ("base_url = 'ftp://a'", "must be the address of a server"),
    ],
)
def test_what_is_wrong_with_it_is_said(configure: Callable[[str], Path], text: str, complaint: str) -> None:
    path = configure(text)
    with pytest.raises(ConfigurationError, match=complaint) as refusal:
        choose()
    assert str(path) in str(refusal.value) or "ftp" in text


def test_one_that_cannot_be_read(configure: Callable[[str], Path]) -> None:
    configure("").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        configured_models()


def test_who_names_a_model_does_not_need_it(configure: Callable[[str], Path]) -> None:
    configure("broken = ")
    assert choose(launch=Launch("/m.gguf")) == Launch("/m.gguf")
    assert choose(base_url="http://a:1") == Remote("http://a:1")


# --- the idle time ---


def test_how_long_a_shared_server_stays(
    configure: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (load_seconds(), idle_seconds()) == (180, 300)
    configure("idle_timeout = 60")
    assert idle_seconds() == 60
    monkeypatch.setenv("LLAMAR_IDLE_TIMEOUT", "0")
    assert idle_seconds() == 0


@pytest.mark.parametrize("value", ["soon", "-1", "nan", "inf"])
def test_an_idle_time_that_is_none(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMAR_IDLE_TIMEOUT", value)
    with pytest.raises(ConfigurationError, match="LLAMAR_IDLE_TIMEOUT must be a number of seconds"):
        idle_seconds()


def test_variables_of_others_are_there_and_never_matter() -> None:
    assert os.environ["OPENAI_BASE_URL"]
    assert choose() == Launch()
