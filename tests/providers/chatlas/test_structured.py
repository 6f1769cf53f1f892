"""Data instead of text."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from chatlas import Chat
from pydantic import BaseModel, Field

from tests.providers.chatlas.test_tools import add

ALICE = "Alice is 30 years old and lives in Rome."


class Person(BaseModel):
    """A person."""

    name: str
    age: int


class Household(BaseModel):
    """Nested, with a choice, a list and something that may be missing."""

    head: Person
    mood: Literal["good", "bad"]
    ages: list[Annotated[int, Field(ge=0, le=99)]] = Field(min_length=1, max_length=2)
    address: Annotated[str, Field(max_length=20)] | None = None


@pytest.mark.parametrize("stream", [True, False])
def test_data_is_extracted(chat: Chat[Any, Any], stream: bool) -> None:
    assert chat.chat_structured(ALICE, data_model=Person, stream=stream) == Person(name="Alice", age=30)


def test_it_has_the_shape_that_was_asked_for(chat: Chat[Any, Any]) -> None:
    household = chat.chat_structured(ALICE, data_model=Household)
    assert isinstance(household, Household)


async def test_data_without_waiting(chat: Chat[Any, Any]) -> None:
    assert await chat.chat_structured_async(ALICE, data_model=Person) == Person(name="Alice", age=30)


def test_the_old_name(chat: Chat[Any, Any]) -> None:
    with pytest.warns(DeprecationWarning, match="extract_data"):
        assert chat.extract_data(ALICE, data_model=Person) == {"name": "Alice", "age": 30}


async def test_the_old_name_without_waiting(chat: Chat[Any, Any]) -> None:
    with pytest.warns(DeprecationWarning, match="extract_data"):
        assert await chat.extract_data_async(ALICE, data_model=Person) == {"name": "Alice", "age": 30}


def test_data_can_be_streamed(chat: Chat[Any, Any]) -> None:
    text = "".join(chat.stream(ALICE, data_model=Person))
    assert Person.model_validate_json(text) == Person(name="Alice", age=30)


def test_a_conversation_goes_on_after_data_with_tools_at_hand(chat: Chat[Any, Any]) -> None:
    chat.register_tool(add)
    chat.chat_structured(ALICE, data_model=Person)
    assert "579" in str(chat.chat("What is 123 + 456?", echo="none"))


@pytest.mark.parametrize("stream", [True, False])
def test_data_that_was_cut_off_is_an_error(chat: Chat[Any, Any], stream: bool) -> None:
    with pytest.raises(Exception, match="max_tokens"):
        chat.chat_structured(ALICE, data_model=Person, stream=stream, kwargs={"max_tokens": 3})


def test_thoughts_do_not_spoil_data(chat: Chat[Any, Any]) -> None:
    person = chat.chat_structured(
        ALICE, data_model=Person, kwargs={"enable_thinking": True, "max_tokens": 400}
    )
    assert isinstance(person, Person)
