"""all-MiniLM-L6-v2 computed by NumPy, from its description and the package's weights alone.

BERT: https://arxiv.org/abs/1810.04805. The mean over all tokens, and its length made 1, are what
the model's card prescribes. Tokens come from the package's own tokenizer.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from tests.embedding_models import package

Array = NDArray[np.float32]

MAX_TOKENS = 512
DIMENSIONS = 384

_GRID = np.linspace(-6, 6, 48_001, dtype=np.float32)
_ERF = np.array([math.erf(x) for x in _GRID], np.float32)


def reference_tokens(text: str) -> list[int]:
    """With ``[CLS]`` and ``[SEP]`` around them."""
    ids: list[int] = _tokenizer().encode(text).ids
    return ids


def reference_embeddings(texts: Sequence[str]) -> Array:
    """One row of length 1 for each text. Raises ValueError for a text of more than 512 tokens."""
    return np.stack([embed_tokens(reference_tokens(text)) for text in texts])


def embed_tokens(tokens: Sequence[int]) -> Array:
    """The embedding of tokens as they are, of length 1."""
    pooled = token_states(tokens).mean(axis=0)
    unit: Array = pooled / np.linalg.norm(pooled)
    return unit


def token_states(tokens: Sequence[int]) -> Array:
    """What stands above each token after the last layer: what pooling "none" gives."""
    if len(tokens) > MAX_TOKENS:
        raise ValueError(f"{len(tokens)} tokens of at most {MAX_TOKENS}")
    table = package.weights()
    states = (
        table["embeddings.word_embeddings.weight"][list(tokens)]
        + table["embeddings.position_embeddings.weight"][: len(tokens)]
        + table["embeddings.token_type_embeddings.weight"][0]
    )
    states = _norm(states, "embeddings.LayerNorm")
    for number in range(_config()["num_hidden_layers"]):
        layer = f"encoder.layer.{number}"
        attended = _linear(_attention(states, f"{layer}.attention.self"), f"{layer}.attention.output.dense")
        states = _norm(states + attended, f"{layer}.attention.output.LayerNorm")
        thought = _linear(_gelu(_linear(states, f"{layer}.intermediate.dense")), f"{layer}.output.dense")
        states = _norm(states + thought, f"{layer}.output.LayerNorm")
    return states


def _attention(states: Array, name: str) -> Array:
    heads = _config()["num_attention_heads"]

    def split(part: str) -> Array:
        return _linear(states, f"{name}.{part}").reshape(len(states), heads, -1).transpose(1, 0, 2)

    queries, keys, values = split("query"), split("key"), split("value")
    scores = queries @ keys.transpose(0, 2, 1) / math.sqrt(queries.shape[-1])
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    mixed: Array = (shares / shares.sum(axis=-1, keepdims=True)) @ values
    return mixed.transpose(1, 0, 2).reshape(states.shape)


def _linear(states: Array, name: str) -> Array:
    product: Array = states @ package.weights()[f"{name}.weight"].T + package.weights()[f"{name}.bias"]
    return product


def _norm(states: Array, name: str) -> Array:
    centred = states - states.mean(axis=-1, keepdims=True)
    scale = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + _config()["layer_norm_eps"])
    normed: Array = centred / scale * package.weights()[f"{name}.weight"] + package.weights()[f"{name}.bias"]
    return normed


def _gelu(x: Array) -> Array:
    bent: Array = x * (1 + np.interp(x / math.sqrt(2), _GRID, _ERF).astype(np.float32)) / 2
    return bent


@cache
def _config() -> dict[str, int]:
    config: dict[str, int] = json.loads((package.files() / "config.json").read_text())
    return config


@cache
def _tokenizer() -> Tokenizer:
    """The package's, which pads to 128 tokens and cuts there, as in training; here, texts are whole."""
    tokenizer = Tokenizer.from_file(str(package.files() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer
