"""The response object, except for what the model said: https://platform.openai.com/docs/api-reference/responses/object."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import Any, Final

from ...chat.events import Usage
from . import schema as wire
from .tools import Offered, offered

_WORDS: Final = ("auto", "none", "required")
_TEXT: Final = {"type": "text"}


@dataclass(frozen=True, slots=True)
class Head:
    """What is the same from the first event of an answer to the last. ``request`` is told back."""

    id: str
    created: int
    request: dict[str, Any]
    tools: dict[str, Offered]
    summarized: bool = False
    sealed: bool = False

    def snapshot(self, status: str, output: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        """The response object at a moment; ``more`` is what only some moments have."""
        return {
            "id": self.id,
            "object": "response",
            "created_at": self.created,
            "status": status,
            "background": False,
            "completed_at": None,
            "error": None,
            "incomplete_details": None,
            "output": output,
            "usage": None,
            **self.request,
            **more,
        }


def new_head(body: wire.ResponsesRequest, model: str) -> Head:
    """The head of an answer to ``body`` by the model of this name. Raises InvalidRequest for its tools."""
    reasoning = body.reasoning or wire.Reasoning()
    return Head(
        id=f"resp_{uuid.uuid4().hex}",
        created=int(time.time()),
        request=_echo(body, model),
        tools=offered(body.tools),
        summarized=reasoning.wanted_summary is not None,
        sealed=body.includes(wire.ENCRYPTED),
    )


def _echo(body: wire.ResponsesRequest, model: str) -> dict[str, Any]:
    """The request's fields, those that it left out as they are here."""
    sampling = body.sampling()
    reasoning = body.reasoning or wire.Reasoning()
    text = body.text or wire.TextConfig()
    return {
        "instructions": body.instructions,
        "max_output_tokens": body.max_output_tokens,
        "max_tool_calls": None,
        "metadata": body.metadata or {},
        "model": model,
        "parallel_tool_calls": body.parallel_tool_calls is not False,
        "previous_response_id": body.previous_response_id,
        "prompt_cache_key": body.prompt_cache_key,
        "reasoning": {"effort": reasoning.effort, "summary": reasoning.wanted_summary},
        "safety_identifier": body.safety_identifier,
        "service_tier": "default",
        "store": body.store is not False,
        "temperature": sampling.temperature,
        "text": {
            "format": text.format.echo() if text.format else _TEXT,
            "verbosity": text.verbosity or "medium",
        },
        "tool_choice": _choice(body.tool_choice),
        "tools": [tool.echo() for tool in body.tools or ()],
        "top_logprobs": body.top_logprobs or 0,
        "top_p": sampling.top_p,
        "truncation": "disabled",
        "user": body.user,
    }


def _choice(choice: wire.ToolChoice | None) -> str | dict[str, Any]:
    if choice is None:
        return "auto"
    return choice.type if choice.type in _WORDS else choice.echo()


def usage(counts: Usage) -> dict[str, Any]:
    """Tokens. Nothing is paid for writing into the cache, so nothing is counted there."""
    return {
        "input_tokens": counts.prompt_tokens,
        "input_tokens_details": {"cached_tokens": counts.cached_tokens, "cache_write_tokens": 0},
        "output_tokens": counts.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": counts.reasoning_tokens},
        "total_tokens": counts.prompt_tokens + counts.completion_tokens,
    }
