"""What LiteLLM hands to a provider, as a server to talk to and a request for it; pure."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cache
from typing import Any

from ..server import LlamarServer
from ..settings import configured_models

LOCAL = "local"
"""``llamar/local``: what the environment or the configuration file names."""

_OUR_KEY = "llamar"
_ROUTER_KEYS = {"max_retries", "stream", "api_base", "api_key", "custom_llm_provider"}


def server_for(
    model: str, api_base: str | None, api_key: str | None, options: Mapping[str, Any]
) -> LlamarServer:
    """The server of ``llamar/<model>``: at ``api_base``, or one to be started for a GGUF file or a model
    of the configuration file. ``options["llamar"]`` may hold settings of ``LlamarServer``."""
    if api_base:
        return LlamarServer(base_url=api_base, api_key=api_key)
    settings = dict(options.get(_OUR_KEY) or {})
    if model.endswith(".gguf"):
        return LlamarServer(model, **settings)
    launch = None if model == LOCAL else configured_models().get(model)
    return LlamarServer(**settings) if launch is None else LlamarServer.launching(launch)


def request_body(
    model: str, messages: list[Any], options: Mapping[str, Any], *, stream: bool
) -> dict[str, Any]:
    """Arguments of ``chat.completions.create``. What the SDK does not know goes beside them in the body."""
    known, extra = {}, dict(options.get("extra_body") or {})
    for name, value in options.items():
        if name in _ROUTER_KEYS or name in (_OUR_KEY, "extra_body"):
            continue
        if name in _sdk_parameters():
            known[name] = value
        else:
            extra[name] = value
    if stream:
        known["stream_options"] = {"include_usage": True}  # LiteLLM invents counts where it gets none
    return {**known, "model": model, "messages": messages, "stream": stream, "extra_body": extra or None}


@cache
def _sdk_parameters() -> frozenset[str]:
    from openai.resources.chat import Completions

    return frozenset(inspect.signature(Completions.create).parameters)
