"""What LiteLLM is told of a model: that it costs nothing, how much it reads, what it can do."""

from __future__ import annotations

from typing import Any, Final

import litellm

_KNOWN: Final[dict[str, Any]] = {
    "litellm_provider": "llamar",
    "mode": "chat",
    "input_cost_per_token": 0.0,
    "output_cost_per_token": 0.0,
    "cache_creation_input_token_cost": 0.0,  # LiteLLM warns where it is not told
    "cache_read_input_token_cost": 0.0,
    "supports_function_calling": True,
    "supports_tool_choice": True,
    "supports_parallel_function_calling": True,
    "supports_response_schema": True,
    "supports_system_messages": True,
    "supports_reasoning": True,
    "supports_vision": False,
}


def tell_litellm(name: str, window: int | None = None) -> None:
    """Registers ``llamar/<name>``, which takes ``window`` tokens. What is registered for it already stays."""
    model = f"llamar/{name}"
    window_of = {"max_input_tokens": window, "max_output_tokens": window} if window else {}
    litellm.register_model({model: _KNOWN | window_of | litellm.model_cost.get(model, {})})
