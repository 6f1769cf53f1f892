"""llama.cpp's sampler chain for one sequence. ``llama.py`` makes it; it decodes nothing."""

from __future__ import annotations

import ctypes
from typing import Any

import llama_cpp as C  # noqa: N812 - reads like the C API that it is
import numpy as np

from .backend import Logits, TokenIds
from .sampling import SamplingParams


class Candidates:
    """The ``llama_token_data_array`` that all samplers use in turn."""

    def __init__(self, n_vocab: int) -> None:
        self.n_vocab = n_vocab
        self._data = np.zeros(n_vocab, np.dtype([("id", "i4"), ("logit", "f4"), ("p", "f4")]))
        self._all_ids = np.arange(n_vocab, dtype=np.int32)
        array: Any = C.llama_token_data_array()
        array.data = ctypes.cast(self._data.ctypes.data, ctypes.POINTER(C.llama_token_data))
        self._array = array

    def fill(self, logits: Logits, ids: TokenIds | None) -> Any:
        data = self._data[: len(logits)]
        data["id"] = self._all_ids if ids is None else ids
        data["logit"] = logits
        self._array.size = len(data)
        self._array.selected = -1
        self._array.sorted = False
        return self._array


class LlamaSampler:
    """A llama.cpp sampler chain in llama.cpp's default order; greedy where ``temperature`` is 0."""

    def __init__(self, params: SamplingParams, seed: int, candidates: Candidates) -> None:
        self._candidates = candidates
        self._chain = C.llama_sampler_chain_init(C.llama_sampler_chain_default_params())
        if params.penalized:
            self._add(
                C.llama_sampler_init_penalties(
                    candidates.n_vocab,
                    params.penalty_last_n,
                    params.repeat_penalty,
                    params.frequency_penalty,
                    params.presence_penalty,
                )
            )
        if params.greedy:
            self._add(C.llama_sampler_init_greedy())
        else:
            self._add_filters(params)
            self._add(C.llama_sampler_init_temp(params.temperature))
            self._add(C.llama_sampler_init_dist(seed))

    def _add(self, sampler: Any) -> None:
        C.llama_sampler_chain_add(self._chain, sampler)

    def _add_filters(self, params: SamplingParams) -> None:
        if params.top_k > 0:
            self._add(C.llama_sampler_init_top_k(params.top_k))
        if params.typical_p < 1:
            self._add(C.llama_sampler_init_typical(params.typical_p, 1))
        if params.top_p < 1:
            self._add(C.llama_sampler_init_top_p(params.top_p, 1))
        if params.min_p > 0:
            self._add(C.llama_sampler_init_min_p(params.min_p, 1))

    def sample(self, logits: Logits, ids: TokenIds | None = None) -> int:
        array = self._candidates.fill(logits, ids)
        C.llama_sampler_apply(self._chain, ctypes.byref(array))
        return int(array.data[array.selected].id)

    def accept(self, token: int) -> None:
        C.llama_sampler_accept(self._chain, token)

    def close(self) -> None:
        C.llama_sampler_free(self._chain)
