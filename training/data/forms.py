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


def form_turn(world: World, chat: Conversation) -> None:
    """A request, the call that finds it out, and the answer in its form, which ends the conversation."""
    tools = make_tools(world, world.randint(1, 3))
    tool = world.choice(tools)
    record = make_record(world)
    if world.chance(0.4):
        _json_turn(world, chat, tools, tool, record)
        return
    form = _form(world, tool.noun or "result", record)
    chat.tools = [each.spec() for each in tools]
    chat.tools.insert(world.randint(0, len(chat.tools)), form)
    arguments = tool.arguments(world)
    chat.user(tool.request(world, arguments))
    chat.call([(tool.name, arguments)], thought([(tool, arguments)]))
    returned = {**record, world.pseudo(capital=False): world.any_value()} if world.chance(0.3) else record
    chat.tool(json.dumps(returned, ensure_ascii=False))
    chat.call([(form["function"]["name"], record)], "I should answer in the given form.")
    chat.skill = chat.skill or "form"


def _json_turn(world: World, chat: Conversation, tools: list[Tool], tool: Tool, record: dict[str, Any]) -> None:
    """The answer as JSON; a server may enforce that without a word of it in the prompt."""
    chat.tools = [each.spec() for each in tools]
    cue = world.weighted({"system": 45, "user": 35, "": 20})
    if cue == "system":
        chat.system(world.choice(_SYSTEMS))
    arguments = tool.arguments(world)
    asked = tool.request(world, arguments)
    chat.user(f"{asked} {world.pick('Answer in JSON.', 'As JSON, please.', 'I need it as JSON.')}" if cue == "user" else asked)
    chat.call([(tool.name, arguments)], thought([(tool, arguments)]))
    chat.tool(json.dumps(record, ensure_ascii=False))
    chat.answer(json.dumps(record, ensure_ascii=False), "I should answer in JSON.")
    chat.skill = chat.skill or "form"


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
