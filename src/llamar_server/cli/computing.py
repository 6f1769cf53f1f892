"""What computes the vectors for ``llamar embed``: a model in this process, or a server at an address."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openai
from numpy.typing import NDArray

from ..embedding.embedder import Embedder
from ..errors import InvalidRequest
from .progress import loading_progress
from .remote import RemoteRefusal, connect, first_model, sentences

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
    with loading_progress(name) as show:
        embedder = Embedder(path, on_progress=show, **settings)
    with embedder:
        yield lambda texts, on_done: embedder.embed(
            texts, dimensions=wanted.dimensions, truncate=wanted.truncate, on_done=on_done
        )


@contextlib.contextmanager
def remote(
    url: str, wanted: Wanted, *, api_key: str | None, model_id: str | None, timeout: float
) -> Iterator[Compute]:
    """The server at ``url``: see ``connect``. Raises RemoteError, as does what it yields."""
    with connect(url, api_key, timeout) as client:
        chosen = model_id or first_model(client, "embedding")

        def compute(texts: Sequence[str], on_done: Callable[[int], None]) -> Vectors:
            with sentences(client):
                answer = client.embeddings.create(
                    input=list(texts),
                    model=chosen,
                    dimensions=wanted.dimensions or openai.omit,
                    extra_body={"truncate": wanted.truncate},
                )
            on_done(len(texts))
            return np.asarray([each.embedding for each in answer.data], np.float32)

        yield compute


@contextlib.contextmanager
def counted_from(start: int) -> Iterator[None]:
    """A refusal names a text by its place among those that were computed together; this tells where they
    begin."""
    try:
        yield
    except (InvalidRequest, RemoteRefusal) as error:
        if not start:
            raise
        raise InvalidRequest(f"{error} (counted from text {start})") from error
