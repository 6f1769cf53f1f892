"""Log-probabilities of the tokens that were chosen, taken from the model's own distribution: before
penalties, biases, grammars and temperature."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from .backend import Logits
from .protocol import TokenLogprob


def token_logprob(logits: Logits, token: int, n_top: int, piece: Callable[[int], bytes]) -> TokenLogprob:
    """The log-probability of ``token`` and the ``n_top`` likeliest tokens, the likeliest first."""
    logprobs = log_softmax(logits)
    top: tuple[TokenLogprob, ...] = ()
    if n_top:
        likeliest = np.argpartition(logprobs, -n_top)[-n_top:]
        ordered = likeliest[np.argsort(-logprobs[likeliest], kind="stable")]
        top = tuple(TokenLogprob(int(t), piece(int(t)), float(logprobs[t])) for t in ordered)
    return TokenLogprob(token, piece(token), float(logprobs[token]), top)


def log_softmax(logits: Logits) -> Logits:
    """Natural-log probabilities of a row."""
    top = float(logits.max())
    return logits - np.float32(top + math.log(float(np.exp(logits - top).sum())))
