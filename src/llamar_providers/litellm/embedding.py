"""A call for vectors, as a server to ask and the request for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..server import Endpoint, LlamarServer
from ..settings import Launch
from .call import Call
from .capabilities import Mode
from .target import embedding_server_for

Input = str | list[str] | list[int] | list[list[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingCall(Call):
    """One for vectors of ``input``: texts, or their tokens."""

    input: Input

    @classmethod
    def of(
        cls,
        model: str,
        input: Input,  # noqa: A002 -- LiteLLM's word
        *,
        api_base: str | None = None,
        api_key: str | None = None,
        optional_params: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **_: Any,
    ) -> EmbeddingCall:
        """Of the arguments that LiteLLM passes by name."""
        return cls(
            name=model,
            input=input,
            api_base=api_base,
            api_key=api_key,
            options=optional_params or {},
            seconds=timeout,
        )

    @property
    def mode(self) -> Mode:
        return "embedding"

    def server(self) -> LlamarServer:
        """That of ``embedding_server_for``. Raises ConfigurationError."""
        return embedding_server_for(self.name, self.api_base, self.api_key, self.settings)

    def at(self, server: LlamarServer) -> Endpoint:
        """``server`` as what is asked; one that was started knows by itself which of its models is meant."""
        endpoint = server.connect()
        return replace(endpoint, model_id="") if isinstance(server.target, Launch) else endpoint

    def arguments(self, endpoint: Endpoint) -> dict[str, Any]:
        """Those of ``embeddings.create`` at ``endpoint``."""
        fields = self.fields
        given = fields.pop("extra_body", None) or {}
        return {
            "input": self.input,
            "model": self.model_at(endpoint),
            "extra_body": {**fields, **given},
        }
