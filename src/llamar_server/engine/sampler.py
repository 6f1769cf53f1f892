"""How the next token of one sequence is chosen.

It refuses to know llama.cpp (a ``TokenSampler`` draws) and how a grammar works (a ``Constraint``
judges).
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from .backend import Logits, TokenIds, TokenSampler
from .constraint import Constraint
from .sampling import SamplingParams


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
