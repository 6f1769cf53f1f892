"""A checkpoint as a GGUF file: architecture ``qwen3``, weights in Q8_0, the tokenizer and the template.

https://github.com/ggml-org/ggml/blob/master/docs/gguf.md names the fields.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import gguf
import numpy as np
from gguf.quants import quantize
from torch import Tensor

from .model import ModelConfig
from .rendering import TEMPLATE_FILE
from .tokenizer import CONTROL, SPECIAL, Vocabulary

_NAMES: Final = {
    "attention_norm": "attn_norm",
    "query": "attn_q",
    "key": "attn_k",
    "value": "attn_v",
    "output": "attn_output",
    "query_norm": "attn_q_norm",
    "key_norm": "attn_k_norm",
    "feed_forward_norm": "ffn_norm",
    "gate": "ffn_gate",
    "up": "ffn_up",
    "down": "ffn_down",
}
_ABOUT: Final = (
    "A tiny chat model with tool calling, trained from scratch on generated conversations, "
    "for demonstrations and tests."
)


def export(path: Path, weights: dict[str, Tensor], config: ModelConfig, vocabulary: Vocabulary) -> None:
    """Writes the GGUF file at ``path``."""
    writer = gguf.GGUFWriter(path, "qwen3")
    _add_description(writer, sum(tensor.numel() for tensor in weights.values()))
    _add_sizes(writer, config)
    _add_tokenizer(writer, vocabulary)
    for name, tensor in weights.items():
        _add_tensor(writer, _gguf_name(name), tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_description(writer: gguf.GGUFWriter, parameters: int) -> None:
    writer.add_name("llamar-tiny")
    writer.add_basename("llamar-tiny")
    writer.add_description(_ABOUT)
    writer.add_author("llamar")
    writer.add_license("mit")
    writer.add_size_label(f"{parameters / 1e6:.1f}M")
    writer.add_languages(["en"])
    writer.add_tags(["text-generation", "tool-calling", "test"])
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)


def _add_sizes(writer: gguf.GGUFWriter, config: ModelConfig) -> None:
    writer.add_context_length(config.context)
    writer.add_embedding_length(config.width)
    writer.add_block_count(config.layers)
    writer.add_feed_forward_length(config.feed_forward)
    writer.add_head_count(config.heads)
    writer.add_head_count_kv(config.kv_heads)
    writer.add_key_length(config.head_width)
    writer.add_value_length(config.head_width)
    writer.add_rope_freq_base(config.rope_base)
    writer.add_layer_norm_rms_eps(config.epsilon)
    writer.add_vocab_size(config.vocabulary)


def _add_tokenizer(writer: gguf.GGUFWriter, vocabulary: Vocabulary) -> None:
    ids = {token: position for position, token in enumerate(vocabulary.tokens)}
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(vocabulary.tokens)
    writer.add_token_types([_token_type(token) for token in vocabulary.tokens])
    writer.add_token_merges([f"{first} {second}" for first, second in vocabulary.merges])
    writer.add_eos_token_id(ids["<|im_end|>"])
    writer.add_eot_token_id(ids["<|im_end|>"])
    writer.add_bos_token_id(ids["<|endoftext|>"])
    writer.add_pad_token_id(ids["<|endoftext|>"])
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)
    writer.add_chat_template(TEMPLATE_FILE.read_text("utf-8").rstrip("\n"))


def _token_type(token: str) -> gguf.TokenType:
    if token in CONTROL:
        return gguf.TokenType.CONTROL
    return gguf.TokenType.USER_DEFINED if token in SPECIAL else gguf.TokenType.NORMAL


def _gguf_name(name: str) -> str:
    """``blocks.0.query.weight`` is ``blk.0.attn_q.weight``."""
    if name.startswith("blocks."):
        _, layer, part, _ = name.split(".")
        return f"blk.{layer}.{_NAMES[part]}.weight"
    return {"embedding.weight": "token_embd.weight", "norm.weight": "output_norm.weight"}[name]


def _add_tensor(writer: gguf.GGUFWriter, name: str, tensor: Tensor) -> None:
    values = tensor.float().cpu().numpy().astype(np.float32)
    if values.ndim == 1:
        writer.add_tensor(name, values)
    else:
        kind = gguf.GGMLQuantizationType.Q8_0
        writer.add_tensor(name, quantize(values, kind), raw_dtype=kind)
