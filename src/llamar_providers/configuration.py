"""The configuration file: where it is, what may stand in it, and that it makes sense.

What it means for an adapter, and what goes before it, is decided in ``settings.py``.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from platformdirs import user_config_path

LAUNCH_KEYS: Final[dict[str, type]] = {
    "model": str,
    "port": int,
    "n_ctx": int,
    "n_gpu_layers": int,
    "model_id": str,
    "options": list,
    "embedding_model": str,
}
"""The settings of a server to be started, at the top of the file and for each of its models."""

_TOP_KEYS: Final[dict[str, type]] = {
    **LAUNCH_KEYS,
    "base_url": str,
    "api_key": str,
    "timeout": float,
    "idle_timeout": float,
    "models": dict,
}
_KINDS: Final = {str: "text", int: "a whole number", float: "a number", list: "a list", dict: "a table"}


class ConfigurationError(ValueError):
    """Arguments, variables or a configuration file that make no sense."""


def config_path() -> Path:
    """Where the configuration file is, if there is one: ``LLAMAR_CONFIG``, or the user's own."""
    return Path(os.environ.get("LLAMAR_CONFIG") or user_config_path("llamar") / "config.toml").absolute()


def read_config() -> Mapping[str, Any]:
    """The configuration file, empty where there is none; ``models`` in it maps names to tables.

    Raises ConfigurationError.
    """
    try:
        config = tomllib.loads(config_path().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"the configuration file {config_path()} cannot be read: {error}") from error
    _check(config, _TOP_KEYS, "")
    for name in ("timeout", "idle_timeout"):
        if config.get(name, 0) < 0:
            raise wrong(f"{name} is less than 0")
    for name in ("model", "embedding_model"):
        if "base_url" in config and name in config:
            raise wrong(f"it names both a server that runs (base_url) and what to start one with ({name})")
    models = {name: _model(name, entry) for name, entry in config.get("models", {}).items()}
    return {**config, "models": models}


def wrong(what: str) -> ConfigurationError:
    """The error that says what is wrong with the file."""
    return ConfigurationError(f"the configuration file {config_path()} is wrong: {what}")


def _model(name: str, entry: Any) -> Mapping[str, Any]:
    table = {"model": entry} if isinstance(entry, str) else entry
    if not isinstance(table, dict) or "model" not in table:
        raise wrong(f"models.{name} is neither a path nor a table with a model")
    _check(table, LAUNCH_KEYS, f"models.{name}.")
    return table


def _check(table: Mapping[str, Any], known: Mapping[str, type], prefix: str) -> None:
    for name, value in table.items():
        if name not in known:
            raise wrong(f"{prefix}{name} is not known; known are {', '.join(known)}")
        kind = known[name]
        if type(value) is not kind and not (kind is float and type(value) is int):
            raise wrong(f"{prefix}{name} must be {_KINDS[kind]}")
        if isinstance(value, list) and not all(isinstance(each, str) for each in value):
            raise wrong(f"{prefix}{name} must be a list of text")
