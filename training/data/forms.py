"""Answers in a given form: frameworks offer a tool whose parameters are the form, and wait for its call, or
they want JSON as the answer.

Other tools find out what is asked; what they return is then given in the form, not in words.
"""

from __future__ import annotations

import json
from typing import Any, Final

from .conversation import Conversation
from .extraction import schema_of
from .results import make_record
from .tool_turns import make_tools, thought
from .tools import Tool
from .world import World, capital

_NAMES: Final = ("Answer", "Response", "Report", "Result", "final_answer", "FinalAnswer", "ResponseFormat", "respond", "structured_output", "Output")
_ABOUT: Final = ("The answer.", "The final answer to the user.", "Use this to give the answer.", "The {x}.", "What is known of the {x}.", "", "Structured answer")
_SYSTEMS: Final = ("Answer in JSON.", "Your final answer must be a JSON object.", "Use the tools. Then answer with JSON only.", "Respond with a JSON object, nothing else.", "Give the result as JSON.")
_WISHES: Final = ("Answer in JSON.", "As JSON, please.", "I need it as JSON.")


def form_turn(world: World, chat: Conversation) -> None:
    """A request, the call that finds it out, and the answer in its form, which ends the conversation."""
    tools = make_tools(world, world.randint(1, 3))
    tool = world.choice(tools)
    chat.tools = [each.spec() for each in tools]
    record = make_record(world)
    answer = _as_json if world.chance(0.4) else _as_call
    answer(world, chat, tool, record)
    chat.skill = chat.skill or "form"


def _as_call(world: World, chat: Conversation, tool: Tool, record: dict[str, Any]) -> None:
    form = _form(world, tool.noun or "result", record)
    chat.tools.insert(world.randint(0, len(chat.tools)), form)
    returned = {**record, world.pseudo(capital=False): world.any_value()} if world.chance(0.3) else record
    _found_out(world, chat, tool, returned)
    chat.call([(form["function"]["name"], record)], "I should answer in the given form.")


def _as_json(world: World, chat: Conversation, tool: Tool, record: dict[str, Any]) -> None:
    """A server may enforce that without a word of it in the prompt."""
    cue = world.weighted({"system": 45, "user": 35, "": 20})
    if cue == "system":
        chat.system(world.choice(_SYSTEMS))
    _found_out(world, chat, tool, record, world.choice(_WISHES) if cue == "user" else "")
    chat.answer(json.dumps(record, ensure_ascii=False), "I should answer in JSON.")


def _found_out(world: World, chat: Conversation, tool: Tool, returned: dict[str, Any], wish: str = "") -> None:
    """The request, perhaps with a wish for the answer, the call and what it returns."""
    arguments = tool.arguments(world)
    chat.user(f"{tool.request(world, arguments)} {wish}".rstrip())
    chat.call([(tool.name, arguments)], thought([(tool, arguments)]))
    chat.tool(json.dumps(returned, ensure_ascii=False))


def _form(world: World, noun: str, record: dict[str, Any]) -> dict[str, Any]:
    own = capital(noun.replace(" ", "_"))
    name = own if world.chance(0.5) else world.choice(_NAMES)
    parameters = {
        "type": "object",
        "properties": {key: schema_of(value) for key, value in record.items()},
        "required": list(record),
    }
    about = world.choice(_ABOUT).replace("{x}", noun)
    return {"type": "function", "function": {"name": name, "description": about, "parameters": parameters}}
