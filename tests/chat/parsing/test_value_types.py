"""Which types a schema admits, and what plain text means under it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamar_server.chat.parsing.value_types import ANY, as_json, item_schema, property_schema, value_types

ROOT: dict[str, Any] = {
    "$defs": {
        "color": {"enum": ["red", "blue"]},
        "loop": {"$ref": "#/$defs/loop"},
        "a/b": {"type": "null"},
        "point": {"type": "object", "properties": {"x": {"type": "number"}}},
    }
}


@pytest.mark.parametrize(
    ("schema", "types"),
    [
        ({"type": "string"}, {"string"}),
        ({"type": "number"}, {"number", "integer"}),
        ({"type": "integer"}, {"integer"}),
        ({"type": ["string", "null"]}, {"string", "null"}),
        ({"enum": ["a", None]}, {"string", "null"}),
        ({"enum": [1, True]}, {"integer", "number", "boolean"}),
        ({"const": [1]}, {"array"}),
        ({"const": 1.5}, {"number"}),
        ({"anyOf": [{"type": "string"}, {"type": "object"}]}, {"string", "object"}),
        ({"oneOf": [{"type": "integer"}, {"const": None}]}, {"integer", "null"}),
        ({"allOf": [{"type": ["string", "null"]}, {"type": "string"}]}, {"string"}),
        ({"$ref": "#/$defs/color"}, {"string"}),
        ({"$ref": "#/$defs/a~1b"}, {"null"}),
        ({"type": ["string", "null"], "enum": ["a"]}, {"string"}),
        ({"properties": {}}, {"object"}),
        ({"items": {}}, {"array"}),
        ({"description": "x"}, ANY),
        ({}, ANY),
        (True, ANY),
        (None, ANY),
        ({"type": "str"}, ANY),
        ({"type": 5}, ANY),
        ({"anyOf": "x", "enum": 3, "allOf": 1}, ANY),
        ({"type": "string", "const": 1}, ANY),
        ({"$ref": "#/$defs/loop"}, ANY),
        ({"$ref": "#/nothing"}, ANY),
        ({"$ref": "https://example.org"}, ANY),
    ],
)
def test_types(schema: object, types: set[str]) -> None:
    assert value_types(schema, ROOT) == types


def test_inner_schemas() -> None:
    point = {"$ref": "#/$defs/point"}
    assert property_schema(point, "x", ROOT) == {"type": "number"}
    assert property_schema({"anyOf": [{"type": "null"}, point]}, "x", ROOT) == {"type": "number"}
    assert property_schema(point, "y", ROOT) is None
    assert property_schema({"properties": 5}, "x", ROOT) is None
    assert item_schema({"items": {"type": "string"}}, ROOT) == {"type": "string"}
    assert item_schema({}, ROOT) is None


def test_schemas_that_would_take_forever() -> None:
    wide: dict[str, Any] = {"type": "string"}
    for _ in range(60):
        wide = {"anyOf": [wide] * 10}
    assert value_types(wide) == {"string"}
    assert property_schema(wide, "x", wide) is None
    circle = {"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}] * 10}}, "$ref": "#/$defs/a"}
    assert value_types(circle, circle) == ANY
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(100_000):
        deep = {"anyOf": [deep]}
    assert value_types(deep) == ANY
    assert item_schema(deep, deep) is None


@pytest.mark.parametrize(
    ("text", "types", "value"),
    [
        ("5", {"string"}, "5"),
        ("5", {"string", "integer"}, 5),
        ("5", {"string", "null"}, "5"),
        ("5.5", {"integer"}, 5.5),
        ('"a"', {"string", "null"}, '"a"'),
        ('"a"', {"integer"}, "a"),
        ("None", {"null"}, None),
        ("{'a': (1, True)}", {"object"}, {"a": [1, True]}),
        ("'a'", ANY, "'a'"),
        ("NaN", {"number"}, "NaN"),
        ("nan 'x", {"number"}, "nan 'x"),
        ("9" * 5000, {"integer"}, "9" * 5000),
        ("[" * 100_000 + "'", {"array"}, "[" * 100_000 + "'"),
        ("{1, 'x'}", {"object"}, "{1, 'x'}"),
        (" a ", {"string", "null"}, " a "),
    ],
)
def test_text_as_a_value(text: str, types: set[str], value: object) -> None:
    assert json.loads(as_json(text, frozenset(types))) == value


@given(text=st.text(), types=st.frozensets(st.sampled_from(sorted(ANY)), min_size=1))
def test_any_text_is_some_value(text: str, types: frozenset[str]) -> None:
    value = json.loads(as_json(text, types))
    if types == {"string"}:
        assert value == text


@given(
    schema=st.recursive(
        st.none() | st.text(max_size=6) | st.sampled_from(["string", "#/$defs/color", "#"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref", "properties", "items"]
                ),
                inner,
            )
        ),
        max_leaves=12,
    )
)
def test_any_schema_can_be_asked(schema: object) -> None:
    assert value_types(schema, schema) <= ANY
    property_schema(schema, "x", schema)
    item_schema(schema, schema)
