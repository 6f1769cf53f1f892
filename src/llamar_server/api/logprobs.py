"""Log probabilities of tokens as OpenAI's APIs write them. Pure."""

from __future__ import annotations

from typing import Any, Final

from ..engine.protocol import TokenLogprob

# OpenAI's own floor for a token that is all but impossible; JSON has no infinity.
MIN_LOGPROB: Final = -9999.0


def logprob(value: float) -> float:
    return max(value, MIN_LOGPROB)


def token_text(piece: bytes) -> str:
    """A token's text; bytes that are only a part of a character are written as ``\\xf0``."""
    return piece.decode("utf-8", "backslashreplace")


def token_logprob(token: TokenLogprob) -> dict[str, Any]:
    """A token and its alternatives."""
    return {
        **_scored(token),
        "top_logprobs": [_scored(each) for each in token.top],
    }


def _scored(token: TokenLogprob) -> dict[str, Any]:
    return {
        "token": token_text(token.piece),
        "logprob": logprob(token.logprob),
        "bytes": list(token.piece),
    }
