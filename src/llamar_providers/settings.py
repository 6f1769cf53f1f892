"""Which server an adapter talks to, and with what settings one is started.

The order is the same everywhere: an argument, then ``LLAMAR_BASE_URL`` (with ``LLAMAR_API_KEY``),
then ``LLAMAR_MODEL``, then the configuration file, then the bundled model. Variables of other
products, ``OPENAI_*`` above all, are never read. It starts nothing.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from platformdirs import user_config_path


class ConfigurationError(ValueError):
    """Arguments or a configuration file that make no sense."""


@dataclass(frozen=True, slots=True)
class Launch:
    """A server to be started: ``llamar serve``'s own settings. Equal ones can share a server.

    ``model`` None is the bundled toy, ``port`` 0 any free one; None leaves a setting to the server.
    ``options`` are further arguments of ``llamar serve``.
    """

    model: str | None = None
    port: int = 0
    n_ctx: int | None = None
    n_gpu_layers: int | None = None
    model_id: str | None = None
    options: tuple[str, ...] = ()

    @property
    def arguments(self) -> list[str]:
        """What ``llamar serve`` is given besides the model and the port."""
        chosen = {"n-ctx": self.n_ctx, "n-gpu-layers": self.n_gpu_layers, "model-id": self.model_id}
        return [f"--{name}={value}" for name, value in chosen.items() if value is not None] + [*self.options]


@dataclass(frozen=True, slots=True)
class Remote:
    """A server that runs already, at ``base_url`` (with or without ``/v1``)."""

    base_url: str
    api_key: str | None = None


def choose(
    *, base_url: str | None = None, api_key: str | None = None, launch: Launch | None = None
) -> Remote | Launch:
    """What an adapter with these arguments talks to. ``launch`` may come without a model, which the
    environment or the configuration file then names. Raises ConfigurationError."""
    launch = launch or Launch()
    if base_url is not None:
        if launch != Launch():
            raise ConfigurationError(
                "give either base_url, for a server that runs, or settings for one to start; not both"
            )
        return Remote(base_url, api_key or os.environ.get("LLAMAR_API_KEY"))
    if launch.model is not None:
        return launch
    if url := os.environ.get("LLAMAR_BASE_URL"):
        return Remote(url, api_key or os.environ.get("LLAMAR_API_KEY"))
    if model := os.environ.get("LLAMAR_MODEL"):
        return replace(launch, model=model)
    return _configured(launch, api_key)


def config_path() -> Path:
    """Where the configuration file is, if there is one: ``LLAMAR_CONFIG``, or the user's own."""
    return Path(os.environ.get("LLAMAR_CONFIG") or user_config_path("llamar") / "config.toml")


def read_config() -> Mapping[str, Any]:
    """The configuration file; empty where there is none. Raises ConfigurationError."""
    path = config_path()
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"the configuration file {path} cannot be read: {error}") from error


def _configured(launch: Launch, api_key: str | None) -> Remote | Launch:
    config = read_config()
    known = {"base_url", "api_key", "model", "n_ctx", "n_gpu_layers", "options", "models"}
    if unknown := sorted(config.keys() - known):
        raise ConfigurationError(
            f"{config_path()} sets {unknown[0]!r}, which is not known; known: {', '.join(sorted(known))}"
        )
    if "base_url" in config:
        return Remote(str(config["base_url"]), api_key or config.get("api_key"))
    names = {field.name for field in fields(Launch)}
    chosen = {name: value for name, value in config.items() if name in names}
    if "options" in chosen:
        chosen["options"] = tuple(str(option) for option in chosen["options"])
    given = {n: v for n in names if (v := getattr(launch, n)) != getattr(Launch(), n)}
    return Launch(**{**chosen, **given})


def configured_models() -> dict[str, Launch]:
    """The models that the configuration file lists under ``[models]``: a name with a path, or with a
    table of ``model``, ``n_ctx``, ``n_gpu_layers`` and ``options``. Raises ConfigurationError."""
    models: dict[str, Launch] = {}
    for name, entry in read_config().get("models", {}).items():
        table = {"model": entry} if isinstance(entry, str) else entry
        try:
            models[name] = Launch(**{**table, "options": tuple(table.get("options", ()))})
        except (TypeError, AttributeError) as error:
            raise ConfigurationError(
                f"{config_path()} describes the model {name!r} in a way that makes no sense ({error})"
            ) from None
    return models
