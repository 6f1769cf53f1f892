"""raghilda: the vectors of its stores from a local model.

Importing this tells raghilda of them, so that a store that was made with them finds them again when it
is connected to.

raghilda: https://posit-dev.github.io/raghilda/
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from .embeddings import Embeddings, Vector
from .settings import Launch, Remote

try:
    from raghilda.embedding import EmbeddingProvider, EmbedInputType, register_embedding_provider
except ImportError as error:
    raise ImportError("raghilda is not installed; pip install 'llamar[rag]'") from error

_NAME: Final = "EmbeddingLlamar"
_WHERE: Final = ("base_url", "api_key", "launch")


@register_embedding_provider(_NAME)
class EmbeddingLlamar(EmbeddingProvider):  # type: ignore[misc]  # raghilda ships no types
    """The vectors of ``model``, as ``Embeddings.of`` makes them with the same ``settings``.

    A store keeps which server or model that is, also where the environment said it, and never a key: who
    connects to the store has it in ``LLAMAR_API_KEY`` if the server wants one. Raises ConfigurationError.
    """

    def __init__(self, model: str | os.PathLike[str] | None = None, **settings: Any) -> None:
        self.embeddings = Embeddings.of(model, **settings)
        self._settings = {name: value for name, value in settings.items() if name not in _WHERE}

    def embed(self, x: Sequence[str], input_type: EmbedInputType = EmbedInputType.DOCUMENT) -> list[Vector]:
        """A vector for each text; the prefix is that of its ``input_type``."""
        if input_type == EmbedInputType.QUERY:
            return self.embeddings.embed_queries(x)
        return self.embeddings.embed_documents(x)

    def __call__(
        self, texts: str | Sequence[str], input_type: EmbedInputType = EmbedInputType.DOCUMENT
    ) -> list[Vector]:
        """As ``embed``; a single text gives a list of one vector."""
        return self.embed([texts] if isinstance(texts, str) else texts, input_type)

    def get_config(self) -> dict[str, Any]:
        target = self.embeddings.server.target
        where: dict[str, Any]
        if isinstance(target, Remote):
            where = {"base_url": target.base_url, "model": self.embeddings.model}
        else:
            where = {"launch": {name: value for name, value in asdict(target).items() if name != "api_key"}}
        return {"type": _NAME, **where, **self._settings}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> EmbeddingLlamar:
        settings = {name: value for name, value in config.items() if name != "type"}
        if launch := settings.get("launch"):
            settings["launch"] = Launch(**{**launch, "options": tuple(launch["options"])})
        return cls(**settings)

    def close(self) -> bool:
        """Give up the server, until it is used again. True if that ended one that was started."""
        return self.embeddings.close()
