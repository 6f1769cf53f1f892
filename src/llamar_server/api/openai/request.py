"""A chat completion's body to a ``ChatRequest``. Pure; refuses by name what cannot be honoured."""

from __future__ import annotations

import json
from typing import Any

from ...chat.types import (
    ChatRequest,
    Message,
    OutputFormat,
    Part,
    Reasoning,
    ReasoningPart,
    TextPart,
    Tool,
    ToolCallPart,
    ToolChoice,
    ToolResultPart,
)
from ...errors import InvalidRequest, UnsupportedParameter
from ..refused import refuse
from . import schema as wire
from .refused import CHAT


def chat_request(body: wire.ChatCompletionRequest) -> ChatRequest:
    """What ``body`` asks for. Raises InvalidRequest, UnsupportedParameter."""
    refuse(body.model_extra, CHAT)
    check_stream_options(body)
    tools, choice = _tools(body)
    continued = _continued(body)
    return ChatRequest(
        messages=tuple(_message(message, f"messages[{i}]") for i, message in enumerate(body.messages)),
        tools=tools,
        tool_choice=choice,
        parallel_tool_calls=body.parallel_tool_calls is not False,
        output_format=_output_format(body),
        reasoning=_reasoning(body),
        template_kwargs=_template_kwargs(body),
        sampling=body.sampling(),
        max_tokens=_max_tokens(body),
        stop=tuple(body.stop or ()),
        n=body.n or 1,
        logprobs=_logprobs(body),
        ignore_eos=bool(body.ignore_eos),
        continue_final_message=continued,
    )


def check_stream_options(body: wire.StreamFields) -> None:
    """Raises InvalidRequest for options of a stream that was not asked for."""
    if body.stream_options is not None and not body.stream:
        raise InvalidRequest("stream_options is only allowed when stream is true", param="stream_options")


def _max_tokens(body: wire.ChatCompletionRequest) -> int | None:
    """Both are upper bounds, so both are kept: the smaller one counts. -1 is no bound."""
    bounds = []
    for param in ("max_tokens", "max_completion_tokens"):
        value: int | None = getattr(body, param)
        if value == 0:
            raise InvalidRequest(f"{param} must be at least 1, or -1 for no limit", param=param)
        if value is not None and value > 0:
            bounds.append(value)
    return min(bounds, default=None)


def _logprobs(body: wire.ChatCompletionRequest) -> int | None:
    if body.logprobs:
        return body.top_logprobs or 0
    if body.top_logprobs:
        raise InvalidRequest("top_logprobs is only allowed when logprobs is true", param="top_logprobs")
    return None


def _continued(body: wire.ChatCompletionRequest) -> bool:
    if body.continue_final_message:
        if body.messages[-1].role != "assistant":
            message = "continue_final_message needs an assistant message at the end of messages"
            raise InvalidRequest(message, param="continue_final_message")
        return True
    if body.add_generation_prompt is False:
        message = "add_generation_prompt can only be false together with continue_final_message"
        raise UnsupportedParameter(message, param="add_generation_prompt")
    return False


# --- messages ---


def _message(message: wire.Message, param: str) -> Message:
    if message.role == "function":
        raise _unsupported(f"{param}.role", "function is deprecated; use tool instead")
    if message.role == "assistant":
        return Message("assistant", _assistant_parts(message, param), message.name)
    if message.role == "tool":
        return Message("tool", (_tool_result(message, param),), message.name)
    if message.content is None:
        raise _missing(f"{param}.content")
    return Message(message.role, _texts(message, param), message.name)


def _assistant_parts(message: wire.Message, param: str) -> tuple[Part, ...]:
    for name in ("function_call", "audio"):
        if getattr(message, name):
            raise _unsupported(f"{param}.{name}", "it is not supported")
    parts: list[Part] = []
    if thought := message.reasoning_content or message.reasoning:
        parts.append(ReasoningPart(thought))
    parts += _texts(message, param)
    if message.refusal:
        parts.append(TextPart(message.refusal))
    for i, call in enumerate(message.tool_calls or ()):
        parts.append(_tool_call(call, f"{param}.tool_calls[{i}]"))
    return tuple(parts)


def _texts(message: wire.Message, param: str) -> tuple[TextPart, ...]:
    return tuple(_text(part, f"{param}.content[{i}]") for i, part in enumerate(message.content or ()))


def _text(part: wire.ContentPart, param: str) -> TextPart:
    if part.type not in ("text", "refusal"):
        raise _unsupported(f"{param}.type", f"content of type {part.type!r} is not supported, only text")
    text = part.text if part.type == "text" else part.refusal
    if text is None:
        raise _missing(f"{param}.{part.type}")
    return TextPart(text)


def _tool_call(call: wire.ToolCall, param: str) -> ToolCallPart:
    if call.type != "function":
        raise _unsupported(f"{param}.type", f"{call.type!r} is not supported, only function")
    if call.function is None:
        raise _missing(f"{param}.function")
    arguments = call.function.arguments or ""
    if isinstance(arguments, dict):
        arguments = json.dumps(arguments, ensure_ascii=False)
    return ToolCallPart(call.id, call.function.name, arguments)


def _tool_result(message: wire.Message, param: str) -> ToolResultPart:
    if message.tool_call_id is None:
        raise _missing(f"{param}.tool_call_id")
    text = "\n".join(part.text for part in _texts(message, param))
    return ToolResultPart(message.tool_call_id, text, name=message.name)


# --- tools ---


def _tools(body: wire.ChatCompletionRequest) -> tuple[tuple[Tool, ...], ToolChoice]:
    tools = tuple(_tool(tool, f"tools[{i}]") for i, tool in enumerate(body.tools or ()))
    choice = body.tool_choice
    if choice is None:
        return tools, ToolChoice()
    if choice.type in ("auto", "none"):
        return tools, ToolChoice("none" if choice.type == "none" else "auto")
    if not tools:
        raise InvalidRequest("tool_choice is only allowed when tools are given", param="tool_choice")
    if choice.type == "required":
        return tools, ToolChoice("required")
    if choice.type == "function" and choice.function is not None:
        name = choice.function.name
        _find(name, tools, "tool_choice.function.name")
        return tools, ToolChoice("named", name)
    if choice.type == "allowed_tools" and choice.allowed_tools is not None:
        return _allowed(choice.allowed_tools, tools), ToolChoice(choice.allowed_tools.mode)
    if choice.type == "custom":
        raise _unsupported("tool_choice.type", "custom tools are not supported")
    raise _missing(f"tool_choice.{choice.type}")


def _tool(tool: wire.Tool, param: str) -> Tool:
    if tool.type != "function":
        raise _unsupported(f"{param}.type", f"{tool.type!r} is not supported, only function")
    if tool.function is None:
        raise _missing(f"{param}.function")
    function = tool.function
    parameters = function.parameters or {"type": "object", "properties": {}}
    return Tool(function.name, function.description or "", parameters, bool(function.strict))


def _find(name: str, tools: tuple[Tool, ...], param: str) -> Tool:
    for tool in tools:
        if tool.name == name:
            return tool
    raise InvalidRequest(f"{param}: there is no tool named {name!r} in tools", param=param)


def _allowed(allowed: wire.AllowedTools, tools: tuple[Tool, ...]) -> tuple[Tool, ...]:
    param = "tool_choice.allowed_tools.tools"
    if not allowed.tools:
        raise InvalidRequest(f"{param} must not be empty", param=param)
    names = [each.function.name for each in allowed.tools]
    return tuple(_find(name, tools, f"{param}[{i}].function.name") for i, name in enumerate(names))


# --- what the answer must be ---


def _output_format(body: wire.ChatCompletionRequest) -> OutputFormat | None:
    asked = [_response_format(body.response_format)]
    asked.append(OutputFormat("gbnf", body.grammar) if body.grammar else None)
    asked.append(OutputFormat("regex", body.regex) if body.regex else None)
    formats = [each for each in asked if each is not None]
    if len(formats) > 1:
        param = "grammar" if body.grammar else "regex"
        raise InvalidRequest("response_format, grammar and regex exclude each other", param=param)
    return formats[0] if formats else None


def _response_format(asked: wire.ResponseFormat | None) -> OutputFormat | None:
    if asked is None or asked.type == "text":
        return None
    if asked.type == "json_object":
        # With a schema it is what llama.cpp's servers take beside json_schema.
        return OutputFormat("json_object" if asked.schema_ is None else "json_schema", asked.schema_)
    param = "response_format.json_schema"
    if asked.json_schema is None:
        raise _missing(param)
    if asked.json_schema.schema_ is None:
        raise _missing(f"{param}.schema")
    return OutputFormat("json_schema", asked.json_schema.schema_, bool(asked.json_schema.strict))


# --- reasoning ---


def _reasoning(body: wire.ChatCompletionRequest) -> Reasoning:
    enabled = body.enable_thinking
    if enabled is None:  # most clients can only say it to the template
        wish = (body.chat_template_kwargs or {}).get("enable_thinking")
        enabled = wish if isinstance(wish, bool) else None
    return Reasoning(
        enabled=enabled,
        effort=body.reasoning_effort,
        budget=None if body.reasoning_budget == -1 else body.reasoning_budget,
        format="none" if body.reasoning_format == "none" else "auto",
    )


def _template_kwargs(body: wire.ChatCompletionRequest) -> dict[str, Any]:
    kwargs = dict(body.chat_template_kwargs or {})
    if body.verbosity is not None:
        kwargs.setdefault("verbosity", body.verbosity)
    return kwargs


def _missing(param: str) -> InvalidRequest:
    return InvalidRequest(f"{param} is required", param=param)


def _unsupported(param: str, problem: str) -> UnsupportedParameter:
    return UnsupportedParameter(f"{param}: {problem}", param=param)
