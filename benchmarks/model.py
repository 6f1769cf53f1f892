"""Makes GGUF models of real sizes with random weights, so that a benchmark needs no download.

The shapes and vocabulary sizes are those of well-known models, so that a step costs what theirs does;
what such a model writes means nothing. Refuses to run anything.

GGUF: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import gguf
import numpy as np
from numpy.typing import NDArray

WeightType = Literal["q8_0", "f16"]

RECIPE = 1
"""Part of the file name: a change of what is written must not meet an old file in the cache."""

CONTROL_TOKENS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SPACE = "Ġ"  # how byte-level BPE writes the space
_Q8_0_BLOCK = 32


@dataclass(frozen=True, slots=True)
class Shape:
    """The dimensions of a Qwen3-style transformer. ``n_vocab`` counts all tokens."""

    n_layer: int
    n_embd: int
    n_ff: int
    n_head: int
    n_head_kv: int
    head_dim: int
    n_vocab: int

    @property
    def tensors(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Name and (rows, columns) of every tensor; norms have one dimension."""
        q, kv = self.n_head * self.head_dim, self.n_head_kv * self.head_dim
        yield "token_embd.weight", (self.n_vocab, self.n_embd)
        yield "output_norm.weight", (self.n_embd,)
        for layer in range(self.n_layer):
            for name, shape in (
                ("attn_norm", (self.n_embd,)),
                ("attn_q", (q, self.n_embd)),
                ("attn_k", (kv, self.n_embd)),
                ("attn_v", (kv, self.n_embd)),
                ("attn_q_norm", (self.head_dim,)),
                ("attn_k_norm", (self.head_dim,)),
                ("attn_output", (self.n_embd, q)),
                ("ffn_norm", (self.n_embd,)),
                ("ffn_gate", (self.n_ff, self.n_embd)),
                ("ffn_up", (self.n_ff, self.n_embd)),
                ("ffn_down", (self.n_embd, self.n_ff)),
            ):
                yield f"blk.{layer}.{name}.weight", shape


SHAPES = {
    "tiny": Shape(2, 64, 128, 4, 2, 32, 2_048),
    "135M": Shape(30, 576, 1_536, 9, 3, 64, 49_152),  # SmolLM2-135M
    "0.6B": Shape(28, 1_024, 3_072, 16, 8, 128, 151_936),  # Qwen3-0.6B
    "1B": Shape(16, 2_048, 8_192, 32, 8, 64, 128_256),  # Llama-3.2-1B
    "1.7B": Shape(28, 2_048, 6_144, 16, 8, 128, 151_936),  # Qwen3-1.7B
}


def cache_dir() -> Path:
    """Where made models are kept: the platform's cache folder."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return base / "llamar" / "benchmarks"


def ensure_model(size: str, weights: WeightType, directory: Path) -> Path:
    """The model file of that size, made now unless ``directory`` already holds it."""
    path = directory / f"random-{size}-{weights}-r{RECIPE}.gguf"
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}.partial")
        try:
            write_model(partial, size, SHAPES[size], weights)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    return path


def write_model(path: Path, name: str, shape: Shape, weights: WeightType) -> None:
    """Write a model, one tensor after the other, so that memory stays small at any size.

    Both weight types hold the same numbers, and the same arguments always give the same file.
    """
    writer = gguf.GGUFWriter(path, "qwen3")
    _add_settings(writer, name, shape, weights)
    _add_vocabulary(writer, shape.n_vocab)
    for tensor, dims in shape.tensors:
        _declare(writer, tensor, dims, weights)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    rng = np.random.default_rng(0)
    for tensor, dims in shape.tensors:
        writer.write_tensor_data(_values(rng, tensor, dims, weights))
    writer.close()


def _add_settings(writer: gguf.GGUFWriter, name: str, shape: Shape, weights: WeightType) -> None:
    writer.add_name(f"random-{name}")
    writer.add_description("Random weights, for benchmarks.")
    writer.add_context_length(32_768)
    writer.add_embedding_length(shape.n_embd)
    writer.add_block_count(shape.n_layer)
    writer.add_feed_forward_length(shape.n_ff)
    writer.add_head_count(shape.n_head)
    writer.add_head_count_kv(shape.n_head_kv)
    writer.add_key_length(shape.head_dim)
    writer.add_value_length(shape.head_dim)
    writer.add_rope_freq_base(1e6)
    writer.add_layer_norm_rms_eps(1e-6)
    file_type = gguf.LlamaFileType
    writer.add_file_type(file_type.MOSTLY_Q8_0 if weights == "q8_0" else file_type.MOSTLY_F16)


def _add_vocabulary(writer: gguf.GGUFWriter, n_vocab: int) -> None:
    merges = list(itertools.islice(_merges(), n_vocab - 256 - len(CONTROL_TOKENS)))
    tokens = [*_byte_characters(), *(a + b for a, b in merges), *CONTROL_TOKENS]
    if len(tokens) != n_vocab:
        raise ValueError(f"a vocabulary of {n_vocab} tokens cannot be made")
    kind = gguf.TokenType
    types = [kind.NORMAL] * (n_vocab - len(CONTROL_TOKENS)) + [kind.CONTROL] * len(CONTROL_TOKENS)
    ids = {token: n_vocab - len(CONTROL_TOKENS) + i for i, token in enumerate(CONTROL_TOKENS)}
    writer.add_vocab_size(n_vocab)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges([f"{a} {b}" for a, b in merges])
    writer.add_bos_token_id(ids["<|endoftext|>"])
    writer.add_eos_token_id(ids["<|im_end|>"])
    writer.add_pad_token_id(ids["<|endoftext|>"])
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def _byte_characters() -> list[str]:
    """The character that stands for each byte in byte-level BPE (GPT-2's table).

    Printable Latin-1 characters stand for themselves, the other bytes for the characters from 256 on.
    """
    visible = {*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)}
    spare = itertools.count(256)
    return [chr(byte) if byte in visible else chr(next(spare)) for byte in range(256)]


def _merges() -> Iterator[tuple[str, str]]:
    """Merge rules by rank: letter pairs, then words of four letters, each also after a space."""
    pairs = [a + b for a, b in itertools.product(_LETTERS, repeat=2)]
    yield from itertools.product(_LETTERS, repeat=2)
    quads = [(a, b) for a in pairs for b in pairs]
    for index in np.random.default_rng(1).permutation(len(quads)):
        first, second = quads[index]
        yield first, second
        yield _SPACE, first + second


def _is_matrix(dims: tuple[int, ...]) -> bool:
    return len(dims) == 2


def _declare(writer: gguf.GGUFWriter, name: str, dims: tuple[int, ...], weights: WeightType) -> None:
    types = gguf.GGMLQuantizationType
    count = int(np.prod(dims))
    if not _is_matrix(dims):
        writer.add_tensor_info(name, dims, np.dtype(np.float32), count * 4)
    elif weights == "f16":
        writer.add_tensor_info(name, dims, np.dtype(np.float16), count * 2)
    else:
        size = count // _Q8_0_BLOCK * (2 + _Q8_0_BLOCK)
        writer.add_tensor_info(name, dims, np.dtype(np.float16), size, raw_dtype=types.Q8_0)


def _values(
    rng: np.random.Generator, name: str, dims: tuple[int, ...], weights: WeightType
) -> NDArray[np.generic]:
    if not _is_matrix(dims):
        return np.ones(dims, np.float32)
    integers = rng.integers(-127, 128, size=dims, dtype=np.int8)
    if name == "token_embd.weight":
        _silence(integers)
    scale = np.float16(_scale(name, dims))
    if weights == "f16":
        return integers.astype(np.float16) * scale
    blocks = integers.reshape(-1, _Q8_0_BLOCK).view(np.uint8)
    packed = np.empty((len(blocks), 2 + _Q8_0_BLOCK), np.uint8)
    packed[:, :2] = np.frombuffer(scale.tobytes(), np.uint8)
    packed[:, 2:] = blocks
    return packed


def _silence(embedding: NDArray[np.int8]) -> None:
    """Give single bytes and control tokens the logit 0, which never wins.

    (The output matrix is the embedding.) So an answer is plain letters, and ends only at its limit.
    """
    embedding[:256] = 0
    embedding[-len(CONTROL_TOKENS) :] = 0


def _scale(name: str, dims: tuple[int, ...]) -> float:
    """A step size at which layers outweigh the embedding, else the last token would repeat for ever."""
    spread = 127 / 3**0.5  # the standard deviation of the integers
    return (0.02 if name == "token_embd.weight" else 2 / dims[1] ** 0.5) / spread
