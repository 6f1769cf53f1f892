"""Models of a few kilobytes with random weights, of kinds that the bundled model is not.

``sliding``: attention that sees ``WINDOW`` tokens in most layers (Gemma 3). ``recurrent``: a state in
place of a KV cache (Mamba). ``counting``: a table of positions, which ends (GPT-2). What they write means
nothing; what they compute depends on every token.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import gguf
import numpy as np

WINDOW = 32

_WIDTH, _HEAD, _LAYERS = 64, 32, 6
_WORDS = ["▁", "▁a", "▁the", "e", "t", "a", "th", "the"]
_VOCAB = 3 + 256 + len(_WORDS)


def sliding(path: Path) -> Path:
    writer = gguf.GGUFWriter(path, "gemma3")
    writer.add_sliding_window(WINDOW)
    writer.add_feed_forward_length(_WIDTH)
    writer.add_head_count(2)
    writer.add_head_count_kv(1)
    writer.add_key_length(_HEAD)
    writer.add_value_length(_HEAD)
    writer.add_rope_freq_base(1e6)
    return _write(writer, path, _sliding_layers())


def recurrent(path: Path) -> Path:
    return _write(_recurrent_writer(path), path, _recurrent_layers())


def counting(path: Path) -> Path:
    writer = gguf.GGUFWriter(path, "gpt2")
    writer.add_feed_forward_length(_WIDTH)
    writer.add_head_count(2)
    writer.add_layer_norm_eps(1e-6)
    return _write(writer, path, _counting_layers(), n_ctx=WINDOW)


def without_tokenizer(path: Path) -> Path:
    return _write(_recurrent_writer(path), path, _recurrent_layers(), tokenizer=False)


def _recurrent_writer(path: Path) -> gguf.GGUFWriter:
    writer = gguf.GGUFWriter(path, "mamba")
    writer.add_feed_forward_length(0)
    writer.add_head_count(0)
    writer.add_ssm_conv_kernel(4)
    writer.add_ssm_inner_size(2 * _WIDTH)
    writer.add_ssm_state_size(16)
    writer.add_ssm_time_step_rank(4)
    return writer


def _sliding_layers() -> Iterator[tuple[str, tuple[int, ...]]]:
    for i in range(_LAYERS):
        for name, shape in {
            "attn_norm.weight": (_WIDTH,),
            "attn_q.weight": (2 * _HEAD, _WIDTH),
            "attn_k.weight": (_HEAD, _WIDTH),
            "attn_v.weight": (_HEAD, _WIDTH),
            "attn_output.weight": (_WIDTH, 2 * _HEAD),
            "post_attention_norm.weight": (_WIDTH,),
            "attn_q_norm.weight": (_HEAD,),
            "attn_k_norm.weight": (_HEAD,),
            "ffn_norm.weight": (_WIDTH,),
            "ffn_gate.weight": (_WIDTH, _WIDTH),
            "ffn_up.weight": (_WIDTH, _WIDTH),
            "ffn_down.weight": (_WIDTH, _WIDTH),
            "post_ffw_norm.weight": (_WIDTH,),
        }.items():
            yield f"blk.{i}.{name}", shape


def _counting_layers() -> Iterator[tuple[str, tuple[int, ...]]]:
    yield "position_embd.weight", (WINDOW, _WIDTH)
    yield "output_norm.bias", (_WIDTH,)
    for i in range(_LAYERS):
        for name, shape in {
            "attn_norm": (_WIDTH,),
            "attn_qkv": (3 * _WIDTH, _WIDTH),
            "attn_output": (_WIDTH, _WIDTH),
            "ffn_norm": (_WIDTH,),
            "ffn_up": (_WIDTH, _WIDTH),
            "ffn_down": (_WIDTH, _WIDTH),
        }.items():
            yield f"blk.{i}.{name}.weight", shape
            yield f"blk.{i}.{name}.bias", shape[:1]


def _recurrent_layers() -> Iterator[tuple[str, tuple[int, ...]]]:
    inner = 2 * _WIDTH
    for i in range(_LAYERS):
        for name, shape in {
            "attn_norm.weight": (_WIDTH,),
            "ssm_in.weight": (2 * inner, _WIDTH),
            "ssm_conv1d.weight": (inner, 4),
            "ssm_conv1d.bias": (inner,),
            "ssm_x.weight": (4 + 2 * 16, inner),
            "ssm_dt.weight": (inner, 4),
            "ssm_dt.bias": (inner,),
            "ssm_a": (inner, 16),
            "ssm_d": (inner,),
            "ssm_out.weight": (_WIDTH, inner),
        }.items():
            yield f"blk.{i}.{name}", shape


def _write(
    writer: gguf.GGUFWriter,
    path: Path,
    layers: Iterator[tuple[str, tuple[int, ...]]],
    *,
    tokenizer: bool = True,
    n_ctx: int = 2048,
) -> Path:
    writer.add_context_length(n_ctx)
    writer.add_embedding_length(_WIDTH)
    writer.add_block_count(_LAYERS)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_vocab_size(_VOCAB)
    if tokenizer:
        _add_vocabulary(writer)
    else:
        writer.add_tokenizer_model("none")
    random = np.random.default_rng(0)
    for name, shape in [("token_embd.weight", (_VOCAB, _WIDTH)), ("output_norm.weight", (_WIDTH,)), *layers]:
        writer.add_tensor(name, _values(random, name, shape))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_vocabulary(writer: gguf.GGUFWriter) -> None:
    """A SentencePiece vocabulary that begins prompts with a token of its own, and a space."""
    kind = gguf.TokenType
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), *_WORDS]
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([-float(len(_WORDS) - i) if i >= 259 else 0.0 for i in range(_VOCAB)])
    special = [kind.UNKNOWN, kind.CONTROL, kind.CONTROL]
    writer.add_token_types([*special, *[kind.BYTE] * 256, *[kind.NORMAL] * len(_WORDS)])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_bos_token(True)


def _values(random: np.random.Generator, name: str, shape: tuple[int, ...]) -> np.ndarray:
    if name.endswith("ssm_a"):
        return -np.exp(random.normal(size=shape) * 0.5 - 3).astype(np.float32)  # a memory that fades slowly
    if "norm" in name or name.endswith(("ssm_d", "bias")):
        return np.ones(shape, np.float32)
    scale = 0.02 if name == "token_embd.weight" else shape[-1] ** -0.5  # else the last token is repeated
    return (random.normal(size=shape) * scale).astype(np.float32)
