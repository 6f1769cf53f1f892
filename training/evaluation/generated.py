"""Requests from the generator over held-out words: unseen tools, names and values, for every skill."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final

from ..data import extraction, memory, passages, small_talk, stories, tool_turns
from ..data.conversation import Conversation
from ..data.tools import make_tool
from ..data.world import World
from .cases import Case

_SEED: Final = 777001
Maker = Callable[[World], Conversation]


def generated(count: int) -> list[Case]:
    """``count`` requests of each skill."""
    cases: list[Case] = []
    for position, (skill, make) in enumerate(_MAKERS.items()):
        world = World(_SEED + position, held_out=True)
        cases += islice(_cases(world, skill, make), count)
    return cases


def _cases(world: World, skill: str, make: Maker) -> Iterator[Case]:
    while True:
        chat = make(world)
        if chat.messages and chat.messages[-1]["role"] == "assistant":
            yield case_of(chat, skill)


def case_of(chat: Conversation, skill: str) -> Case:
    """The last turn of ``chat`` as a question, with what was generated as the expected answer."""
    *before, last = chat.messages
    calls = [
        (call["function"]["name"], _accepted(call["function"]["arguments"]))
        for call in last.get("tool_calls", ())
    ]
    data = _object(last["content"]) if skill == "json" else None
    said = [] if calls or data is not None or skill in ("no call", "story") else [last["content"]]
    return Case(
        skill,
        with_ids(before),
        chat.tools,
        chat.thinking,
        calls,
        said,
        _accepted(data) if data is not None else None,
        _schema(data) if data is not None else None,
        200 if skill == "story" else 0,
    )


def _accepted(arguments: dict[str, Any]) -> dict[str, Any]:
    """In expectations a list stands for alternatives: a list as value is the only one."""
    return {name: [value] if isinstance(value, list) else value for name, value in arguments.items()}


def _object(text: str) -> dict[str, Any] | None:
    found = json.loads(text)
    return found if isinstance(found, dict) else None


def _schema(data: dict[str, Any]) -> dict[str, Any]:
    types = {
        name: {"type": "null"} if value is None else extraction.schema_of(value)
        for name, value in data.items()
    }
    return {"type": "object", "properties": types, "required": list(types), "additionalProperties": False}


def with_ids(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages as the API wants them: calls with ids, arguments as text."""
    found: list[dict[str, Any]] = []
    waiting: list[str] = []
    for position, message in enumerate(messages):
        copied = {key: value for key, value in message.items() if key != "reasoning_content"}
        if "tool_calls" in copied:
            waiting = [f"call_{position}_{index}" for index in range(len(copied["tool_calls"]))]
            copied["tool_calls"] = [
                {
                    "id": id_,
                    "type": "function",
                    "function": call["function"]
                    | {"arguments": json.dumps(call["function"]["arguments"], ensure_ascii=False)},
                }
                for id_, call in zip(waiting, copied["tool_calls"], strict=True)
            ]
        elif copied["role"] == "tool":
            copied["tool_call_id"] = waiting.pop(0)
        found.append(copied)
    return found


def _cut(chat: Conversation, role: str) -> Conversation:
    """``chat`` up to the first answer that follows a message of ``role``."""
    for position in range(1, len(chat.messages)):
        if chat.messages[position]["role"] == "assistant" and chat.messages[position - 1]["role"] == role:
            chat.messages = chat.messages[: position + 1]
            return chat
    chat.messages = []
    return chat


def _call(count: int, mode: str, *, role: str = "user", known: float = 0.0, thinking: bool = False) -> Maker:
    def make(world: World) -> Conversation:
        chat = Conversation(thinking=thinking)
        tools = tool_turns.make_tools(world, count, known) if count > 1 or known else [make_tool(world)]
        chat.tools = [tool.spec() for tool in tools]
        tool_turns.tool_turn(world, chat, tools, mode)
        several = mode == "same" and len(chat.messages[1].get("tool_calls", ())) < 2
        return _cut(chat, role) if not several else Conversation()

    return make


def _no_call(world: World) -> Conversation:
    chat = Conversation()
    chat.tools = [make_tool(world).spec() for _ in range(3)]
    small_talk.small_talk_turn(
        world, chat, world.pick("exchange", "capital", "fact", "opposite", "color", "joke", "echo")
    )
    return chat


def _recall(world: World) -> Conversation:
    chat = Conversation()
    facts: memory.Memory = {}
    memory.tell_turn(world, chat, facts, 2)
    for _ in range(world.randint(0, 2)):
        small_talk.small_talk_turn(world, chat, world.pick("capital", "exchange", "opposite"))
    memory.recall_turn(world, chat, facts)
    return chat


def _turn(turn: Callable[[World, Conversation], Any], *, thinking: bool = False) -> Maker:
    def make(world: World) -> Conversation:
        chat = Conversation(thinking=thinking)
        turn(world, chat)
        return _cut(chat, "user")

    return make


_MAKERS: Final[dict[str, Maker]] = {
    "one tool": _call(1, "one"),
    "four tools": _call(4, "one"),
    "eight tools": _call(8, "one"),
    "known tools": _call(3, "one", known=1.0),
    "parallel": _call(3, "same", known=0.3),
    "two tools at once": _call(3, "two", known=0.3),
    "sequential": _call(3, "sequence", role="tool", known=0.3),
    "result": _call(3, "one", role="tool", known=0.4),
    "no call": _no_call,
    "memory": _recall,
    "passage": _turn(passages.passage_turn),
    "json": _turn(extraction.extract_turn),
    "thinking, calls": _call(3, "one", known=0.5, thinking=True),
    "thinking, talk": _turn(
        lambda world, chat: small_talk.small_talk_turn(
            world, chat, world.pick("capital", "arithmetic", "opposite")
        ),
        thinking=True,
    ),
    "repeating": _turn(lambda world, chat: small_talk.small_talk_turn(world, chat, "echo")),
    "arithmetic": _turn(lambda world, chat: small_talk.small_talk_turn(world, chat, "arithmetic")),
    "story": _turn(stories.story_turn),
}
