"""The objects that every OpenAI answer is made of: ids, usage, finish reasons."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from ...chat.events import FinishReason, Usage

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
