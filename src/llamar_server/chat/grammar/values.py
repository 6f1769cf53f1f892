"""What grammars of values need besides JSON: a client's schema read, and texts without quotes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from llguidance import regex_to_lark

from ...engine.nesting import target_of
from ..mending import COMPILER_OPTIONS, Schema
from ..parsing.value_types import value_types
from .lark import NOTHING, Lark, either, escaped, quoted, sequence

_MAX_REFERENCES: Final = 16


@dataclass(frozen=True, slots=True)
class Members:
    """What an object's schema plainly says. ``others`` is the schema of members that it does not name,
    None if there may be none."""

    properties: dict[str, Any]
    required: frozenset[str]
    others: Any

    @property
    def possible(self) -> dict[str, Any]:
        return {key: schema for key, schema in self.properties.items() if schema is not False}


class SchemaReader:
    """A client's schema, already mended, as far as grammars must look into it."""

    def __init__(self, root: Schema) -> None:
        self.root = root

    def plain(self, schema: Any) -> Schema:
        """``schema`` with references followed that stand alone; True becomes the empty schema."""
        for _ in range(_MAX_REFERENCES):
            if isinstance(schema, dict) and "$ref" in schema and len(schema) == 1:
                schema = target_of(schema["$ref"], self.root)
            elif isinstance(schema, dict) and len(schema.get("allOf", ())) == 1 and len(schema) == 1:
                schema = schema["allOf"][0]
            else:
                break
        return schema if isinstance(schema, dict) else {}

    def types(self, schema: Any) -> frozenset[str]:
        return value_types(schema, self.root)

    def values(self, schema: Any) -> list[Any] | None:
        """All values that are possible, if they are enumerated."""
        schema = self.plain(schema)
        return [schema["const"]] if "const" in schema else schema.get("enum")

    def narrowed(self, schema: Any, types: frozenset[str]) -> Schema:
        """``schema`` for values of ``types`` only."""
        values = self.values(schema)
        if values is not None:
            return {"enum": [value for value in values if self.types({"const": value}) & types]}
        return {**self.plain(schema), "type": sorted(types)}

    def members(self, schema: Any) -> Members | None:
        """The members of an object; None if the schema is more than a plain list of them."""
        schema = self.plain(schema)
        if schema.keys() & {"$ref", "allOf", "anyOf", "oneOf", "patternProperties"}:
            return None
        properties = schema.get("properties", {})
        required = frozenset(schema.get("required", ())) & properties.keys()
        others = schema.get("additionalProperties", True)
        return Members(properties, required, None if others is False else others)

    def rule(self, schema: Any) -> str:
        """The text for ``%json``: with the references that ``schema`` needs, and the options."""
        names: dict[str, str] = {}
        whole = _with_references(self.plain(schema), names)
        definitions: Schema = {}
        while len(definitions) < len(names):
            reference = list(names)[len(definitions)]
            definitions[names[reference]] = _with_references(target_of(reference, self.root), names)
        if definitions:
            whole["$defs"] = definitions
        return json.dumps({**whole, "x-guidance": COMPILER_OPTIONS})


def _with_references(node: Any, names: dict[str, str]) -> Any:
    """A copy of ``node`` whose references lead to definitions of the given ``names``, adding to them."""
    if isinstance(node, list):
        return [_with_references(each, names) for each in node]
    if not isinstance(node, dict):
        return node
    copy = {}
    for key, value in node.items():
        if key == "$ref" and isinstance(value, str):
            copy[key] = "#/$defs/" + names.setdefault(value, f"_{len(names)}")
        elif key not in ("$defs", "definitions"):
            copy[key] = _with_references(value, names)
    return copy


class Texts:
    """Strings without quotes, which end where a marker begins."""

    def __init__(self, lark: Lark, schemas: SchemaReader) -> None:
        self._lark = lark
        self._schemas = schemas

    def up_to(self, end: str, schema: Any, *, lead: str = "", trail: str = "") -> str:
        """A text that fits ``schema`` and the marker ``end``. ``lead`` and ``trail`` are white space that
        the format writes around the text and that is no part of it: it must be there where that counts."""
        values = self._schemas.values(schema)
        if values is not None:
            texts = [quoted(value if isinstance(value, str) else json.dumps(value)) for value in values]
            return sequence(_exactly(lead), either(*texts), quoted(trail + end))
        limits = text_limits(self._schemas.plain(schema)) if self._schemas.types(schema) == {"string"} else []
        if not limits:
            return self._lark.until(end)
        body = " & ".join([*limits, f"~/(?s:.*){escaped(end)}(?s:.*)/"])
        inner = self._lark.rule("LIMITED", body)
        around = self._lark.rule("VALUE", sequence(_exactly(lead), inner, _exactly(trail)))
        return self._lark.until(end, before=around)


def text_limits(schema: Schema) -> list[str]:
    """The conditions of a string's schema, as terminals that all must match."""
    limits = []
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength", "")
    if shortest or longest != "":
        limits.append(f"/(?s:.{{{int(shortest)},{longest and int(longest)}}})/")
    pattern = _anchored_regex(schema.get("pattern", ""))
    if pattern:
        limits.append(f"/{pattern}/")
    return limits


def _anchored_regex(pattern: str) -> str | None:
    """A schema's pattern as a regular expression of the whole text; None where that is not simple."""
    begins, ends = pattern.startswith("^"), pattern.endswith("$") and not pattern.endswith("\\$")
    core = pattern[begins : len(pattern) - ends]
    visible = re.sub(r"\\.|\[\^?(?:\\.|[^\]\\])*\]", "", core)
    if not core or re.search(r"[\^$]", visible) or ("|" in visible and (begins or ends)):
        return None
    core = regex_to_lark(core, use_ascii="dw").replace("\n", "\\n")
    return f"{'' if begins else '(?s:.*)'}(?:{core}){'' if ends else '(?s:.*)'}"


def _exactly(text: str) -> str:
    return quoted(text) if text else NOTHING
