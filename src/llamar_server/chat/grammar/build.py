"""Decides what an answer may be, and has its grammar written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from llguidance import LLMatcher, regex_to_lark
from llguidance.gbnf_to_lark import gbnf_to_lark

from ...engine.constraint import LIMITS, explain
from ...engine.nesting import refuse_if_too_deep
from ...errors import InvalidGrammar, InvalidRequest
from ..formats.spec import ChatFormat, ToolFormat
from ..mending import byte_tokenizer
from ..prompt import thinking_state
from ..schema import Prepared, any_object, output_schema, tool_schema
from ..types import OutputFormat, Tool, ToolChoice
from .calls import CallGrammar
from .lark import SPACE, Lark, either, quoted, sequence
from .routed import RoutedGrammar
from .turn import Demand, TurnGrammar

_PARAMS: Final = {"json_schema": "response_format", "gbnf": "grammar", "lark": "grammar", "regex": "regex"}
_MAX_GBNF: Final = 100_000  # characters; the conversion takes half a second then
_MAX_GBNF_RULES: Final = 1000  # and as long for so many rules, the square of it for more


@dataclass(frozen=True, slots=True)
class Grammar:
    """``text`` is Lark for llguidance. ``lazy``: free text is possible before what it constrains.
    ``warnings`` say what of the client's schemas it does not enforce."""

    text: str
    lazy: bool
    warnings: tuple[str, ...] = ()


def build_grammar(
    chat_format: ChatFormat,
    tools: Sequence[Tool] = (),
    tool_choice: ToolChoice = ToolChoice(),  # noqa: B008 -- frozen
    *,
    parallel: bool = True,
    output_format: OutputFormat | None = None,
    reasoning_budget: int | None = None,
) -> Grammar | None:
    """The grammar of the answer that ``chat_format`` is to parse; None where the answer is free.

    Tools that must not be called ("none") keep the markers of calls out of the text.
    ``reasoning_budget`` is the most tokens that reasoning may have. Raises ``InvalidRequest`` where the
    choice of tools is impossible, and ``InvalidGrammar`` where a schema or grammar is.
    """
    tool_format = chat_format.tool_format
    chosen = {tool.name: tool for tool in _chosen(tools, tool_choice, tool_format)}
    schemas = {name: tool_schema(tool) for name, tool in chosen.items()}
    budget = reasoning_budget if tool_format.thinking.end.strip() else None
    forbidden = tools and tool_choice.mode == "none" and tool_format.style != "none"
    if not schemas and output_format is None and budget is None and not forbidden:
        return None
    demand = Demand(
        text=output_format is None and (tool_choice.mode == "auto" or not schemas),
        forbidden=CallGrammar(Lark(), tool_format, {}, parallel=False).markers() if forbidden else (),
        parallel=parallel,
        thinking=thinking_state(tool_format, chat_format.prefill),
        budget=budget,
    )
    answer = _answer_schema(output_format)
    warnings = [warning for each in (*schemas.values(), answer) if each for warning in each.warnings]
    text = _written(tool_format, demand, schemas, output_format)
    while (problem := _problem(text)) is not None:
        name = _culprit(tool_format, demand, schemas)
        if name is None:
            kind = output_format.kind if output_format else ""
            raise InvalidGrammar(f"the grammar cannot be compiled: {problem}", param=_PARAMS.get(kind))
        if chosen[name].strict:
            raise InvalidGrammar(f"tool {name!r} cannot be strict: {problem}", param="tools")
        schemas[name] = any_object()
        warnings.append(f"tool {name!r}: not enforced: {problem}")
        text = _written(tool_format, demand, schemas, output_format)
    return Grammar(text, demand.text and bool(schemas), tuple(warnings))


def _culprit(tool_format: ToolFormat, demand: Demand, schemas: Mapping[str, Prepared]) -> str | None:
    """The tool whose schema must go where a grammar does not compile: the first that is to blame by
    itself, else the largest; None if there is nothing left to take from any."""
    left = [name for name, prepared in schemas.items() if prepared != any_object()]
    for name in left:
        if _problem(_written(tool_format, demand, {name: schemas[name]}, None)) is not None:
            return name
    return max(left, key=lambda name: len(schemas[name].rule), default=None)


def _chosen(tools: Sequence[Tool], choice: ToolChoice, tool_format: ToolFormat) -> Sequence[Tool]:
    """The tools that may be called."""
    if choice.mode == "named":
        tools = [tool for tool in tools if tool.name == choice.name]
        if not tools:
            raise InvalidRequest(
                f"tool_choice names {choice.name!r}, which is no tool here", param="tool_choice"
            )
    elif choice.mode == "none":
        return ()
    elif choice.mode == "required" and not tools:
        raise InvalidRequest("tool_choice demands a tool call, but there are no tools", param="tool_choice")
    if tool_format.style == "none" and not tool_format.routing:
        if choice.mode != "auto":
            raise InvalidRequest("this model has no way of calling tools", param="tool_choice")
        return ()
    return tools


def _written(
    tool_format: ToolFormat,
    demand: Demand,
    schemas: Mapping[str, Prepared],
    output_format: OutputFormat | None,
) -> str:
    lark = Lark()
    if schemas:
        calls = CallGrammar(lark, tool_format, schemas, parallel=demand.parallel)
        demand = replace(demand, calls=calls)
    if output_format:
        demand = replace(demand, answer=_answer(lark, output_format))
    if tool_format.routing:
        return lark.text(RoutedGrammar(lark, tool_format, tool_format.routing, demand).start())
    return lark.text(TurnGrammar(lark, tool_format, demand).start())


# --- the form of the answer ---


def _answer_schema(output_format: OutputFormat | None) -> Prepared | None:
    if output_format is None or output_format.kind not in ("json_object", "json_schema"):
        return None
    if output_format.kind == "json_object" or output_format.source is None:
        return any_object()
    if isinstance(output_format.source, str):
        raise InvalidGrammar("the schema is not a JSON object", param="response_format")
    return output_schema(output_format.source, strict=output_format.strict)


def _answer(lark: Lark, output_format: OutputFormat) -> str:
    prepared = _answer_schema(output_format)
    if prepared is None:
        return lark.rule("form", _form(output_format.kind, str(output_format.source)))
    json = lark.rule("json", f"%json {prepared.rule}")
    fenced = sequence(either(quoted("```json"), quoted("```")), SPACE, json, SPACE, quoted("```"))
    return sequence(SPACE, either(json, fenced))


def _form(kind: str, source: str) -> str:
    """The body of a rule for a grammar or regular expression of the client's own."""
    if kind == "regex":
        return f"/{regex_to_lark(source, use_ascii='')}/"
    if kind == "gbnf":
        if len(source) > _MAX_GBNF or source.count("::=") > _MAX_GBNF_RULES:
            raise InvalidGrammar("the grammar is too long", param=_PARAMS[kind])
        try:
            source = gbnf_to_lark(source)
        except Exception as error:  # the library raises plain Exceptions and what its regular expressions do
            raise InvalidGrammar(f"the grammar is not GBNF: {error}", param=_PARAMS[kind]) from error
    return f"%lark {{\n{source}\n}}"


@lru_cache(maxsize=64)
def _problem(text: str) -> str | None:
    """Why a grammar does not compile."""
    try:
        refuse_if_too_deep(text)
    except InvalidGrammar as error:
        return str(error)
    matcher = LLMatcher(byte_tokenizer(), text, log_level=0, limits=LIMITS)
    return explain(matcher.get_error())
