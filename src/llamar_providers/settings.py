"""Which server an adapter talks to, and with what settings one is started.

The order is the same everywhere: an argument, then ``LLAMAR_BASE_URL`` (with ``LLAMAR_API_KEY``),
then ``LLAMAR_MODEL``, then the configuration file, then the bundled model. For vectors it is
``LLAMAR_EMBEDDING_MODEL`` after the address, and no model is bundled. Variables of other products,
``OPENAI_*`` above all, are never read. It starts nothing and asks nobody.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final

from .configuration import LAUNCH_KEYS, ConfigurationError, config_path, read_config

__all__ = [
    "ConfigurationError",
    "Launch",
    "Remote",
    "choose",
    "choose_for_embeddings",
    "config_path",
    "configured_models",
    "idle_seconds",
    "is_model_file",
    "load_seconds",
]

_BUNDLED: Final = "llamar-tiny"
LOAD_SECONDS: Final = 180.0
_IDLE_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class Launch:
    """A server to be started: ``llamar serve``'s own settings. Equal ones can share a server.

    ``model`` None is the bundled toy, ``embedding_model`` None means no vectors, ``port`` 0 is any free one;
    None leaves any other setting to the server.
    ``options`` are further arguments of ``llamar serve``. ``api_key`` is what the server demands; None
    is a key that nobody else knows, or no key where ``port`` was chosen, as others may look for it there.
    """

    model: str | None = None
    port: int = 0
    n_ctx: int | None = None
    n_gpu_layers: int | None = None
    model_id: str | None = None
    options: tuple[str, ...] = ()
    api_key: str | None = field(default=None, repr=False)
    embedding_model: str | None = None

    @property
    def arguments(self) -> list[str]:
        """What ``llamar serve`` is given besides the model and the port. Not the key: every user of a
        machine can read command lines."""
        chosen = {
            "embedding-model": self.embedding_model,
            "n-ctx": self.n_ctx,
            "n-gpu-layers": self.n_gpu_layers,
            "model-id": self.model_id,
        }
        return [f"--{name}={value}" for name, value in chosen.items() if value is not None] + [*self.options]

    def key(self) -> str | None:
        """The key to start with: another one each time where it is nobody else's."""
        return self.api_key or (None if self.port else secrets.token_urlsafe())


@dataclass(frozen=True, slots=True)
class Remote:
    """A server that runs already, at ``base_url`` (with or without ``/v1``). ``model_id`` is the model to
    ask for, None the first one that it serves."""

    base_url: str
    api_key: str | None = field(default=None, repr=False)
    model_id: str | None = None


def choose(
    *, base_url: str | None = None, api_key: str | None = None, launch: Launch | None = None
) -> Remote | Launch:
    """What an adapter with these arguments talks to. ``launch`` may come without models, which the
    environment or the configuration file then name. Raises ConfigurationError."""
    launch = launch or Launch()
    key = api_key or os.environ.get("LLAMAR_API_KEY") or None
    if base_url is not None:
        return _remote("base_url", base_url, key, launch)
    if api_key:
        if api_key.split() != [api_key]:
            raise ConfigurationError("an api_key for a server to be started must not contain spaces")
        launch = replace(launch, api_key=api_key)
    if launch.model is not None or launch.embedding_model is not None:
        return _beside(launch, Path())
    if url := _address():
        return _remote("LLAMAR_BASE_URL", url, key, launch)
    named = _beside(_variables(), Path())
    if named.model:
        return replace(launch, model=named.model, embedding_model=named.embedding_model)
    config = read_config()
    if "base_url" in config:
        return _remote("the configuration file", config["base_url"], key or config.get("api_key"), launch)
    return replace(_launch(config), **_given(named), **_given(launch))


def choose_for_embeddings(
    *, base_url: str | None = None, api_key: str | None = None, launch: Launch | None = None
) -> Remote | Launch:
    """As ``choose``, for who only wants vectors: where chats and vectors come from different sources, a
    server to be started is one for vectors alone. It must have an embedding model. Raises
    ConfigurationError."""
    launch = launch or Launch()
    if base_url is None and launch.model is None and launch.embedding_model is None and not _address():
        launch = replace(launch, embedding_model=_apart_from_chats())
    target = choose(base_url=base_url, api_key=api_key, launch=launch)
    if isinstance(target, Launch) and target.embedding_model is None:
        raise ConfigurationError(
            "no embedding model is named, and none is bundled: give the path of a GGUF file as the model, "
            f"in LLAMAR_EMBEDDING_MODEL, or as embedding_model in {config_path()}; or base_url, the address "
            "of a server that has one"
        )
    return target


def configured_models() -> dict[str, Launch]:
    """The models that the configuration file names under ``[models]``. Raises ConfigurationError."""
    return {name: _launch(table) for name, table in read_config().get("models", {}).items()}


def load_seconds() -> float:
    """How long a shared server may take to load: what the configuration file says as ``timeout``, or three
    minutes. Raises ConfigurationError."""
    return float(read_config().get("timeout", LOAD_SECONDS))


def idle_seconds() -> float:
    """How long a shared server stays after its last request: ``LLAMAR_IDLE_TIMEOUT``, or what the
    configuration file says, or five minutes. 0: none is shared. Raises ConfigurationError."""
    given = os.environ.get("LLAMAR_IDLE_TIMEOUT")
    if not given:
        return float(read_config().get("idle_timeout", _IDLE_SECONDS))
    try:
        seconds = float(given)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise ConfigurationError(f"LLAMAR_IDLE_TIMEOUT must be a number of seconds, not {given!r}")
    return seconds


def is_model_file(model: str) -> bool:
    """Whether ``model`` can only be what a server is started with, not the name of a served model."""
    return model.startswith(("hf:", "http:", "https:")) or model.lower().endswith(".gguf")


def _launch(table: Mapping[str, Any]) -> Launch:
    """What a table of the configuration file describes; a path in it is one beside the file."""
    chosen = {name: value for name, value in table.items() if name in LAUNCH_KEYS}
    launch = Launch(**{**chosen, "options": tuple(chosen.get("options", ()))})
    return _beside(launch, config_path().parent)


def _address() -> str | None:
    """Of the server that the environment names."""
    return os.environ.get("LLAMAR_BASE_URL") or None


def _variables() -> Launch:
    """The models that the environment names."""
    return Launch(
        os.environ.get("LLAMAR_MODEL") or None,
        embedding_model=os.environ.get("LLAMAR_EMBEDDING_MODEL") or None,
    )


def _apart_from_chats() -> str | None:
    """The embedding model, where one source names it and the one before or after it where chats go."""
    named = _variables()
    if named.model and not named.embedding_model:
        return _launch(read_config()).embedding_model
    if named.embedding_model and not named.model and "base_url" in read_config():
        return named.embedding_model
    return None


def _given(launch: Launch) -> dict[str, Any]:
    """The settings that are not the default."""
    values = {each.name: (getattr(launch, each.name), each.default) for each in fields(Launch)}
    return {name: value for name, (value, default) in values.items() if value != default}


def _remote(source: str, url: str, key: str | None, launch: Launch) -> Remote:
    """A running server at ``url``, which is from ``source``. What is meant for a server to be started is
    refused by name, but ``model_id``: that is the name to ask for."""
    for name in _given(launch):
        if name not in ("model_id", "api_key"):
            raise ConfigurationError(
                f"{name} is for a server to be started, but {source} names one that runs: "
                "give one or the other"
            )
    scheme, separator, _ = url.partition("://")
    if not url.strip() or (separator and scheme not in ("http", "https")):
        raise ConfigurationError(f"{source} must be the address of a server, such as http://host:port")
    return Remote(url, key, launch.model_id)


def _beside(launch: Launch, folder: Path) -> Launch:
    """``launch`` with its models as ``llamar serve`` finds them wherever it runs."""
    return replace(
        launch,
        model=_located(launch.model, folder, "model"),
        embedding_model=_located(launch.embedding_model, folder, "embedding model"),
    )


def _located(model: str | None, folder: Path, what: str) -> str | None:
    """A path, from ``folder``, is made absolute; a name or an address is left alone."""
    if model is None:
        return None
    if not model:
        raise ConfigurationError(f"the {what} is empty: give the path of a GGUF file")
    if model == _BUNDLED or model.startswith(("hf:", "http://", "https://")):
        return model
    return os.path.abspath(folder / Path(model).expanduser())
