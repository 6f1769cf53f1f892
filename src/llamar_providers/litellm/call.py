"""What LiteLLM hands to a provider, as a server to ask and the request for it.

https://docs.litellm.ai/docs/providers/custom_llm_server
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..clients import completion_arguments
from ..server import Endpoint, LlamarServer
from .capabilities import Mode
from .target import LOCAL, server_for

_OUR_KEY: Final = "llamar"
_NOT_OF_THE_BODY: Final = (_OUR_KEY, "stream", "max_retries", "thinking")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(ABC):
    """The arguments of any call that matter. ``name`` is what follows ``llamar/``, ``seconds`` how long the
    answer may take, None any time."""

    name: str
    api_base: str | None
    api_key: str | None
    options: Mapping[str, Any]
    seconds: float | None

    @property
    @abstractmethod
    def mode(self) -> Mode:
        """What the model is for."""

    @property
    def retries(self) -> int:
        """How often the SDK repeats what failed: LiteLLM's own retries are LiteLLM's."""
        return int(self.options.get("max_retries") or 0)

    @property
    def settings(self) -> Mapping[str, Any]:
        """What is said of a server to be started."""
        return self.options.get(_OUR_KEY) or {}

    @abstractmethod
    def server(self) -> LlamarServer:
        """Where it goes. Raises ConfigurationError."""

    def at(self, server: LlamarServer) -> Endpoint:
        """``server`` as what is asked; started if need be."""
        return server.connect()

    def model_at(self, endpoint: Endpoint) -> str:
        """The name to ask for there; empty: what is served."""
        if endpoint.model_id is not None:
            return endpoint.model_id
        return "" if self.name == LOCAL else self.name

    @property
    def fields(self) -> dict[str, Any]:
        """Parameters of OpenAI's and of the server's, as they were given."""
        return {name: value for name, value in self.options.items() if name not in _NOT_OF_THE_BODY}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatCall(Call):
    """One for an answer."""

    messages: list[Any]
    headers: Mapping[str, str]

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
    ) -> ChatCall:
        """Of the many arguments that LiteLLM passes by name, and of those that it may add."""
        return cls(
            name=model,
            messages=messages,
            api_base=api_base,
            api_key=api_key,
            options=optional_params or {},
            headers=headers or {},
            seconds=timeout,
        )

    @property
    def mode(self) -> Mode:
        return "chat"

    def server(self) -> LlamarServer:
        """That of ``server_for``. Raises ConfigurationError."""
        return server_for(self.name, self.api_base, self.api_key, self.settings)

    def arguments(self, endpoint: Endpoint, *, stream: bool) -> dict[str, Any]:
        """Those of ``chat.completions.create`` at ``endpoint``."""
        fields = {**self.fields, **_thinking(self.options), "messages": self.messages}
        fields["model"] = self.model_at(endpoint)
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
