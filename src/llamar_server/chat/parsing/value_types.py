"""What a value written outside JSON means, by its schema: the text ``5`` is a number or a string.

Used where a format writes arguments as tagged text. A schema is a client's, so anything may stand in
it; what is not understood allows every type.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from typing import Any, Final

ANY: Final = frozenset({"string", "number", "integer", "boolean", "null", "array", "object"})
"""The JSON types of https://json-schema.org/draft/2020-12."""

_MAX_LITERAL: Final = 10_000
_DECIDING: Final = ("type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref")
_PYTHON_ONLY: Final = ("True", "False", "None", "'")


def value_types(schema: object, root: object = None) -> frozenset[str]:
    """The JSON types that ``schema`` admits; local references are looked up in ``root``."""
    try:
        return _types(schema, root, {})
    except RecursionError:  # of a schema nested beyond all reason
        return ANY


def _types(schema: object, root: object, known: dict[int, frozenset[str]]) -> frozenset[str]:
    """``known`` holds what has been found, by identity: a schema is looked at once, however often and in
    whatever circles it is referred to."""
    if not isinstance(schema, dict):
        return ANY
    if id(schema) in known:
        return known[id(schema)]
    known[id(schema)] = found = ANY
    if "$ref" in schema:
        found &= _types(resolve(schema["$ref"], root), root, known)
    if "type" in schema:
        found &= _named_types(schema["type"])
    if isinstance(schema.get("enum"), list):
        found &= frozenset().union(*(_types_of(value) for value in schema["enum"]))
    if "const" in schema:
        found &= _types_of(schema["const"])
    for key in ("anyOf", "oneOf"):
        if isinstance(schema.get(key), list) and schema[key]:
            found &= frozenset().union(*(_types(each, root, known) for each in schema[key]))
    for each in schema["allOf"] if isinstance(schema.get("allOf"), list) else ():
        found &= _types(each, root, known)
    known[id(schema)] = found = (
        (found or ANY) if any(key in schema for key in _DECIDING) else _implied(schema)
    )
    return found


def _named_types(named: object) -> frozenset[str]:
    listed = named if isinstance(named, list) else [named]
    names = frozenset(name for name in listed if isinstance(name, str))
    if "number" in names:
        names |= {"integer"}
    return names & ANY or ANY


def _types_of(value: object) -> frozenset[str]:
    if value is None:
        return frozenset({"null"})
    if isinstance(value, bool):
        return frozenset({"boolean"})
    if isinstance(value, int):
        return frozenset({"integer", "number"})
    if isinstance(value, float):
        return frozenset({"integer", "number"} if value.is_integer() else {"number"})
    if isinstance(value, str):
        return frozenset({"string"})
    return frozenset({"array" if isinstance(value, list) else "object"})


def _implied(schema: dict[str, Any]) -> frozenset[str]:
    """A schema without a type may still say what it is about."""
    if "properties" in schema:
        return frozenset({"object"})
    if "items" in schema or "prefixItems" in schema:
        return frozenset({"array"})
    return ANY


def resolve(reference: object, root: object) -> object:
    """What a local reference (``#/$defs/Name``) points to; None if nothing."""
    if not isinstance(reference, str) or not reference.startswith("#"):
        return None
    found = root
    for part in reference[1:].split("/")[1:]:
        part = part.replace("~1", "/").replace("~0", "~")
        found = found.get(part) if isinstance(found, dict) else None
    return found


def property_schema(schema: object, key: str, root: object) -> object:
    """The schema of the member ``key`` of an object, as far as ``schema`` plainly says; else None."""
    for found in _alternatives(schema, root):
        properties = found.get("properties")
        if isinstance(properties, dict) and key in properties:
            return properties[key]
    return None


def item_schema(schema: object, root: object) -> object:
    """The schema of an array's elements, as far as ``schema`` plainly says; else None."""
    return next((found["items"] for found in _alternatives(schema, root) if "items" in found), None)


def _alternatives(schema: object, root: object) -> Iterator[dict[str, Any]]:
    """``schema`` and all that it refers to or is combined of, each once."""
    waiting, seen = [schema], set[int]()
    while waiting:
        found = waiting.pop(0)
        if not isinstance(found, dict) or id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        if "$ref" in found:
            waiting.append(resolve(found["$ref"], root))
        for key in ("anyOf", "oneOf", "allOf"):
            waiting += found[key] if isinstance(found.get(key), list) else []


def as_json(text: str, types: frozenset[str]) -> str:
    """The JSON text of a value that was written as plain ``text``.

    Where a string is admitted, anything that is not JSON of another admitted type is that string, as
    it stands; else JSON is taken as it is, a Python literal is translated, and only what is neither
    becomes a string.
    """
    found = _parsed(text.strip())
    if found is not None and ("string" not in types or found[1] & (types - {"string"})):
        return found[0]
    return json.dumps(text, ensure_ascii=False)


def _parsed(text: str) -> tuple[str, frozenset[str]] | None:
    try:
        return text, _types_of(json.loads(text, parse_constant=_refuse))
    except (ValueError, RecursionError):
        pass
    if len(text) <= _MAX_LITERAL and any(word in text for word in _PYTHON_ONLY):
        try:
            value = ast.literal_eval(text)
            return json.dumps(value, ensure_ascii=False, allow_nan=False), _types_of(value)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            pass
    return None


def _refuse(constant: str) -> None:
    raise ValueError(constant)
