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

from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .provider import LlamarLLM

    handler: LlamarLLM

__all__ = ["handler", "register"]

_PROVIDER: Final = "llamar"


def register() -> LlamarLLM:
    """Make LiteLLM know ``llamar/...``. Calling it again changes nothing. Other custom providers stay."""
    ours = _handler()
    import litellm
    from litellm.utils import custom_llm_setup

    from .capabilities import tell_litellm
    from .target import LOCAL

    if not any(entry["provider"] == _PROVIDER for entry in litellm.custom_provider_map):
        litellm.custom_provider_map.append({"provider": _PROVIDER, "custom_handler": ours})
    custom_llm_setup()  # type: ignore[no-untyped-call]  # LiteLLM's is not typed
    tell_litellm(LOCAL, "chat")
    return ours


@cache
def _handler() -> LlamarLLM:
    try:
        import litellm  # noqa: F401  # nothing else in there may be missing
    except ImportError as error:
        raise ImportError("LiteLLM is not installed; pip install 'llamar[litellm]'") from error
    from .provider import LlamarLLM

    return LlamarLLM()


def __getattr__(name: str) -> Any:
    if name == "handler":
        return _handler()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
