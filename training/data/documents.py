"""Whole conversations: which skills, in which mixture, with which system prompts.

``documents`` is the endless stream that training reads; the same seed gives the same stream.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from . import agents, extraction, forms, memory, passages, retrieval, small_talk, stories, tool_turns
from .conversation import Conversation
from .world import World

_PLAIN_PROMPTS: Final = (
    "You are a helpful assistant.", "You are a helpful assistant.", "You are a friendly assistant.", "You are a helpful AI assistant. Answer the user's questions.", "Respond politely.",
    "Answer as best you can.", "You are a test assistant.", "Be helpful.", "You are an assistant for everyday questions.", "Today is {date}. You are a helpful assistant.", "You help people. Your office is in {city}.",
    "You are {name}'s assistant.", "The user is called {name}.",
)  # fmt: skip
_TERSE_PROMPTS: Final = ("Be terse.", "Answer briefly.", "Keep your answers short.", "You are a concise assistant.", "Be brief.", "Short answers only, please.", "Answer with as few words as possible.")
_TOOL_PROMPTS: Final = ("You are a useful assistant with access to tools.", "Use tools when needed.", "You are an expert agent. Use the tools to help the user.", "You can call functions.", "Call a tool whenever one fits.")
_PERSONA: Final = ("You are {x}.", "You are {x}, a helpful assistant.", "Your name is {x}.", "You are an assistant called {x}.", "You are {x}, the assistant of {y}. Be polite.", "You play the role of {x}.", "Act as {x}.")

Maker = Callable[[World, Conversation], None]


def document(world: World, kind: str = "") -> Conversation:
    """One conversation; ``kind`` is a key of ``MIXTURE``."""
    chat = Conversation(thinking=world.chance(0.12))
    _MAKERS[kind or world.weighted(MIXTURE)](world, chat)
    if chat.thinking and world.chance(0.4):
        _forget_thoughts(chat)
    return chat


def documents(seed: int, *, mixture: dict[str, float] | None = None) -> Iterator[Conversation]:
    """Conversations without end."""
    world = World(seed)
    while True:
        yield document(world, world.weighted(mixture or MIXTURE))


def _forget_thoughts(chat: Conversation) -> None:
    """Clients often do not send back what was thought in earlier turns."""
    last = max(position for position, message in enumerate(chat.messages) if message["role"] == "user")
    for message in chat.messages[:last]:
        message.pop("reasoning_content", None)


def _prompted(world: World, chat: Conversation, probability: float = 0.4, *, tools: bool = False) -> str:
    """Perhaps a system prompt; returns the name that it gives to the model."""
    if not world.chance(probability):
        return ""
    kind = world.weighted({"plain": 45, "terse": 0 if tools else 20, "persona": 22, "tools": 30 if tools else 0, "long": 5})
    if kind == "persona":
        name = world.pick(world.name(), world.pseudo(capital=True))
        chat.system(world.choice(_PERSONA).format(x=name, y=world.pseudo(capital=True)))
        return name
    if kind == "long":
        chat.system(agents.system_prompt(world, world.randint(5, 25)))
        return ""
    chat.terse = kind == "terse"
    prompts = {"plain": _PLAIN_PROMPTS, "terse": _TERSE_PROMPTS, "tools": _TOOL_PROMPTS}[kind]
    chat.system(world.choice(prompts).format(date=world.date(), city=world.city(), name=world.first_name()))
    return ""


def _tools(world: World, chat: Conversation) -> None:
    persona = _prompted(world, chat, 0.35, tools=True)
    tools = tool_turns.make_tools(world)
    chat.tools = [tool.spec() for tool in tools]
    facts: memory.Memory = {}
    for _ in range(world.weighted({2: 10, 3: 15, 4: 20, 5: 20, 6: 20, 8: 15})):
        kind = world.weighted({"call": 70, "none": 10, "talk": 15, "memory": 6, "passage": 2})
        if kind == "none":
            kind = "" if tool_turns.no_tool_turn(world, chat, tools) else "call"
        if kind == "call":
            tool_turns.tool_turn(world, chat, tools)
        elif kind == "passage":
            passages.passage_turn(world, chat, world.randint(1, 4))
        elif kind == "memory":
            memory.recall_turn(world, chat, facts) if facts else memory.tell_turn(world, chat, facts)
        elif kind == "talk":
            families = {tool.family for tool in tools}
            small_talk.small_talk_turn(world, chat, _talk_beside(world, families), persona)


def _talk_beside(world: World, families: set[str]) -> str:
    """Talk that none of the tools is for."""
    kinds = {"exchange": 35, "capital": 18, "fact": 14, "who": 10, "opposite": 5, "color": 4, "joke": 4, "echo": 5, "count": 3, "list": 3, "story sum": 2, "yes or no": 2, "unknown": 4}
    if families & {"search", "wiki"}:
        kinds.pop("capital")
    return world.weighted(kinds)


def _agent(world: World, chat: Conversation) -> None:
    names, chat.tools = agents.tool_specs(world)
    chat.system(agents.system_prompt(world, world.weighted({3: 40, 10: 40, 30: 14, 60: 6})))
    for _ in range(world.weighted({1: 40, 2: 35, 3: 25})):
        if world.chance(0.12):
            small_talk.small_talk_turn(world, chat, world.pick("exchange", "fact", "echo"))
        else:
            tool_turns.agent_turn(world, chat, names)


def _talk(world: World, chat: Conversation) -> None:
    persona = _prompted(world, chat)
    for _ in range(world.weighted({1: 15, 2: 25, 3: 25, 5: 20, 7: 15})):
        if persona and world.chance(0.4):
            small_talk.small_talk_turn(world, chat, "who", persona)
        else:
            small_talk.small_talk_turn(world, chat, "", persona)


def _sums(world: World, chat: Conversation) -> None:
    _prompted(world, chat, 0.25)
    for _ in range(world.randint(6, 14)):
        small_talk.small_talk_turn(world, chat, world.weighted({"arithmetic": 70, "story sum": 10, "yes or no": 10, "capital": 10}))


def _memory(world: World, chat: Conversation) -> None:
    facts: memory.Memory = {}
    persona = ""
    if world.chance(0.12):
        memory.tell_in_system(world, chat, facts)
    else:
        persona = _prompted(world, chat)
        memory.tell_turn(world, chat, facts)
    for _ in range(world.weighted({2: 20, 3: 25, 5: 25, 7: 20, 9: 10})):
        kind = world.weighted({"recall": 58, "tell": 16, "talk": 21, "quote": 5})
        if kind == "recall":
            memory.recall_turn(world, chat, facts)
        elif kind == "tell":
            memory.tell_turn(world, chat, facts)
        elif kind == "quote":
            memory.quote_turn(world, chat)
        else:
            small_talk.small_talk_turn(world, chat, "", persona)


def _passages(world: World, chat: Conversation) -> None:
    _prompted(world, chat, 0.25)
    chat.terse = False
    passages.passage_turn(world, chat)


def _long_passages(world: World, chat: Conversation) -> None:
    passages.passage_turn(world, chat, world.randint(14, 60))


def _data(world: World, chat: Conversation) -> None:
    _prompted(world, chat, 0.35)
    turns = {extraction.extract_turn: 66, extraction.classify_turn: 18, extraction.made_up_turn: 16}
    for _ in range(world.weighted({1: 25, 2: 35, 3: 25, 4: 15})):
        world.weighted(turns)(world, chat)


def _record_tool(world: World, chat: Conversation) -> None:
    _prompted(world, chat, 0.3, tools=True)
    extraction.record_tool_turn(world, chat)


def _echoes(world: World, chat: Conversation) -> None:
    for _ in range(world.randint(2, 6)):
        small_talk.small_talk_turn(world, chat, "echo")


_MAKERS: Final[dict[str, Maker]] = {
    "tools": _tools, "agent": _agent, "talk": _talk, "sums": _sums, "memory": _memory, "passages": _passages, "long passages": _long_passages, "data": _data,
    "record tool": _record_tool, "echoes": _echoes, "retrieval": retrieval.retrieval_turns, "forced": tool_turns.forced_turns, "forms": forms.form_turn, "story": lambda world, chat: stories.story_turn(world, chat),
}  # fmt: skip
MIXTURE: Final[dict[str, float]] = {
    "tools": 47, "agent": 2, "talk": 10, "sums": 4, "memory": 11, "passages": 13, "long passages": 0.7, "data": 10, "record tool": 2.5, "forms": 3.5, "retrieval": 5, "forced": 0.5, "echoes": 1.8, "story": 2,
}  # fmt: skip
"""Shares of the documents (not of their tokens)."""
BEGINNING: Final[dict[str, float]] = {"echoes": 40, "memory": 14, "tools": 24, "talk": 8, "passages": 8, "data": 6}
"""The first steps, on short documents: copying is learned first, everything else rests on it."""


def held_out_documents(seed: int) -> Iterator[Conversation]:
    """Conversations of the same kinds, over words that training never sees."""
    world = World(seed, held_out=True)
    while True:
        yield document(world)
