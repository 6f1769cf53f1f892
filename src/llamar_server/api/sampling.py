"""The fields about sampling that requests of several APIs share, and what they mean inside."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from ..engine.sampling import SamplingParams
from .body import WireModel


def _logit_bias(value: Any) -> Any:
    """Token ids are written as strings, for they are keys; a bias is between -100 and 100."""
    if not isinstance(value, dict):
        return value
    try:
        biases = {int(token): float(bias) for token, bias in value.items()}
    except (TypeError, ValueError):
        raise PydanticCustomError("logit_bias", "must map token ids to numbers") from None
    if any(token < 0 or not -100 <= bias <= 100 for token, bias in biases.items()):
        raise PydanticCustomError("logit_bias", "must map token ids to numbers from -100 to 100")
    return biases


def _stop(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


LogitBias = Annotated[
    dict[int, float], BeforeValidator(_logit_bias, json_schema_input_type=dict[str, float] | list[Any])
]
Stop = Annotated[
    list[Annotated[str, Field(min_length=1)]], BeforeValidator(_stop, json_schema_input_type=str | list[str])
]
Penalty = Annotated[float, Field(ge=-2, le=2)]
Share = Annotated[float, Field(ge=0, le=1)]


class SamplingFields(WireModel):
    """Ours beside OpenAI's: top_k, min_p, typical_p, repeat_penalty, repeat_last_n."""

    temperature: Annotated[float, Field(ge=0)] | None = None
    top_p: Share | None = None
    top_k: Annotated[int, Field(ge=-1, lt=2**31)] | None = None
    min_p: Share | None = None
    typical_p: Share | None = None
    repeat_penalty: Annotated[float, Field(gt=0)] | None = Field(
        None, validation_alias=AliasChoices("repeat_penalty", "repetition_penalty")
    )
    repeat_last_n: Annotated[int, Field(ge=-1, lt=2**31)] | None = None
    frequency_penalty: Penalty | None = None
    presence_penalty: Penalty | None = None
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None
    logit_bias: LogitBias | None = None
    stop: Stop | None = None

    def sampling(self) -> SamplingParams:
        """The fields that are there; the engine's own defaults for the others."""
        given = {
            "temperature": self.temperature,
            "top_p": self.top_p,
            "top_k": None if self.top_k is None else max(self.top_k, 0),  # both -1 and 0 mean: all
            "min_p": self.min_p,
            "typical_p": self.typical_p,
            "repeat_penalty": self.repeat_penalty,
            "penalty_last_n": self.repeat_last_n,
            "frequency_penalty": self.frequency_penalty,
            "presence_penalty": self.presence_penalty,
            "seed": self.seed,
            "logit_bias": self.logit_bias,
        }
        known: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        return SamplingParams(**known)
