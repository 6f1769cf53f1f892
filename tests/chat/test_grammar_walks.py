"""Grammar and parser close the loop: whatever the grammar allows is read as calls that fit their schemas.

An answer is made up by a walk through the grammar of a real template: at random, one of the bytes that
are possible, or a whole marker or word where one is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, replace
from random import Random
from typing import Any

import jsonschema
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from llguidance import LLMatcher

from llamar_server.chat import BuiltChat, build_chat, parse_chat
from llamar_server.chat.formats.spec import Routing, Span, ToolFormat
from tests.chat.matching import allowed_bytes, matcher
from tests.chat.vectors import needs_vectors, template, template_names

pytestmark = needs_vectors

MAX_STEPS = 1500
LIKELY = frozenset(b'"}])>0123456789truefalsn')
FREE = b"k~k"  # possible in any free text, impossible in most other places
WORDS = (
    "null",
    "true",
    "False",
    "celsius",
    "ab-1",
    '"a"',
    "1",
    "2.5",
    "{",
    "}",
    "[",
    "]",
    ",",
    ": ",
    '"',
    '"lat"',
)

# Its macros do not end on some schemas; the prompt is ChatML then, which is not its format.
LEFT_OUT = ("CohereForAI-c4ai-command-r-plus-tool_use.jinja",)


def function(name: str, properties: dict[str, Any], *required: str, **other: Any) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": list(required), **other}
    return {"type": "function", "function": {"name": name, "description": "", "parameters": parameters}}


POINT = {
    "type": "object",
    "properties": {"lat": {"type": "number"}, "names": {"type": "array", "items": {"type": "string"}}},
}
PAGE = {
    "type": "object",
    "properties": {"q": {"type": "integer"}, "r": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
}
TOOLS = [
    function(
        "get_weather",
        {
            "city": {"type": "string"},
            "days": {"type": "integer", "minimum": 1, "maximum": 14},
            "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
        },
        "city",
    ),
    function("get_weather_now", {"x": {"type": "string"}, "y": {"type": "string"}}, "x", "y"),
    function(
        "flags",
        {
            "on": {"type": "boolean"},
            "level": {"type": ["number", "null"]},
            "mode": {"enum": ["a", 1, None, True]},
        },
        "on",
        "level",
    ),
    function(
        "search",
        {
            "query": {"type": "string", "minLength": 2, "maxLength": 12},
            "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 3},
            "code": {"type": "string", "pattern": "^[a-z]{2}-[0-9]+$"},
        },
        "query",
        "code",
    ),
    function(
        "nested",
        {
            "where": {**POINT, "required": ["lat"], "additionalProperties": False},
            "page": {"$ref": "#/$defs/page"},
        },
        "where",
        **{"$defs": {"page": {**PAGE, "required": ["q"]}}},
    ),
    function("nothing", {}),
]


@given(
    st.sampled_from([name for name in template_names() if name not in LEFT_OUT] or [""]),
    st.integers(0, 2**32),
)
@settings(max_examples=150, deadline=None)
def test_what_is_demanded_is_read(name: str, seed: int) -> None:
    random = Random(seed)
    tools = random.sample(TOOLS, random.randint(1, 4))
    named = {"type": "function", "function": {"name": tools[0]["function"]["name"]}}
    parallel = random.random() < 0.5
    built = build(name, tools, random.choice(["required", named]), parallel, random.random() < 0.5)
    raw = walk(built, tools, random)
    assume(raw is not None)
    parsed = parse_chat(raw or "", built.format)
    assert parsed.tool_calls
    assert parallel or len(parsed.tool_calls) == 1
    assert not (parsed.content or "").strip()
    check(parsed.tool_calls, tools)


@given(
    st.sampled_from([name for name in template_names() if name not in LEFT_OUT] or [""]),
    st.integers(0, 2**32),
)
@settings(max_examples=100, deadline=None)
def test_calls_in_free_text_are_sound(name: str, seed: int) -> None:
    random = Random(seed)
    tools = random.sample(TOOLS, random.randint(1, 4))
    built = build(name, tools, "auto", random.random() < 0.5, random.random() < 0.5)
    raw = walk(built, tools, random)
    assume(raw is not None)
    check(parse_chat(raw or "", built.format).tool_calls, tools)


def build(name: str, tools: list[dict[str, Any]], choice: Any, parallel: bool, thinking: bool) -> BuiltChat:
    return build_chat(
        template(name),
        [{"role": "user", "content": "Hey"}],
        tools,
        tool_choice=choice,
        parallel_tool_calls=parallel,
        enable_thinking=thinking,
    )


def check(calls: Any, tools: list[dict[str, Any]]) -> None:
    schemas = {tool["function"]["name"]: tool["function"]["parameters"] for tool in tools}
    for call in calls:
        jsonschema.validate(json.loads(call.arguments), schemas[call.name])


# --- the walk ---


def walk(built: BuiltChat, tools: list[dict[str, Any]], random: Random) -> str | None:
    """A complete answer; None if it gets too long."""
    assert built.grammar is not None
    state, written = matcher(built.grammar), bytearray()
    markers = [word.encode() for word in words(built.format.tool_format, tools)]
    for _ in range(MAX_STEPS):
        if state.is_stopped() or (state.is_accepting() and random.random() < 0.3):
            return written.decode()
        possible = [
            marker for marker in random.sample(markers, min(25, len(markers))) if means(state, marker)
        ]
        if possible and random.random() < 0.5:
            step = random.choice(possible)
        else:
            options = allowed_bytes(state)
            assert options, "a dead end"
            step = bytes(random.choices(options, [20 if byte in LIKELY else 1 for byte in options]))
        assert state.try_consume_tokens(list(step)) == len(step)
        written += step
    return None


def means(state: LLMatcher, marker: bytes) -> bool:
    """Whether ``marker`` is possible and, if it is long, more than a part of free text."""
    if state.validate_tokens(list(marker)) < len(marker):
        return False
    within = FREE + marker + FREE
    return len(marker) <= 3 or state.validate_tokens(list(within)) < len(within)


def words(tool_format: ToolFormat, tools: list[dict[str, Any]]) -> list[str]:
    """What may be worth writing: the markers of calls, the end of reasoning, names, keys, values."""
    calling = replace(tool_format, turn_start="", turn_ends=(), noise=(), thinking=Span(), family="")
    keys = {key for tool in tools for key in tool["function"]["parameters"]["properties"]} | {
        "lat",
        "names",
        "q",
        "r",
        "item",
    }
    found = {text.strip() for text in texts(calling)} | keys | set(WORDS) | {tool_format.thinking.end.strip()}
    found |= {tool["function"]["name"] for tool in tools}
    if tool_format.value_end_has_name:
        end = tool_format.argument_value.end.strip()
        found |= {f"{end}{key}{tool_format.argument_name.end.strip()}" for key in keys}
    return sorted(found - {""})


def texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from texts(each)
    elif isinstance(value, ToolFormat | Span | Routing):
        for field in fields(value):
            yield from texts(getattr(value, field.name))


def test_the_walk_can_fail() -> None:
    built = build(template_names()[0], TOOLS[:1], "required", False, False)
    state = matcher(built.grammar or "")
    assert not means(state, b"nowhere")
    with pytest.raises(jsonschema.ValidationError):
        check([type("Call", (), {"name": "get_weather", "arguments": "{}"})], TOOLS[:1])
