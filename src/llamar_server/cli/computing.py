"""What computes the vectors for ``llamar embed``: anything like ``Compute``, and a model in this process."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..embedding.embedder import Embedder
from ..errors import InvalidRequest
from .progress import loading_progress

Vectors = NDArray[np.float32]
Compute = Callable[[Sequence[str], Callable[[int], None]], Vectors]
"""The vectors of some texts; the function is told how many of them are done."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """``dimensions``: None for all. ``truncate``: what is too long is cut, not refused."""

    dimensions: int | None
    truncate: bool


@contextlib.contextmanager
def local(path: Path, name: str, wanted: Wanted, **settings: Any) -> Iterator[Compute]:
    """The model in the file at ``path``, with fields of ``EmbeddingConfig``. Raises ModelLoadError."""
    # As in an engine process: llama.cpp has much to say that is for developers.
    logging.basicConfig(level=os.environ.get("LLAMAR_LOG_LEVEL", "ERROR").upper())
    with loading_progress(name) as show:
        embedder = Embedder(path, on_progress=show, **settings)
    with embedder:
        yield lambda texts, on_done: embedder.embed(
            texts, dimensions=wanted.dimensions, truncate=wanted.truncate, on_done=on_done
        )


@contextlib.contextmanager
def counted_from(start: int) -> Iterator[None]:
    """A refusal names a text by its place among those that were computed together; this tells where they
    begin."""
    try:
        yield
    except InvalidRequest as error:
        if not start:
            raise
        raise InvalidRequest(f"{error} (counted from text {start})") from error
