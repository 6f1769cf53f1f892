"""Questions that a search tool answers: the model asks for documents, and tells what they say.

The tools are of the kind that frameworks register for retrieval: one query, or several at once.
"""

from __future__ import annotations

import json
from typing import Any, Final

from .conversation import Conversation
from .parameters import Parameter
from .passages import UNKNOWN, Fact, facts
from .phrasing import mark, order
from .tools import Tool, make_tool
from .world import World, article, capital

_NAMES: Final = ("search_{x}", "search_{x}", "retrieve", "retrieve_{x}", "search", "query_{x}", "knowledge_search", "find_documents", "search_docs", "lookup_{x}", "retriever")
_STORES: Final = ("docs", "documents", "notes", "handbook", "knowledge", "wiki", "manual", "files", "archive")
_ABOUT: Final = (
    "Search for passages that answer a question.", "Find passages in the {x} by meaning and by words.", "{x}: Search for passages.",
    "Search the {x}.", "Retrieve information to help answer a query.", "Looks up documents that are similar to the query", "Search and return information about {x}.", "",
)  # fmt: skip
_SYSTEMS: Final = (
    "Search before you answer.", "Use the tool to search for documents, then answer from them.", "You answer questions about the {x}.",
    "You have access to a tool that retrieves context. Use the tool to help answer user queries.", "Answer only from what the search finds.",
)  # fmt: skip
_SYSTEMS_WITH_ORIGIN: Final = ("Search before you answer, and say where you found it.", "Search the {x} and name your sources.", "Answer from the documents and cite the origin.")


def retrieval_turns(world: World, chat: Conversation) -> None:
    """A search tool, perhaps others beside it, and questions."""
    store = world.choice(_STORES)
    search = _search_tool(world, store)
    tools = [search, *(make_tool(world) for _ in range(world.weighted({0: 60, 1: 20, 3: 20})))]
    world.shuffle(tools)
    chat.tools = [tool.spec() for tool in tools]
    with_origin = world.chance(0.3)
    if with_origin or world.chance(0.4):
        chat.system(world.choice(_SYSTEMS_WITH_ORIGIN if with_origin else _SYSTEMS).replace("{x}", store))
    for _ in range(world.weighted({1: 45, 2: 35, 3: 20})):
        _turn(world, chat, search, store, with_origin=with_origin)


def _search_tool(world: World, store: str) -> Tool:
    name = world.choice(_NAMES).replace("{x}", store)
    about = world.choice(_ABOUT).replace("{x}", store)
    many = world.chance(0.5)
    label = world.pick("queries", "text", "texts", "questions") if many else world.pick("query", "question", "text", "q")
    parameter = Parameter(label, "strings" if many else "query")
    parameter.description = world.pick("What to search for", "What to search for: a full sentence, or a few words.", "query to look up in retriever", "")
    return Tool(name, capital(about), [parameter])


def _turn(world: World, chat: Conversation, search: Tool, store: str, *, with_origin: bool) -> None:
    known = facts(world, world.weighted({1: 35, 2: 30, 3: 25, 5: 10}))
    fact = world.choice(known)
    if world.chance(0.3):
        fact, asked, query = _topic(world, store)
        known[0] = fact
    else:
        asked, query = _question(world, fact, store)
    chat.user(asked)
    parameter = search.parameters[0]
    value: Any = [query] if parameter.kind == "strings" else query
    chat.call([(search.name, {parameter.name: value})], f"I should call {search.name}.")
    missing = world.chance(0.02)
    files = [world.file() for _ in known]
    chat.tool(_found(world, [(each, file) for each, file in zip(known, files, strict=True) if not missing or each is not fact]))
    told = f"{fact.sentence} ({files[known.index(fact)]})" if with_origin else fact.sentence
    chat.answer(UNKNOWN if missing else told, "I look for the answer in what was found.")
    chat.skill = chat.skill or "retrieval"


def _question(world: World, fact: Fact, store: str) -> tuple[str, str]:
    """What the user writes, and what is to be searched for."""
    asked = capital(world.choice(fact.questions)) + "?"
    form = world.random()
    if form < 0.6:
        return asked, asked
    if form < 0.75:
        words = fact.sentence.rstrip(".")
        return order(world, world.pick(f"search the {store} for {mark(words)}", f"look up {mark(words)} in the {store}", f"find {mark(words)}")), words
    said = world.pick(f"According to the {store}: {asked}", f"{asked} Look in the {store}.", f"{asked} Search the {store}.", f"What do the {store} say: {asked}", f"Search the {store}: {asked}", f"I have a question. {asked}")
    return said, asked


def _topic(world: World, store: str) -> tuple[Fact, str, str]:
    """A sentence about some subject, what the user writes, and the subject."""
    subject = world.pick(world.pseudo(capital=True), world.pseudo(capital=True) + world.pseudo(capital=True), world.query(), world.thing(), f"{world.pick('a', 'the')} {world.noun()}", article(world.noun()))
    sentence = capital(world.pick(
        f"{subject} is explained in chapter {world.randint(1, 40)}.", f"see {world.file()} for {subject}.", f"{subject} belongs to {world.name()}.",
        f"{subject} works with {world.pseudo(capital=True)}.", f"we use {subject} for {world.choice(world.items)}.", f"{subject} {world.pick('is', 'was')} {world.pick('made by', 'sold by')} {world.name()}.",
    ))  # fmt: skip
    asked = world.pick(f"find {subject} in the {store}", f"search the {store} with {world.pick('text', 'the query', 'query')} {subject}", f"look for {subject}", f"search the {store} for {subject}", f"what do the {store} say about {subject}?", f"is there anything about {subject} in the {store}?", f"tell me about {subject}", f"{subject}?")
    if world.chance(0.5):  # a search by meaning finds what has no word of the query
        sentence = facts(world, 1)[0].sentence
    return Fact(sentence, ()), capital(asked), subject


def _found(world: World, passages: list[tuple[Fact, str]]) -> str:
    """What the tool returns, in one of the forms of frameworks."""
    if not passages:
        return world.pick("[]", "No results.", "Nothing was found.", '{"results": []}')
    form = world.pick("json", "json", "sources", "plain", "numbered")
    if form == "json":
        label = world.pick("text", "text", "content", "page_content")
        return json.dumps([{label: fact.sentence, **({"context": None} if world.chance(0.3) else {}), "origin": file} for fact, file in passages])
    if form == "sources":
        return "\n\n".join(f"Source: {file}\nContent: {fact.sentence}" for fact, file in passages)
    if form == "numbered":
        return "\n".join(f"[{position}] {fact.sentence} ({file})" for position, (fact, file) in enumerate(passages, 1))
    return "\n\n".join(f"{fact.sentence} ({file})" for fact, file in passages)
