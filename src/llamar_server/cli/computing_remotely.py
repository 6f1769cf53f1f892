"""A server at an address that computes the vectors for ``llamar embed``."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import openai

from .computing import Compute, Vectors, Wanted
from .remote import connect, first_model, sentences


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
