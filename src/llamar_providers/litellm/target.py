"""Which server ``llamar/<name>`` means. Starts nothing and asks nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from ..configuration import LAUNCH_KEYS
from ..server import LlamarServer
from ..settings import ConfigurationError, Launch, configured_models

LOCAL: Final = "local"
"""``llamar/local``: what the environment or the configuration file names."""

SETTINGS: Final[dict[str, type]] = {**LAUNCH_KEYS, "timeout": float, "idle_timeout": float}
"""What ``llamar={...}`` may hold: the arguments of ``LlamarServer`` for a server to be started."""


def server_for(
    name: str, api_base: str | None, api_key: str | None, settings: Mapping[str, Any]
) -> LlamarServer:
    """The server of ``llamar/<name>``: that at ``api_base``; else one to be started, with the model that
    ``settings`` name, with the GGUF file that ``name`` is, or as the configuration file has it under
    ``name``; else what ``settings.choose`` says. Raises ConfigurationError."""
    chosen = {"base_url": api_base or None, **_checked(settings)}
    if not api_base and "model" not in chosen:
        if _is_file(name):
            chosen["model"] = name
        elif launch := configured_models().get(name):
            chosen = {**chosen, **asdict(launch), **settings}
    server = LlamarServer(**{**chosen, "api_key": api_key})
    if isinstance(server.target, Launch) and name != LOCAL and "model" not in chosen:
        raise ConfigurationError(
            f"there is no model {name!r}: give api_base, the path of a GGUF file, or put it into the "
            "configuration file"
        )
    return server


def _is_file(name: str) -> bool:
    return name.startswith(("hf:", "http:", "https:")) or name.lower().endswith(".gguf")


def _checked(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    for key, value in settings.items():
        kind = SETTINGS.get(key)
        if kind is None:
            raise ConfigurationError(f"llamar.{key} is not known; known are {', '.join(SETTINGS)}")
        if not isinstance(value, (int, float) if kind is float else kind) or isinstance(value, bool):
            raise ConfigurationError(f"llamar.{key} must not be {value!r}")
    return settings
