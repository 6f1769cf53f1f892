"""llama.cpp asked without our engine: what a file computes when nothing of ours has a part in it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import llama_cpp as C  # noqa: N812 - reads like the C API that it is
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

OF_THE_MODEL, NONE, MEAN, CLS, LAST, RANK = range(-1, 5)
"""Poolings, by llama.cpp's numbers."""

_MAX_SEQUENCES = 256


class Direct:
    """One model, one context on one thread. Nothing is normalised."""

    def __init__(self, path: Path, *, pooling: int = OF_THE_MODEL, n_batch: int = 2048) -> None:
        C.llama_backend_init()
        model_params = C.llama_model_default_params()
        model_params.n_gpu_layers = 0
        self._model: Any = C.llama_model_load_from_file(os.fsencode(path), model_params)
        if not self._model:
            raise ValueError(f"llama.cpp cannot load {path}")
        self.vocab = C.llama_model_get_vocab(self._model)
        params = C.llama_context_default_params()
        params.n_ctx = params.n_batch = params.n_ubatch = n_batch
        params.n_seq_max = _MAX_SEQUENCES
        params.kv_unified = True
        params.n_threads = params.n_threads_batch = 1
        params.embeddings = True
        params.pooling_type = pooling
        self._context: Any = C.llama_init_from_model(self._model, params)
        if not self._context:
            raise ValueError(f"llama.cpp cannot make a context for {path}")
        self.pooling = C.llama_pooling_type(self._context)

    def __enter__(self) -> Direct:
        return self

    def __exit__(self, *_: object) -> None:
        C.llama_free(self._context)
        C.llama_model_free(self._model)

    def tokens(self, text: str, *, add_special: bool = True) -> list[int]:
        data = text.encode()
        buffer = (C.llama_token * (len(data) + 8))()
        n = C.llama_tokenize(self.vocab, data, len(data), buffer, len(buffer), add_special, False)
        return list(buffer[:n])

    def pair(self, query: str, document: str) -> list[int]:
        """What a reranker of BERT's kind is asked: ``[CLS] query [SEP] document [SEP]``."""
        end = self.tokens("")[-1]
        return [*self.tokens(query), *self.tokens(document, add_special=False), end]

    def labels(self) -> list[str | None]:
        """The names of what a reranker gives, one for each of its scores."""
        names = map(self._label, range(C.llama_model_n_cls_out(self._model)))
        return list(names)

    def _label(self, number: int) -> str | None:
        name = C.llama_model_cls_label(self._model, number)
        return name.decode() if name else None

    def states(self, tokens: Sequence[int]) -> Array:
        """One row for each token. For pooling ``NONE``."""
        self._compute([tokens])
        return np.stack([self._row(C.llama_get_embeddings_ith(self._context, i)) for i in range(len(tokens))])

    def embed(self, *sequences: Sequence[int]) -> Array:
        """One row for each sequence, all in one batch: its embedding, or its scores for pooling ``RANK``."""
        self._compute(sequences)
        rows = (C.llama_get_embeddings_seq(self._context, i) for i in range(len(sequences)))
        return np.stack([self._row(row) for row in rows])

    def _row(self, pointer: Any) -> Array:
        if not pointer:
            raise ValueError("llama.cpp gives no embedding for this")
        rank = self.pooling == RANK
        width = C.llama_model_n_cls_out(self._model) if rank else C.llama_model_n_embd_out(self._model)
        row: Array = np.ctypeslib.as_array(pointer, (width,)).copy()
        return row

    def _compute(self, sequences: Sequence[Sequence[int]]) -> None:
        memory = C.llama_get_memory(self._context)
        if memory:  # encoders have none
            C.llama_memory_clear(memory, True)
        flat = [(token, i, n) for i, tokens in enumerate(sequences) for n, token in enumerate(tokens)]
        batch = C.llama_batch_init(len(flat), 0, 1)
        batch.n_tokens = len(flat)
        for row, (token, sequence, position) in enumerate(flat):
            batch.token[row], batch.pos[row], batch.logits[row] = token, position, 1
            batch.n_seq_id[row] = 1
            batch.seq_id[row][0] = sequence
        status = C.llama_decode(self._context, batch)
        C.llama_batch_free(batch)
        if status:
            raise ValueError(f"llama.cpp could not compute a batch ({status})")


def unit(rows: Array) -> Array:
    """Each row with length 1."""
    divided: Array = rows / np.linalg.norm(rows, axis=-1, keepdims=True)
    return divided
