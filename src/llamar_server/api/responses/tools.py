"""Tools as the model is offered them, and what the client calls them. Pure.

A model knows functions only. A namespace's tools are flattened to functions with longer names, a custom
tool becomes a function with one text as its argument; the answer tells a call as the client knows it.
Tools that OpenAI's servers would run themselves are left out: the model answers without them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ...chat.types import Tool, ToolChoice
from ...errors import InvalidRequest
from . import schema as wire

_OWN: Final = ("function", "custom")
_NAMESPACE: Final = "namespace"
_NOTHING: Final[dict[str, Any]] = {"type": "object", "properties": {}}
_INPUT: Final = "input"


@dataclass(frozen=True, slots=True)
class Offered:
    """``tool`` is what the model sees, the others what the client calls it."""

    tool: Tool
    name: str
    namespace: str | None = None
    custom: bool = False


def flat_name(name: str, namespace: str | None) -> str:
    """The model's name of a tool. Only made of the client's names: a call in a history whose tools are not
    offered any more keeps its name. A tool that is loaded late is its own namespace for OpenAI."""
    return name if namespace in (None, "", name) else f"{namespace}__{name}"


def custom_arguments(text: str) -> dict[str, str]:
    """The arguments with which the model calls a custom tool."""
    return {_INPUT: text}


def custom_input(arguments: object) -> str | None:
    """The text in such arguments; None if there is none."""
    text = arguments.get(_INPUT) if isinstance(arguments, dict) else None
    return text if isinstance(text, str) else None


def offered(tools: Sequence[wire.Tool] | None) -> dict[str, Offered]:
    """The tools by the model's names for them. Raises InvalidRequest."""
    found: dict[str, Offered] = {}
    for i, tool in enumerate(tools or ()):
        for each in _flattened(tool, f"tools[{i}]"):
            if each.tool.name in found:
                message = f"tools[{i}]: there are two tools named {each.tool.name!r}"
                raise InvalidRequest(message, param=f"tools[{i}]")
            found[each.tool.name] = each
    return found


def _flattened(tool: wire.Tool, param: str) -> Iterator[Offered]:
    if tool.type in _OWN:
        yield _offered(tool, param)
    elif tool.type == _NAMESPACE:
        name, about = _name(tool, param), tool.description
        for i, each in enumerate(tool.tools or ()):
            if each.type in _OWN:
                yield _offered(each, f"{param}.tools[{i}]", name, about)
                about = None  # said once, with the first of them


def _offered(tool: wire.Tool, param: str, namespace: str | None = None, about: str | None = None) -> Offered:
    name = _name(tool, param)
    told = [about, tool.description]
    parameters, strict = tool.parameters or _NOTHING, bool(tool.strict)
    if tool.type == "custom":
        parameters, strict, grammar = _custom(tool.format or {}, f"{param}.format")
        told.append(grammar)
    description = "\n\n".join(filter(None, told))
    flat = Tool(flat_name(name, namespace), description, parameters, strict)
    return Offered(flat, name, namespace, tool.type == "custom")


def _custom(format_: Mapping[str, Any], param: str) -> tuple[dict[str, Any], bool, str | None]:
    """The parameters of a custom tool, whether they are strict, and what must be told about its input.

    A regular expression is enforced. A Lark grammar cannot be inside a string: the model is told it."""
    text: dict[str, Any] = {"type": "string"}
    about, strict = None, False
    if format_.get("type", "text") == "grammar":
        syntax, definition = format_.get("syntax"), format_.get("definition")
        if syntax not in ("lark", "regex") or not isinstance(definition, str):
            message = f"{param}: a grammar has the syntax 'lark' or 'regex', and a definition"
            raise InvalidRequest(message, param=param)
        if syntax == "regex":
            text["pattern"], strict = f"^(?:{definition})$", True
        else:
            about = f"The input follows this Lark grammar:\n{definition}"
    parameters = {"type": "object", "properties": {_INPUT: text}, "required": [_INPUT]}
    return {**parameters, "additionalProperties": False}, strict, about


def _name(tool: wire.Tool, param: str) -> str:
    if tool.name is None:
        raise InvalidRequest(f"{param}.name is required", param=f"{param}.name")
    return tool.name


# --- which of them to call ---


def chosen(
    choice: wire.ToolChoice | None, given: Sequence[wire.Tool] | None
) -> tuple[tuple[Tool, ...], ToolChoice]:
    """Those of the ``given`` tools that ``choice`` leaves to the model, and how it is to choose.

    A choice that means one of those that are left out is the model's own. Raises InvalidRequest.
    """
    tools = offered(given)
    left_out = any(tool.type not in (*_OWN, _NAMESPACE) for tool in given or ())
    every = tuple(each.tool for each in tools.values())
    if choice is None or choice.type == "auto":
        return every, ToolChoice()
    match choice.type:
        case "none":
            return every, ToolChoice("none")
        case "required":
            return every, _required(every, left_out=left_out)
        case "allowed_tools":
            allowed = _allowed(choice, tools)
            needed = choice.mode == "required"
            return allowed, _required(allowed, left_out=True) if needed else ToolChoice()
        case "function" | "custom":
            return every, ToolChoice("named", _find(choice, tools, "tool_choice"))
    if left_out:
        return every, ToolChoice()
    raise InvalidRequest(f"tool_choice.type: there is no tool {choice.type!r}", param="tool_choice.type")


def _required(tools: Sequence[Tool], *, left_out: bool) -> ToolChoice:
    if not tools and not left_out:
        raise InvalidRequest("tool_choice is only allowed when tools are given", param="tool_choice")
    return ToolChoice("required" if tools else "auto")


def _allowed(choice: wire.ToolChoice, tools: Mapping[str, Offered]) -> tuple[Tool, ...]:
    if not choice.tools:
        raise InvalidRequest("tool_choice.tools must not be empty", param="tool_choice.tools")
    own = [(i, each) for i, each in enumerate(choice.tools) if each.type in _OWN]
    return tuple(tools[_find(each, tools, f"tool_choice.tools[{i}]")].tool for i, each in own)


def _find(wanted: wire.ToolChoice | wire.ToolName, tools: Mapping[str, Offered], param: str) -> str:
    """The model's name of the tool that a choice names, with its namespace or without."""
    if wanted.name is None:
        raise InvalidRequest(f"{param}.name is required", param=f"{param}.name")
    flat = flat_name(wanted.name, wanted.namespace)
    if flat in tools:
        return flat
    if wanted.namespace is None:
        for name, each in tools.items():
            if each.name == wanted.name:
                return name
    message = f"{param}.name: there is no tool named {wanted.name!r} in tools"
    raise InvalidRequest(message, param=f"{param}.name")
