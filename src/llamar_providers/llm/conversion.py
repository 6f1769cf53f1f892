"""Between ``llm``'s parts and events and the Chat Completions wire; pure, for both model classes.

``prompt.messages`` is the whole history (llm 0.32 and later); nothing else is walked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import llm
from llm.parts import (
    AttachmentPart,
    Message,
    ReasoningPart,
    StreamEvent,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)


def request_body(prompt: llm.Prompt, model: str, stream: bool) -> dict[str, Any]:
    """The request for ``prompt``, field by field. Raises llm.ModelError for what cannot be sent."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [wire for message in prompt.messages for wire in _messages(message)],
        "stream": stream,
        **prompt.options.model_dump(exclude_none=True),
    }
    if stream:
        body["stream_options"] = {"include_usage": True}
    if prompt.tools:
        body["tools"] = [_tool(tool) for tool in prompt.tools]
    if prompt.schema:
        schema = {"name": "answer", "schema": prompt.schema}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return body


def _tool(tool: Any) -> dict[str, Any]:
    if not isinstance(tool, llm.Tool):
        raise llm.ModelError(f"{tool!r} is a tool of a provider's server; a local model has none")
    function = {"name": tool.name, "description": tool.description or "", "parameters": tool.input_schema}
    return {"type": "function", "function": function}


def _messages(message: Message) -> Iterator[dict[str, Any]]:
    """One of llm's messages as those of the wire: each tool result is one of its own."""
    for part in message.parts:
        if isinstance(part, AttachmentPart) or (isinstance(part, ToolResultPart) and part.attachments):
            raise llm.ModelError("this model reads text only; leave the attachment out")
        if isinstance(part, ToolResultPart):
            output = part.output or part.exception or ""
            yield {"role": "tool", "tool_call_id": part.tool_call_id, "name": part.name, "content": output}
    texts = [part.text for part in message.parts if isinstance(part, TextPart)]
    thoughts = [part.text for part in message.parts if isinstance(part, ReasoningPart) and part.text]
    calls = [part for part in message.parts if isinstance(part, ToolCallPart)]
    if not (texts or thoughts or calls):
        return
    wire: dict[str, Any] = {"role": message.role, "content": "".join(texts)}
    if thoughts:
        wire["reasoning_content"] = "".join(thoughts)
    if calls:
        wire["tool_calls"] = [_call(call) for call in calls]
    yield wire


def _call(call: ToolCallPart) -> dict[str, Any]:
    function = {"name": call.name, "arguments": json.dumps(call.arguments)}
    return {"type": "function", "id": call.tool_call_id, "function": function}


class AnswerReader:
    """One answer, streamed or whole, as llm's events; ``finish`` tells the response the rest."""

    def __init__(self) -> None:
        self._calls: dict[int, list[str]] = {}  # index: id, name, pieces of the arguments
        self._usage: Any = None
        self._model: str | None = None
        self._last: dict[str, Any] = {}

    def chunk(self, chunk: Any) -> Iterator[StreamEvent]:
        self._note(chunk)
        for choice in chunk.choices:
            yield from self._part(choice.delta)

    def whole(self, completion: Any) -> Iterator[StreamEvent]:
        self._note(completion)
        for choice in completion.choices:
            yield from self._part(choice.message)

    def finish(self, response: Any) -> None:
        """Report tool calls, usage and the model's true name to llm. Raises llm.ModelError where the
        answer was cut inside a call."""
        for call_id, name, *pieces in self._calls.values():
            response.add_tool_call(
                llm.ToolCall(tool_call_id=call_id, name=name, arguments=_arguments(name, "".join(pieces)))
            )
        if self._usage is not None:
            details = self._usage.model_dump(
                include={"prompt_tokens_details", "completion_tokens_details"}, exclude_none=True
            )
            response.set_usage(
                input=self._usage.prompt_tokens, output=self._usage.completion_tokens, details=details or None
            )
        if self._model:
            response.set_resolved_model(self._model)
        response.response_json = self._last

    def _note(self, answer: Any) -> None:
        self._usage = answer.usage or self._usage
        self._model = answer.model or self._model
        for choice in answer.choices:
            if choice.finish_reason:
                self._last = {"id": answer.id, "model": answer.model, "finish_reason": choice.finish_reason}

    def _part(self, part: Any) -> Iterator[StreamEvent]:
        if thought := getattr(part, "reasoning_content", None):
            yield StreamEvent(type="reasoning", chunk=thought)
        if part.content:
            yield StreamEvent(type="text", chunk=part.content)
        for position, call in enumerate(part.tool_calls or []):
            yield from self._call(getattr(call, "index", position), call)

    def _call(self, index: int, call: Any) -> Iterator[StreamEvent]:
        if index not in self._calls:
            self._calls[index] = [call.id, call.function.name]
            yield StreamEvent(type="tool_call_name", chunk=call.function.name, tool_call_id=call.id)
        if call.function.arguments:
            self._calls[index].append(call.function.arguments)
            call_id = self._calls[index][0]
            yield StreamEvent(type="tool_call_args", chunk=call.function.arguments, tool_call_id=call_id)


def _arguments(name: str, text: str) -> dict[str, Any]:
    try:
        return dict(json.loads(text or "{}"))
    except (ValueError, TypeError):
        raise llm.ModelError(
            f"the answer ended inside the arguments of {name}; allow more with -o max_tokens"
        ) from None
