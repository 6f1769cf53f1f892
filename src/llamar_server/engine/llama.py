"""llama.cpp, through the low-level bindings of llama-cpp-python: the backend that runs real models.

It owns the C handles, the batch buffer, tokens and pieces, and the KV operations. It schedules nothing
and knows no request. With ``llama_sampler.py`` it is the only importer of ``llama_cpp``.
llama.cpp's C API: https://github.com/ggml-org/llama.cpp (``include/llama.h``).
"""

from __future__ import annotations

import ctypes
import os
import platform
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import llama_cpp as C  # noqa: N812 - reads like the C API that it is
import numpy as np

from ..config import EngineConfig
from ..errors import EngineError, ModelLoadError
from ..gguf import check_complete
from .backend import CellsExhausted, Chunk, Logits, Progress, TokenSampler
from .batching import Batching, measured_lone_rows
from .llama_log import LlamaLog
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
_SPLIT_MODES = {"none": 0, "layer": 1, "row": 2}
_FLASH_ATTENTION = {"auto": -1, "off": 0, "on": 1}
_SPARE_SLOTS = 44  # for conversations that wait for their next turn
_MAX_SLOTS = 256  # LLAMA_MAX_SEQ
_MAX_CELLS = 2**31 - 1  # positions are 32-bit integers
_DEFAULT_N_CTX_LIMIT = 32768
_FORCED_RUN = 4  # tokens that a grammar forces together, typically
_SLOW_STEP = 0.02  # seconds; from here on a single measurement is both costly and good enough


class LlamaBackend:
    """One loaded model with one context. See ``Backend``."""

    def __init__(self, config: EngineConfig, on_progress: Progress) -> None:
        self._log = _process_log()
        self._log.forget()
        C.llama_backend_init()
        _check_limits(config)
        self._model = self._load_model(config, on_progress)
        self._vocab = C.llama_model_get_vocab(self._model)
        self.truncates = not (C.llama_model_is_recurrent(self._model) or C.llama_model_is_hybrid(self._model))
        self._window = C.llama_model_n_swa(self._model)
        self.n_slots = min(config.n_parallel + (_SPARE_SLOTS if self.truncates else 0), _MAX_SLOTS)
        n_ctx = config.n_ctx or min(C.llama_model_n_ctx_train(self._model), _DEFAULT_N_CTX_LIMIT)
        self._context = self._create_context(config, max(n_ctx, config.kv_cells or 0))
        self._memory = C.llama_get_memory(self._context)
        self.n_cells = C.llama_n_ctx(self._context)
        self._n_vocab = C.llama_vocab_n_tokens(self._vocab)
        self._batch = _Batch(C.llama_n_batch(self._context))
        self._rows: dict[int, Logits] = {}
        self._candidates = Candidates(self._n_vocab)
        on_gpu = C.llama_supports_gpu_offload() and config.n_gpu_layers != 0
        self._batching = None if on_gpu else Batching(lone_rows=self._measure(config.n_parallel))
        self._piece_buffer = ctypes.create_string_buffer(512)
        tokens = range(self._n_vocab)
        self.eog = frozenset(t for t in tokens if C.llama_vocab_is_eog(self._vocab, t))
        control = (t for t in tokens if C.llama_vocab_is_control(self._vocab, t))
        self.control = self.eog.union(control)
        self.info = self._describe(config, n_ctx)

    # --- loading ---

    def _load_model(self, config: EngineConfig, on_progress: Progress) -> Any:
        params = C.llama_model_default_params()
        params.n_gpu_layers = config.n_gpu_layers
        params.split_mode = _SPLIT_MODES[config.split_mode]
        params.main_gpu = config.main_gpu
        params.load_mode = int(config.use_mmap) + 2 * int(config.use_mlock)
        if config.tensor_split:
            split = (ctypes.c_float * C.llama_max_devices())(*config.tensor_split)
            params.tensor_split = ctypes.cast(split, ctypes.POINTER(ctypes.c_float))

        def progress(value: float, _: Any) -> bool:
            on_progress(value)
            return True

        params.progress_callback = C.llama_progress_callback(progress)
        model = C.llama_model_load_from_file(os.fsencode(config.model_path), params)
        if not model:
            check_complete(config.model_path)  # says it more plainly, if it is the file's fault
            raise ModelLoadError(f"cannot load {config.model_path}: {self._log.last_error()}")
        if (lack := _lack(model)) is not None:
            C.llama_model_free(model)
            raise ModelLoadError(f"cannot use {config.model_path}: it {lack}")
        return model

    def _create_context(self, config: EngineConfig, n_cells: int) -> Any:
        params = C.llama_context_default_params()
        params.n_ctx = n_cells
        params.n_batch = max(min(config.n_batch, n_cells), self.n_slots)  # each slot may want logits
        params.n_ubatch = min(config.n_ubatch, params.n_batch)
        params.n_seq_max = self.n_slots
        params.n_outputs_max = self.n_slots
        threads = config.threads or default_threads()
        params.n_threads = threads
        params.n_threads_batch = config.threads_batch or threads
        params.flash_attn_type = _FLASH_ATTENTION[config.flash_attention]
        params.type_k = _CACHE_TYPES[config.cache_type_k]
        params.type_v = _CACHE_TYPES[config.cache_type_v]
        params.kv_unified = True
        params.swa_full = True
        params.no_perf = True
        context = C.llama_init_from_model(self._model, params)
        if not context:
            C.llama_model_free(self._model)
            reason = self._log.last_error()
            hint = "; try a smaller --n-ctx" if "alloc" in reason else ""
            raise ModelLoadError(
                f"cannot create a context of {n_cells} tokens for {config.model_path}: {reason}{hint}"
            )
        return context

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
        buffer = ctypes.create_string_buffer(256)
        C.llama_model_desc(self._model, buffer, 256)
        bos, eos = C.llama_vocab_bos(self._vocab), C.llama_vocab_eos(self._vocab)
        return ModelInfo(
            name=config.model_id or Path(config.model_path).stem,
            path=config.model_path,
            architecture=self._metadata("general.architecture"),
            description=buffer.value.decode(errors="replace"),
            n_ctx=n_ctx,
            n_ctx_train=C.llama_model_n_ctx_train(self._model),
            n_vocab=self._n_vocab,
            n_params=C.llama_model_n_params(self._model),
            size=C.llama_model_size(self._model),
            n_parallel=config.n_parallel,
            chat_template=self._chat_template(None),
            tool_use_template=self._chat_template(b"tool_use"),
            bos_token=self.piece(bos, special=True).decode(errors="replace") if bos >= 0 else "",
            eos_token=self.piece(eos, special=True).decode(errors="replace") if eos >= 0 else "",
            add_bos=C.llama_vocab_get_add_bos(self._vocab),
        )

    def _metadata(self, key: str) -> str:
        buffer = ctypes.create_string_buffer(1024)
        C.llama_model_meta_val_str(self._model, key.encode(), buffer, 1024)
        return buffer.value.decode(errors="replace")

    def _chat_template(self, name: bytes | None) -> str | None:
        source = C.llama_model_chat_template(self._model, name)
        return source.decode(errors="replace") if source else None

    # --- tokens ---

    def tokenize(self, text: str, *, add_special: bool, parse_special: bool) -> list[int]:
        data = text.encode()
        size = len(data) + 8
        while True:
            tokens = (C.llama_token * size)()
            n = C.llama_tokenize(self._vocab, data, len(data), tokens, size, add_special, parse_special)
            if n >= 0:
                return tokens[:n]
            size = -n

    def piece(self, token: int, *, special: bool = False) -> bytes:
        n = C.llama_token_to_piece(self._vocab, token, self._piece_buffer, 512, 0, special)
        if n < 0:
            self._piece_buffer = ctypes.create_string_buffer(-n)
            n = C.llama_token_to_piece(self._vocab, token, self._piece_buffer, -n, 0, special)
        return self._piece_buffer.raw[:n]

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
                raise EngineError(f"llama.cpp could not compute a batch ({status}): {self._log.last_error()}")

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
            self._log.forget()  # that there is no room is no reason for any later failure
            C.llama_memory_seq_rm(self._memory, slot, -1, -1)
        return bool(done)

    def close(self) -> None:
        C.llama_free(self._context)
        C.llama_model_free(self._model)


def _check_limits(config: EngineConfig) -> None:
    """Refuses numbers that llama.cpp would refuse less clearly, or take for others."""
    if config.n_parallel > _MAX_SLOTS:
        raise ModelLoadError(f"at most {_MAX_SLOTS} sequences can run at once, not {config.n_parallel}")
    if max(config.n_ctx, config.kv_cells or 0) > _MAX_CELLS:
        raise ModelLoadError(f"a context can have at most {_MAX_CELLS} tokens")
    if len(config.tensor_split) > C.llama_max_devices():
        raise ModelLoadError(f"a model can be split over at most {C.llama_max_devices()} devices")


def _lack(model: Any) -> str | None:
    """Why a model that llama.cpp can load is none that continues text."""
    if C.llama_vocab_type(C.llama_model_get_vocab(model)) == C.LLAMA_VOCAB_TYPE_NONE:
        return "has no tokenizer"
    if C.llama_model_has_encoder(model) or not C.llama_model_has_decoder(model):
        return "is an encoder and does not continue text"
    return None


@cache
def _process_log() -> LlamaLog:
    """llama.cpp has one log, and calls into it for as long as the process lives: so long must it stay."""
    log = LlamaLog()
    log.callback = C.llama_log_callback(lambda level, text, _: log.receive(level, text))
    C.llama_log_set(log.callback, ctypes.c_void_p(0))
    return log


def default_threads() -> int:
    """As many as there are physical cores, as far as that can be told: two hardware threads share a
    core on most x86 machines, and a second thread on one core slows llama.cpp down."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(1, cores // 2) if platform.machine().lower() in ("x86_64", "amd64") else cores


def _buffer(state: bytearray) -> Any:
    return (ctypes.c_uint8 * len(state)).from_buffer(state)


class _Batch:
    """A ``llama_batch`` over numpy buffers that are allocated once."""

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

    def fill(self, chunks: Sequence[Chunk]) -> Any:
        end = 0
        self.last_rows = {}
        for chunk in chunks:
            begin, end = end, end + len(chunk.tokens)
            self._tokens[begin:end] = chunk.tokens
            self._positions[begin:end] = self._arange[: end - begin] + chunk.start
            self._sequences[begin:end] = chunk.slot
            self._wanted[begin:end] = 0
            self._wanted[end - 1] = chunk.logits
            if chunk.logits:
                self.last_rows[chunk.slot] = end - 1
        self._batch.n_tokens = end
        return self._batch


def _pointer(array: Any, ctype: Any) -> Any:
    return array.ctypes.data_as(ctypes.POINTER(ctype))
