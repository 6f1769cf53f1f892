"""What LiteLLM is told of a model: that it costs nothing, how much it reads, what it can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import litellm

Mode = Literal["chat", "embedding"]

_ANY: Final[dict[str, Any]] = {
    "litellm_provider": "llamar",
    "input_cost_per_token": 0.0,
    "output_cost_per_token": 0.0,
    "cache_creation_input_token_cost": 0.0,  # LiteLLM warns where it is not told
    "cache_read_input_token_cost": 0.0,
}
_CHAT: Final[dict[str, Any]] = {
    **_ANY,
    "mode": "chat",
    "supports_function_calling": True,
    "supports_tool_choice": True,
    "supports_parallel_function_calling": True,
    "supports_response_schema": True,
    "supports_system_messages": True,
    "supports_reasoning": True,
    "supports_vision": False,
}
_KNOWN: Final[dict[Mode, dict[str, Any]]] = {"chat": _CHAT, "embedding": {**_ANY, "mode": "embedding"}}


def tell_litellm(name: str, mode: Mode, served: Sequence[Mapping[str, Any]] = ()) -> None:
    """Registers ``llamar/<name>``, which is for ``mode``, and how much it reads where that is said of the
    models that are ``served``. What is registered for it already stays."""
    fitting = [model for model in served if model.get("type", "chat") == mode]
    meant = next((model for model in fitting if model["id"] == name), fitting[0] if fitting else {})
    window = meant.get("context_length")
    sizes = {
        "max_input_tokens": window,
        "max_output_tokens": window if mode == "chat" else None,
        "output_vector_size": meant.get("meta", {}).get("dimensions"),
    }
    told = {key: size for key, size in sizes.items() if size}
    model = f"llamar/{name}"
    litellm.register_model({model: _KNOWN[mode] | told | litellm.model_cost.get(model, {})})
