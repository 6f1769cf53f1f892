"""What embedding asks of the thing that runs the model, as one protocol.

``llama.py`` fulfils it with llama.cpp, the tests' double without any model. A backend keeps nothing
between two batches, and knows neither requests nor limits: ``core.py`` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from ..config import EmbeddingConfig
from ..engine.backend import Progress, Vocabulary, load
from .protocol import EmbeddingInfo

TokenIds = NDArray[np.int32]
Rows = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Pairing:
    """How a reranker reads a query and a document: as ``template`` with ``{query}`` and ``{document}``
    replaced or, where there is none, as the tokens of both with those here around and between them."""

    template: str | None = None
    begin: tuple[int, ...] = ()
    between: tuple[int, ...] = ()
    end: tuple[int, ...] = ()


class EmbeddingBackend(Vocabulary, Protocol):
    info: EmbeddingInfo
    batch_tokens: int
    """How many tokens several texts of one batch may have, ``EmbeddingConfig.batch_tokens`` at most."""
    max_texts: int
    """How many texts one batch may have."""
    pairing: Pairing

    def compute(self, texts: Sequence[TokenIds]) -> list[Rows]:
        """The vectors of some texts, computed as one batch: for each text one row, or, where the pooling is
        "none", one for each token. Not normalised. A row has ``info.dimensions`` numbers.

        No text is empty or longer than ``info.n_ctx``; several have together no more tokens than
        ``batch_tokens``. Raises ``EngineError``.
        """

    def close(self) -> None: ...


def load_backend(config: EmbeddingConfig, on_progress: Progress | None = None) -> EmbeddingBackend:
    """Load ``config.backend``, which is called with the settings and a progress callback (0 to 1).

    Raises ``ModelLoadError``.
    """
    return cast(EmbeddingBackend, load(config, on_progress))
