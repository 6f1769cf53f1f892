"""``embed_llamar()``: vectors in one call, as R's function of that name gives them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from .embeddings import BATCH_SIZE, Embeddings, Vector
from .settings import LOAD_SECONDS, Launch


def embed_llamar(
    texts: Any = None,
    model: str | os.PathLike[str] | None = None,
    *,
    base_url: str | None = None,
    api_key: str | None = None,
    dimensions: int | None = None,
    query_prefix: str = "",
    document_prefix: str = "",
    truncate: bool = False,
    batch_size: int = BATCH_SIZE,
    n_gpu_layers: int | None = None,
    options: Sequence[str] = (),
    timeout: float = LOAD_SECONDS,
    idle_timeout: float = 0.0,
) -> Any:
    """The vectors of ``texts``, or without any what makes them: the counterpart of R's function of that name.

    A text or several give a list of vectors, one for each: of a single text, too, it is a list of one. A
    data frame of pandas or polars gives one that also has a column ``embedding``, of its column ``text``.
    They are taken for documents. Without texts it is an ``EmbeddingLlamar``, for a store of raghilda or to
    be called with texts.

        embed = embed_llamar(model="minilm.gguf")
        embed(["one", "two"])

    ``model`` is a GGUF file, for which a server is started that has ``timeout`` seconds to load, or the name
    of a model of the server that runs, at ``base_url``. With neither it is what the environment or the
    configuration file name. ``n_gpu_layers`` and ``options`` (of ``llamar serve``) are for a started server;
    it goes with the object, or at once where texts are given, unless ``idle_timeout`` shares it with other
    processes. The others are those of ``Embeddings``, which also says what is raised.
    """
    settings: dict[str, Any] = {
        "base_url": base_url,
        "api_key": api_key,
        "launch": Launch(n_gpu_layers=n_gpu_layers, options=tuple(options)),
        "start_timeout": timeout,
        "idle_timeout": idle_timeout,
        "dimensions": dimensions,
        "query_prefix": query_prefix,
        "document_prefix": document_prefix,
        "truncate": truncate,
        "batch_size": batch_size,
    }
    if texts is None:
        from .raghilda import EmbeddingLlamar  # not everybody who embeds has raghilda

        return EmbeddingLlamar(model, **settings)
    embeddings = Embeddings.of(model, **settings)
    try:
        return _in_their_shape(texts, embeddings.embed_documents)
    finally:
        embeddings.close()


def _in_their_shape(texts: Any, embed: Callable[[Sequence[str]], list[Vector]]) -> Any:
    if isinstance(texts, str):
        return embed([texts])
    if not hasattr(texts, "columns"):
        return embed(list(texts))
    column = texts["text"]
    vectors = embed(list(column))
    if hasattr(texts, "assign"):  # pandas
        return texts.assign(embedding=vectors)
    return texts.with_columns(type(column)("embedding", vectors))  # polars
