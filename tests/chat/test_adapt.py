"""Adapting conversations to what a template takes."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given

from llamar_server.chat.adapt import adapt, short_id
from llamar_server.chat.capabilities import Capabilities
from llamar_server.chat.messages import normalize
from tests.chat.conversations import anything, orderly


def system(text: str) -> dict[str, Any]:
    return {"role": "system", "content": text}


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def assistant(text: str, *calls: dict[str, Any]) -> dict[str, Any]:
    return {"role": "assistant", "content": text, **({"tool_calls": list(calls)} if calls else {})}


def call(id_: str) -> dict[str, Any]:
    return {"id": id_, "type": "function", "function": {"name": "f", "arguments": {"x": id_}}}


def result(id_: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": id_, "name": "f", "content": f"r{id_}"}


S, U, A = system("S"), user("U"), assistant("A")


@pytest.mark.parametrize(
    ("can", "messages", "expected"),
    [
        ({}, [S, U, A, S, U], [S, U, A, S, U]),
        (
            {"thought_beside_text": False},
            [U, {**assistant("text", call("1")), "reasoning_content": "thought"}, result("1")],
            [U, {**assistant("", call("1")), "reasoning_content": "thought\ntext"}, result("1")],
        ),
        (
            {"thought_beside_text": False},
            [U, {**A, "reasoning_content": "thought"}, U],
            [U, {**A, "reasoning_content": "thought"}, U],
        ),
        ({}, [S, system("T"), U], [system("S\nT"), U]),
        ({"system": False}, [S, U], [user("S\nU")]),
        ({"system": False}, [S, A, U], [user("S"), A, U]),
        ({"later_system": False}, [S, U, A, system("T"), user("V")], [S, U, A, user("T\nV")]),
        ({"later_system": False}, [S, U, system("T"), A], [S, user("U\nT"), A]),
        ({"later_system": False}, [S, U, A, system("T")], [S, U, A, user("T")]),
        (
            {"later_system": False},
            [U, assistant("", call("1")), system("T"), result("1")],
            [U, assistant("", call("1")), result("1"), user("T")],
        ),
        (
            {"later_system": False, "user_after_tool": False},
            [U, assistant("", call("1")), result("1"), system("T")],
            [U, assistant("", call("1")), {**result("1"), "content": "r1\nT"}],
        ),
        (
            {"user_after_tool": False},
            [U, assistant("", call("1")), result("1"), user("V")],
            [U, assistant("", call("1")), result("1"), assistant("OK."), user("V")],
        ),
        ({"no_user": False}, [S], [S, user("")]),
        ({"no_user": False}, [S, A], [S, user(""), A]),
        ({"assistant_first": False}, [S, A, U], [S, user(""), A, U]),
        ({"repeated_users": False}, [U, user("V"), A, assistant("B")], [user("U\nV"), assistant("A\nB")]),
        (
            {"parallel_calls": False},
            [U, assistant("t", call("1"), call("2")), result("2"), result("1"), A],
            [U, assistant("t", call("1")), result("1"), assistant("", call("2")), result("2"), A],
        ),
        (
            {"object_arguments": False},
            [assistant("", call("é"))],
            [
                assistant(
                    "",
                    {
                        "id": "é",
                        "type": "function",
                        "function": {"name": "f", "arguments": '{"x": "é"}'},
                    },
                )
            ],
        ),
        ({"empty_answers": False}, [U, assistant(""), U], [U, assistant(" "), U]),
        (
            {"parts": True},
            [U],
            [{"role": "user", "content": [{"type": "text", "text": "U"}]}],
        ),
        (
            {"reasoning": "thinking"},
            [{**A, "reasoning_content": "R"}],
            [{"role": "assistant", "content": "A", "thinking": "R"}],
        ),
        (
            {"reasoning": "parts"},
            [{**A, "reasoning_content": "R"}],
            [
                {
                    "role": "assistant",
                    "content": [{"type": "thinking", "thinking": "R"}, {"type": "text", "text": "A"}],
                }
            ],
        ),
        ({"reasoning": None}, [{**A, "reasoning_content": "R"}], [{**A, "reasoning_content": "R"}]),
    ],
)
def test_adaptations(
    can: dict[str, Any], messages: list[dict[str, Any]], expected: list[dict[str, Any]]
) -> None:
    assert adapt(messages, Capabilities(**can)) == expected


def test_short_ids_stay_in_step() -> None:
    turns = [assistant("", call("toolu_01AbCdEf")), result("toolu_01AbCdEf")]
    calling, answering = adapt(turns, Capabilities(any_ids=False))
    assert calling["tool_calls"][0]["id"] == answering["tool_call_id"] == short_id("toolu_01AbCdEf")


def test_short_ids_have_the_shape_and_keep_those_that_have_it() -> None:
    assert short_id("AbCd01234") == "AbCd01234"
    ids = {short_id(f"call_{number}") for number in range(1000)}
    assert len(ids) == 1000
    assert all(len(id_) == 9 and id_.isalnum() and id_.isascii() for id_ in ids)


WORST = Capabilities(
    parts=True,
    system=False,
    later_system=False,
    repeated_users=False,
    user_after_tool=False,
    assistant_first=False,
    no_user=False,
    empty_answers=False,
    object_arguments=False,
    parallel_calls=False,
    any_ids=False,
    reasoning="parts",
)


@given(anything)
def test_texts_survive_every_adaptation(messages: list[dict[str, Any]]) -> None:
    normal = normalize([*messages, {"role": "user", "content": "the end"}])
    adapted = str(adapt(normal, WORST))
    for message in normal:
        assert repr(message["content"])[1:-1] in adapted


@given(orderly())
def test_roles_alternate_where_they_must(messages: list[dict[str, Any]]) -> None:
    adapted = adapt(normalize(messages), WORST)
    roles = [m["role"] for m in adapted if m["role"] in ("user", "assistant") and "tool_calls" not in m]
    assert roles[0] == "user"
    assert all(first != second for first, second in pairwise(roles))


@given(orderly())
def test_a_longer_conversation_starts_as_the_shorter_one(messages: list[dict[str, Any]]) -> None:
    """Cut before and behind each assistant's turn: what was asked, and what the next turn builds on."""
    full = adapt(normalize(messages), WORST)
    asked = [position for position, m in enumerate(messages) if m["role"] == "assistant" and position]
    answered = [position + 1 for position in asked if "tool_calls" not in messages[position]]
    for end in asked + answered:
        part = adapt(normalize(messages[:end]), WORST)
        assert full[: len(part)] == part
