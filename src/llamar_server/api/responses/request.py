"""A response's body and conversation to a ``ChatRequest``. Pure; refuses by name what cannot be honoured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...chat.types import ChatRequest, Message, OutputFormat, Reasoning, TextPart
from ...errors import InvalidRequest
from ..refused import refuse
from . import schema as wire
from .items import Placed, chat_messages
from .refused import REFUSED
from .tools import chosen


def response_request(body: wire.ResponsesRequest, items: Sequence[Placed]) -> ChatRequest:
    """What ``body`` asks for, about the conversation ``items``.

    Raises InvalidRequest, UnsupportedParameter.
    """
    return replace(
        chat_request(body, items),
        sampling=body.sampling(),
        max_tokens=body.max_output_tokens,
        stop=tuple(body.stop or ()),
        logprobs=_logprobs(body),
    )


def chat_request(body: wire.PromptFields, items: Sequence[Placed]) -> ChatRequest:
    """What ``body`` asks for, as far as it decides the prompt."""
    refuse(body.model_extra, REFUSED)
    if not items:
        raise InvalidRequest("input is required, and must not be empty", param="input")
    tools, choice = chosen(body.tool_choice, body.tools)
    return ChatRequest(
        messages=(*_instructions(body), *chat_messages(items)),
        tools=tools,
        tool_choice=choice,
        parallel_tool_calls=body.parallel_tool_calls is not False,
        output_format=_output_format(body.text.format if body.text else None),
        reasoning=Reasoning(effort=body.reasoning.effort if body.reasoning else None),
        template_kwargs={"verbosity": body.text.verbosity} if body.text and body.text.verbosity else {},
    )


def _instructions(body: wire.PromptFields) -> tuple[Message, ...]:
    return (Message("system", (TextPart(body.instructions),)),) if body.instructions else ()


def _logprobs(body: wire.ResponsesRequest) -> int | None:
    wanted = body.includes(wire.LOGPROBS) or body.top_logprobs
    return body.top_logprobs or 0 if wanted else None


def _output_format(asked: wire.TextFormat | None) -> OutputFormat | None:
    if asked is None or asked.type == "text":
        return None
    if asked.type == "json_object":
        return OutputFormat("json_object")
    if asked.schema_ is None:
        raise InvalidRequest("text.format.schema is required", param="text.format.schema")
    return OutputFormat("json_schema", asked.schema_, bool(asked.strict))
