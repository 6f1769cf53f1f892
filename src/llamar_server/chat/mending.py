"""Finds what the grammar compiler cannot compile in a JSON Schema, keyword by keyword, and leaves it out.

The compiler says what is wrong, but not where. So every keyword of every sub-schema is tried by
itself, then the keywords of a sub-schema together, and at last the whole, without one kind of keyword
after the other. A schema that compiles at once, as nearly all do, costs one compilation.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from decimal import Decimal
from functools import cache, partial
from math import isfinite
from time import monotonic
from typing import Any, Final

from llguidance import LLMatcher, LLTokenizer

from ..engine.constraint import LIMITS, explain
from ..engine.nesting import target_of

Schema = dict[str, Any]
_Visit = Callable[[Schema, str], Schema]

_WRITING: Final = {
    "whitespace_pattern": r" {1,2}|\r?\n[ \t]{0,20}",  # as printed; small models get lost in more
    "json_allow_general_unicode_escapes": True,
}
COMPILER_OPTIONS: Final = {**_WRITING, "lenient": True, "coerce_one_of": True}

_MAX_SECONDS: Final = 2.0  # enough for thousands of keywords; the compiler bounds each of them
_MAX_REMAINDERS: Final = 10_000  # 20 ms; the time grows faster than the number
_UNUSED: Final = frozenset(
    ("title", "description", "default", "examples", "$comment", "deprecated", "readOnly", "writeOnly")
)
_NAMED: Final = frozenset(("properties", "patternProperties", "$defs", "definitions"))
_LISTED: Final = frozenset(("allOf", "anyOf", "oneOf", "prefixItems"))
_NESTED: Final = frozenset(("items", "additionalProperties"))
_WITH_CHILDREN: Final = _NAMED | _LISTED | _NESTED
_COMBINED: Final = (
    "patternProperties",
    "minProperties",
    "maxProperties",
    "oneOf",
    "additionalProperties",
    "allOf",
    "required",
    "anyOf",
    "$ref",
    "items",
    "properties",
)
"""Keywords that may fail in combination only; the first are the least missed."""


def mend(text: str, strict: bool) -> tuple[Schema, tuple[str, ...]]:
    """The schema that is written in ``text``, less what does not compile, and what that was.

    ``strict``: keywords that the compiler would silently ignore count as well.
    """
    mending = _Mending(json.loads(text), strict)
    return mending.result(), tuple(mending.problems)


class _Mending:
    def __init__(self, root: Schema, strict: bool) -> None:
        self.problems: list[str] = []
        self._root = root
        self._options = _WRITING if strict else COMPILER_OPTIONS
        self._deadline = monotonic() + _MAX_SECONDS
        self._compiled: dict[str, tuple[str | None, list[str]]] = {}

    def result(self) -> Schema:
        schema: Schema = self._walk(self._root, "#", self._without_dead_end)
        if self._problem(schema) is not None:
            schema = self._without_conflict(self._walk(schema, "#", self._without_broken))
        self.problems += self._compile(schema)[1]
        return schema

    # --- compiling ---

    def _problem(self, schema: Schema) -> str | None:
        return self._compile(schema)[0]

    def _compile(self, schema: Schema) -> tuple[str | None, list[str]]:
        """Why ``schema`` does not compile, or does not let one write its first characters; warnings."""
        text = json.dumps({**schema, "x-guidance": self._options})
        if text not in self._compiled:
            if monotonic() > self._deadline:
                return "the schema takes too long to check", []
            grammar = LLMatcher.grammar_from_json_schema(text)
            matcher = LLMatcher(byte_tokenizer(), grammar, log_level=0, limits=LIMITS)
            matcher.try_consume_tokens(matcher.compute_ff_tokens())
            matcher.compute_bitmask()
            self._compiled[text] = explain(matcher.get_error()), matcher.get_grammar_warnings()
        return self._compiled[text]

    # --- the tree of sub-schemas ---

    def _walk(self, node: Any, path: str, visit: _Visit) -> Any:
        if isinstance(node, bool):
            return node
        if not isinstance(node, dict):
            self._drop(path, "this is not a schema")
            return {}
        kept = visit({key: value for key, value in node.items() if key not in _UNUSED}, path)
        return {key: self._walk_into(key, value, f"{path}/{key}", visit) for key, value in kept.items()}

    def _walk_into(self, key: str, value: Any, path: str, visit: _Visit) -> Any:
        if key in _NAMED and isinstance(value, dict):
            return {name: self._walk(child, f"{path}/{name}", visit) for name, child in value.items()}
        if key in _WITH_CHILDREN and isinstance(value, list):
            return [self._walk(child, f"{path}/{i}", visit) for i, child in enumerate(value)]
        return self._walk(value, path, visit) if key in _NESTED else value

    def _drop(self, path: str, reason: str) -> None:
        self.problems.append(f"{path}: {reason}")

    # --- what may be wrong in one of them ---

    def _without_dead_end(self, node: Schema, path: str) -> Schema:
        """Leave out what compiles, but lets nothing be written once a model gets there: references
        that lead back to themselves, patterns that are too costly, and multiples of large numbers, for
        which the compiler counts all remainders (minutes, and no limit of its own)."""
        factor = node.get("multipleOf")
        if isinstance(factor, int | float) and _remainders(factor) > _MAX_REMAINDERS:
            self._drop(f"{path}/multipleOf", "the number is too large, or has too many digits")
            node = _without(node, ("multipleOf",))
        if "pattern" in node and (problem := self._problem({"pattern": node["pattern"]})) is not None:
            self._drop(f"{path}/pattern", problem)
            node = _without(node, ("pattern",))
        seen, at = set[str](), node
        while isinstance(at, dict) and isinstance(reference := at.get("$ref"), str):
            if reference in seen:
                self._drop(f"{path}/$ref", "it refers to itself")
                return _without(node, ("$ref",))
            seen.add(reference)
            at = target_of(reference, self._root)
        return node

    def _without_broken(self, node: Schema, path: str) -> Schema:
        """Leave out the keywords that fail by themselves, and those that contradict each other."""
        kept = {}
        for key, value in node.items():
            reason = self._fault(key, value, node)
            if reason is None:
                kept[key] = value
            else:
                self._drop(f"{path}/{key}", reason)
        plain = _without(kept, _WITH_CHILDREN | {"$ref"})
        if (problem := self._problem(plain)) is not None:
            self._drop(f"{path} ({', '.join(plain)})", problem)
            kept = _without(kept, plain.keys() - {"type"})
        return kept

    def _fault(self, key: str, value: Any, node: Schema) -> str | None:
        """What is wrong with one keyword, looked at by itself."""
        if key == "$ref":
            found = isinstance(value, str) and target_of(value, self._root) is not None
            return None if found else f"{value!r} is nothing in this schema"
        if key in _WITH_CHILDREN:
            right = isinstance(value, dict) if key in _NAMED else isinstance(value, list) and len(value) > 0
            if key in _NESTED:
                right = isinstance(value, dict | list | bool)
            return None if right else "this is malformed"
        return self._problem({"type": node["type"], key: value} if "type" in node else {key: value})

    def _without_conflict(self, schema: Schema) -> Schema:
        """Leave out whole kinds of keywords until the rest compiles; in the end there is nothing left."""
        problem = self._problem(schema)
        if problem is None:
            return schema
        one = [(name,) for name in _COMBINED]
        more = [_COMBINED[:n] for n in range(2, len(_COMBINED) + 1)]
        for names in (*one, *more):
            looser: Schema = self._walk(schema, "#", partial(_leave_out, names))
            if self._problem(looser) is None:
                self._drop(", ".join(names), problem)
                return looser
        self._drop("#", problem)
        return {"type": "object"} if self._root.get("type") == "object" else {}


def _remainders(factor: float) -> Decimal:
    """How many remainders a decimal number can leave when it is divided by ``factor``."""
    if not isfinite(factor):
        return Decimal("Infinity")
    exact = abs(Decimal(repr(factor + 0)))  # a bool is an int, too
    exponent = exact.as_tuple().exponent
    return exact.scaleb(-exponent) if isinstance(exponent, int) and exponent < 0 else exact


def _without(schema: Schema, keys: Collection[str]) -> Schema:
    return {key: value for key, value in schema.items() if key not in keys}


def _leave_out(keys: Collection[str], node: Schema, _path: str) -> Schema:
    return _without(node, keys)


@cache
def byte_tokenizer() -> LLTokenizer:
    """A vocabulary of single bytes: whether a schema compiles does not depend on the model's."""
    return LLTokenizer("byte")
