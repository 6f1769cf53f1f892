"""Schemas of clients made fit for grammars: what is kept, what is left out and said, what is refused."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llguidance import LLMatcher

from llamar_server.chat import mending
from llamar_server.chat.mending import byte_tokenizer
from llamar_server.chat.schema import Prepared, output_schema, tool_schema
from llamar_server.chat.types import Tool
from llamar_server.errors import InvalidGrammar

DEEP: dict[str, Any] = {"type": "object"}
for _ in range(200):
    DEEP = {"type": "object", "properties": {"a": DEEP}}

CLEAN = [
    {},
    {"type": ["string", "null"]},
    {"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"type": "integer"}}},
    {"definitions": {"a": {"type": "string"}}, "properties": {"x": {"$ref": "#/definitions/a"}}},
    {"$defs": {"a": {"$anchor": "here", "type": "string"}}, "properties": {"x": {"$ref": "#here"}}},
    {"type": "array", "items": {"$ref": "#"}},
    {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]},
    {"allOf": [{"type": "object", "properties": {"a": {}}}, {"required": ["a"]}]},
    {"enum": [f"a value with the number {i}" for i in range(5_000)]},
    {"type": "string", "maxLength": 100_000},
    {"type": "string", "pattern": "^([a-z]{1,100}-){1,100}$"},
    {"anyOf": [{"type": "object", "properties": {f"k{i}": {}}, "required": [f"k{i}"]} for i in range(200)]},
]

# what is wrong, where it is said to be, and what is left
BROKEN: list[tuple[dict[str, Any], str, dict[str, Any]]] = [
    ({"type": "string", "pattern": "(?=a)b"}, "#/pattern: ", {"type": "string"}),
    ({"type": "string", "pattern": "(a)\\1"}, "#/pattern: ", {"type": "string"}),
    ({"type": "string", "pattern": "^(a?){500}a{500}$"}, "#/pattern: ", {"type": "string"}),
    ({"$ref": "https://example.com/schema.json"}, "#/$ref: ", {}),
    ({"$ref": "#/$defs/missing"}, "#/$ref: ", {}),
    ({"$ref": "#"}, "#/$ref: it refers to itself", {}),
    ({"type": "mystery"}, "#/type: ", {}),
    ({"type": "integer", "multipleOf": 0}, "#/multipleOf: ", {"type": "integer"}),
    ({"type": "object", "properties": []}, "#/properties: ", {"type": "object"}),
    (
        {"type": "object", "properties": {"a": "text"}},
        "#/properties/a: ",
        {"type": "object", "properties": {"a": {}}},
    ),
    ({"$schema": "http://example.com/own", "type": "string"}, "#/$schema: ", {"type": "string"}),
    (
        {"type": "object", "patternProperties": {"^a": {}, "^ab": {"type": "null"}}},
        "patternProperties: ",
        {"type": "object"},
    ),
    (
        {"type": "array", "items": {"anyOf": [{"type": "string", "pattern": "(?!x)y"}, {"type": "null"}]}},
        "#/items/anyOf/0/pattern: ",
        {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
    ),
]

# what compiles but is not enforced
IGNORED: list[tuple[dict[str, Any], str]] = [
    ({"type": "object", "not": {"required": ["a"]}}, "not"),
    ({"type": "object", "if": {"required": ["a"]}, "then": {"required": ["b"]}}, "if"),
    ({"type": "array", "uniqueItems": True}, "uniqueItems"),
    ({"type": "array", "contains": {"type": "string"}}, "contains"),
    ({"type": "object", "dependentRequired": {"a": ["b"]}}, "dependentRequired"),
    ({"type": "object", "propertyNames": {"pattern": "^a"}}, "propertyNames"),
    ({"type": "string", "format": "binary"}, "binary"),
    ({"oneOf": [{"type": "string"}, {"type": "string", "maxLength": 3}]}, "oneOf"),
]

UNSATISFIABLE: list[dict[str, Any]] = [
    {"type": "string", "enum": [1]},
    {"enum": []},
    {"type": "integer", "minimum": 5, "maximum": 3},
    {"type": "object", "required": ["a"], "additionalProperties": False},
]


def tool(parameters: Any, *, strict: bool = False) -> Tool:
    return Tool("tool_x", parameters=parameters, strict=strict)


def accepts(prepared: Prepared, text: str) -> bool:
    matcher = LLMatcher(byte_tokenizer(), f"start: %json {prepared.rule}", log_level=0)
    assert not matcher.is_error()
    return matcher.try_consume_tokens(list(text.encode())) == len(text.encode()) and matcher.is_accepting()


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """As it is with no properties but those that are listed."""
    return {"additionalProperties": False, **schema} if isinstance(schema.get("properties"), dict) else schema


# --- answers ---


@pytest.mark.parametrize("schema", CLEAN, ids=lambda schema: json.dumps(schema)[:40])
@pytest.mark.parametrize("strict", [True, False])
def test_a_sound_schema_is_kept(schema: dict[str, Any], strict: bool) -> None:
    prepared = output_schema(schema, strict=strict)
    assert prepared.schema == closed(schema)
    assert prepared.warnings == ()


@pytest.mark.parametrize(("schema", "where", "left"), BROKEN, ids=lambda value: json.dumps(value)[:40])
def test_what_does_not_compile_is_left_out_and_named(
    schema: dict[str, Any], where: str, left: dict[str, Any]
) -> None:
    prepared = output_schema(schema, strict=False)
    assert prepared.schema == closed(left)
    assert [
        warning.startswith(f"response_format: not enforced: {where}") for warning in prepared.warnings
    ] == [True]
    with pytest.raises(InvalidGrammar) as caught:
        output_schema(schema, strict=True)
    assert str(caught.value).startswith(f"the schema cannot be enforced: {where}")
    assert caught.value.param == "response_format"


@pytest.mark.parametrize(("schema", "keyword"), IGNORED, ids=lambda value: json.dumps(value)[:40])
def test_what_is_ignored_is_said(schema: dict[str, Any], keyword: str) -> None:
    prepared = output_schema(schema, strict=False)
    assert prepared.schema == schema
    assert any(keyword in warning for warning in prepared.warnings)
    with pytest.raises(InvalidGrammar, match=keyword):
        output_schema(schema, strict=True)


@pytest.mark.parametrize("schema", UNSATISFIABLE, ids=json.dumps)
@pytest.mark.parametrize("strict", [True, False])
def test_an_answer_that_cannot_exist_is_refused(schema: dict[str, Any], strict: bool) -> None:
    with pytest.raises(InvalidGrammar, match="Unsatisfiable"):
        output_schema(schema, strict=strict)


def test_a_schema_is_an_object() -> None:
    with pytest.raises(InvalidGrammar):
        output_schema([1], strict=False)  # type: ignore[arg-type]  # what a client may send


def test_annotations_are_left_out_but_properties_of_their_names_are_not() -> None:
    schema = {
        "title": "T",
        "type": "object",
        "properties": {"title": {"type": "string", "description": "D"}, "default": {"default": {"a": 1}}},
        "examples": [{}],
    }
    left = {"type": "object", "properties": {"title": {"type": "string"}, "default": {}}}
    assert output_schema(schema, strict=True).schema == closed(left)


def test_an_answer_has_the_properties_that_are_listed() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    assert accepts(output_schema(schema, strict=False), '{"a": 1}')
    assert not accepts(output_schema(schema, strict=False), '{"a": 1, "b": 2}')
    assert accepts(output_schema({**schema, "additionalProperties": True}, strict=False), '{"a": 1, "b": 2}')
    assert accepts(output_schema({"type": "object"}, strict=False), '{"b": 2}')


def test_data_is_not_taken_for_schemas() -> None:
    schema = {
        "enum": [{"title": "kept", "$ref": "#/nowhere"}],
        "const": {"title": "kept", "$ref": "#/nowhere"},
    }
    assert output_schema(schema, strict=True).schema == schema


@pytest.mark.parametrize("strict", [True, False])
def test_a_schema_may_be_too_deep(strict: bool) -> None:
    if strict:
        with pytest.raises(InvalidGrammar, match="too deep"):
            output_schema(DEEP, strict=True)
    else:
        prepared = output_schema(DEEP, strict=False)
        assert prepared.schema == {"type": "object"}
        assert "too deep" in prepared.warnings[0]


def test_references_may_be_too_deep() -> None:
    chain = {f"d{i}": {"properties": {"a": {"$ref": f"#/$defs/d{i + 1}"}}} for i in range(5_000)}
    prepared = tool_schema(tool({"$ref": "#/$defs/d0", "$defs": chain}))
    assert prepared.schema == {"type": "object"}
    assert "too deep" in prepared.warnings[0]


def test_a_schema_may_be_too_large() -> None:
    prepared = output_schema({"enum": ["x" * 1000 for _ in range(2_100)]}, strict=False)
    assert "too large" in prepared.warnings[0]


def test_mending_gives_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mending, "_MAX_SECONDS", -1.0)
    prepared = output_schema(
        {"type": "object", "properties": {"late": {"pattern": "(?=late)"}}}, strict=False
    )
    assert prepared.schema == {"type": "object"}
    assert "too long to check" in prepared.warnings[0]


@pytest.mark.parametrize("factor", [6_707_837, 10**30, 1e300, 10_001, 9999.999])
def test_multiples_of_large_numbers_would_take_minutes(factor: float) -> None:
    schema = {"type": "object", "properties": {"a": {"multipleOf": factor}}}
    prepared = output_schema(schema, strict=False)
    assert "multipleOf" not in json.dumps(prepared.schema)
    assert "#/properties/a/multipleOf" in prepared.warnings[0]
    with pytest.raises(InvalidGrammar, match="multipleOf"):
        output_schema(schema, strict=True)
    assert output_schema({"multipleOf": 7}, strict=True).schema == {"multipleOf": 7}


@pytest.mark.parametrize("factor", [True, False, None, "7", float("nan"), float("inf"), -3, 0])
def test_a_factor_of_any_kind_is_survived(factor: object) -> None:
    assert can_begin(output_schema({"type": "integer", "multipleOf": factor}, strict=False))


def test_warnings_are_few() -> None:
    schema = {"type": "object", "properties": {f"p{i}": {"pattern": f"(?={i})"} for i in range(40)}}
    assert len(output_schema(schema, strict=False).warnings) == 10


def test_white_space_is_the_models_affair_but_not_without_end() -> None:
    prepared = output_schema({"type": "object", "properties": {"a": {"type": "integer"}}}, strict=True)
    assert accepts(prepared, '{\n    "a" :  1\n}')
    assert accepts(prepared, '{"a":1}')
    assert not accepts(prepared, '{"a":' + " " * 41 + "1}")


def test_escapes_of_printable_characters_are_possible() -> None:
    prepared = output_schema({"type": "string"}, strict=True)
    assert accepts(prepared, '"\\u00e9\\ud83d\\ude00é"')
    assert not accepts(prepared, '"\\ud83d"')


def test_options_for_the_compiler_are_ours() -> None:
    prepared = output_schema({"type": "array", "x-guidance": {"whitespace_flexible": False}}, strict=True)
    assert accepts(prepared, "[1, 2]")


# --- tools ---


@pytest.mark.parametrize("parameters", [{}, {"properties": {}}, {"type": "object"}, {"type": "string"}])
def test_arguments_are_an_object(parameters: dict[str, Any]) -> None:
    prepared = tool_schema(tool(parameters))
    assert accepts(prepared, "{}")
    assert not accepts(prepared, '""')


def test_a_function_has_the_parameters_that_it_has() -> None:
    properties = {"a": {"type": "integer"}}
    assert not accepts(tool_schema(tool({"type": "object", "properties": properties})), '{"a": 1, "b": 2}')
    assert not accepts(tool_schema(tool({"type": "object", "properties": {}})), '{"b": 2}')
    opened = {"type": "object", "properties": properties, "additionalProperties": True}
    assert accepts(tool_schema(tool(opened)), '{"a": 1, "b": 2}')
    assert accepts(tool_schema(tool({"type": "object"})), '{"b": 2}')
    referring = {"$ref": "#/$defs/a", "$defs": {"a": {"properties": properties}}, "properties": {}}
    assert accepts(tool_schema(tool(referring)), '{"a": 1}')


def test_one_bad_tool_is_a_warning_and_a_strict_one_an_error() -> None:
    parameters = {
        "type": "object",
        "properties": {"a": {"type": "string", "pattern": "(?<=x)"}},
        "required": ["a"],
    }
    prepared = tool_schema(tool(parameters))
    assert accepts(prepared, '{"a": "anything"}')
    assert not accepts(prepared, "{}")
    assert "'tool_x': not enforced: #/properties/a/pattern" in prepared.warnings[0]
    with pytest.raises(InvalidGrammar, match=r"'tool_x' cannot be strict: #/properties/a/pattern") as caught:
        tool_schema(tool(parameters, strict=True))
    assert caught.value.param == "tools"


@pytest.mark.parametrize("schema", UNSATISFIABLE, ids=json.dumps)
def test_a_tool_that_nobody_can_call_can_be_called(schema: dict[str, Any]) -> None:
    prepared = tool_schema(tool({"type": "object", "properties": {"a": schema}, "required": ["a"]}))
    assert prepared.warnings
    assert LLMatcher(byte_tokenizer(), f"start: %json {prepared.rule}").get_error() == ""


@pytest.mark.parametrize("parameters", [None, [], "text", 5, True])
def test_parameters_are_a_schema(parameters: object) -> None:
    with pytest.raises(InvalidGrammar, match="'tool_x'"):
        tool_schema(tool(parameters))


# --- anything ---

KEYWORDS = re.findall(
    r"\S+",
    "type properties items anyOf oneOf allOf $ref enum const pattern format minimum maximum minLength"
    " maxItems required additionalProperties patternProperties prefixItems $defs definitions not if then"
    " $anchor $id uniqueItems multipleOf minProperties description",
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-3, 10**20)
    | st.floats()
    | st.sampled_from(
        ["string", "object", "array", "#", "#/$defs/a", "#/properties/a", "a", "(?=x)", "[", "\ud800", "date"]
    )
    | st.text(max_size=5)
)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYWORDS) | st.sampled_from(["a", "b"]), inner, max_size=4)
    ),
    max_leaves=20,
)


schemas = st.dictionaries(st.sampled_from(KEYWORDS), anything, max_size=6)


@given(schemas, st.booleans())
@settings(max_examples=200, deadline=None)
def test_whatever_a_client_demands_is_prepared_or_refused(schema: dict[str, Any], strict: bool) -> None:
    try:
        prepared = output_schema(schema, strict=strict)
    except InvalidGrammar:
        return
    assert can_begin(prepared)
    assert not (strict and prepared.warnings)


@given(schemas)
@settings(max_examples=200, deadline=None)
def test_whatever_a_tool_takes_it_can_be_called(parameters: dict[str, Any]) -> None:
    assert can_begin(tool_schema(tool(parameters)), only="{")


def can_begin(prepared: Prepared, only: str = "") -> bool:
    matcher = LLMatcher(byte_tokenizer(), f"start: %json {prepared.rule}", log_level=0)
    bits = np.unpackbits(np.frombuffer(matcher.compute_bitmask(), np.uint8), bitorder="little")
    first = "".join(map(chr, np.flatnonzero(bits[:128])))
    return not matcher.is_error() and (first == only if only else first != "")
