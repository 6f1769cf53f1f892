"""JSON Schemas of clients, made fit for a grammar: untrusted, often imperfect, sometimes absurd.

llguidance compiles most of JSON Schema
(https://github.com/guidance-ai/llguidance/blob/main/docs/json_schema.md). Where it cannot, a strict
schema is refused with the name of the keyword, and any other goes on without that keyword, with a
warning (``mending.py``). What a grammar looks like around a schema is not decided here.

Time and memory are bounded: a schema that is too large or too deep counts as "any object", and the
compiler has limits of its own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ..engine.nesting import MAX_OBJECTS, nesting_of
from ..errors import InvalidGrammar
from .mending import COMPILER_OPTIONS, Schema, mend
from .types import Tool

_MAX_SIZE: Final = 2_000_000  # characters; 50,000 names to choose from have 1.5 million and take 0.2 s
_MAX_CACHED_SIZE: Final = 20_000
_MAX_DEPTH: Final = 110  # of the JSON; the compiler stops at 128
_MAX_WARNINGS: Final = 10

_mend_cached = lru_cache(maxsize=256)(mend)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A schema that compiles. ``rule`` is its text for ``%json`` in a grammar; ``warnings`` say what
    of the client's schema is not enforced."""

    schema: Schema
    rule: str
    warnings: tuple[str, ...] = ()


def tool_schema(tool: Tool) -> Prepared:
    """The schema of the arguments of ``tool``, always an object, with no properties but those it lists.

    Raises ``InvalidGrammar``, naming tool and keyword, for a strict tool that cannot be enforced.
    """
    if not isinstance(tool.parameters, dict):
        raise InvalidGrammar(f"tool {tool.name!r}: 'parameters' is not a JSON Schema object", param="tools")
    mended, problems = _mended(_closed({**tool.parameters, "type": "object"}), tool.strict)
    if tool.strict and problems:
        raise InvalidGrammar(f"tool {tool.name!r} cannot be strict: {problems[0]}", param="tools")
    return _prepared(mended, f"tool {tool.name!r}", problems)


def output_schema(schema: Schema, *, strict: bool) -> Prepared:
    """The schema of a whole answer, with no properties but those it lists. Raises ``InvalidGrammar``, naming
    the keyword, if ``strict`` and it cannot be enforced, or if nothing satisfies it."""
    if not isinstance(schema, dict):
        raise InvalidGrammar("the schema is not a JSON Schema object", param="response_format")
    mended, problems = _mended(_closed(schema), strict)
    for problem in problems:
        if strict or "Unsatisfiable" in problem:
            raise InvalidGrammar(f"the schema cannot be enforced: {problem}", param="response_format")
    return _prepared(mended, "response_format", problems)


def _closed(schema: Schema) -> Schema:
    """``schema``, where it lists properties and says nothing of others without others: nobody asks for
    them, and a small model that begins one may find no end."""
    combines = {"patternProperties", "unevaluatedProperties", "$ref", "allOf", "anyOf", "oneOf"}
    if not isinstance(schema.get("properties"), dict) or combines & schema.keys():
        return schema
    return {"additionalProperties": False, **schema}


def any_object() -> Prepared:
    """What is left where a schema cannot be enforced at all."""
    return _prepared({"type": "object"}, "", ())


def _prepared(schema: Schema, where: str, problems: tuple[str, ...]) -> Prepared:
    rule = json.dumps({**schema, "x-guidance": COMPILER_OPTIONS})
    return Prepared(
        schema, rule, tuple(f"{where}: not enforced: {problem}" for problem in problems[:_MAX_WARNINGS])
    )


def _mended(schema: Schema, strict: bool) -> tuple[Schema, tuple[str, ...]]:
    too_deep = _deeper_than(_MAX_DEPTH, schema) or nesting_of(schema) > MAX_OBJECTS
    text = "" if too_deep else json.dumps(schema)
    if too_deep or len(text) > _MAX_SIZE:
        return {"type": "object"}, (f"the schema is too {'deep' if too_deep else 'large'}",)
    return (_mend_cached if len(text) <= _MAX_CACHED_SIZE else mend)(text, strict)


def _deeper_than(depth: int, value: object) -> bool:
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth == 0 or any(_deeper_than(depth - 1, each) for each in values)
