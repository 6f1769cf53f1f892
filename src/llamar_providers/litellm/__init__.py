"""LiteLLM: ``llamar/...`` as a custom provider.

    from llamar_providers.litellm import register

    register()
    litellm.completion("llamar/local", messages=[...])

In the proxy's config.yaml:

    litellm_settings:
      custom_provider_map:
        - {provider: llamar, custom_handler: llamar_providers.litellm.handler}

LiteLLM takes seconds to import, so it is imported when ``register`` is called or ``handler`` is asked
for, not with this module. https://docs.litellm.ai/docs/providers/custom_llm_server
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .handler import LlamarLLM

__all__ = ["handler", "register"]

PROVIDER = "llamar"
_lazy: dict[str, Any] = {}


def register() -> LlamarLLM:
    """Make LiteLLM know ``llamar/...``. Calling it again changes nothing. Other custom providers stay."""
    try:
        import litellm
        from litellm.utils import custom_llm_setup
    except ImportError as error:
        raise ImportError("LiteLLM is not installed; pip install 'llamar[litellm]'") from error

    ours = __getattr__("handler")
    if not any(entry["provider"] == PROVIDER for entry in litellm.custom_provider_map):
        litellm.custom_provider_map.append({"provider": PROVIDER, "custom_handler": ours})
        custom_llm_setup()  # type: ignore[no-untyped-call]  # LiteLLM's is not typed
    return ours  # type: ignore[no-any-return]  # the type of a lazy attribute


def __getattr__(name: str) -> Any:
    if name != "handler":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name not in _lazy:
        from .handler import LlamarLLM

        _lazy[name] = LlamarLLM()
    return _lazy[name]
