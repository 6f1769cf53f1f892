"""Content blocks to messages."""

from __future__ import annotations

from typing import Any

import pytest

from llamar_server.api.anthropic.signature import signature
from llamar_server.chat.types import (
    Message,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from llamar_server.errors import InvalidRequest, UnsupportedParameter
from tests.api.anthropic.asking import USER, asked, conversation

HI = Message("user", (TextPart("hi"),))


def text(words: str, **fields: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **fields}


def result(call_id: str, *content: Any, **fields: Any) -> dict[str, Any]:
    """Its content as it is: nothing, a string, or blocks."""
    given = {"content": content[0]} if content else {}
    return {"type": "tool_result", "tool_use_id": call_id, **given, **fields}


def user(*blocks: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(blocks)}


def assistant(*blocks: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": list(blocks)}


def test_a_string_is_one_text_block() -> None:
    as_block = user(text("hi", cache_control={"type": "ephemeral", "ttl": "1h"}))
    assert conversation(USER) == conversation(as_block) == (HI,)


def test_several_texts_are_several_parts() -> None:
    assert conversation(user(text("a"), text(""), text("b"))) == (
        Message("user", (TextPart("a"), TextPart("b"))),
    )


@pytest.mark.parametrize("empty", ["", [], [text("")]])
def test_an_empty_turn_is_still_a_turn(empty: Any) -> None:
    messages = conversation({"role": "user", "content": empty}, {"role": "assistant", "content": empty}, USER)
    assert messages == (Message("user", ()), Message("assistant", ()), HI)


# --- system ---


@pytest.mark.parametrize("system", ["Be brief.", [text("Be brief.", cache_control={"type": "ephemeral"})]])
def test_system(system: Any) -> None:
    assert conversation(USER, system=system) == (Message("system", (TextPart("Be brief."),)), HI)


@pytest.mark.parametrize("nothing", [None, "", [], [text("")]])
def test_no_system(nothing: Any) -> None:
    assert conversation(USER, system=nothing) == (HI,)


BILLING = "x-anthropic-billing-header: cc_version=2.1.197.abc; cc_entrypoint=sdk-cli; cch=fffff;"


@pytest.mark.parametrize("system", [[text(BILLING), text("You are.")], f"{BILLING}\nYou are."])
def test_the_billing_block_is_left_out(system: Any) -> None:
    """It differs between sessions, and stands where it would make every prompt another one."""
    assert conversation(USER, system=system) == (Message("system", (TextPart("You are."),)), HI)


def test_only_the_head_of_a_text_can_be_billing() -> None:
    quoted = f"Look: {BILLING}"
    assert conversation(USER, system=quoted)[0] == Message("system", (TextPart(quoted),))


@pytest.mark.parametrize("content", ["Now.", [text("Now.")]])
def test_a_system_message_stays_where_it_is(content: Any) -> None:
    messages = conversation(USER, {"role": "system", "content": content}, assistant(text("a")), USER)
    assert [message.role for message in messages] == ["user", "system", "assistant", "user"]
    assert messages[1] == Message("system", (TextPart("Now."),))


# --- tools in the conversation ---

CALLS = assistant(
    text("Let me see."),
    {"type": "tool_use", "id": "a", "name": "add", "input": {"x": 1, "y": "é"}, "caller": {"type": "direct"}},
    {"type": "tool_use", "id": "b", "name": "look", "input": {}},
)


def test_calls() -> None:
    assert conversation(USER, CALLS, USER)[1] == Message(
        "assistant",
        (
            TextPart("Let me see."),
            ToolCallPart("a", "add", '{"x": 1, "y": "é"}'),
            ToolCallPart("b", "look", "{}"),
        ),
    )


def test_results_in_another_order_than_the_calls() -> None:
    messages = conversation(USER, CALLS, user(result("b", "B"), result("a", [text("A")])))
    assert messages[2:] == (
        Message("tool", (ToolResultPart("b", "B"),)),
        Message("tool", (ToolResultPart("a", "A"),)),
    )


def test_texts_and_results_keep_their_order() -> None:
    messages = conversation(
        USER, CALLS, user(text("before"), result("a", "A"), text("between"), result("b", "B"), text("after"))
    )
    assert [(message.role, message.parts[0]) for message in messages[2:]] == [
        ("user", TextPart("before")),
        ("tool", ToolResultPart("a", "A")),
        ("user", TextPart("between")),
        ("tool", ToolResultPart("b", "B")),
        ("user", TextPart("after")),
    ]


def test_results_alone_are_no_turn_of_the_user() -> None:
    messages = conversation(USER, CALLS, user(result("a", "A"), result("b", "B"), text("")))
    assert [message.role for message in messages] == ["user", "assistant", "tool", "tool"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ((), ""),
        (("",), ""),
        (("text",), "text"),
        (([],), ""),
        (([text("a"), text(""), text("b")],), "a\nb"),
        (([{"type": "tool_reference", "tool_name": "look"}],), "look"),
        (([{"type": "document", "source": {"type": "text", "data": "words"}}],), "words"),
        (([{"type": "search_result", "source": "u", "title": "t", "content": [text("c")]}],), "t\nu\nc"),
    ],
)
def test_the_content_of_a_result(content: tuple[Any, ...], told: str) -> None:
    messages = conversation(USER, CALLS, user(result("a", *content)))
    assert messages[2] == Message("tool", (ToolResultPart("a", told),))


def test_a_result_that_is_an_error() -> None:
    messages = conversation(
        USER, CALLS, user(result("a", "no", is_error=True), result("b", "", is_error=False))
    )
    assert messages[2] == Message("tool", (ToolResultPart("a", "no", is_error=True),))
    assert messages[3] == Message("tool", (ToolResultPart("b", ""),))


def test_broken_arguments_of_claude_code_come_back_as_they_are() -> None:
    call = {"type": "tool_use", "id": "a", "name": "add", "input": {"__unparsedToolInput": {"raw": "{"}}}
    part = conversation(USER, assistant(call), user(result("a", "error")))[1].parts[0]
    assert part == ToolCallPart("a", "add", '{"__unparsedToolInput": {"raw": "{"}}')


# --- thinking ---


def test_thinking_in_the_history() -> None:
    thinking = {"type": "thinking", "thinking": "Hm.", "signature": "anything"}
    redacted = {"type": "redacted_thinking", "data": "xxxx"}
    assert conversation(USER, assistant(thinking, redacted, text("Yes.")), USER)[1] == Message(
        "assistant", (ReasoningPart("Hm."), TextPart("Yes."))
    )


@pytest.mark.parametrize("empty", ["", "foreign", "llamar.", "llamar.%%%", None])
def test_a_thought_that_is_not_there(empty: str | None) -> None:
    thinking = {"type": "thinking", "thinking": "", "signature": empty}
    assert conversation(USER, assistant(thinking, text("Yes.")), USER)[1].parts == (TextPart("Yes."),)


def test_an_omitted_thought_comes_back_in_its_signature() -> None:
    omitted = {"type": "thinking", "thinking": "", "signature": signature("Hm, é.", omitted=True)}
    assert conversation(USER, assistant(omitted), USER)[1].parts == (ReasoningPart("Hm, é."),)


# --- documents ---


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"source": {"type": "text", "media_type": "text/plain", "data": "words"}}, "words"),
        ({"source": {"type": "text", "data": "words"}, "title": "T", "context": "C"}, "T\nC\nwords"),
        ({"source": {"type": "content", "content": "words"}}, "words"),
        ({"source": {"type": "content", "content": [text("a"), text("b")]}}, "a\nb"),
        ({"source": {"type": "text", "data": "words"}, "citations": {"enabled": False}}, "words"),
    ],
)
def test_documents(document: dict[str, Any], told: str) -> None:
    messages = conversation(user({"type": "document", **document}, text("Sum up.")))
    assert messages == (Message("user", (TextPart(told), TextPart("Sum up."))),)


# --- an answer begun by the client ---


def test_a_begun_answer_is_continued() -> None:
    request = asked(messages=[USER, assistant(text("The answer is ("))])
    assert request.continue_final_message
    assert request.messages[-1] == Message("assistant", (TextPart("The answer is ("),))


@pytest.mark.parametrize("empty", ["", []])
def test_an_empty_beginning_is_none(empty: Any) -> None:
    request = asked(messages=[USER, {"role": "assistant", "content": empty}])
    assert not request.continue_final_message
    assert request.messages == (HI,)


def test_a_call_is_not_continued() -> None:
    with pytest.raises(InvalidRequest, match="tool_result must follow"):
        asked(messages=[USER, CALLS])


# --- refused ---

IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aaaa"}}
PDF = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "aaaa"}}


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        (user(IMAGE), r"messages\[1\]\.content\[0\]: image content is not supported: the model reads text"),
        (user(text("a"), result("a", [text("b"), IMAGE])), r"\.content\[1\]\.content\[1\]: image content"),
        (user(PDF), r"messages\[1\]\.content\[0\]\.source: only documents of plain text"),
        (user({**PDF, "source": {"type": "content", "content": [IMAGE]}}), r"\.source: only documents"),
        (
            user({**PDF, "source": {"type": "text", "data": "a"}, "citations": {"enabled": True}}),
            "citations are not supported",
        ),
        (
            assistant({"type": "server_tool_use", "id": "a", "name": "b", "input": {}}),
            "server_tool_use content",
        ),
        (user({"type": "tool_use", "id": "a", "name": "b", "input": {}}), "tool_use content"),
        (assistant(result("a", "b")), "tool_result content"),
        ({"role": "system", "content": [{"type": "tool_addition", "tool": {}}]}, "tool_addition content"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(message: dict[str, Any], problem: str) -> None:
    with pytest.raises(UnsupportedParameter, match=problem):
        conversation(USER, message, USER)


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        ({"role": "developer", "content": "a"}, r"messages\[1\]\.role should be 'user', 'assistant' or"),
        ({"role": "user"}, r"messages\[1\]\.content is required"),
        ({"role": "user", "content": 1}, "must be a string or a list of content blocks"),
        (user({"text": "a"}), r"messages\[1\]\.content\[0\]\.type is required"),
        (user({"type": "text"}), r"messages\[1\]\.content\[0\]\.text is required"),
        (user({"type": "tool_result", "content": "a"}), r"content\[0\]\.tool_use_id is required"),
        (assistant({"type": "tool_use", "name": "a", "input": {}}), r"content\[0\]\.id is required"),
        (assistant({"type": "tool_use", "id": "a", "input": {}}), r"content\[0\]\.name is required"),
    ],
)
def test_what_is_malformed_is_refused_by_place(message: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidRequest, match=problem):
        conversation(USER, message, USER)
