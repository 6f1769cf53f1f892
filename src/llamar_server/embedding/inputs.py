"""From what is asked for to the tokens of each text: special tokens, pairs, and what is too long.

Refuses what the model cannot compute, by its number in the request. Knows no batch.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import InputTooLong, InvalidRequest
from .backend import EmbeddingBackend, TokenIds
from .protocol import EmbedRequest, RerankRequest

Tokens = Sequence[int]


class Inputs:
    """The texts of requests, for one model. Where a request says ``truncate``, what is too long is cut at
    its end, but what the model wants behind every text stays; else ``InputTooLong`` is raised."""

    def __init__(self, backend: EmbeddingBackend) -> None:
        self._backend = backend
        self._n_ctx = backend.info.n_ctx
        self._closing = self._closing_tokens()

    def tokens(self, request: EmbedRequest | RerankRequest, index: int) -> TokenIds:
        """Those of text number ``index``. Raises ``InvalidRequest``."""
        if isinstance(request, EmbedRequest):
            tokens = self._text(request.inputs[index], index, request.truncate)
        elif self._backend.pairing.template is None:
            tokens = self._pair(request, index)
        else:
            tokens = self._rendered_pair(self._backend.pairing.template, request, index)
        if not tokens:
            raise InvalidRequest(f"input {index} is empty: there is nothing to compute")
        return np.asarray(tokens, np.int32)

    def _text(self, text: str | Tokens, index: int, truncate: bool) -> Tokens:
        if isinstance(text, str):
            tokens: Tokens = self._backend.tokenize(text, add_special=True, parse_special=False)
            closing = self._closing
        else:
            self._backend.info.check_tokens(text, "input")
            tokens, closing = text, []
        if len(tokens) <= self._n_ctx:
            return tokens
        if not truncate or len(closing) >= self._n_ctx:
            raise InputTooLong(len(tokens), self._n_ctx, index=index)
        return [*tokens[: self._n_ctx - len(closing)], *closing]

    def _pair(self, request: RerankRequest, index: int) -> Tokens:
        pairing = self._backend.pairing
        begin = [*pairing.begin, *self._plain(request.query), *pairing.between]
        document = self._plain(request.documents[index])
        excess = len(begin) + len(document) + len(pairing.end) - self._n_ctx
        if excess > 0:
            self._check_cut(request, index, excess, len(document))
            document = document[:-excess]
        return [*begin, *document, *pairing.end]

    def _rendered_pair(self, template: str, request: RerankRequest, index: int) -> Tokens:
        before, _, after = (
            part.replace("{query}", request.query) for part in template.partition("{document}")
        )
        tokens = self._marked(before + request.documents[index] + after)
        kept = self._plain(request.documents[index])
        while (excess := len(tokens) - self._n_ctx) > 0:
            self._check_cut(request, index, excess, len(kept))
            kept = kept[:-excess]
            tokens = self._marked(before + self._plain_text(kept) + after)
        return tokens

    def _check_cut(self, request: RerankRequest, index: int, excess: int, n_document: int) -> None:
        """Whether ``excess`` tokens may be taken from a document that has ``n_document``."""
        if not request.truncate:
            raise InputTooLong(self._n_ctx + excess, self._n_ctx, index=index)
        if excess >= n_document:
            raise InvalidRequest(
                f"the query leaves no room for document {index}: the model takes at most {self._n_ctx} "
                "tokens of both together",
                param="query",
            )

    def _plain(self, text: str) -> list[int]:
        return self._backend.tokenize(text, add_special=False, parse_special=False)

    def _marked(self, text: str) -> list[int]:
        return self._backend.tokenize(text, add_special=False, parse_special=True)

    def _plain_text(self, tokens: Tokens) -> str:
        return b"".join(map(self._backend.piece, tokens)).decode(errors="ignore")

    def _closing_tokens(self) -> Tokens:
        """What the model wants behind every text."""
        bare = self._plain("a")
        whole = self._backend.tokenize("a", add_special=True, parse_special=False)
        for begin in range(len(whole) - len(bare) + 1):
            if bare and whole[begin : begin + len(bare)] == bare:
                return whole[begin + len(bare) :]
        return []


def as_inputs(texts: Sequence[str | Sequence[int]]) -> list[str | list[int]]:
    """``texts`` for an ``EmbedRequest``. Raises ``InvalidRequest`` for a lone text: it is a sequence too."""
    if isinstance(texts, str):
        raise InvalidRequest("texts must be a list; put a single text into one")
    return [text if isinstance(text, str) else [int(token) for token in text] for text in texts]
