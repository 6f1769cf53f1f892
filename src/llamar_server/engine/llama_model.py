"""A model that llama.cpp has loaded: its file, its vocabulary, what it says of itself, and its contexts.

What is computed in a context is the backends' business: ``llama.py`` continues text, ``embedding/llama.py``
makes vectors. llama.cpp's C API: https://github.com/ggml-org/llama.cpp (``include/llama.h``).
"""

from __future__ import annotations

import ctypes
import os
import platform
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import llama_cpp as C  # noqa: N812 - reads like the C API that it is

from ..config import EmbeddingConfig, EngineConfig
from ..errors import EngineError, ModelLoadError
from ..gguf import check_complete, read_tensor_names
from .backend import Progress
from .llama_log import LlamaLog

MAX_SLOTS = 256
"""LLAMA_MAX_SEQ: as many sequences can a batch have."""

_SPLIT_MODES = {"none": 0, "layer": 1, "row": 2}
_FLASH_ATTENTION = {"auto": -1, "off": 0, "on": 1}
_MAX_CELLS = 2**31 - 1  # positions are 32-bit integers
POSITIONS = "position_embd."
"""How the names of weights begin that a model has for each position: it knows no others."""


class LlamaModel:
    """``overrides`` are metadata that are taken for false, whatever the file says. Raises ``ModelLoadError``
    for what cannot be loaded or has no tokenizer."""

    def __init__(
        self,
        config: EngineConfig | EmbeddingConfig,
        on_progress: Progress,
        overrides: tuple[str, ...] = (),
    ) -> None:
        self.config = config
        self.log = _process_log()
        self.log.forget()
        C.llama_backend_init()
        self.handle = self._load(on_progress, overrides)
        self.vocab = C.llama_model_get_vocab(self.handle)
        self.n_vocab = C.llama_vocab_n_tokens(self.vocab)
        self.n_ctx_train = C.llama_model_n_ctx_train(self.handle)
        self.on_gpu = bool(C.llama_supports_gpu_offload() and config.n_gpu_layers != 0)
        self._piece_buffer = ctypes.create_string_buffer(512)
        if C.llama_vocab_type(self.vocab) == C.LLAMA_VOCAB_TYPE_NONE:
            self.refuse("has no tokenizer")

    def _load(self, on_progress: Progress, overrides: tuple[str, ...]) -> Any:
        config, params = self.config, C.llama_model_default_params()
        params.n_gpu_layers = config.n_gpu_layers
        params.split_mode = _SPLIT_MODES[config.split_mode]
        params.main_gpu = config.main_gpu
        params.load_mode = int(config.use_mmap) + 2 * int(config.use_mlock)
        if config.tensor_split:
            if len(config.tensor_split) > C.llama_max_devices():
                raise ModelLoadError(f"a model can be split over at most {C.llama_max_devices()} devices")
            split = (ctypes.c_float * C.llama_max_devices())(*config.tensor_split)
            params.tensor_split = ctypes.cast(split, ctypes.POINTER(ctypes.c_float))
        entries = (C.llama_model_kv_override * (len(overrides) + 1))()  # the last one, without a key, ends it
        for entry, key in zip(entries, overrides, strict=False):
            entry.tag, entry.key = C.LLAMA_KV_OVERRIDE_TYPE_BOOL, key.encode()
        params.kv_overrides = entries

        stopped: list[BaseException] = []

        def progress(value: float, _: Any) -> bool:
            try:
                on_progress(value)
            except BaseException as error:  # Ctrl-C too: nothing can be raised through C
                stopped.append(error)
            return not stopped

        params.progress_callback = C.llama_progress_callback(progress)
        handle = C.llama_model_load_from_file(os.fsencode(config.model_path), params)
        if stopped:
            C.llama_model_free(handle)
            raise stopped[0]
        if not handle:
            check_complete(config.model_path)  # says it more plainly, if it is the file's fault
            raise ModelLoadError(f"cannot load {config.model_path}: {self.log.last_error()}")
        return handle

    def refuse(self, lack: str) -> NoReturn:
        """Gives the model back and raises ``ModelLoadError``: it ``lack`` (has no ..., is an ...)."""
        self.close()
        raise ModelLoadError(f"cannot use {self.config.model_path}: it {lack}")

    def context(self, params: Any, threads_batch: int | None = None) -> Any:
        """A context of ``params``, to which the threads and what all contexts have in common are added."""
        params.n_threads = self.config.threads or default_threads()
        params.n_threads_batch = threads_batch or params.n_threads
        params.flash_attn_type = _FLASH_ATTENTION[self.config.flash_attention]
        params.kv_unified = True
        params.swa_full = True
        params.no_perf = True
        context = C.llama_init_from_model(self.handle, params)
        if not context:
            self.close()
            reason = self.log.last_error()
            hint = "; try a smaller --n-ctx" if "alloc" in reason else ""
            what = f"a context of {params.n_ctx} tokens for {self.config.model_path}"
            raise ModelLoadError(f"cannot create {what}: {reason}{hint}")
        return context

    def fail(self, status: int) -> NoReturn:
        """``llama_decode`` has returned ``status``."""
        raise EngineError(f"llama.cpp could not compute a batch ({status}): {self.log.last_error()}")

    def close(self) -> None:
        C.llama_model_free(self.handle)

    # --- what it says of itself ---

    def facts(self, n_ctx: int) -> Mapping[str, Any]:
        """The fields of ``LoadedModel``."""
        buffer = ctypes.create_string_buffer(256)
        C.llama_model_desc(self.handle, buffer, 256)
        return {
            "name": self.config.model_id or Path(self.config.model_path).stem,
            "path": self.config.model_path,
            "architecture": self.metadata("general.architecture"),
            "description": buffer.value.decode(errors="replace"),
            "n_ctx": n_ctx,
            "n_ctx_train": self.n_ctx_train,
            "n_vocab": self.n_vocab,
            "n_params": C.llama_model_n_params(self.handle),
            "size": C.llama_model_size(self.handle),
        }

    def has_weights(self, prefix: str) -> bool:
        """Whether there are weights whose names begin with ``prefix``."""
        return any(name.startswith(prefix) for name in read_tensor_names(self.config.model_path))

    def metadata(self, key: str) -> str:
        """A value of the file as text; empty if it is not there."""
        buffer = ctypes.create_string_buffer(1024)
        C.llama_model_meta_val_str(self.handle, key.encode(), buffer, 1024)
        return buffer.value.decode(errors="replace")

    def chat_template(self, name: str | None) -> str | None:
        source = C.llama_model_chat_template(self.handle, None if name is None else name.encode())
        return source.decode(errors="replace") if source else None

    # --- tokens ---

    def tokenize(self, text: str, *, add_special: bool, parse_special: bool) -> list[int]:
        data = text.encode()
        size = len(data) + 8
        while True:
            tokens = (C.llama_token * size)()
            n = C.llama_tokenize(self.vocab, data, len(data), tokens, size, add_special, parse_special)
            if n >= 0:
                return tokens[:n]
            size = -n

    def piece(self, token: int, *, special: bool = False) -> bytes:
        n = C.llama_token_to_piece(self.vocab, token, self._piece_buffer, 512, 0, special)
        if n < 0:
            self._piece_buffer = ctypes.create_string_buffer(-n)
            n = C.llama_token_to_piece(self.vocab, token, self._piece_buffer, -n, 0, special)
        return self._piece_buffer.raw[:n]


def check_n_cells(n_cells: int) -> None:
    """Refuses what llama.cpp would take for another number."""
    if n_cells > _MAX_CELLS:
        raise ModelLoadError(f"a context can have at most {_MAX_CELLS} tokens")


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
