"""The messages between the HTTP process and an embedding process. The framing is the engine's."""

from __future__ import annotations

from typing import Literal

import msgspec

from ..config import Pooling
from ..engine.pipe import Abort, Detokenize, LoadFailed, Loading, Ready, Text, Tokenize, Tokens
from ..engine.protocol import LoadedModel
from ..errors import InvalidRequest

RefusalKind = Literal["invalid", "too_long", "queue_full", "failed"]


class EmbeddingInfo(LoadedModel, frozen=True, kw_only=True):
    """What an embedding model, or a reranker, says of itself."""

    dimensions: int
    """How long a vector is; for a reranker, how many scores it gives."""
    pooling: Pooling
    probabilities: bool = False
    """Whether a reranker's scores are probabilities already, not logits."""

    def check_embeds(self) -> None:
        """Raises ``InvalidRequest`` where the model gives no vector for each text."""
        if self.pooling == "rank":
            raise InvalidRequest(f"{self.name} is a reranker: it scores documents and gives no embeddings")
        if self.pooling == "none":
            raise InvalidRequest(
                f"{self.name} runs with the pooling none: it gives a vector for each token, none for a text"
            )

    def check_ranks(self) -> None:
        """Raises ``InvalidRequest`` where the model scores no documents."""
        if self.pooling != "rank":
            raise InvalidRequest(f"{self.name} is an embedding model and no reranker")


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


# --- HTTP process to embedding process ---


class Embed(msgspec.Struct, frozen=True, tag=True):
    request: EmbedRequest


class Rerank(msgspec.Struct, frozen=True, tag=True):
    request: RerankRequest


ToEmbedding = Embed | Rerank | Abort | Tokenize | Detokenize


# --- embedding process to HTTP process ---


class Vectors(msgspec.Struct, frozen=True, tag=True):
    """Those of a request's texts that one batch has computed, which need not be the next ones: the numbers
    of the texts in the request, how many tokens each had, and, as native 32-bit floats, their rows."""

    request_id: str
    indices: list[int]
    n_tokens: list[int]
    data: bytes


class Refused(msgspec.Struct, frozen=True, tag=True):
    """The request will not run, or not on. The three numbers are set for ``too_long``."""

    request_id: str
    kind: RefusalKind
    message: str
    param: str | None = None
    index: int = 0
    n_tokens: int = 0
    n_ctx: int = 0


FromEmbedding = Loading | Ready[EmbeddingInfo] | LoadFailed | Vectors | Refused | Tokens | Text

decode_to_embedding = msgspec.msgpack.Decoder(ToEmbedding).decode
decode_from_embedding = msgspec.msgpack.Decoder(FromEmbedding).decode
