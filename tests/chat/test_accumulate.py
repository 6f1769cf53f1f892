"""Events put together to a message."""

from __future__ import annotations

from llamar_server.chat import ParsedMessage, accumulate
from llamar_server.chat.events import (
    Finish,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    Usage,
)
from llamar_server.chat.types import ReasoningPart, TextPart, ToolCallPart


def test_parts_in_the_order_of_writing() -> None:
    message = accumulate(
        [
            ReasoningDelta("h"),
            ReasoningDelta("m"),
            TextDelta("Look"),
            TextDelta(": "),
            ToolCallStart(0, "a", "f"),
            ToolCallDelta(0, '{"x"'),
            ToolCallDelta(0, ": 1}"),
            ToolCallEnd(0),
            TextDelta("and"),
            ToolCallStart(1, "b", "g"),
            Finish("tool_calls", None, Usage(1, 2)),
        ]
    )
    assert message.parts == (
        ReasoningPart("hm"),
        TextPart("Look: "),
        ToolCallPart("a", "f", '{"x": 1}'),
        TextPart("and"),
        ToolCallPart("b", "g", ""),
    )
    assert (message.content, message.reasoning) == ("Look: and", "hm")
    assert [call.id for call in message.tool_calls] == ["a", "b"]


def test_nothing() -> None:
    assert accumulate([]) == ParsedMessage()
    assert (ParsedMessage().content, ParsedMessage().reasoning, ParsedMessage().tool_calls) == ("", "", ())
