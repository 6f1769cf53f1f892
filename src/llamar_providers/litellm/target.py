"""Which server ``llamar/<name>`` means. Starts nothing and asks nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from ..configuration import LAUNCH_KEYS
from ..server import LlamarServer
from ..settings import LOAD_SECONDS, ConfigurationError, Launch, configured_models, is_model_file

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
    chosen = _chosen("model", name, api_base, settings)
    server = LlamarServer(**{**chosen, "base_url": api_base or None, "api_key": api_key})
    _refuse_unknown(name, server, "model" in chosen)
    return server


def embedding_server_for(
    name: str, api_base: str | None, api_key: str | None, settings: Mapping[str, Any]
) -> LlamarServer:
    """As ``server_for``, where the GGUF file is an embedding model's, ``embedding_model`` in ``settings``;
    else what ``settings.choose_for_embeddings`` says. Raises ConfigurationError."""
    chosen = _chosen("embedding_model", name, api_base, settings)
    launch = {key: chosen[key] for key in LAUNCH_KEYS if key in chosen}
    server = LlamarServer.for_embeddings(
        Launch(**{**launch, "options": tuple(launch.get("options", ()))}),
        base_url=api_base or None,
        api_key=api_key,
        timeout=chosen.get("timeout", LOAD_SECONDS),
        idle_timeout=chosen.get("idle_timeout", 0.0),
    )
    _refuse_unknown(name, server, "embedding_model" in chosen)
    return server


def _chosen(kind: str, name: str, api_base: str | None, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of a server by arguments, and by what the configuration file has under ``name``; ``kind``
    is the setting that ``name`` can be."""
    chosen = dict(_checked(settings))
    if api_base or kind in chosen:
        return chosen
    if is_model_file(name):
        return {**chosen, kind: name}
    launch = configured_models().get(name)
    return {**asdict(launch), **chosen} if launch else chosen


def _refuse_unknown(name: str, server: LlamarServer, found: bool) -> None:
    """No server is started for a name that nobody knows."""
    if isinstance(server.target, Launch) and name != LOCAL and not found:
        raise ConfigurationError(
            f"there is no model {name!r}: give api_base, the path of a GGUF file, or put it into the "
            "configuration file"
        )


def _checked(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    for key, value in settings.items():
        kind = SETTINGS.get(key)
        if kind is None:
            raise ConfigurationError(f"llamar.{key} is not known; known are {', '.join(SETTINGS)}")
        if not isinstance(value, (int, float) if kind is float else kind) or isinstance(value, bool):
            raise ConfigurationError(f"llamar.{key} must not be {value!r}")
    return settings
