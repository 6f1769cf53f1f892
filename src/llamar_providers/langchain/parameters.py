"""How an answer is made: the parameters of a request that are fields of the chat model."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class Parameters(BaseModel):
    """All optional, None leaves it to the server. The names are those of the server's body, where
    ``docs/api-openai.md`` says more; for what is not here there is ``extra_body``."""

    temperature: float | None = Field(default=None, description="0 always takes the likeliest token")
    top_p: float | None = None
    top_k: int | None = Field(default=None, description="0 and -1: all tokens")
    min_p: float | None = None
    typical_p: float | None = None
    repeat_penalty: float | None = None
    repeat_last_n: int | None = Field(default=None, description="tokens that penalties look back on; -1: all")
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    logit_bias: dict[int, float] | None = None
    seed: int | None = None
    max_tokens: int | None = Field(default=None, description="of the answer, its reasoning included")
    stop: list[str] | None = None
    n: int | None = Field(default=None, description="how many answers; more than one only without streaming")
    logprobs: bool | None = None
    top_logprobs: int | None = None
    ignore_eos: bool | None = None
    enable_thinking: bool | None = Field(default=None, description="whether the model reasons first")
    reasoning_effort: str | None = Field(default=None, description="'none', or one of the template's")
    reasoning_budget: int | None = Field(default=None, description="tokens of reasoning; -1: no limit")
    chat_template_kwargs: dict[str, Any] | None = Field(default=None, description="for the chat template")

    def parameters(self) -> dict[str, Any]:
        """Those that are set."""
        values = {name: getattr(self, name) for name in Parameters.model_fields}
        return {name: value for name, value in values.items() if value is not None}
