"""The settings, one frozen group for each owner. Refuses to read files, flags or the environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SplitMode = Literal["none", "layer", "row"]
FlashAttention = Literal["auto", "on", "off"]
CacheType = Literal["f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "q5_0", "q5_1"]
Pooling = Literal["none", "mean", "cls", "last", "rank"]


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """How one model is loaded and run.

    ``n_ctx`` is the most tokens that one request may use, prompt and answer together (0: what the
    model was trained for, at most 32768); a model with a table of positions has no more than that.
    ``kv_cells`` is the pool that all requests share, in tokens (None: ``n_ctx``). ``cache_ram`` is how
    many MiB of RAM idle conversations may take besides it. ``n_parallel`` is how many sequences run at
    once, ``queue_limit`` how many requests may wait beyond them. ``n_batch`` bounds the tokens of one
    step, ``n_ubatch`` those of one pass through the model; ``prefill_chunk`` bounds the prompt tokens of
    a step while other sequences are decoding, so that a long prompt does not stop them. ``threads`` None
    means half the cores, at least one. ``n_gpu_layers`` -1 means all.
    """

    model_path: str
    model_id: str | None = None
    n_ctx: int = 4096
    kv_cells: int | None = None
    cache_ram: int = 1024
    n_parallel: int = 4
    queue_limit: int = 64
    n_batch: int = 512
    n_ubatch: int = 512
    prefill_chunk: int = 256
    threads: int | None = None
    threads_batch: int | None = None
    n_gpu_layers: int = -1
    main_gpu: int = 0
    split_mode: SplitMode = "layer"
    tensor_split: tuple[float, ...] = ()
    flash_attention: FlashAttention = "auto"
    cache_type_k: CacheType = "f16"
    cache_type_v: CacheType = "f16"
    use_mmap: bool = True
    use_mlock: bool = False
    backend: str = "llamar_server.engine.llama:LlamaBackend"
    """``module:name`` of what runs the model; another than llama.cpp is for tests."""

    def __post_init__(self) -> None:
        """Raises ``ValueError`` for sizes with which nothing can run."""
        for name in ("n_parallel", "n_batch", "n_ubatch", "prefill_chunk"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1")
        for name in ("n_ctx", "kv_cells", "cache_ram", "queue_limit"):
            if (getattr(self, name) or 0) < 0:
                raise ValueError(f"{name} must not be negative")


@dataclass(frozen=True, slots=True)
class EmbeddingConfig:
    """How one embedding model, or reranker, is loaded and run.

    ``pooling`` makes one vector of those of a text's tokens (None: as the model says; where it says
    nothing, the mean for an encoder and the last token for a decoder). ``n_ctx`` is the most tokens of
    one text (0: what the model was trained for, at most 8192). ``batch_tokens`` is about how many tokens
    are computed at once; a longer text is computed alone, and a CPU takes fewer where more would change
    vectors. ``queue_limit`` is how many requests may wait. ``threads`` and ``n_gpu_layers`` are as in
    ``EngineConfig``.
    """

    model_path: str
    model_id: str | None = None
    pooling: Pooling | None = None
    n_ctx: int = 0
    batch_tokens: int = 512
    queue_limit: int = 256
    threads: int | None = None
    n_gpu_layers: int = -1
    main_gpu: int = 0
    split_mode: SplitMode = "layer"
    tensor_split: tuple[float, ...] = ()
    flash_attention: FlashAttention = "auto"
    use_mmap: bool = True
    use_mlock: bool = False
    backend: str = "llamar_server.embedding.llama:LlamaEmbeddingBackend"
    """``module:name`` of what runs the model; another than llama.cpp is for tests."""

    def __post_init__(self) -> None:
        """Raises ``ValueError`` for sizes with which nothing can run."""
        if self.batch_tokens < 1:
            raise ValueError("batch_tokens must be at least 1")
        for name in ("n_ctx", "queue_limit"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative")


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """How the HTTP server behaves. ``api_keys`` empty: open. ``cors_origins`` empty: no CORS.

    Sizes in bytes, times in seconds. ``idle_timeout`` is how long the server runs without any request
    (0: for ever). ``strict_models`` refuses a model name that is not served;
    ``reasoning_field`` is the name under which the OpenAI API returns a model's reasoning.
    """

    host: str = "127.0.0.1"
    port: int = 11434
    api_keys: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    max_body_size: int = 32 * 1024 * 1024
    keepalive_interval: float = 10.0
    shutdown_grace: float = 10.0
    idle_timeout: float = 0.0
    strict_models: bool = False
    enable_thinking: bool = False
    reasoning_field: str = "reasoning_content"
