"""Tokens are counted exactly, before and after, and cost nothing."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from chatlas import AssistantTurn, Chat, token_usage
from pydantic import BaseModel

from llamar_providers.http import post_json
from tests.providers.chatlas.test_tools import add
from tests.servers import ServerProcess


def counted(chat: Chat[Any, Any], name: str) -> list[int]:
    """What the server said of each answer, which chatlas keeps as a dictionary where it was streamed."""
    answers = [turn for turn in chat.get_turns() if isinstance(turn, AssistantTurn)]
    usages = [answer.completion.usage for answer in answers]
    return [each[name] if isinstance(each, dict) else getattr(each, name) for each in usages]


def prompt_tokens(chat: Chat[Any, Any]) -> list[int]:
    return counted(chat, "prompt_tokens")


def completion_tokens(chat: Chat[Any, Any]) -> list[int]:
    return counted(chat, "completion_tokens")


def test_each_turn_says_what_the_server_counted(chat: Chat[Any, Any]) -> None:
    chat.register_tool(add)
    chat.chat("What is 123 + 456?", echo="none")
    chat.chat("What is the capital of France?", echo="none")
    tokens = [turn.tokens or () for turn in chat.get_turns() if isinstance(turn, AssistantTurn)]
    assert len(tokens) == 3
    assert [new + cached for new, _, cached in tokens] == prompt_tokens(chat)
    assert [written for _, written, _ in tokens] == completion_tokens(chat)
    assert tokens[2][2] > 0  # the conversation so far was not computed again
    told = chat.get_tokens()
    assert [each["role"] for each in told] == ["user", "assistant"] * 3
    total = sum(each["tokens_total"] + each["tokens_cached"] for each in told)
    assert total == sum(prompt_tokens(chat)) + sum(completion_tokens(chat))


def test_answers_are_as_long_as_the_tokenizer_says(chat: Chat[Any, Any], server: ServerProcess) -> None:
    said = str(chat.chat("What is the capital of France?", echo="none"))
    count = post_json(f"{server.url}/tokenize", {"content": said})["count"]
    assert completion_tokens(chat) == [count + 1]  # and the one that ends it


def test_a_prompt_is_counted_before_it_is_sent(chat: Chat[Any, Any]) -> None:
    chat.system_prompt = "Be terse."
    for prompt in ("What is the capital of France?", "What is the capital of Japan?"):
        expected = chat.token_count(prompt, include="complete")
        chat.chat(prompt, echo="none")
        assert prompt_tokens(chat)[-1] == expected
    alone = chat.token_count("What is the capital of Japan?")
    assert alone < expected
    chat.register_tool(add)
    assert chat.token_count("What is the capital of Japan?") > alone


async def test_counting_without_waiting(chat: Chat[Any, Any]) -> None:
    assert await chat.token_count_async("Hi") == chat.token_count("Hi")


def test_counting_for_data(chat: Chat[Any, Any]) -> None:
    class Person(BaseModel):
        name: str

    assert chat.token_count("Hi", data_model=Person) > 0


@pytest.mark.parametrize("include", ["all", "last"])
def test_it_costs_nothing(chat: Chat[Any, Any], include: Any) -> None:
    assert chat.get_cost(include=include) == 0
    chat.chat("Hi", echo="none")
    assert chat.get_cost(include=include) == 0
    assert chat.get_cost(include=include, token_price=(1e6, 1e6, 1e6)) == sum(
        prompt_tokens(chat) + completion_tokens(chat)
    )
    branch = copy.deepcopy(chat)
    assert branch.get_cost() == 0


def test_the_session_is_added_up(chat: Chat[Any, Any]) -> None:
    def ours() -> int:
        return sum(
            each["input"] + each["cached_input"] for each in token_usage() or [] if each["name"] == "llamar"
        )

    before = ours()
    chat.chat("Hi", echo="none")
    assert ours() - before == prompt_tokens(chat)[0]
