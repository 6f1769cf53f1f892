"""The body of a Messages request to a ``ChatRequest``. Pure; refuses by name what cannot be honoured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...chat.types import (
    ChatRequest,
    Message,
    OutputFormat,
    Reasoning,
    Tool,
    ToolCallPart,
    ToolChoice,
)
from ...engine.sampling import SamplingParams
from ...errors import InvalidRequest, UnsupportedParameter
from . import schema as wire
from .content import chat_messages
from .errors import ThreadUnsupported


def message_request(body: wire.MessagesRequest) -> ChatRequest:
    """What ``body`` asks for. Raises InvalidRequest, UnsupportedParameter."""
    return replace(
        chat_request(body),
        sampling=_sampling(body),
        max_tokens=body.max_tokens,
        stop=tuple(body.stop_sequences or ()),
    )


def chat_request(body: wire.PromptFields) -> ChatRequest:
    """What ``body`` asks for, as far as it decides the prompt."""
    _refuse(body)
    tools, choice = _tools(body)
    messages, continued = _continued(chat_messages(body))
    return ChatRequest(
        messages=messages,
        tools=tools,
        tool_choice=choice,
        parallel_tool_calls=not (body.tool_choice and body.tool_choice.disable_parallel_tool_use),
        output_format=_output_format(body),
        reasoning=_reasoning(body),
        continue_final_message=continued,
    )


def _refuse(body: wire.PromptFields) -> None:
    if body.thread is not None:
        message = "thread is not supported: this server keeps no conversations, send the whole one"
        raise ThreadUnsupported(message, param="thread")
    if body.compaction is not None:
        raise UnsupportedParameter("compaction is not supported", param="compaction")
    if body.mcp_servers:
        message = "mcp_servers is not supported: connect to them in the client, and offer their tools"
        raise UnsupportedParameter(message, param="mcp_servers")


def _sampling(body: wire.MessagesRequest) -> SamplingParams:
    given = {
        "temperature": body.temperature,
        "top_p": body.top_p,
        "top_k": None if body.top_k is None else max(body.top_k, 0),  # both -1 and 0 mean: all
    }
    known: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    return SamplingParams(**known)


def _continued(messages: tuple[Message, ...]) -> tuple[tuple[Message, ...], bool]:
    """An assistant's message at the end is the beginning of the answer; an empty one begins nothing."""
    last = messages[-1] if messages else None
    if last is None or last.role != "assistant":
        return messages, False
    if any(isinstance(part, ToolCallPart) for part in last.parts):
        message = "messages: the last message holds a tool_use, so its tool_result must follow"
        raise InvalidRequest(message, param="messages")
    return (messages, True) if last.parts else (messages[:-1], False)


# --- tools ---


def _tools(body: wire.PromptFields) -> tuple[tuple[Tool, ...], ToolChoice]:
    """Tools that Anthropic's servers run themselves are left out: the model may answer without them."""
    wanted = [(f"tools[{i}]", tool) for i, tool in enumerate(body.tools or ())]
    left_out = [tool for _, tool in wanted if _is_anthropics_own(tool)]
    tools = tuple(_tool(tool, param) for param, tool in wanted if not _is_anthropics_own(tool))
    return tools, _choice(body.tool_choice, tools, left_out)


def _is_anthropics_own(tool: wire.Tool) -> bool:
    return tool.input_schema is None and tool.type not in (None, "custom")


def _tool(tool: wire.Tool, param: str) -> Tool:
    if not tool.name:
        raise InvalidRequest(f"{param}.name is required", param=f"{param}.name")
    if tool.input_schema is None:
        raise InvalidRequest(f"{param}.input_schema is required", param=f"{param}.input_schema")
    schema = tool.input_schema
    if tool.input_examples:
        schema = {**schema, "examples": tool.input_examples}
    return Tool(tool.name, tool.description or "", schema, bool(tool.strict))


def _choice(
    choice: wire.ToolChoice | None, tools: Sequence[Tool], left_out: Sequence[wire.Tool]
) -> ToolChoice:
    if choice is None or choice.type == "auto":
        return ToolChoice()
    if choice.type == "none":
        return ToolChoice("none")
    if choice.type == "any":
        if tools or left_out:
            return ToolChoice("required" if tools else "auto")
        raise InvalidRequest("tool_choice: any is only allowed with tools", param="tool_choice")
    if choice.name is None:
        raise InvalidRequest("tool_choice.name is required", param="tool_choice.name")
    if choice.name in [tool.name for tool in tools]:
        return ToolChoice("named", choice.name)
    if choice.name in [tool.name for tool in left_out]:
        return ToolChoice()
    message = f"tool_choice.name: there is no tool named {choice.name!r} in tools"
    raise InvalidRequest(message, param="tool_choice.name")


# --- what the answer must be ---


def _output_format(body: wire.PromptFields) -> OutputFormat | None:
    asked = body.output_config.format if body.output_config else None
    if asked and body.output_format:
        message = "output_format is the old name of output_config.format; send one of them"
        raise InvalidRequest(message, param="output_format")
    asked = asked or body.output_format
    return None if asked is None else OutputFormat("json_schema", asked.schema_, strict=True)


def _reasoning(body: wire.PromptFields) -> Reasoning:
    """Without ``thinking`` the effort decides, and without an effort the server's own setting."""
    effort = body.output_config.effort if body.output_config else None
    if body.thinking is None:
        return Reasoning(effort=effort)
    match body.thinking.type:
        case "disabled":
            return Reasoning(enabled=False)
        case "between_tools":
            message = "thinking.type: 'between_tools' is not supported; use 'adaptive', or 'disabled'"
            raise UnsupportedParameter(message, param="thinking.type")
        case "enabled" | "adaptive":
            return Reasoning(enabled=True, effort=effort, budget=body.thinking.budget_tokens)
