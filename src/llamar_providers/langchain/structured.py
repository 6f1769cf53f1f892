"""Answers of a given shape: which tool must be called, what the text must be, and what reads it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any, Final, Literal, TypeGuard

from langchain_core.messages import AIMessage
from langchain_core.output_parsers import BaseOutputParser, JsonOutputParser, PydanticOutputParser
from langchain_core.output_parsers.openai_tools import JsonOutputKeyToolsParser, PydanticToolsParser
from langchain_core.runnables import Runnable, RunnableMap, RunnablePassthrough
from langchain_core.utils.function_calling import convert_to_json_schema, convert_to_openai_tool
from langchain_core.utils.pydantic import is_basemodel_subclass
from pydantic import BaseModel

Schema = dict[str, Any] | type
Method = Literal["json_schema", "function_calling", "json_mode"]

_MODES: Final = {"any": "required", "required": "required", "auto": "auto", "none": "none"}


def wire_tool_choice(
    choice: str | bool | dict[str, Any] | None, tools: Sequence[dict[str, Any]]
) -> str | dict[str, Any] | None:
    """LangChain's ``tool_choice`` as OpenAI's: "any", True and "required" force a call, a name forces
    that tool, an object is OpenAI's already. Raises ValueError for a name that no tool has."""
    if not isinstance(choice, str):
        return "required" if choice is True else choice or None
    names = [tool["function"]["name"] for tool in tools if "function" in tool]
    if choice in names:
        return {"type": "function", "function": {"name": choice}}
    if choice in _MODES:
        return _MODES[choice]
    raise ValueError(f"tool_choice {choice!r} is none of {', '.join([*_MODES, *names])}")


def response_format(schema: Schema, method: str, strict: bool | None) -> dict[str, Any]:
    """OpenAI's ``response_format``. Raises ValueError for a method that has none, and for strict where
    there is nothing to be strict about."""
    if method == "json_mode":
        if strict is not None:
            raise ValueError("strict is not for json_mode, in which the server does not know the schema")
        return {"type": "json_object"}
    if method != "json_schema":
        raise ValueError(f"method {method!r} is none of json_schema, function_calling, json_mode")
    if isinstance(schema, dict) and not schema.keys() & {"title", "name", "function"}:
        schema = {"title": "answer", **schema}  # OpenAI wants a name, JSON schemas need none
    converted = convert_to_json_schema(schema, strict=strict)
    form = {"name": converted["title"], "schema": converted}
    return {"type": "json_schema", "json_schema": form | ({} if strict is None else {"strict": strict})}


def text_parser(schema: Schema) -> BaseOutputParser[Any]:
    """Reads an answer that is JSON text: an object of the pydantic class, or else a dict."""
    if _is_pydantic(schema):
        return PydanticOutputParser[Any](pydantic_object=schema)
    return JsonOutputParser()


def call_parser(schema: Schema) -> BaseOutputParser[Any]:
    """Reads an answer that is a call of the tool that ``schema`` became."""
    if _is_pydantic(schema):
        return PydanticToolsParser(tools=[schema], first_tool_only=True)
    return JsonOutputKeyToolsParser(key_name=tool_name(schema), first_tool_only=True)


def tool_name(schema: Schema) -> str:
    return str(convert_to_openai_tool(schema)["function"]["name"])


def with_raw(model: Runnable[Any, AIMessage], parser: BaseOutputParser[Any]) -> Runnable[Any, dict[str, Any]]:
    """Gives ``raw``, ``parsed`` and ``parsing_error``, and raises nothing that ``parser`` raises."""
    parsed = RunnablePassthrough.assign(parsed=itemgetter("raw") | parser, parsing_error=lambda _: None)
    failed = RunnablePassthrough.assign(parsed=lambda _: None)
    return RunnableMap(raw=model) | parsed.with_fallbacks([failed], exception_key="parsing_error")


def _is_pydantic(schema: Schema) -> TypeGuard[type[BaseModel]]:
    return isinstance(schema, type) and is_basemodel_subclass(schema)
