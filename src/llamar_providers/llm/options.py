"""What ``-o`` takes: everything that decides how an answer is sampled."""

from __future__ import annotations

import json
from typing import Annotated, Any

import llm
from pydantic import BeforeValidator, Field


def _json(value: Any) -> Any:
    """On the command line every option is text."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError("must be JSON: token ids and what is added to their logits") from None


class Options(llm.Options):
    """Everything that decides how the answer is sampled."""

    temperature: float | None = Field(None, ge=0, description="Randomness; 0 takes the likeliest token.")
    top_k: int | None = Field(None, ge=0, description="Sample from this many likeliest tokens; 0: all.")
    top_p: float | None = Field(None, ge=0, le=1, description="Sample from the tokens of this mass.")
    min_p: float | None = Field(
        None, ge=0, le=1, description="Drop tokens less likely than this part of the likeliest one."
    )
    typical_p: float | None = Field(None, ge=0, le=1, description="Locally typical sampling; 1: off.")
    repeat_penalty: float | None = Field(None, gt=0, description="Penalty for repeated tokens; 1: off.")
    repeat_last_n: int | None = Field(
        None, ge=-1, description="How many tokens the penalties look back on; -1: all."
    )
    frequency_penalty: float | None = Field(None, ge=-2, le=2, description="Penalty by count of a token.")
    presence_penalty: float | None = Field(None, ge=-2, le=2, description="Penalty for tokens seen before.")
    logit_bias: Annotated[dict[int, float] | None, BeforeValidator(_json)] = Field(
        None, description='What to add to the logits of tokens, from -100 to 100: {"1712": -100}.'
    )
    seed: int | None = Field(None, description="Seed of the random numbers.")
    max_tokens: int | None = Field(None, ge=1, description="Most tokens of the answer.")
    stop: str | list[str] | None = Field(None, description="Text at which the answer ends.")
    regex: str | None = Field(None, description="Regular expression that the answer must match.")
    grammar: str | None = Field(None, description="Grammar (GBNF) that the answer must follow.")
    enable_thinking: bool | None = Field(None, description="Let a model think that can do without.")
    reasoning_effort: str | None = Field(None, description="How much to think: none, low, medium or high.")
    reasoning_budget: int | None = Field(None, ge=-1, description="Most tokens of thinking; -1: any number.")
