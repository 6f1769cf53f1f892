"""Many prompts at once, and streams that are stopped."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
import pytest
from chatlas import Chat, StreamController, parallel_chat, parallel_chat_structured, parallel_chat_text

from llamar_providers.chatlas import chat_llamar
from tests.cli.slow import SLOW_ANSWER
from tests.providers.chatlas.test_structured import Person
from tests.providers.chatlas.test_tools import add
from tests.servers import DEADLINE, ServerProcess

COUNTRIES = [
    "France",
    "Japan",
    "Italy",
    "Spain",
    "Norway",
    "Egypt",
    "Germany",
    "New Zealand",
    "Peru",
    "Kenya",
]
CAPITALS = [f"What is the capital of {country}?" for country in COUNTRIES]
FOR_EVER = {"max_tokens": 3000, "extra_body": {"ignore_eos": True}}


async def test_ten_at_once_are_answered_as_one_after_the_other(chat: Chat[Any, Any]) -> None:
    serial = [str(copy.deepcopy(chat).chat(prompt, echo="none")) for prompt in CAPITALS]
    assert serial[0] == "The capital of France is Paris."
    assert await parallel_chat_text(chat, list(CAPITALS)) == serial
    chats = await parallel_chat(chat, list(CAPITALS))
    assert [each.get_last_turn().text for each in chats] == serial  # type: ignore[union-attr]
    assert chat.get_turns() == []


async def test_data_at_once(chat: Chat[Any, Any]) -> None:
    names = ["Alice", "Bob", "Carol"]
    prompts = [f"{name} is {age} years old and lives in Rome." for age, name in enumerate(names, 30)]
    results = await parallel_chat_structured(chat, list(prompts), data_model=Person)
    assert [each.data for each in results] == [  # type: ignore[union-attr]
        Person(name=name, age=age) for age, name in enumerate(names, 30)
    ]


async def test_tools_at_once(chat: Chat[Any, Any]) -> None:
    chat.register_tool(add)
    said = await parallel_chat_text(chat, ["What is 123 + 456?", "What is 11 + 49?"])
    assert ["579" in (said[0] or ""), "60" in (said[1] or "")] == [True, True]


async def test_one_that_fails_takes_no_other_along(chat: Chat[Any, Any]) -> None:
    first, failed, last = await parallel_chat(chat, [CAPITALS[0], "word " * 5000, CAPITALS[1]])
    assert isinstance(failed, openai.BadRequestError)
    assert [each.get_last_turn().text for each in (first, last)] == [  # type: ignore[union-attr]
        "The capital of France is Paris.",
        "The capital of Japan is Tokyo.",
    ]


@pytest.fixture
def slow_chat(
    start_server: Callable[..., ServerProcess], home: Path, monkeypatch: pytest.MonkeyPatch
) -> Chat[Any, Any]:
    """On a server that answers one request at a time, slowly. Who waits too long fails."""
    monkeypatch.delenv("LLAMAR_API_KEYS")  # one of the traps
    server = start_server("--parallel=1", SLOW_ANSWER).wait_ready()
    chat = chat_llamar(base_url=server.url)
    chat.kwargs_chat = {"temperature": 0, "timeout": DEADLINE}  # a stream for ever would take longer
    return chat


def test_a_stream_that_is_stopped_frees_its_place(slow_chat: Chat[Any, Any]) -> None:
    controller = StreamController()
    pieces = []
    for piece in slow_chat.stream("Tell me a story about a fox.", controller=controller, kwargs=FOR_EVER):
        pieces.append(piece)
        if len(pieces) == 3:
            controller.cancel("enough")
    last = slow_chat.get_last_turn()
    assert last is not None
    assert (last.is_partial, last.partial_reason) == (True, "enough")
    assert last.text == "".join(pieces)
    slow_chat.set_turns([])
    assert (
        str(slow_chat.chat("What is the capital of France?", echo="none"))
        == "The capital of France is Paris."
    )


async def test_so_does_one_for_asyncio(slow_chat: Chat[Any, Any]) -> None:
    controller = StreamController()
    stream = await slow_chat.stream_async("Tell me a story.", controller=controller, kwargs=FOR_EVER)
    async for _ in stream:
        controller.cancel()
    last = slow_chat.get_last_turn()
    assert last is not None
    assert last.is_partial
    slow_chat.set_turns([])
    answer = await slow_chat.chat_async(CAPITALS[0], echo="none")
    assert await answer.get_content() == "The capital of France is Paris."
