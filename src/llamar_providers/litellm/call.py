"""What LiteLLM hands to a provider, as a server to ask and the request for it; pure.

https://docs.litellm.ai/docs/providers/custom_llm_server
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..clients import completion_arguments
from ..server import Endpoint, LlamarServer
from .target import LOCAL, server_for

_OUR_KEY: Final = "llamar"
_NOT_OF_THE_BODY: Final = (_OUR_KEY, "stream", "max_retries", "thinking")


@dataclass(frozen=True, slots=True)
class Call:
    """The arguments of a call that matter. ``name`` is what follows ``llamar/``, ``seconds`` how long the
    answer may take, None any time."""

    name: str
    messages: list[Any]
    api_base: str | None
    api_key: str | None
    options: Mapping[str, Any]
    headers: Mapping[str, str]
    seconds: float | None

    @classmethod
    def of(
        cls,
        model: str,
        messages: list[Any],
        api_base: str | None = None,
        *_: Any,
        api_key: str | None = None,
        optional_params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **__: Any,
    ) -> Call:
        """Of the many arguments that LiteLLM passes by name, and of those that it may add."""
        return cls(model, messages, api_base, api_key, optional_params or {}, headers or {}, timeout)

    @property
    def retries(self) -> int:
        """How often the SDK repeats what failed: LiteLLM's own retries are LiteLLM's."""
        return int(self.options.get("max_retries") or 0)

    def server(self) -> LlamarServer:
        """Where it goes. Raises ConfigurationError."""
        return server_for(self.name, self.api_base, self.api_key, self.options.get(_OUR_KEY) or {})

    def arguments(self, endpoint: Endpoint, *, stream: bool) -> dict[str, Any]:
        """Those of ``chat.completions.create`` at ``endpoint``."""
        model = endpoint.model_id or ("" if self.name == LOCAL else self.name)  # "": what is served
        options = {name: value for name, value in self.options.items() if name not in _NOT_OF_THE_BODY}
        fields = {**options, **_thinking(self.options), "model": model, "messages": self.messages}
        if stream:
            # LiteLLM invents the counts where it gets none.
            fields |= {"stream": True, "stream_options": {"include_usage": True}}
        return {**completion_arguments(fields), "extra_headers": {**self.headers}}


def _thinking(options: Mapping[str, Any]) -> dict[str, Any]:
    """Anthropic's ``thinking``, which LiteLLM passes on as it is, in the server's words."""
    thinking = options.get("thinking") or {}
    if thinking.get("type") not in ("enabled", "disabled"):
        return {}  # the model decides
    enabled = thinking["type"] == "enabled"
    budget = thinking.get("budget_tokens") if enabled else None
    return {"enable_thinking": enabled} | ({"reasoning_budget": budget} if budget else {})
