"""What stands in a chat is not found again: in real conversations, their copies, and when they begin anew."""

from __future__ import annotations

import copy
import json
import warnings
from typing import Any

from chatlas import Chat, ContentToolRequest, ContentToolResult, UserTurn
from raghilda.store import DuckDBStore

from llamar_providers.retrieval import register_tool_retrieve
from tests.providers.rag.searching import searcher, tool_of
from tests.providers.rag.words import DOCUMENTS, filled

BRIDGE = "Search the docs with text the Veltin bridge"
"""How the bundled model is asked to give a list of texts. How long a list is a matter of the last bits of its
numbers, which what else a server has computed may change: so all tests look at what comes first."""


def results(chat: Chat[Any, Any]) -> list[ContentToolResult]:
    return [
        each for turn in chat.get_turns() for each in turn.contents if isinstance(each, ContentToolResult)
    ]


def best(result: ContentToolResult) -> str:
    """Where the best passage is from."""
    return str(json.loads(result.value)[0]["origin"])


def test_the_same_question_finds_more_until_there_is_no_more(
    chat: Chat[Any, Any], store: DuckDBStore
) -> None:
    register_tool_retrieve(chat, store, top_k=1)
    search = searcher(chat)
    found = [search(["The Veltin bridge"]) for _ in range(6)]
    assert found[0][0] == "bridge.md"
    assert sorted(origin for each in found for origin in each) == sorted(DOCUMENTS)
    assert found[-1] == []


def test_a_real_chat_asks_and_finds(chat: Chat[Any, Any], store: DuckDBStore) -> None:
    register_tool_retrieve(chat, store, top_k=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        chat.chat(BRIDGE, echo="none")
    (result,) = results(chat)
    assert result.request is not None
    assert result.request.arguments["text"]
    assert best(result) == "bridge.md"
    chat.chat(BRIDGE, echo="none")
    first, second = results(chat)
    assert not set(first.extra["chunk_ids"]) & set(second.extra["chunk_ids"])
    assert "bridge.md" not in second.value


async def test_an_asynchronous_chat_does_as_well(chat: Chat[Any, Any], store: DuckDBStore) -> None:
    register_tool_retrieve(chat, store, top_k=1)
    assert await (await chat.chat_async(BRIDGE, echo="none")).get_content()
    (result,) = results(chat)
    assert best(result) == "bridge.md"


def test_a_copy_of_a_chat_remembers_what_it_had_and_then_goes_its_own_way(
    chat: Chat[Any, Any], store: DuckDBStore
) -> None:
    register_tool_retrieve(chat, store, top_k=1)
    fresh = copy.deepcopy(chat)
    chat.chat(BRIDGE, echo="none")
    branch = copy.deepcopy(chat)
    for each in (fresh, branch):
        each.chat(BRIDGE, echo="none")
    assert best(results(fresh)[0]) == best(results(chat)[0]) == "bridge.md"
    assert "bridge.md" not in results(branch)[1].value
    assert len(results(chat)) == 1


def test_a_chat_that_begins_anew_finds_all_again(chat: Chat[Any, Any], store: DuckDBStore) -> None:
    register_tool_retrieve(chat, store, top_k=1)
    chat.chat(BRIDGE, echo="none")
    assert [best(each) for each in results(chat)] == ["bridge.md"]
    chat.set_turns([])
    chat.chat(BRIDGE, echo="none")
    assert [best(each) for each in results(chat)] == ["bridge.md"]


def test_two_searches_that_one_turn_asks_for_do_not_find_the_same(
    chat: Chat[Any, Any], store: DuckDBStore
) -> None:
    """Neither stands in the chat yet when the second one is made."""
    register_tool_retrieve(chat, store, top_k=1)
    chat.add_turn(UserTurn("Hi"))
    search = searcher(chat)
    assert search(["The Veltin bridge"])[0] == "bridge.md"
    assert "bridge.md" not in search(["The Veltin bridge"])


def test_another_tool_of_the_chat_has_its_own_memory(chat: Chat[Any, Any], store: DuckDBStore) -> None:
    register_tool_retrieve(chat, store, top_k=1)
    result: ContentToolResult = tool_of(chat).func(["The Veltin bridge"])
    result.request = ContentToolRequest(id="1", name="search_elsewhere", arguments={})
    chat.add_turn(UserTurn([result]))
    assert searcher(chat)(["The Veltin bridge"])[0] == "bridge.md"


def test_what_was_written_anew_is_new(chat: Chat[Any, Any], store: DuckDBStore) -> None:
    register_tool_retrieve(chat, store, top_k=1)
    search = searcher(chat)
    assert search(["The Veltin bridge"])[0] == "bridge.md"
    filled(store, {"bridge.md": "The Veltin bridge closed in 1999."})
    store.build_index("bm25")
    assert search(["The Veltin bridge"])[0] == "bridge.md"
