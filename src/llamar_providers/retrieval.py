"""Chats that search: a tool by which a chat of chatlas finds passages in a store of raghilda.

The counterpart of R's ``ragnar_register_tool_retrieve()``. The chat may be any of chatlas's.
https://posit-dev.github.io/raghilda/
"""

from __future__ import annotations

import json
import re
import warnings
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pydantic import Field, create_model

import llamar_providers.raghilda  # noqa: F401 - stores that are connected to from now on find their embeddings

try:
    import duckdb
    from chatlas import Chat, ContentToolResult, Turn
    from raghilda._deoverlap import deoverlap_chunks
    from raghilda.chunk import RetrievedChunk
    from raghilda.store import DuckDBStore
except ImportError as error:
    raise ImportError("chatlas is not installed; pip install 'llamar[rag]'") from error

_WHAT: Final = (
    "Search for passages that answer a question, by meaning and by words. What was found before is left out."
)
_QUERIES: Final = "What to search for: best a full sentence for its meaning, and the few words that matter."
_MOST_QUERIES: Final = 5
"""A small model may not find the end of a list by itself."""
_RANKS: Final = 60

Filter = str | Mapping[str, Any] | None


def register_tool_retrieve(
    chat: Chat[Any, Any],
    store: DuckDBStore,
    *,
    top_k: int = 3,
    name: str | None = None,
    title: str | None = None,
    description: str | None = None,
    attributes_filter: Filter = None,
    force: bool = False,
) -> None:
    """Let ``chat`` search ``store`` by itself, with a tool that only reads.

    The model gives queries, each of which finds up to ``top_k`` passages by its meaning and as many by its
    words, and gets JSON: ``text``, ``context`` (the headings above it) and ``origin`` of each, the best
    first. What stands in the chat from an earlier search is left out, so that searching
    again finds more. ``extra["chunk_ids"]`` of the tool's result says which chunks it holds.

    ``name`` is by default ``search_`` and the store's name, ``title`` the store's, which also describes the
    tool where no ``description`` does. ``attributes_filter`` limits what is searched, as in the store's own
    ``retrieve``. ``force`` replaces a tool of that name; otherwise that is a ValueError. Other stores of
    raghilda are a TypeError.

    Words need the store's index of them (``store.build_index("bm25")`` after every change) and DuckDB's
    extension ``fts``. Without them a warning says so, and only meaning is searched.
    """
    if not isinstance(store, DuckDBStore):
        raise TypeError(f"only a DuckDBStore can be searched in both ways, not a {type(store).__name__}")
    known_as = title or store.metadata.title
    tool = name or re.sub(r"[^a-zA-Z0-9_-]", "_", f"search_{store.metadata.name}")[:64]
    arguments = create_model(
        tool,
        __doc__=description or f"{known_as}: {_WHAT}",
        text=(list[str], Field(min_length=1, max_length=_MOST_QUERIES, description=_QUERIES)),
    )
    chat.register_tool(
        _Search(chat, store, tool, top_k, attributes_filter).run,
        name=tool,
        model=arguments,
        annotations={"title": known_as, "readOnlyHint": True, "openWorldHint": False},
        force=force,
    )


class _Search:
    """The searches of one chat in one store."""

    def __init__(self, chat: Chat[Any, Any], store: DuckDBStore, tool: str, top_k: int, only: Filter) -> None:
        self._chat = chat
        self._store = store
        self._tool = tool
        self._top_k = top_k
        self._only = only
        self._asking: Turn | None = None
        self._found: set[int] = set()

    def __deepcopy__(self, memo: dict[int, Any]) -> _Search:
        """Of a copy of the chat, in the same store."""
        chat = memo.get(id(self._chat), self._chat)
        return _Search(chat, self._store, self._tool, self._top_k, self._only)

    def run(self, text: list[str]) -> ContentToolResult:
        """What the tool does."""
        queries = [text] if isinstance(text, str) else text  # not every server enforces the schema
        limits = _limits(self._only, self._known())
        passages = _merged(_fused(self._rankings(queries, limits)))
        ids = [each for passage in passages for each in passage.chunk_ids]
        self._found.update(ids)
        told = [{"text": each.text, "context": each.context, "origin": each.origin} for each in passages]
        return ContentToolResult(value=json.dumps(told, ensure_ascii=False), extra={"chunk_ids": ids})

    def _known(self) -> set[int]:
        """The chunks that stand in the chat: in its turns, or soon, as the same turn asks for several
        searches."""
        turns = self._chat.get_turns()
        asking = turns[-1] if turns else None
        if asking is not self._asking:
            self._asking, self._found = asking, set()
        return self._found.union(*(_ids_in(turn, self._tool) for turn in turns))

    def _rankings(self, queries: Sequence[str], limits: dict[str, Any]) -> list[list[RetrievedChunk]]:
        """What is found in each way, the best first."""
        store, top_k = self._store, self._top_k
        if store.metadata.embed is None:
            return [_by_words(store, queries, top_k, limits)]
        by_meaning = _by_meaning(store, queries, top_k, limits)
        try:
            return [by_meaning, _by_words(store, queries, top_k, limits)]
        except (RuntimeError, duckdb.Error) as error:
            warnings.warn(f"{self._tool} searches by meaning, and not by words: {error}", stacklevel=2)
            return [by_meaning]


def _by_meaning(
    store: DuckDBStore, queries: Sequence[str], top_k: int, limits: dict[str, Any]
) -> list[RetrievedChunk]:
    """Those nearest to any query first."""
    found = [chunk for query in queries for chunk in store.retrieve_vss(query, top_k, **limits)]
    return sorted(found, key=_metric)


def _by_words(
    store: DuckDBStore, queries: Sequence[str], top_k: int, limits: dict[str, Any]
) -> list[RetrievedChunk]:
    """Without those that have none of the words, with which the store fills up its answer."""
    found = [chunk for query in queries for chunk in store.retrieve_bm25(query, top_k, **limits)]
    return sorted((chunk for chunk in found if _metric(chunk) is not None), key=_metric, reverse=True)


def _metric(chunk: RetrievedChunk) -> Any:
    return chunk.metrics[0].value


def _limits(only: Filter, known: set[int]) -> dict[str, Any]:
    """``only`` what is wanted, and nothing that is ``known``, as an argument of a store's searches."""
    if not known:
        return {"attributes_filter": only}
    if isinstance(only, str):
        return {"attributes_filter": f"({only}) AND chunk_id NOT IN ({', '.join(map(str, sorted(known)))})"}
    new = {"type": "nin", "key": "chunk_id", "value": sorted(known)}
    return {"attributes_filter": {"type": "and", "filters": [only, new]} if only else new}


def _ids_in(turn: Turn, tool: str) -> Iterable[int]:
    for content in turn.contents:
        if isinstance(content, ContentToolResult) and content.request and content.name == tool:
            yield from (content.extra or {}).get("chunk_ids", ())


def _fused(rankings: Iterable[Iterable[RetrievedChunk]]) -> list[RetrievedChunk]:
    """Every chunk once, the best first: reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009)."""
    chunks: dict[Any, RetrievedChunk] = {}
    scores: dict[Any, float] = defaultdict(float)
    for ranking in rankings:
        unique: dict[Any, RetrievedChunk] = {}
        for chunk in ranking:
            unique.setdefault((chunk.origin, chunk.start_index, chunk.end_index), chunk)
        for rank, place in enumerate(unique, start=1):
            scores[place] += 1 / (_RANKS + rank)
        chunks |= unique
    return [chunks[place] for place in sorted(chunks, key=scores.__getitem__, reverse=True)]


def _merged(chunks: list[RetrievedChunk]) -> list[RetrievedChunk]:
    """In the same order, but chunks that overlap made one."""
    ranks = {each: rank for rank, chunk in enumerate(chunks) for each in chunk.chunk_ids}
    merged = deoverlap_chunks(chunks, key=lambda chunk: chunk.origin)
    return sorted(
        merged, key=lambda chunk: min((ranks[each] for each in chunk.chunk_ids), default=len(ranks))
    )
