"""llama.cpp, through the low-level bindings of llama-cpp-python: the backend that runs real models.

It owns the context, the batch buffer and the KV operations. It schedules nothing and knows no request.
llama.cpp's C API: https://github.com/ggml-org/llama.cpp (``include/llama.h``).
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Sequence
from typing import Any

import llama_cpp as C  # noqa: N812 - reads like the C API that it is
import numpy as np

from ..config import EngineConfig
from ..errors import ModelLoadError
from .backend import CellsExhausted, Chunk, Logits, Progress, TokenSampler
from .batching import Batching, measured_lone_rows
from .llama_batch import LlamaBatch
from .llama_model import MAX_SLOTS, POSITIONS, LlamaModel, check_n_cells
from .llama_sampler import Candidates, LlamaSampler
from .protocol import ModelInfo
from .sampling import SamplingParams

_CACHE_TYPES = {
    "f32": C.GGML_TYPE_F32,
    "f16": C.GGML_TYPE_F16,
    "bf16": 30,  # GGML_TYPE_BF16, which the bindings leave out
    "q8_0": C.GGML_TYPE_Q8_0,
    "q4_0": C.GGML_TYPE_Q4_0,
    "q4_1": C.GGML_TYPE_Q4_1,
    "q5_0": C.GGML_TYPE_Q5_0,
    "q5_1": C.GGML_TYPE_Q5_1,
}
_SPARE_SLOTS = 44  # for conversations that wait for their next turn
_DEFAULT_N_CTX_LIMIT = 32768
_FORCED_RUN = 4  # tokens that a grammar forces together, typically
_SLOW_STEP = 0.02  # seconds; from here on a single measurement is both costly and good enough


class LlamaBackend:
    """One loaded model with one context. See ``Backend``."""

    def __init__(self, config: EngineConfig, on_progress: Progress) -> None:
        if config.n_parallel > MAX_SLOTS:
            raise ModelLoadError(f"at most {MAX_SLOTS} sequences can run at once, not {config.n_parallel}")
        check_n_cells(max(config.n_ctx, config.kv_cells or 0))
        self._model = model = LlamaModel(config, on_progress)
        handle = model.handle
        if C.llama_model_has_encoder(handle) or not C.llama_model_has_decoder(handle):
            model.refuse("has an encoder and does not continue text")
        self.truncates = not (C.llama_model_is_recurrent(handle) or C.llama_model_is_hybrid(handle))
        self._window = C.llama_model_n_swa(handle)
        self.n_slots = min(config.n_parallel + (_SPARE_SLOTS if self.truncates else 0), MAX_SLOTS)
        n_ctx = config.n_ctx or min(model.n_ctx_train, _DEFAULT_N_CTX_LIMIT)
        if n_ctx > model.n_ctx_train and model.has_weights(POSITIONS):
            n_ctx = model.n_ctx_train  # beyond their end llama.cpp aborts the process
        self._context = self._create_context(config, max(n_ctx, config.kv_cells or 0))
        self._memory = C.llama_get_memory(self._context)
        if not self._memory:
            C.llama_free(self._context)
            model.refuse("is an encoder and does not continue text; serve it with --embedding-model")
        self.n_cells = C.llama_n_ctx(self._context)
        self._n_vocab = model.n_vocab
        self._batch = LlamaBatch(C.llama_n_batch(self._context))
        self._rows: dict[int, Logits] = {}
        self._candidates = Candidates(self._n_vocab)
        self._batching = None if model.on_gpu else Batching(lone_rows=self._measure(config.n_parallel))
        tokens = range(self._n_vocab)
        self.eog = frozenset(t for t in tokens if C.llama_vocab_is_eog(model.vocab, t))
        control = (t for t in tokens if C.llama_vocab_is_control(model.vocab, t))
        self.control = self.eog.union(control)
        self.tokenize = model.tokenize
        self.piece = model.piece
        self.info = self._describe(config, n_ctx)

    # --- loading ---

    def _create_context(self, config: EngineConfig, n_cells: int) -> Any:
        params = C.llama_context_default_params()
        params.n_ctx = n_cells
        params.n_batch = max(min(config.n_batch, n_cells), self.n_slots)  # each slot may want logits
        params.n_ubatch = min(config.n_ubatch, params.n_batch)
        params.n_seq_max = self.n_slots
        params.n_outputs_max = self.n_slots
        params.type_k = _CACHE_TYPES[config.cache_type_k]
        params.type_v = _CACHE_TYPES[config.cache_type_v]
        return self._model.context(params, config.threads_batch)

    def _measure(self, n_parallel: int) -> int:
        """Warm the model up, and find out how many sequences are best decoded one by one."""

        def seconds(rows: int) -> float:
            batch = self._batch.fill([Chunk(slot, [0], 0, True) for slot in range(rows)])
            began = time.perf_counter()
            C.llama_decode(self._context, batch)
            C.llama_synchronize(self._context)
            took = time.perf_counter() - began
            for slot in range(rows):
                C.llama_memory_seq_rm(self._memory, slot, -1, -1)
            return took

        seconds(1)  # the first pass of all also reads the weights
        repeats = 3 if seconds(1) < _SLOW_STEP else 1

        def best(rows: int) -> float:
            return min(seconds(rows) for _ in range(repeats))

        return measured_lone_rows(best, min(max(n_parallel, _FORCED_RUN), self.n_slots))

    def _describe(self, config: EngineConfig, n_ctx: int) -> ModelInfo:
        vocab = self._model.vocab
        bos, eos = C.llama_vocab_bos(vocab), C.llama_vocab_eos(vocab)
        return ModelInfo(
            **self._model.facts(n_ctx),
            n_parallel=config.n_parallel,
            chat_template=self._model.chat_template(None),
            tool_use_template=self._model.chat_template("tool_use"),
            bos_token=self.piece(bos, special=True).decode(errors="replace") if bos >= 0 else "",
            eos_token=self.piece(eos, special=True).decode(errors="replace") if eos >= 0 else "",
            add_bos=C.llama_vocab_get_add_bos(vocab),
        )

    # --- computing ---

    def decode(self, chunks: Sequence[Chunk]) -> None:
        self._rows.clear()
        groups = [chunks] if self._batching is None else self._batching.split(chunks)
        for number, group in enumerate(groups):
            if number:
                self._keep_rows()
            status = C.llama_decode(self._context, self._batch.fill(group))
            if status == 1 and number == 0:
                raise CellsExhausted
            if status != 0:
                self._model.fail(status)

    def logits(self, chunk: Chunk) -> Logits:
        kept = self._rows.get(chunk.slot)
        return self._row(chunk.slot) if kept is None else kept

    def _row(self, slot: int) -> Logits:
        row = C.llama_get_logits_ith(self._context, self._batch.last_rows[slot])
        return np.ctypeslib.as_array(row, (self._n_vocab,))

    def _keep_rows(self) -> None:
        """llama.cpp keeps the logits of its last batch only."""
        for slot in self._batch.last_rows:
            self._rows[slot] = self._row(slot).copy()

    def sampler(self, params: SamplingParams, seed: int) -> TokenSampler:
        return LlamaSampler(params, seed, self._candidates)

    # --- memory ---

    def holds(self, slot: int, n: int) -> bool:
        if not self._window:
            return True
        return bool(C.llama_memory_seq_pos_min(self._memory, slot) <= max(0, n - self._window))

    def copy(self, source: int, target: int, n: int) -> None:
        C.llama_memory_seq_cp(self._memory, source, target, 0, n)

    def truncate(self, slot: int, n: int) -> bool:
        if C.llama_memory_seq_rm(self._memory, slot, n, -1):
            return True
        C.llama_memory_seq_rm(self._memory, slot, -1, -1)
        return False

    def state_size(self, slot: int) -> int:
        return int(C.llama_state_seq_get_size(self._context, slot))

    def save(self, slot: int) -> bytearray:
        state = bytearray(self.state_size(slot))
        C.llama_state_seq_get_data(self._context, _buffer(state), len(state), slot)
        return state

    def restore(self, slot: int, state: bytearray) -> bool:
        done = C.llama_state_seq_set_data(self._context, _buffer(state), len(state), slot)
        if done == 0:
            self._model.log.forget()  # that there is no room is no reason for any later failure
            C.llama_memory_seq_rm(self._memory, slot, -1, -1)
        return bool(done)

    def close(self) -> None:
        C.llama_free(self._context)
        self._model.close()


def _buffer(state: bytearray) -> Any:
    return (ctypes.c_uint8 * len(state)).from_buffer(state)
