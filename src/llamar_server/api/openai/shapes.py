"""The objects that every OpenAI answer is made of: ids, usage, log probabilities, finish reasons."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from ...chat.events import FinishReason, Usage
from ...engine.protocol import TokenLogprob

# OpenAI's own floor for a token that is all but impossible; JSON has no infinity.
MIN_LOGPROB: Final = -9999.0

FINISH_REASONS: Final[dict[FinishReason, str]] = {
    "stop": "stop",
    "length": "length",
    "context": "length",
    "tool_calls": "tool_calls",
}


@dataclass(frozen=True, slots=True)
class Head:
    """What is the same in every object of one answer. ``model`` is the name that the client asked for."""

    id: str
    created: int
    model: str

    def fields(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}


def new_head(prefix: str, model: str) -> Head:
    return Head(f"{prefix}-{uuid.uuid4().hex}", int(time.time()), model)


def usage(counts: Iterable[Usage]) -> dict[str, Any]:
    """The usage of an answer with one or more choices, which share one prompt."""
    each = list(counts)
    prompt = max(one.prompt_tokens for one in each)
    completion = sum(one.completion_tokens for one in each)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        # A later choice finds the prompt that the first has just computed: only what was there before counts.
        "prompt_tokens_details": {"cached_tokens": min(one.cached_tokens for one in each)},
        "completion_tokens_details": {"reasoning_tokens": sum(one.reasoning_tokens for one in each)},
    }


def logprob(value: float) -> float:
    return max(value, MIN_LOGPROB)


def token_text(piece: bytes) -> str:
    """A token's text; bytes that are only a part of a character are written as ``\\xf0``."""
    return piece.decode("utf-8", "backslashreplace")


def token_logprob(token: TokenLogprob) -> dict[str, Any]:
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
