"""What a request may ask of the sampler, and its bounds. Values only: no sampling here."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

MAX_TOP_LOGPROBS = 20

_COLDEST = 1e-6  # below it nothing but the likeliest token is left, and logits divided by it overflow


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """How the next token is chosen. The defaults are llama.cpp's own.

    ``temperature`` 0 is greedy. ``top_k`` 0, ``top_p`` 1, ``min_p`` 0 and ``typical_p`` 1 switch that
    filter off. ``penalty_last_n`` counts the tokens that the penalties look back on (-1: all).
    ``seed`` None draws one. ``logit_bias`` maps a token id to what is added to its logit.
    """

    temperature: float = 0.8
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    typical_p: float = 1.0
    repeat_penalty: float = 1.0
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    penalty_last_n: int = 64
    seed: int | None = None
    logit_bias: dict[int, float] = field(default_factory=dict)

    @property
    def greedy(self) -> bool:
        return self.temperature < _COLDEST

    @property
    def penalized(self) -> bool:
        changed = self.repeat_penalty != 1 or self.frequency_penalty != 0 or self.presence_penalty != 0
        return changed and self.penalty_last_n != 0

    def within(self, n_ctx: int) -> SamplingParams:
        """With penalties that look back on no more than a window: room for that is allocated."""
        last_n = n_ctx if self.penalty_last_n < 0 else min(self.penalty_last_n, n_ctx)
        return replace(self, penalty_last_n=last_n)
