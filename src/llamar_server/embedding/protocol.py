"""The messages between the HTTP process and an embedding process. The framing is the engine's."""

from __future__ import annotations

import msgspec

from ..config import Pooling


class EmbeddingInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a loaded embedding model says of itself. Sizes in bytes, lengths in tokens."""

    name: str
    path: str
    architecture: str
    description: str
    n_ctx: int
    """The most tokens of one text, as served."""
    n_ctx_train: int
    n_vocab: int
    n_params: int
    size: int
    dimensions: int
    """How long a vector is; for a reranker, how many scores it gives."""
    pooling: Pooling


class EmbedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Texts, or token ids taken as they are, to be made vectors of. ``normalize``: of length 1.
    ``truncate``: what is too long is cut at its end, not refused."""

    request_id: str
    inputs: list[str | list[int]]
    normalize: bool = True
    truncate: bool = False


class RerankRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Documents to be scored by how well each answers ``query``. ``truncate``: as in EmbedRequest."""

    request_id: str
    query: str
    documents: list[str]
    truncate: bool = False
