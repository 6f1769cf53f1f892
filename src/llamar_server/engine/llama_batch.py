"""The batch that llama.cpp computes, over numpy buffers that are allocated once."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import llama_cpp as C  # noqa: N812 - reads like the C API that it is
import numpy as np

from .backend import Chunk


class LlamaBatch:
    """Room for ``n_batch`` tokens. ``last_rows``: for each slot whose logits are wanted, the place of its
    last token in the batch."""

    def __init__(self, n_batch: int) -> None:
        self._tokens = np.zeros(n_batch, np.int32)
        self._positions = np.zeros(n_batch, np.int32)
        self._sequences = np.zeros(n_batch, np.int32)
        self._counts = np.ones(n_batch, np.int32)
        self._wanted = np.zeros(n_batch, np.int8)
        self._arange = np.arange(n_batch, dtype=np.int32)
        base = self._sequences.ctypes.data
        self._pointers = np.array([base + 4 * i for i in range(n_batch)], np.uintp)
        self.last_rows: dict[int, int] = {}
        self._batch = C.llama_batch(
            n_tokens=0,
            token=_pointer(self._tokens, C.llama_token),
            embd=None,
            pos=_pointer(self._positions, C.llama_pos),
            n_seq_id=_pointer(self._counts, ctypes.c_int32),
            seq_id=_pointer(self._pointers, ctypes.POINTER(C.llama_seq_id)),
            logits=_pointer(self._wanted, ctypes.c_int8),
        )

    def fill(self, chunks: Sequence[Chunk], *, every: bool = False) -> Any:
        """The ``llama_batch`` of ``chunks``. With ``every`` token's output where a chunk's logits are wanted,
        else the last one's."""
        end = 0
        self.last_rows = {}
        for chunk in chunks:
            begin, end = end, end + len(chunk.tokens)
            self._tokens[begin:end] = chunk.tokens
            self._positions[begin:end] = self._arange[: end - begin] + chunk.start
            self._sequences[begin:end] = chunk.slot
            self._wanted[begin:end] = chunk.logits and every
            self._wanted[end - 1] = chunk.logits
            if chunk.logits:
                self.last_rows[chunk.slot] = end - 1
        self._batch.n_tokens = end
        return self._batch


def _pointer(array: Any, ctype: Any) -> Any:
    return array.ctypes.data_as(ctypes.POINTER(ctype))
