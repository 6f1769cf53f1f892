"""The parser against the recorded cases: what it makes of them, and that it does so however they are cut."""

from __future__ import annotations

import json
import random
from functools import cache
from typing import Any

import pytest

from llamar_server.chat import ParsedMessage, build_chat, parse_chat
from llamar_server.chat.formats import ChatFormat
from tests.chat.streams import check, read
from tests.chat.vectors import chat_cases, needs_vectors, template

CASES = chat_cases("parse")

NOT_PASSING: dict[str, str] = {}
"""Cases that are read in another way, each with the reason. None at present."""

each_case = pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])


@cache
def _format(case_id: str) -> ChatFormat:
    case = next(case for case in CASES if case["id"] == case_id)
    inputs = case["inputs"]
    return build_chat(
        template(case["template"]),
        inputs["messages"],
        inputs["tools"],
        inputs["tool_choice"],
        inputs["parallel_tool_calls"],
        json_schema=inputs["json_schema"],
        enable_thinking=inputs["enable_thinking"],
        reasoning_format=inputs["reasoning_format"],
        add_generation_prompt=inputs["add_generation_prompt"],
        continue_final_message=inputs["continue_final_message"],
        template_kwargs=inputs["chat_template_kwargs"],
    ).format


def _differences(parsed: ParsedMessage, expected: dict[str, Any]) -> list[str]:
    """Where ``parsed`` differs, by the rules that the vectors give for comparing."""
    found = []
    if parsed.content.strip() != expected["content"].strip():
        found.append(f"content {parsed.content!r}")
    if parsed.reasoning.strip() != expected["reasoning"].strip():
        found.append(f"reasoning {parsed.reasoning!r}")
    if [call.name for call in parsed.tool_calls] != [call["name"] for call in expected["tool_calls"]]:
        return [*found, f"calls {parsed.tool_calls}"]
    for call, wanted in zip(parsed.tool_calls, expected["tool_calls"], strict=True):
        if _value(wanted["arguments"]) not in (None, _value(call.arguments)):
            found.append(f"arguments {call.arguments}")
        if wanted["id"] and call.id != wanted["id"]:
            found.append(f"id {call.id}")
    return found


def _value(arguments: str) -> object:
    """The value of complete arguments, None for those that were cut off."""
    try:
        return json.loads(arguments)
    except ValueError:
        return None


@needs_vectors
def test_the_cases_are_there() -> None:
    assert len(CASES) > 200
    assert {case["id"] for case in CASES} >= NOT_PASSING.keys()


@needs_vectors
@each_case
def test_message(case: dict[str, Any]) -> None:
    found = _differences(parse_chat(case["raw"], _format(case["id"]), case["is_partial"]), case["expected"])
    assert bool(found) is (case["id"] in NOT_PASSING), found


@needs_vectors
@each_case
def test_the_cuts_do_not_matter(case: dict[str, Any]) -> None:
    raw, chat_format, truncated = case["raw"], _format(case["id"]), case["is_partial"]
    whole = read(chat_format, [raw], truncated=truncated)
    check(whole)
    assert read(chat_format, raw, truncated=truncated) == whole
    for cut in range(1, len(raw)):
        assert read(chat_format, [raw[:cut], raw[cut:]], truncated=truncated) == whole, raw[:cut]
    rng = random.Random(case["id"])
    for _ in range(5):
        cuts = sorted(rng.choices(range(len(raw) + 1), k=rng.randint(2, 12)))
        pieces = [raw[start:end] for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
        assert read(chat_format, pieces, truncated=truncated) == whole, pieces


@needs_vectors
@each_case
def test_a_beginning_says_nothing_that_the_whole_does_not(case: dict[str, Any]) -> None:
    """Cut off anywhere, an answer holds a beginning of what the whole one holds, and no markup."""
    chat_format = _format(case["id"])
    order = chat_format.tool_format.key_order
    whole = parse_chat(case["raw"], chat_format)
    for end in range(0, len(case["raw"]), 3):
        part = parse_chat(case["raw"][:end], chat_format, is_partial=True)
        assert whole.content.startswith(part.content)
        assert whole.reasoning.startswith(part.reasoning)
        assert len(part.tool_calls) <= len(whole.tool_calls)
        for call, complete in zip(part.tool_calls, whole.tool_calls, strict=False):
            assert call.name == complete.name
            # an id that the model writes behind the arguments is not there yet
            assert call.id == complete.id or order[-1] == "id"
            assert complete.arguments.startswith(call.arguments)
