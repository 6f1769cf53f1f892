"""Tools of a chat: ellmer's dice, callbacks before and after, and refusing one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from chatlas import Chat, ContentToolRequest, ContentToolResult, Tool, ToolRejectError
from chatlas._chat import ToolFailureWarning
from pydantic import BaseModel, Field

DICE = "Roll a 6-sided die. Also, roll a 20-sided die."


def roll_die(sides: int) -> int:
    """Roll a die.

    Parameters
    ----------
    sides
        Number of sides of the die.
    """
    return sides - 2


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def multiply(a: int, b: int) -> int:
    """Multiply two numbers."""
    return a * b


def of(kind: type, chat: Chat[Any, Any]) -> list[Any]:
    return [each for turn in chat.get_turns() for each in turn.contents if isinstance(each, kind)]


def test_two_dice_are_rolled_in_one_turn(chat: Chat[Any, Any]) -> None:
    chat.register_tool(roll_die)
    said = str(chat.chat(DICE, echo="none"))
    assert [each.arguments for each in of(ContentToolRequest, chat)] == [{"sides": 6}, {"sides": 20}]
    results = of(ContentToolResult, chat)
    assert [each.value for each in results] == [4, 18]
    assert len({each.id for each in results}) == 2
    assert "4" in said
    assert "18" in said
    assert [turn.role for turn in chat.get_turns()] == ["user", "assistant", "user", "assistant"]
    last, first = chat.get_last_turn(), chat.get_turns()[1]
    assert last is not None
    assert (first.finish_reason, last.finish_reason) == ("tool_use", "success")  # type: ignore[attr-defined]
    collected = chat.get_turns(tool_result_role="assistant")
    assert [turn.role for turn in collected] == ["user", "assistant"]


def test_the_right_tool_is_chosen(chat: Chat[Any, Any]) -> None:
    chat.register_tool(add)
    chat.register_tool(multiply)
    said = str(chat.chat("What is 3 * 12? Also, what is 11 + 49?", echo="none"))
    assert "36" in said
    assert "60" in said
    assert [each.name for each in of(ContentToolRequest, chat)] == ["multiply", "add"]


def test_tools_can_be_listed_replaced_and_taken_away(chat: Chat[Any, Any]) -> None:
    chat.register_tool(add)
    with pytest.raises(ValueError, match="already registered"):
        chat.register_tool(add)
    chat.register_tool(multiply, name="add", force=True)
    assert [tool.name for tool in chat.get_tools()] == ["add"]
    chat.set_tools([roll_die])
    assert [tool.name for tool in chat.get_tools()] == ["roll_die"]
    chat.set_tools([])
    assert str(chat.chat("What is 2+2?", echo="none")) == "2 + 2 = 4."


def test_a_tool_of_ones_own_making(chat: Chat[Any, Any]) -> None:
    chat.register_tool(Tool.from_func(add, name="add"))
    assert "579" in str(chat.chat("What is 123 + 456?", echo="none"))


def test_arguments_may_be_described_apart(chat: Chat[Any, Any]) -> None:
    class Add(BaseModel):
        """Add two numbers."""

        a: int = Field(description="The first number.")
        b: int = Field(description="The second number.")

    chat.register_tool(add, name="add", model=Add, annotations={"readOnlyHint": True})
    (tool,) = chat.get_tools()
    assert tool.annotations == {"readOnlyHint": True}
    assert "579" in str(chat.chat("What is 123 + 456?", echo="none"))


def test_callbacks_see_requests_and_results(chat: Chat[Any, Any]) -> None:
    chat.register_tool(add)
    seen: list[Any] = []
    chat.on_tool_request(lambda request: seen.append((request.name, request.arguments)))
    remove = chat.on_tool_result(lambda result: seen.append(result.value))
    chat.chat("What is 123 + 456?", echo="none")
    assert seen == [("add", {"a": 123, "b": 456}), 579]
    remove()
    seen.clear()
    chat.chat("What is 11 + 49?", echo="none")
    assert seen == [("add", {"a": 11, "b": 49})]


def test_a_tool_can_be_refused(chat: Chat[Any, Any]) -> None:
    chat.register_tool(add)

    def refuse(request: ContentToolRequest) -> None:
        raise ToolRejectError("the user said no")

    chat.on_tool_request(refuse)
    with pytest.warns(ToolFailureWarning, match="the user said no"):
        assert str(chat.chat("What is 123 + 456?", echo="none", kwargs={"max_tokens": 30}))
    (result,) = of(ContentToolResult, chat)
    assert isinstance(result.error, ToolRejectError)
    assert "579" not in str(result.get_model_value())


def test_a_tool_that_fails_is_told_to_the_model(chat: Chat[Any, Any]) -> None:
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        raise RuntimeError("the abacus is broken")

    chat.register_tool(add)
    with pytest.warns(ToolFailureWarning, match="the abacus is broken"):
        assert str(chat.chat("What is 123 + 456?", echo="none", kwargs={"max_tokens": 30}))
    (result,) = of(ContentToolResult, chat)
    assert "the abacus is broken" in str(result.get_model_value())


def test_results_come_in_pieces(chat: Chat[Any, Any]) -> None:
    def add(a: int, b: int) -> Iterator[int]:
        """Add two numbers."""
        yield a
        yield a + b

    chat.register_tool(add)
    chat.chat("What is 123 + 456?", echo="none", kwargs={"max_tokens": 30})
    assert of(ContentToolResult, chat)


@pytest.mark.parametrize("content", ["text", "all"])
def test_streams_with_tools(chat: Chat[Any, Any], content: Any) -> None:
    chat.register_tool(add)
    pieces = list(chat.stream("What is 123 + 456?", content=content))
    assert "579" in "".join(piece for piece in pieces if isinstance(piece, str))
    told = [type(piece).__name__ for piece in pieces if not isinstance(piece, str)]
    assert [name for name in told if name.startswith("ContentTool")] == (
        ["ContentToolRequest", "ContentToolResult"] if content == "all" else []
    )


async def test_tools_that_wait(chat: Chat[Any, Any]) -> None:
    async def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    chat.register_tool(add)
    response = await chat.chat_async("What is 123 + 456?", echo="none")
    assert "579" in await response.get_content()


def test_what_waits_cannot_be_used_where_nobody_waits(chat: Chat[Any, Any]) -> None:
    async def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    chat.register_tool(add)
    with pytest.raises(ValueError, match="async"):
        chat.chat("What is 123 + 456?", echo="none")
