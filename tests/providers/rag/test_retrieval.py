"""The tool that searches: what it tells a model, and what it finds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from chatlas import Chat, ContentToolResult
from raghilda.chunk import MarkdownChunk
from raghilda.document import ChunkedMarkdownDocument
from raghilda.store import DuckDBStore

from llamar_providers.retrieval import register_tool_retrieve
from tests.providers.rag.searching import searcher, tool_of
from tests.providers.rag.words import EmbeddingOfWords, filled

# --- what the model is told ---


def test_the_contract(chat: Chat[Any, Any], store: DuckDBStore) -> None:
    register_tool_retrieve(chat, store)
    tool = tool_of(chat)
    told = tool.schema["function"]
    assert tool.name == told["name"] == "search_docs"
    assert "the handbook" in told["description"]
    assert tool.annotations == {"title": "the handbook", "readOnlyHint": True, "openWorldHint": False}
    arguments = jsonschema.Draft202012Validator(told["parameters"])
    assert arguments.is_valid({"text": ["one", "two"]})
    for wrong in ({"text": "one"}, {"text": []}, {"text": [1]}, {}, {"text": ["one"], "more": 1}):
        assert not arguments.is_valid(wrong), wrong


def test_names_and_words_of_ones_own(chat: Chat[Any, Any], store: DuckDBStore) -> None:
    register_tool_retrieve(chat, store, name="ask", title="Handbook", description="Ask the handbook.")
    tool = tool_of(chat)
    assert (tool.name, tool.schema["function"]["description"]) == ("ask", "Ask the handbook.")
    assert tool.annotations is not None
    assert tool.annotations["title"] == "Handbook"


def test_any_name_of_a_store_makes_one_of_a_tool(chat: Chat[Any, Any]) -> None:
    register_tool_retrieve(
        chat, DuckDBStore.create(":memory:", EmbeddingOfWords(), name="meine Bücher " + "x" * 80)
    )
    assert tool_of(chat).name.startswith("search_meine_B_cher_x")
    assert len(tool_of(chat).name) == 64


def test_a_second_one_of_that_name_is_refused_or_replaces_it(
    chat: Chat[Any, Any], store: DuckDBStore
) -> None:
    register_tool_retrieve(chat, store)
    with pytest.raises(ValueError, match="already registered"):
        register_tool_retrieve(chat, store)
    register_tool_retrieve(chat, store, title="Other", force=True)
    assert (tool_of(chat).annotations or {})["title"] == "Other"


def test_another_kind_of_store_is_refused(chat: Chat[Any, Any]) -> None:
    with pytest.raises(TypeError, match=r"only a DuckDBStore .* not a dict"):
        register_tool_retrieve(chat, {})


# --- what is found ---


def test_a_passage_has_its_text_its_headings_and_its_origin(chat: Chat[Any, Any], extensions: None) -> None:
    store = DuckDBStore.create(":memory:", EmbeddingOfWords())
    text = "# Rivers\n\n## Amsel\n\nThe Amsel is 90 km long – “übrigens”."
    start = text.index("The")
    chunk = MarkdownChunk(text[start:], start, len(text), len(text) - start, context="# Rivers\n## Amsel")
    store.upsert(ChunkedMarkdownDocument(origin="rivers.md", content=text, chunks=[chunk]))
    store.build_index("bm25")
    register_tool_retrieve(chat, store)
    result: ContentToolResult = tool_of(chat).func(["How long is the Amsel?"])
    assert json.loads(result.value) == [
        {"text": text[start:], "context": "# Rivers\n## Amsel", "origin": "rivers.md"}
    ]
    assert "“übrigens”" in result.value
    assert result.extra == {"chunk_ids": [1]}


def test_both_kinds_of_search(chat: Chat[Any, Any], extensions: None) -> None:
    """To the vectors "otters" is a word like any other; the index knows stems."""
    store = filled(DuckDBStore.create(":memory:", EmbeddingOfWords(), name="docs"))
    store.build_index("bm25")
    (by_meaning,) = store.retrieve_vss("otters", 1)
    (by_words,) = store.retrieve_bm25("otters", 1)
    assert by_words.origin == "mascot.md" != by_meaning.origin
    register_tool_retrieve(chat, store, top_k=1)
    assert set(searcher(chat)(["otters"])) == {by_words.origin, by_meaning.origin}


def test_what_is_found_in_both_ways_goes_before_what_is_found_in_one(
    chat: Chat[Any, Any], store: DuckDBStore
) -> None:
    assert store.retrieve_vss("otters", 1)[0].origin != "mascot.md"
    register_tool_retrieve(chat, store, top_k=4)
    assert searcher(chat)(["otters"])[0] == "mascot.md"


@pytest.mark.filterwarnings("ignore:.* by meaning, and not by words")
def test_the_nearest_to_any_query_comes_first(chat: Chat[Any, Any]) -> None:
    store = filled(DuckDBStore.create(":memory:", EmbeddingOfWords()))
    register_tool_retrieve(chat, store, top_k=1)
    found = searcher(chat)(["bash", "-c", "The mascot of the company is a purple otter"])
    assert found[0] == "mascot.md"
    assert len(found) == len(set(found)) > 1


def test_the_one_with_most_of_any_querys_words_comes_first(chat: Chat[Any, Any], extensions: None) -> None:
    store = filled(DuckDBStore.create(":memory:", None))
    store.build_index("bm25")
    register_tool_retrieve(chat, store)
    assert searcher(chat)(["canteen", "painted lighthouse, Norrund"]) == ["lighthouse.md", "office.md"]


@pytest.mark.filterwarnings("ignore:.* by meaning, and not by words")
def test_the_best_comes_first_wherever_it_stands_in_its_document(chat: Chat[Any, Any]) -> None:
    text = "Ferries leave at nine. The bar sells lemonade."
    chunks = [MarkdownChunk(text[a:b], a, b, b - a) for a, b in ((0, 22), (23, len(text)))]
    store = DuckDBStore.create(":memory:", EmbeddingOfWords())
    store.upsert(ChunkedMarkdownDocument(origin="ferry.md", content=text, chunks=chunks))
    register_tool_retrieve(chat, store)
    result: ContentToolResult = tool_of(chat).func(["lemonade in the bar"])
    assert [each["text"] for each in json.loads(result.value)] == [text[23:], text[:22]]


def test_what_has_none_of_the_words_is_not_found_by_words(chat: Chat[Any, Any], extensions: None) -> None:
    store = filled(DuckDBStore.create(":memory:", None))
    store.build_index("bm25")
    register_tool_retrieve(chat, store)
    search = searcher(chat)
    assert search(["Norrund lighthouse"]) == ["lighthouse.md"]
    assert search(["zeppelin"]) == []


def test_one_text_that_is_no_list_is_one_query(chat: Chat[Any, Any], store: DuckDBStore) -> None:
    register_tool_retrieve(chat, store, top_k=1)
    assert searcher(chat)("Veltin bridge")[0] == "bridge.md"


def test_passages_that_overlap_are_one(chat: Chat[Any, Any], extensions: None) -> None:
    store = DuckDBStore.create(":memory:", EmbeddingOfWords())
    text = "The ferry leaves at nine. The ferry costs four crowns. The ferry has a bar."
    spans = [(0, 53), (26, 75)]
    chunks = [MarkdownChunk(text[a:b], a, b, b - a) for a, b in spans]
    store.upsert(ChunkedMarkdownDocument(origin="ferry.md", content=text, chunks=chunks))
    store.build_index("bm25")
    register_tool_retrieve(chat, store)
    result: ContentToolResult = tool_of(chat).func(["the ferry"])
    assert [each["text"] for each in json.loads(result.value)] == [text]
    assert result.extra == {"chunk_ids": [1, 2]}
    assert searcher(chat)(["the ferry"]) == []


@pytest.mark.parametrize(
    "only",
    [
        "origin = 'bridge.md' OR origin = 'office.md'",
        {"type": "in", "key": "origin", "value": ["bridge.md", "office.md"]},
    ],
)
def test_a_search_can_be_limited(chat: Chat[Any, Any], store: DuckDBStore, only: Any) -> None:
    register_tool_retrieve(chat, store, attributes_filter=only)
    search = searcher(chat)
    assert sorted(search(["The mascot of the company"])) == ["bridge.md", "office.md"]
    assert search(["The mascot of the company"]) == []


# --- without words ---


def test_without_an_index_of_words_meaning_is_searched_and_a_warning_says_so(chat: Chat[Any, Any]) -> None:
    store = filled(DuckDBStore.create(":memory:", EmbeddingOfWords(), name="docs"))
    register_tool_retrieve(chat, store, top_k=1)
    with pytest.warns(UserWarning, match=r"search_docs searches by meaning, and not by words: .*build_index"):
        assert searcher(chat)(["the mascot of the company"]) == ["mascot.md"]


def test_without_the_extension_of_words_as_well(
    chat: Chat[Any, Any], home: Path, extensions: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = filled(DuckDBStore.create(home / "docs.duckdb", EmbeddingOfWords(), name="docs"))
    written.build_index("bm25")
    written.con.close()
    (home / "empty").mkdir()
    store = DuckDBStore.connect(home / "docs.duckdb")
    store.con.execute(f"SET extension_directory = '{home / 'empty'}'")
    store.con.execute("SET autoinstall_known_extensions = false")
    register_tool_retrieve(chat, store, top_k=1)
    with pytest.warns(UserWarning, match="search_docs searches by meaning, and not by words"):
        assert searcher(chat)(["the mascot of the company"]) == ["mascot.md"]


def test_without_both_the_tool_fails(chat: Chat[Any, Any]) -> None:
    register_tool_retrieve(chat, filled(DuckDBStore.create(":memory:", None)))
    with pytest.raises(RuntimeError, match="build_index"):
        searcher(chat)(["anything"])
