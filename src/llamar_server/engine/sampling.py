"""What a request may ask of the sampler, and how the next token of one sequence is chosen.

It refuses to know llama.cpp (a ``TokenSampler`` draws) and how a grammar works (a ``Constraint``
judges).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .backend import Logits, TokenIds, TokenSampler
    from .constraint import Constraint

MAX_TOP_LOGPROBS = 20


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
        return self.temperature <= 0

    @property
    def penalized(self) -> bool:
        changed = self.repeat_penalty != 1 or self.frequency_penalty != 0 or self.presence_penalty != 0
        return changed and self.penalty_last_n != 0

    def within(self, n_ctx: int) -> SamplingParams:
        """With penalties that look back on no more than a window: room for that is allocated."""
        last_n = n_ctx if self.penalty_last_n < 0 else min(self.penalty_last_n, n_ctx)
        return replace(self, penalty_last_n=last_n)


class SequenceSampler:
    """Chooses the tokens of one sequence.

    A constrained token is drawn first and checked after: the check costs about a microsecond, and
    only a rejected draw pays for the mask. For plain temperature sampling the result has exactly the
    distribution of masking first; with top-k and the like the filter comes before the mask.
    """

    def __init__(self, params: SamplingParams, drawer: TokenSampler, banned: Iterable[int]) -> None:
        bias = {**params.logit_bias, **dict.fromkeys(banned, -math.inf)}
        self._bias_ids = np.fromiter(bias.keys(), np.int32, len(bias))
        self._bias = np.fromiter(bias.values(), np.float32, len(bias))
        self._argmax = params.greedy and not params.penalized
        self._drawer = drawer

    def choose(self, logits: Logits, constraint: Constraint | None) -> int:
        """The next token; already consumed by ``constraint``. Writes into ``logits``."""
        if len(self._bias):
            logits[self._bias_ids] += self._bias
        token = self._draw(logits)
        if constraint is not None and not constraint.accepts(token):
            token = self._draw(*constraint.restrict(logits))
            constraint.accepts(token)
        self.accept(token)
        return token

    def accept(self, token: int) -> None:
        """Count a token that was not drawn: one of the prompt, or one that a grammar forced."""
        if not self._argmax:
            self._drawer.accept(token)

    def close(self) -> None:
        self._drawer.close()

    def _draw(self, logits: Logits, ids: TokenIds | None = None) -> int:
        if not self._argmax:
            return self._drawer.sample(logits, ids)
        best = int(logits.argmax())
        return best if ids is None else int(ids[best])


def log_softmax(logits: Logits) -> Logits:
    """Natural-log probabilities of a row."""
    top = float(logits.max())
    return logits - np.float32(top + math.log(float(np.exp(logits - top).sum())))
