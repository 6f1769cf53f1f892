"""The embedding model of the plugin, for ``llm embed``, ``embed-multi`` and ``similar``.

What a request needs is imported when there is one, as in ``models.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, cast

from llm.models import EmbeddingModel

from ..settings import Launch, idle_seconds, load_seconds
from .errors import model_errors

if TYPE_CHECKING:
    from ..embeddings import Embeddings


class LlamarEmbeddingModel(EmbeddingModel):
    """A local embedding model, on the server that answers prompts where that has one."""

    batch_size = 256
    """How many texts llm reads before it asks for their vectors: it may have many files to read."""

    def __init__(self, model_id: str, launch: Launch) -> None:
        self.model_id = model_id
        self._launch = launch
        self._made: Embeddings | None = None

    def embed_batch(self, items: Iterable[str | bytes], *, key: str | None = None) -> Iterator[list[float]]:
        """A vector of length 1 for each text. Raises llm.ModelError."""
        texts = cast("list[str]", list(items))  # llm lets nothing else through
        with model_errors():
            vectors = self._embeddings().embed(texts)
        yield from vectors

    def _embeddings(self) -> Embeddings:
        from ..embeddings import Embeddings

        if self._made is None:
            self._made = Embeddings.of(
                launch=self._launch, start_timeout=load_seconds(), idle_timeout=idle_seconds()
            )
        return self._made
