"""Embedding models and rerankers with the right architecture, random weights, and so NO MEANING AT ALL.

What they compute depends on every token, and is the same for the same seed: that is enough for tests of
shapes, order and arithmetic. Whether an answer is a good one can be asked of ``minilm`` only.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from gguf import GGUFReader, GGUFWriter, PoolingType

import llamar_server
from tests.embedding_models.wordpiece import Special, add_wordpiece

MODEL_OF_THE_VOCABULARY = Path(llamar_server.__file__).parent / "data" / "llamar-tiny.gguf"

WIDTH = 64
CONTEXT = 512
LAYERS = 2
RERANK_TEMPLATE = "<|im_start|>user\nQuery: {query}\nDocument: {document}<|im_end|>\n<|im_start|>assistant\n"

_HEADS = 2
_INNER = 128
_WORDS = ["the", "of", "is", "in", "cat", "dog", "##ing", "##ed"]  # none twice: llama.cpp aborts on that
_CHARACTERS = string.digits + string.ascii_lowercase + string.punctuation
_SPECIAL = Special(pad=0, unknown=1, cls=2, sep=3, mask=4)
_PIECES = [
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"),
    *_CHARACTERS,
    *(f"##{character}" for character in _CHARACTERS),
    *_WORDS,
]

Shapes = Iterator[tuple[str, tuple[int, ...]]]


def reranker(path: Path, *, labels: Sequence[str] = ("relevance",), seed: int = 0) -> Path:
    """BERT with a head that gives one score for each label: ``[CLS] query [SEP] document [SEP]``."""
    writer = _encoder(path, "bert", PoolingType.RANK)
    writer.add_classifier_output_labels(labels)
    head: list[tuple[str, tuple[int, ...]]] = [
        ("cls.weight", (WIDTH, WIDTH)),
        ("cls.bias", (WIDTH,)),
        ("cls.output.weight", (len(labels), WIDTH)),
        ("cls.output.bias", (len(labels),)),
    ]
    return _write(writer, path, [*_bert(), *head], seed)


def nomic_encoder(path: Path, *, seed: int = 0) -> Path:
    """Nomic's BERT: rotary positions, a gate, no biases, the mean of all tokens."""
    writer = _encoder(path, "nomic-bert", PoolingType.MEAN)
    writer.add_rope_freq_base(1000.0)
    return _write(writer, path, _nomic_bert(), seed)


def decoder_embedder(path: Path, *, pooling: PoolingType = PoolingType.LAST, seed: int = 0) -> Path:
    """Qwen3-Embedding's kind: a language model whose last token stands for the text."""
    return _write(_decoder(path, pooling), path, _qwen3(), seed)


def decoder_reranker(path: Path, *, seed: int = 0) -> Path:
    """Qwen3-Reranker's kind: a prompt template called ``rerank``, and the shares of ``yes`` and ``no``."""
    writer = _decoder(path, PoolingType.RANK)
    writer.add_classifier_output_labels(["yes", "no"])
    writer.add_chat_template([{"name": "rerank", "template": RERANK_TEMPLATE}])
    return _write(writer, path, [*_qwen3(), ("cls.output.weight", (2, WIDTH))], seed)


def _encoder(path: Path, architecture: str, pooling: PoolingType) -> GGUFWriter:
    writer = _writer(path, architecture, pooling)
    writer.add_layer_norm_eps(1e-12)
    writer.add_token_type_count(2)
    writer.add_causal_attention(False)
    add_wordpiece(writer, _PIECES, _SPECIAL)
    return writer


def _decoder(path: Path, pooling: PoolingType) -> GGUFWriter:
    writer = _writer(path, "qwen3", pooling)
    writer.add_head_count_kv(1)
    writer.add_key_length(WIDTH // _HEADS)
    writer.add_value_length(WIDTH // _HEADS)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(1e-6)
    _copy_vocabulary(writer)
    return writer


def _writer(path: Path, architecture: str, pooling: PoolingType) -> GGUFWriter:
    writer = GGUFWriter(path, architecture)
    writer.add_name(f"random {architecture}")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(_INNER)
    writer.add_block_count(LAYERS)
    writer.add_head_count(_HEADS)
    writer.add_pooling_type(pooling)
    return writer


def _copy_vocabulary(writer: GGUFWriter) -> None:
    """That of the bundled model, but that a text ends with the end token, as Qwen3-Embedding has it."""
    for name, field in GGUFReader(MODEL_OF_THE_VOCABULARY).fields.items():
        if not name.startswith("tokenizer.ggml.") or name == "tokenizer.ggml.add_eos_token":
            continue
        nested = field.types[1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(name, field.contents(), field.types[0], sub_type=nested)
    writer.add_add_eos_token(True)


def _bert() -> Shapes:
    yield "position_embd.weight", (CONTEXT, WIDTH)
    yield from _encoder_input()
    for layer in _layers():
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            yield from _with_bias(f"{layer}.{part}", (WIDTH, WIDTH))
        yield from _with_bias(f"{layer}.attn_output_norm", (WIDTH,))
        yield from _with_bias(f"{layer}.ffn_up", (_INNER, WIDTH))
        yield from _with_bias(f"{layer}.ffn_down", (WIDTH, _INNER))
        yield from _with_bias(f"{layer}.layer_output_norm", (WIDTH,))


def _nomic_bert() -> Shapes:
    yield from _encoder_input()
    for layer in _layers():
        yield f"{layer}.attn_qkv.weight", (3 * WIDTH, WIDTH)
        yield f"{layer}.attn_output.weight", (WIDTH, WIDTH)
        yield from _with_bias(f"{layer}.attn_output_norm", (WIDTH,))
        yield f"{layer}.ffn_up.weight", (_INNER, WIDTH)
        yield f"{layer}.ffn_gate.weight", (_INNER, WIDTH)
        yield f"{layer}.ffn_down.weight", (WIDTH, _INNER)
        yield from _with_bias(f"{layer}.layer_output_norm", (WIDTH,))


def _encoder_input() -> Shapes:
    yield "token_embd.weight", (len(_PIECES), WIDTH)
    yield "token_types.weight", (2, WIDTH)
    yield from _with_bias("token_embd_norm", (WIDTH,))


def _qwen3() -> Shapes:
    n_vocab = len(GGUFReader(MODEL_OF_THE_VOCABULARY).fields["tokenizer.ggml.tokens"].data)
    head = WIDTH // _HEADS
    yield "token_embd.weight", (n_vocab, WIDTH)
    yield "output_norm.weight", (WIDTH,)
    for layer in _layers():
        yield f"{layer}.attn_norm.weight", (WIDTH,)
        yield f"{layer}.attn_q.weight", (_HEADS * head, WIDTH)
        yield f"{layer}.attn_k.weight", (head, WIDTH)
        yield f"{layer}.attn_v.weight", (head, WIDTH)
        yield f"{layer}.attn_output.weight", (WIDTH, _HEADS * head)
        yield f"{layer}.attn_q_norm.weight", (head,)
        yield f"{layer}.attn_k_norm.weight", (head,)
        yield f"{layer}.ffn_norm.weight", (WIDTH,)
        yield f"{layer}.ffn_gate.weight", (_INNER, WIDTH)
        yield f"{layer}.ffn_up.weight", (_INNER, WIDTH)
        yield f"{layer}.ffn_down.weight", (WIDTH, _INNER)


def _layers() -> Iterator[str]:
    return (f"blk.{number}" for number in range(LAYERS))


def _with_bias(name: str, shape: tuple[int, ...]) -> Shapes:
    yield f"{name}.weight", shape
    yield f"{name}.bias", shape[:1]


def _write(writer: GGUFWriter, path: Path, tensors: Shapes | list[Any], seed: int) -> Path:
    random = np.random.default_rng(seed)
    for name, shape in tensors:
        writer.add_tensor(name, _values(random, name, shape))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _values(random: np.random.Generator, name: str, shape: tuple[int, ...]) -> np.ndarray:
    if "norm" in name and name.endswith("weight"):
        return np.ones(shape, np.float32)
    scale = 1.0 if "embd" in name else 2 * shape[-1] ** -0.5  # strong enough that attention tells texts apart
    return (random.normal(size=shape) * scale).astype(np.float32)
