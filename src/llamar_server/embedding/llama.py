"""llama.cpp as an embedding backend: encoders, decoders with pooling, and rerankers.

It owns the context, and knows what llama.cpp can compute together. On a CPU those are short texts only: in a
pass of more tokens than ``JOINT_ROWS`` texts change each other's last bits (1e-4 in F16, 1e-2 in Q8_0).
llama.cpp's C API: https://github.com/ggml-org/llama.cpp (``include/llama.h``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast, get_args

import llama_cpp as C  # noqa: N812 - reads like the C API that it is
import numpy as np

from ..config import EmbeddingConfig, Pooling
from ..engine.backend import Chunk, Progress
from ..engine.batching import JOINT_ROWS
from ..engine.llama_batch import LlamaBatch
from ..engine.llama_model import POSITIONS, LlamaModel, check_n_cells
from .backend import Pairing, Rows, TokenIds
from .protocol import EmbeddingInfo
from .wordpiece import LOWERCASE, STRIP_ACCENTS, strips_accents, without_accents

_POOLINGS: tuple[Pooling, ...] = get_args(Pooling)  # in the order of llama_pooling_type
_DEFAULT_N_CTX_LIMIT = 8192
_MAX_TEXTS = 64
_CHUNK = 512  # tokens of a decoder's pass
# A decoder computes its scores of all words of the vocabulary for each token whose vector is wanted.
_WANTED_LAST = 64  # tokens at the end of a batch with a vector, where only the last one counts
_WANTED_ALL = 128  # tokens of a pass, where all count
_SOFTMAX = ("qwen3", "qwen3vl")  # rerankers whose scores llama.cpp makes probabilities


class LlamaEmbeddingBackend:
    """One loaded model with one context. See ``EmbeddingBackend``."""

    def __init__(self, config: EmbeddingConfig, on_progress: Progress) -> None:
        check_n_cells(config.n_ctx)
        self._model = model = LlamaModel(config, on_progress, (STRIP_ACCENTS,))
        if C.llama_model_has_encoder(model.handle):
            model.refuse("is an encoder for a decoder, as T5 is, and gives no embeddings")
        self._strips = C.llama_vocab_type(model.vocab) == C.LLAMA_VOCAB_TYPE_WPM and strips_accents(
            model.metadata(STRIP_ACCENTS), model.metadata(LOWERCASE)
        )
        self._n_ctx = self._window(config.n_ctx)
        self._causal = self._is_causal()
        self._pooling = self._choose_pooling(config.pooling)
        self._only_last = self._causal and self._pooling in ("last", "rank")
        self.batch_tokens, self.max_texts = self._limits(config)
        self._context = self._create_context()
        self._memory = C.llama_get_memory(self._context)
        self._batch = LlamaBatch(C.llama_n_batch(self._context))
        self.pairing = self._pairing()
        self.info = self._describe()
        self.compute([np.zeros(1, np.int32)])  # the first pass of all also reads the weights

    # --- loading ---

    def _window(self, n_ctx: int) -> int:
        trained = self._model.n_ctx_train
        if n_ctx > trained and self._model.has_weights(POSITIONS):
            self._model.refuse(f"knows {trained} positions only: n_ctx cannot be {n_ctx}")
        return n_ctx or min(trained, _DEFAULT_N_CTX_LIMIT)

    def _is_causal(self) -> bool:
        """Whether tokens see those before them only. llama.cpp knows it for a context, not for a model."""
        params = C.llama_context_default_params()
        params.n_ctx = params.n_batch = params.n_ubatch = 32
        context = self._model.context(params)
        causal = bool(C.llama_get_causal_attn(context))
        C.llama_free(context)
        return causal

    def _choose_pooling(self, wanted: Pooling | None) -> Pooling:
        model = self._model
        number = model.metadata(f"{model.metadata('general.architecture')}.pooling_type")
        own = _POOLINGS[int(number)] if number.isdecimal() and int(number) < len(_POOLINGS) else None
        if wanted == "rank" and own != "rank" and not model.has_weights("cls."):
            model.refuse("has nothing that scores documents: it is no reranker")
        return wanted or own or ("last" if self._causal else "mean")

    def _limits(self, config: EmbeddingConfig) -> tuple[int, int]:
        """``batch_tokens`` and ``max_texts``."""
        if self._model.on_gpu:
            in_pieces = self._causal and not self._only_last
            return config.batch_tokens, 1 if in_pieces else _MAX_TEXTS
        if self._causal or self._pooling == "rank" or config.flash_attention == "off":
            return 1, 1
        return min(config.batch_tokens, JOINT_ROWS), _MAX_TEXTS

    def _create_context(self) -> Any:
        params = C.llama_context_default_params()
        params.n_ctx = max(self._n_ctx, self.batch_tokens, self.max_texts)
        params.n_batch = params.n_ubatch = params.n_ctx
        if self._only_last:
            params.n_batch = params.n_ubatch = max(_CHUNK, self.batch_tokens)
            params.n_outputs_max = _WANTED_LAST
        elif self._causal:
            params.n_batch = params.n_ubatch = _WANTED_ALL
        params.n_seq_max = self.max_texts
        params.embeddings = True
        own = self._only_last or self._pooling == "rank"
        params.pooling_type = _POOLINGS.index(self._pooling if own else "none")
        return self._model.context(params)

    def _pairing(self) -> Pairing:
        """As llama.cpp's server pairs a query with a document."""
        vocab = self._model.vocab
        sep = C.llama_vocab_sep(vocab)
        eos = C.llama_vocab_eos(vocab)
        eos = sep if eos < 0 else eos
        begin = (C.llama_vocab_bos(vocab),) if C.llama_vocab_get_add_bos(vocab) else ()
        end = (eos,) if C.llama_vocab_get_add_eos(vocab) else ()
        between = (*end, sep) if C.llama_vocab_get_add_sep(vocab) else end
        there = (tuple(token for token in part if token >= 0) for part in (begin, between, end))
        return Pairing(self._model.chat_template("rerank"), *there)

    def _describe(self) -> EmbeddingInfo:
        handle, facts, ranks = self._model.handle, self._model.facts(self._n_ctx), self._pooling == "rank"
        return EmbeddingInfo(
            **facts,
            dimensions=C.llama_model_n_cls_out(handle) if ranks else C.llama_model_n_embd_out(handle),
            pooling=self._pooling,
            probabilities=ranks and facts["architecture"] in _SOFTMAX,
        )

    # --- tokens ---

    def tokenize(self, text: str, *, add_special: bool, parse_special: bool) -> list[int]:
        text = without_accents(text) if self._strips else text
        return self._model.tokenize(text, add_special=add_special, parse_special=parse_special)

    def piece(self, token: int, *, special: bool = False) -> bytes:
        return self._model.piece(token, special=special)

    # --- computing ---

    def compute(self, texts: Sequence[TokenIds]) -> list[Rows]:
        if not self._causal:
            return self._whole(texts)
        return self._to_the_last(texts) if self._only_last else self._in_pieces(texts)

    def _whole(self, texts: Sequence[TokenIds]) -> list[Rows]:
        """All tokens at once: each sees all of its text."""
        if self.max_texts > 1 and sum(map(len, texts)) == 1:
            # llama.cpp multiplies a single row in another way than several.
            return self._whole([*texts, *texts])[:1]
        self._forget()
        self._decode([_chunk(slot, text, wanted=True) for slot, text in enumerate(texts)])
        if self._pooling == "rank":
            return self._of_texts(len(texts))
        ends = np.cumsum([len(text) for text in texts])
        return [self._pool(rows) for rows in np.split(self._of_tokens(ends[-1]), ends[:-1])]

    def _to_the_last(self, texts: Sequence[TokenIds]) -> list[Rows]:
        """For each text the vector of its last token, for which that of no other one is needed."""
        self._forget()
        n_wanted = max(1, _WANTED_LAST // len(texts))
        ends = [max(0, len(text) - n_wanted) for text in texts]
        before = [_chunk(slot, texts[slot][:end]) for slot, end in enumerate(ends) if end]
        C.llama_set_embeddings(self._context, False)
        if len(before) == 1:  # the only one that may be longer than a pass
            for piece in _cut(before[0], _CHUNK):
                self._decode([piece])
        elif before:
            self._decode(before)
        C.llama_set_embeddings(self._context, True)
        self._decode([_chunk(slot, texts[slot][end:], end, wanted=True) for slot, end in enumerate(ends)])
        return self._of_texts(len(texts))

    def _in_pieces(self, texts: Sequence[TokenIds]) -> list[Rows]:
        """The vectors of all tokens of a text, some at a time."""
        (text,) = texts
        self._forget()
        found = []
        for piece in _cut(_chunk(0, text, wanted=True), _WANTED_ALL):
            self._decode([piece])
            found.append(self._of_tokens(len(piece.tokens)))
        return [self._pool(np.concatenate(found))]

    def _pool(self, rows: Rows) -> Rows:
        """What stands for a text, of the rows of its tokens. llama.cpp's own mean is one of a whole pass: it
        depends on what else is there, if only in the last bit, and knows one piece of a text only."""
        match self._pooling:
            case "mean":
                return cast(Rows, rows.mean(axis=0, keepdims=True))
            case "cls":
                return rows[:1]
            case "last":
                return rows[-1:]
            case _:
                return rows

    def _decode(self, chunks: Sequence[Chunk]) -> None:
        status = C.llama_decode(self._context, self._batch.fill(chunks, every=True))
        if status != 0:
            self._model.fail(status)

    def _forget(self) -> None:
        """What decoders remember of the texts before."""
        if self._memory:
            C.llama_memory_clear(self._memory, False)

    def _of_texts(self, n: int) -> list[Rows]:
        return [self._rows(C.llama_get_embeddings_seq(self._context, slot), 1) for slot in range(n)]

    def _of_tokens(self, n: int) -> Rows:
        return self._rows(C.llama_get_embeddings(self._context), n)

    def _rows(self, pointer: Any, n: int) -> Rows:
        rows: Rows = np.ctypeslib.as_array(pointer, (n, self.info.dimensions)).copy()
        return rows

    def close(self) -> None:
        C.llama_free(self._context)
        self._model.close()


def _chunk(slot: int, tokens: TokenIds, start: int = 0, *, wanted: bool = False) -> Chunk:
    return Chunk(slot, tokens.tolist(), start, wanted)


def _cut(chunk: Chunk, size: int) -> list[Chunk]:
    starts = range(0, len(chunk.tokens), size)
    return [Chunk(chunk.slot, chunk.tokens[at : at + size], chunk.start + at, chunk.logits) for at in starts]
