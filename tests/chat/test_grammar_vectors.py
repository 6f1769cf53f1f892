"""What models of many families write is what their grammars accept, and what is wrong in it is not.

Every case of the chat vectors goes through the grammar that is built for its request: as text, and with
the markers as control tokens, as many vocabularies have them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from llamar_server.chat import BuiltChat, build_chat
from llamar_server.engine.constraint import ConstraintCompiler
from tests.chat.matching import match
from tests.chat.vectors import chat_cases, needs_vectors, template
from tests.engine.vocabularies import PieceVocabulary

pytestmark = needs_vectors

CUT_OFF = "the call has no end: the output was cut off, or its markers forgotten"
PREAMBLE = "a demanded call comes first: text before it could go on for ever"
IN_TEXT = "text holds no control tokens: here they stand within reasoning or a string"
ENDS = "here the marker that begins a call is taken for one that ends the turn"

UNUSUAL = {
    "Kimi-K2-Thinking#011": CUT_OFF,
    "Kimi-K2-Thinking#012": CUT_OFF,
    "Qwen3.5-4B#021": PREAMBLE,
}
UNUSUAL_AS_TOKENS = {
    **UNUSUAL,
    "GigaChat3-10B-A1.8B#004": ENDS,
    "LFM2.5-8B-A1B#021": IN_TEXT,
    "MiniMax-M3#017": IN_TEXT,
    "Qwen3.5-4B#017": IN_TEXT,
    "Reka-Edge#012": IN_TEXT,
    "inclusionai-ling-3.0-flash#004": IN_TEXT,
    "mistralai-Ministral-3-14B-Reasoning-2512#010": IN_TEXT,
    "muse-glimmer#003": IN_TEXT,
    "muse-glimmer#006": IN_TEXT,
}
CONTROL = re.compile(r"<[^<>\s]+>|\[[A-Z_/]+\]")
OTHER = {"integer": {"type": "boolean"}, "number": {"type": "boolean"}, "boolean": {"type": "integer"}}

Case = dict[str, Any]
CASES: list[Case] = [
    case for case in chat_cases("parse") if case["inputs"]["tools"] or case["inputs"]["json_schema"]
]
CALLING: list[Case] = [
    case
    for case in CASES
    if case["expected"]["tool_calls"] and not case["is_partial"] and case["id"] not in UNUSUAL
]


def named(cases: list[Case]) -> Any:
    return pytest.mark.parametrize("case", cases, ids=[case["id"] for case in cases])


def build(case: Case, **other: Any) -> BuiltChat:
    inputs = case["inputs"]
    given = {
        "tools": inputs["tools"],
        "tool_choice": inputs["tool_choice"],
        "parallel_tool_calls": inputs["parallel_tool_calls"],
        "json_schema": inputs["json_schema"],
        "enable_thinking": inputs["enable_thinking"],
        "continue_final_message": inputs["continue_final_message"],
        "template_kwargs": inputs["chat_template_kwargs"],
    }
    return build_chat(template(f"{case['template']}"), inputs["messages"], **{**given, **other})


def demands(case: Case) -> Iterator[dict[str, Any]]:
    """The ways of asking for what the case's output is."""
    yield {}
    calls = case["expected"]["tool_calls"]
    if calls and not (case["expected"]["content"] or "").strip():
        yield {"tool_choice": "required"}
        yield {"parallel_tool_calls": True}
        if len(calls) == 1:
            yield {"tool_choice": {"type": "function", "function": {"name": calls[0]["name"]}}}


@named(CASES)
def test_what_the_model_writes_is_accepted(case: Case) -> None:
    for demand in demands(case):
        built = build(case, **demand)
        assert built.grammar is not None
        found = match(built.grammar, case["raw"])
        as_expected = not found.rest and (found.complete or case["is_partial"])
        assert as_expected == (case["id"] not in UNUSUAL), (demand, found)


@named(CASES)
def test_it_is_accepted_with_markers_that_are_control_tokens(case: Case) -> None:
    for demand in demands(case):
        built = build(case, **demand)
        assert built.grammar is not None
        accepted = as_tokens(built, case["raw"], is_partial=case["is_partial"])
        if not accepted:
            assert case["id"] in UNUSUAL_AS_TOKENS, demand


def as_tokens(built: BuiltChat, text: str, *, is_partial: bool) -> bool:
    """Whether ``text`` is accepted over a vocabulary in which all that looks like one is a control token,
    those that end the turn being ends of generation."""
    control = tuple(token for token in built.preserved_tokens if CONTROL.fullmatch(token))
    eog = tuple(end for end in built.format.tool_format.turn_ends if end in control)
    vocabulary = PieceVocabulary(control=(*control, "<eog>"), eog=(*eog, "<eog>"))
    constraint = ConstraintCompiler(vocabulary, vocabulary.n_vocab).compile(
        built.grammar or "", built.preserved_tokens
    )
    longest_first = sorted(control, key=len, reverse=True)
    parts = re.split(f"({'|'.join(map(re.escape, longest_first))})", text) if control else [text]
    for part in parts:
        tokens = [vocabulary.token(part)] if part in control else list(part.encode())
        for token in tokens:
            if not constraint.accepts(token):
                return False
            if token in vocabulary.eog:
                return True
    return constraint.can_end or is_partial


# --- what is wrong is not accepted, from the first wrong byte on ---


def changed(case: Case, change: Any) -> list[dict[str, Any]]:
    """The tools of ``case``, each function changed by ``change``."""
    tools = json.loads(json.dumps(case["inputs"]["tools"]))
    for tool in tools:
        change(tool["function"])
    return list(tools)


@named(CALLING)
def test_a_tool_that_does_not_exist_cannot_be_named(case: Case) -> None:
    name = case["expected"]["tool_calls"][0]["name"]
    tools = changed(case, lambda function: function.update(name=f"{function['name']}_x"))
    found = match(build(case, tools=tools, tool_choice="auto").grammar or "", case["raw"])
    ends = [at.end() for at in re.finditer(re.escape(name.encode()), case["raw"].encode())]
    assert any(0 <= found.n - end <= 1 for end in ends), found


@named(CALLING)
def test_a_required_argument_cannot_be_left_out(case: Case) -> None:
    def require(function: dict[str, Any]) -> None:
        parameters = function["parameters"]
        parameters["properties"] = {**parameters.get("properties", {}), "zz": {"type": "integer"}}
        parameters["required"] = [*parameters.get("required", []), "zz"]

    found = match(build(case, tools=changed(case, require), tool_choice="auto").grammar or "", case["raw"])
    assert found.rest or not found.complete
    assert found.n > case["raw"].encode().find(case["expected"]["tool_calls"][0]["name"].encode())


@cache
def typed_cases() -> list[Case]:
    """Those with a first argument of a plain type that is written as JSON writes it."""
    first = ((case, *first_argument(case)) for case in CALLING)
    return [case for case, _, kind, text in first if kind in OTHER and text.lower() in case["raw"].lower()]


def first_argument(case: Case) -> tuple[str, str, str]:
    """Its name, its type by the schema, its text; empty if there is none."""
    call = case["expected"]["tool_calls"][0]
    functions = {tool["function"]["name"]: tool["function"] for tool in case["inputs"]["tools"]}
    for key, value in json.loads(call["arguments"] or "{}").items():
        schema = functions[call["name"]]["parameters"]["properties"][key]
        if isinstance(schema.get("type"), str):
            return key, schema["type"], json.dumps(value)
    return "", "", ""


@named(typed_cases())
def test_an_argument_cannot_have_another_type(case: Case) -> None:
    key, kind, text = first_argument(case)

    def change(function: dict[str, Any]) -> None:
        if key in function["parameters"].get("properties", {}):
            function["parameters"]["properties"][key] = OTHER[kind]

    found = match(build(case, tools=changed(case, change), tool_choice="auto").grammar or "", case["raw"])
    raw = case["raw"].encode()
    starts = [at.start() for at in re.finditer(re.escape(text.encode()), raw, re.IGNORECASE)]
    typed = [at.start() for at in re.finditer(rb'(number|boolean)"', raw)]  # where the type is written
    assert found.n in (*starts, *typed), found
