"""all-MiniLM-L6-v2 as a GGUF file, converted from the package's weights once and then kept.

The names and the metadata are those that llama.cpp reads for the architecture ``bert``.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import gguf
import numpy as np
from filelock import FileLock

from tests.embedding_models import package
from tests.embedding_models.wordpiece import Special, add_wordpiece

Quantization = Literal["f16", "q8_0"]

CACHE = Path(__file__).parents[2] / ".cache" / "embedding-models"

_TYPES = {"f16": gguf.GGMLQuantizationType.F16, "q8_0": gguf.GGMLQuantizationType.Q8_0}
_FILE_TYPES = {"f16": gguf.LlamaFileType.MOSTLY_F16, "q8_0": gguf.LlamaFileType.MOSTLY_Q8_0}

_EMBEDDINGS = {
    "word_embeddings": "token_embd",
    "position_embeddings": "position_embd",
    "token_type_embeddings": "token_types",
    "LayerNorm": "token_embd_norm",
}
_LAYER = {
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}
_UNQUANTIZED = {"position_embd.weight", "token_types.weight"}


def minilm(quantization: Quantization) -> Path:
    """The model file, made now if it is not there. Any number of processes may ask at once.
    Raises FileNotFoundError if the package is missing."""
    path = CACHE / f"all-minilm-l6-v2-{quantization}-{_version()}.gguf"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{path}.lock"):
            if not path.exists():
                unfinished = path.with_suffix(".part")
                convert(unfinished, quantization)
                os.replace(unfinished, path)
    return path


def convert(path: Path, quantization: Quantization) -> None:
    """Writes the GGUF file: matrices as ``quantization`` says, all else as 32-bit floats."""
    config = json.loads((package.files() / "config.json").read_text())
    writer = gguf.GGUFWriter(path, "bert")
    writer.add_name("all-MiniLM-L6-v2")
    writer.add_file_type(_FILE_TYPES[quantization])
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    _add_shape(writer, config)
    add_wordpiece(writer, package.vocabulary(), Special.of_bert())
    for name, tensor in _tensors():
        kind = gguf.GGMLQuantizationType.F32
        if tensor.ndim == 2 and name not in _UNQUANTIZED:
            kind = _TYPES[quantization]
        writer.add_tensor(name, gguf.quants.quantize(tensor, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_shape(writer: gguf.GGUFWriter, config: dict[str, Any]) -> None:
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_layer_norm_eps(config["layer_norm_eps"])
    writer.add_token_type_count(config["type_vocab_size"])
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)


def _tensors() -> Iterator[tuple[str, np.ndarray]]:
    """Those that an embedding needs, by their names in GGUF: the pooler is for classifiers."""
    for name, tensor in package.weights().items():
        stem, _, kind = name.rpartition(".")
        if stem.startswith("embeddings."):
            yield f"{_EMBEDDINGS[stem.removeprefix('embeddings.')]}.{kind}", tensor
        elif stem.startswith("encoder.layer."):
            number, _, part = stem.removeprefix("encoder.layer.").partition(".")
            yield f"blk.{number}.{_LAYER[part]}.{kind}", tensor


def _version() -> str:
    """Another one for each state of what the file is made from, so that no stale file is taken."""
    made_from = hashlib.sha256()
    for source in (Path(__file__), Path(__file__).with_name("wordpiece.py")):
        made_from.update(source.read_bytes())
    made_from.update(str((package.files() / "model.safetensors").stat().st_size).encode())
    return made_from.hexdigest()[:12]
