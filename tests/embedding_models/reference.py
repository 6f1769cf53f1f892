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

_TABLES = ("word", "position", "token_type")
_QKV = ("query", "key", "value")
_GRID = np.linspace(-6, 6, 48_001, dtype=np.float32)
_ERF = np.array([math.erf(x) for x in _GRID], np.float32)


def reference_tokens(text: str) -> list[int]:
    """With ``[CLS]`` and ``[SEP]`` around them."""
    ids: list[int] = _tokenizer().encode(text).ids
    return ids


def reference_embeddings(texts: Sequence[str]) -> Array:
    """One row of length 1 for each text. Raises ValueError for a text of more than 512 tokens."""
    return embed_tokens(*map(reference_tokens, texts))


def embed_tokens(*sequences: Sequence[int]) -> Array:
    """One row of length 1 for each sequence of tokens, which are taken as they are."""
    pooled = np.stack([states.mean(axis=0) for states in token_states(*sequences)])
    unit: Array = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
    return unit


def token_states(*sequences: Sequence[int]) -> list[Array]:
    """For each sequence what stands above its tokens after the last layer: what pooling "none" gives.

    All are computed together, as NumPy takes its time over small matrices; only attention keeps them apart.
    """
    lengths = [len(tokens) for tokens in sequences]
    if max(lengths) > MAX_TOKENS:
        raise ValueError(f"{max(lengths)} tokens of at most {MAX_TOKENS}")
    borders = np.cumsum(lengths)[:-1]
    states = _input(np.concatenate(sequences), np.concatenate([np.arange(n) for n in lengths]))
    for number in range(_config()["num_hidden_layers"]):
        layer = f"encoder.layer.{number}"
        asked = [np.split(_linear(states, f"{layer}.attention.self.{part}"), borders) for part in _QKV]
        mixed = np.concatenate([_attention(*each) for each in zip(*asked, strict=True)])
        attended = _linear(mixed, f"{layer}.attention.output.dense")
        states = _norm(states + attended, f"{layer}.attention.output.LayerNorm")
        thought = _linear(_gelu(_linear(states, f"{layer}.intermediate.dense")), f"{layer}.output.dense")
        states = _norm(states + thought, f"{layer}.output.LayerNorm")
    return np.split(states, borders)


def _input(tokens: NDArray[np.int64], positions: NDArray[np.int64]) -> Array:
    table = {name: package.weights()[f"embeddings.{name}_embeddings.weight"] for name in _TABLES}
    total = table["word"][tokens] + table["position"][positions] + table["token_type"][0]
    return _norm(total, "embeddings.LayerNorm")


def _attention(queries: Array, keys: Array, values: Array) -> Array:
    """Of one sequence to itself. All are [tokens, heads x width of a head]."""

    def split(states: Array) -> Array:
        return states.reshape(len(states), _config()["num_attention_heads"], -1).transpose(1, 0, 2)

    scores = split(queries) @ split(keys).transpose(0, 2, 1) / math.sqrt(split(queries).shape[-1])
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    mixed: Array = (shares / shares.sum(axis=-1, keepdims=True)) @ split(values)
    return mixed.transpose(1, 0, 2).reshape(queries.shape)


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
