"""The network: a decoder like Qwen3 (RMSNorm, RoPE, grouped queries, norms on queries and keys, SwiGLU,
tied embeddings; arXiv:2505.09388), as llama.cpp runs it for the architecture ``qwen3``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import torch
import torch.nn.functional as F  # noqa: N812 -- as everybody calls it
from torch import Tensor, nn

_SHORT: Final = 640
"""Positions up to which attention is computed without the fused kernel."""


@dataclass(frozen=True)
class ModelConfig:
    """Sizes; ``context`` in tokens."""

    vocabulary: int
    width: int = 256
    layers: int = 6
    heads: int = 4
    kv_heads: int = 2
    head_width: int = 64
    feed_forward: int = 640
    rope_base: float = 10000.0
    epsilon: float = 1e-6
    context: int = 4096


class Norm(nn.Module):
    """Root mean square norm."""

    def __init__(self, width: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        wide = x.float()
        return (wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + self.epsilon) * self.weight).to(
            x.dtype
        )


class Block(nn.Module):
    """One layer: attention, then the feed-forward network."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        queries, keys = config.heads * config.head_width, config.kv_heads * config.head_width
        self.attention_norm = Norm(config.width, config.epsilon)
        self.query = nn.Linear(config.width, queries, bias=False)
        self.key = nn.Linear(config.width, keys, bias=False)
        self.value = nn.Linear(config.width, keys, bias=False)
        self.output = nn.Linear(queries, config.width, bias=False)
        self.query_norm = Norm(config.head_width, config.epsilon)
        self.key_norm = Norm(config.head_width, config.epsilon)
        self.feed_forward_norm = Norm(config.width, config.epsilon)
        self.gate = nn.Linear(config.width, config.feed_forward, bias=False)
        self.up = nn.Linear(config.width, config.feed_forward, bias=False)
        self.down = nn.Linear(config.feed_forward, config.width, bias=False)

    def forward(self, x: Tensor, rotation: tuple[Tensor, Tensor]) -> Tensor:
        x = x + self._attention(self.attention_norm(x), rotation)
        hidden = self.feed_forward_norm(x)
        return x + self.down(F.silu(self.gate(hidden)) * self.up(hidden))

    def _attention(self, x: Tensor, rotation: tuple[Tensor, Tensor]) -> Tensor:
        config = self.config
        query = _rotated(self.query_norm(self._heads(self.query(x), config.heads)), rotation)
        key = _rotated(self.key_norm(self._heads(self.key(x), config.kv_heads)), rotation)
        value = self._heads(self.value(x), config.kv_heads)
        groups = config.heads // config.kv_heads
        seen = _attend(
            query.to(value.dtype),
            key.to(value.dtype).repeat_interleave(groups, dim=1),
            value.repeat_interleave(groups, dim=1),
        )
        return self.output(seen.transpose(1, 2).flatten(2))

    def _heads(self, x: Tensor, count: int) -> Tensor:
        return x.unflatten(-1, (count, self.config.head_width)).transpose(1, 2)


class Model(nn.Module):
    """Token ids to the distribution of the next token."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary, config.width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = Norm(config.width, config.epsilon)
        for name, table in zip(("cosine", "sine"), _rotation_tables(config), strict=True):
            self.register_buffer(name, table, persistent=False)
        self._initialize()

    cosine: Tensor
    sine: Tensor

    def _initialize(self) -> None:
        nn.init.normal_(self.embedding.weight, std=0.02)
        residual = math.sqrt(2 * self.config.layers)
        for name, parameter in self.blocks.named_parameters():
            if parameter.dim() == 2:
                writes = name.endswith(("output.weight", "down.weight"))
                nn.init.normal_(
                    parameter, std=0.5 / math.sqrt(parameter.shape[1]) / (residual if writes else 1)
                )

    def hidden(self, ids: Tensor) -> Tensor:
        """What the last layer knows at every position."""
        length = ids.shape[1]
        rotation = (self.cosine[:length], self.sine[:length])
        x = self.embedding(ids)
        for block in self.blocks:
            x = block(x, rotation)
        return self.norm(x)

    def forward(self, ids: Tensor) -> Tensor:
        return F.linear(self.hidden(ids), self.embedding.weight)

    def predictions(self, ids: Tensor, positions: Tensor) -> Tensor:
        """Logits of the next token at flat ``positions`` only, as most of a prompt is not learned."""
        hidden = self.hidden(ids).flatten(0, 1).index_select(0, positions)
        return F.linear(hidden, self.embedding.weight).float()


def _attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Causal attention. On a CPU plain products are faster for short texts than the fused kernel."""
    length = query.shape[-2]
    if query.device.type != "cpu" or length > _SHORT:
        return F.scaled_dot_product_attention(query, key, value, is_causal=True)
    future = torch.full((length, length), -math.inf, dtype=query.dtype).triu_(1)
    scores = torch.matmul(query * query.shape[-1] ** -0.5, key.mT) + future
    return torch.matmul(scores.softmax(-1), value)


def _rotation_tables(config: ModelConfig) -> tuple[Tensor, Tensor]:
    steps = torch.arange(0, config.head_width, 2, dtype=torch.float32) / config.head_width
    angles = torch.outer(torch.arange(config.context, dtype=torch.float32), config.rope_base**-steps)
    both = torch.cat([angles, angles], dim=-1)
    return both.cos(), both.sin()


def _rotated(x: Tensor, rotation: tuple[Tensor, Tensor]) -> Tensor:
    """Rotary position embedding with the halves of a head as pairs (arXiv:2104.09864)."""
    first, second = x.chunk(2, dim=-1)
    return x * rotation[0] + torch.cat([-second, first], dim=-1) * rotation[1]
