"""Turns in which tools are called: one, several at once, one after the other, follow-ups, or none at all."""

from __future__ import annotations

import json
from typing import Any, Final

from . import agents, words
from .conversation import Conversation
from .families import make_family_tool
from .parameters import spoken
from .phrasing import plain
from .results import make_result
from .tools import Arguments, Tool, make_tool
from .world import World, listed

_OVERLAPS: Final = (
    {"calculator", "add", "multiply", "subtract", "divide", "root", "tip", "discount", "mortgage", "bmi"}, {"search", "wiki", "news", "define", "movie", "recipe"}, {"email", "message", "call"},
    {"reminder", "calendar", "todo", "note", "timer", "alarm", "agenda"}, {"units", "currency"}, {"customer", "parcel", "query", "sensor", "contact"}, {"shopping", "note", "todo"},
    {"route", "taxi", "distance", "flight"}, {"define", "translate"}, {"lamp", "dim"}, {"query", "calculator"},
    {"search", "wiki", "news", "digest", "museum", "ancestors", "quiz"}, {"search", "wiki", "news", "match"}, {"search", "wiki", "news", "quake"}, {"search", "jobs"}, {"search", "homes"}, {"search", "draw", "chart", "photos"},
    {"email", "message", "call", "announce", "rsvp"}, {"message", "absence"}, {"email", "newsletter"}, {"speak", "announce", "music", "tv"}, {"music", "chess"}, {"note", "blog"}, {"issue", "ticket", "street", "todo"},
    {"reminder", "pills", "timer", "alarm", "note", "todo", "calendar"}, {"calendar", "gym"}, {"calendar", "haircut"}, {"calendar", "vet"}, {"calendar", "sitter"}, {"holiday", "feast", "agenda", "absence"}, {"alarm", "intruder"},
    {"customer", "paid"}, {"customer", "giftcard"}, {"customer", "warranty"}, {"customer", "barcode"}, {"customer", "loyalty"}, {"customer", "parcel", "flight_status"}, {"flight", "flight_status", "luggage"}, {"customer", "parcel", "refund"},
    {"coupon", "giftcard", "loyalty", "discount"}, {"refund", "warranty", "claim"}, {"invoice", "paid", "transfer", "hours"}, {"transfer", "points", "review", "vote"}, {"points", "loyalty", "match"}, {"vote", "poll"},
    {"claim", "luggage", "lostfound"}, {"street", "trash", "traffic"}, {"unsubscribe", "newsletter", "kick"}, {"homes", "hotel", "campsite"}, {"hotel", "parking"},
    {"route", "distance", "taxi", "flight", "ferry", "toll", "traffic"}, {"route", "taxi", "bus"}, {"distance", "timezone", "clock", "sunset"}, {"distance", "steps"}, {"fuel", "charge", "parking"}, {"garage", "door", "parking", "charge"},
    {"weather", "air", "pollen", "fan"}, {"weather", "sunset", "planets"}, {"moon", "planets", "sunset"}, {"fan", "thermostat"}, {"washer", "laundry"}, {"fridge", "shopping", "recipe"}, {"recipe", "portions"}, {"nutrition", "allergy", "recipe"},
    {"contact", "call", "findphone", "prefix"}, {"prefix", "postal"}, {"whois", "dns", "ping"}, {"shorten", "qr", "digest"}, {"barcode", "qr"}, {"hash", "base64"}, {"uuid", "password", "random"},
    {"ocr", "transcribe", "photos"}, {"transcribe", "speak"}, {"zip", "resize"}, {"count", "days"}, {"days", "age"}, {"define", "wiki", "quiz"}, {"camera", "photos"}, {"discount", "currency"},
)  # fmt: skip
"""Families that the same request might fit."""
_SUMS: Final = ("add", "multiply", "subtract", "divide")
_LISTABLE: Final = ("city", "name", "code", "integer", "email", "path", "url", "language", "date")
NO_TOOL: Final = "I am sorry, I do not have a tool for that."


def make_tools(world: World, count: int = 0, known: float = 0.4) -> list[Tool]:
    """Tools of which no two fit the same request; ``known`` is the share of families."""
    wanted = count or world.weighted({1: 15, 2: 18, 3: 19, 4: 20, 5: 12, 6: 6, 8: 7, 10: 3})
    tools: list[Tool] = []
    if not count and world.chance(0.04):
        tools = [make_family_tool(world, each) for each in world.sample(_SUMS, 2)]
        wanted = max(wanted, 2)
    attempts = 0
    while len(tools) < wanted and attempts < 100:
        attempts += 1
        near = world.choice(tools) if tools and world.chance(0.35) else None
        tool = make_family_tool(world) if world.chance(known) else make_tool(world, near)
        if all(_apart(tool, other) for other in tools):
            tools.append(tool)
    for tool in tools:
        tool.alone = all(tool is other or not other.noun or other.noun != tool.noun for other in tools)
    world.shuffle(tools)
    return tools


def _apart(tool: Tool, other: Tool) -> bool:
    if tool.name == other.name:
        return False
    if tool.family and other.family:
        both = {tool.family, other.family}
        return len(both) == 2 and not any(both <= overlap for overlap in _OVERLAPS)
    if not tool.noun or tool.noun != other.noun:
        return True
    alike = set(words.VERBS.get(tool.verb, (tool.verb,))) & set(words.VERBS.get(other.verb, (other.verb,)))
    return not alike


def tool_turn(world: World, chat: Conversation, tools: list[Tool], mode: str = "") -> None:
    """One request that tools answer, to the final answer."""
    chosen = mode or world.weighted({"one": 54, "same": 14, "two": 14, "sequence": 12, "chain": 6})
    if chosen == "same" and _same(world, chat, tools):
        return
    if chosen == "chain" and _chain(world, chat, tools):
        return
    if chosen in ("two", "sequence"):
        _several(world, chat, tools, at_once=chosen == "two")
        return
    tool = world.choice(tools)
    arguments = tool.arguments(world)
    chat.user(tool.request(world, arguments))
    _round(world, chat, [(tool, arguments)])
    while _can_follow(tool, arguments) and not mode and world.chance(0.16):
        _follow(world, chat, tool)


def _round(world: World, chat: Conversation, calls: list[tuple[Tool, Arguments]]) -> None:
    """Calls at once, their results, and the answer."""
    chat.call([(tool.name, arguments) for tool, arguments in calls], thought(calls))
    results = [make_result(world, tool, arguments) for tool, arguments in calls]
    for content, _ in results:
        chat.tool(content)
    chat.skill = chat.skill or "call"
    chat.answer(" ".join(told for _, told in results), _seen(results))


def _seen(results: list[Any]) -> str:
    return "The tool returned the result." if len(results) == 1 else "The tools returned the results."


def thought(calls: list[tuple[Tool, Arguments]]) -> str:
    """What the model thinks before it calls."""
    names = [tool.name for tool, _ in calls]
    if len(names) > 1 and len(set(names)) == 1:
        return f"I should call {names[0]} {len(names)} times."
    return f"I should call {listed(names)}."


def _same(world: World, chat: Conversation, tools: list[Tool]) -> bool:
    """One tool for several values at once."""
    fit = [tool for tool in tools if tool.parameters and tool.parameters[0].kind in _LISTABLE and all(not each.required for each in tool.parameters[1:])]
    if not fit:
        return False
    tool = world.choice(fit)
    first = tool.parameters[0]
    values = _distinct(world, tool, world.weighted({2: 75, 3: 25}))
    if world.chance(0.65):
        request = tool.request(world, {first.name: _all(world, values)})
    else:
        asked = [tool.request(world, {first.name: value}) for value in values]
        request = join_requests(world, asked)
    chat.user(request)
    _round(world, chat, [(tool, {first.name: value}) for value in values])
    return True


def _distinct(world: World, tool: Tool, count: int) -> list[Any]:
    values: list[Any] = []
    while len(values) < count:
        value = tool.parameters[0].value(world)
        if value not in values:
            values.append(value)
    return values


def _all(world: World, values: list[Any]) -> str:
    texts = [str(value) for value in values]
    if len(texts) == 2:
        return world.pick(" and ", " and ", " and also ", " and for " if world.chance(0.2) else " and ").join(texts)
    return world.pick(listed(texts), listed(texts), ", ".join(texts), f"{', '.join(texts[:-1])}, and {texts[-1]}")


def _several(world: World, chat: Conversation, tools: list[Tool], *, at_once: bool) -> None:
    chosen = world.sample(tools, 2) if len(tools) > 1 and world.chance(0.85) else [world.choice(tools)] * 2
    calls = [(tool, tool.arguments(world)) for tool in chosen]
    asked = [tool.request(world, arguments) for tool, arguments in calls]
    if at_once:
        chat.user(join_requests(world, asked))
        _round(world, chat, calls)
        return
    chat.user(_in_order(world, asked))
    told = []
    for position, (tool, arguments) in enumerate(calls):
        chat.call([(tool.name, arguments)], f"I should call {tool.name} {'first' if position == 0 else 'next'}.")
        content, text = make_result(world, tool, arguments)
        chat.tool(content)
        told.append(text)
    chat.answer(" ".join(told), "The tools returned the results.")


def _chain(world: World, chat: Conversation, tools: list[Tool]) -> bool:
    """Two calls of which the second takes the result of the first."""
    first = world.choice(tools)
    fit = [tool for tool in tools if tool is not first and tool.parameters and tool.parameters[0].kind in _CHAINABLE]
    if not fit or not first.parameters:
        return False
    second = world.choice(fit)
    taken = second.parameters[0]
    before, after = first.arguments(world), second.arguments(world)
    value = after[taken.name]
    asked = first.request(world, before), second.request(world, after | {taken.name: world.choice(_IT)})
    chat.user(_in_order(world, list(asked)))
    chat.call([(first.name, before)], f"I should call {first.name} first.")
    key = world.pick("result", "value", "id", taken.name)
    chat.tool(world.pick(str(value), str(value), json.dumps({key: value}, ensure_ascii=False)))
    chat.call([(second.name, after)], f"I should call {second.name} next.")
    content, told = make_result(world, second, after)
    chat.tool(content)
    chat.answer(told, "The tools returned the results.")
    return True


_CHAINABLE: Final = ("code", "name", "city", "word", "email", "integer", "number", "place")
_IT: Final = ("the result", "the result", "that", "it", "what you get", "the answer", "this value", "what comes out")


def join_requests(world: World, asked: list[str]) -> str:
    """Requests in one message, to be done together."""
    text = asked[0]
    for each in asked[1:]:
        start = text.rstrip(".!") if text[-1] != "?" else text
        if start[-1] == "?":
            text = f"{start} {world.pick('And', 'Also,', 'And also,', '', 'Also', 'And then I wonder:', 'Besides,', 'One more:')} {_lower(each)}".replace("  ", " ")
        else:
            text = world.pick(f"{start} and {_lower(each)}", f"{start}. Also, {_lower(each)}", f"{start}. {each}", f"{start}, and also {_lower(each)}", f"{start}; {_lower(each)}", f"{start} as well as {_lower(each)}", f"{start}. And {_lower(each)}", f"{start}\n{each}", f"{start}. At the same time, {_lower(each)}")
    return text


def _in_order(world: World, asked: list[str]) -> str:
    """Requests in one message, to be done one after the other."""
    first, second = asked[0].rstrip(".!"), asked[1]
    if first[-1] == "?":
        return world.pick(f"{first} Then {_lower(second)}", f"First, {_lower(first)} Then {_lower(second)}", f"{first} After that, {_lower(second)}", f"{first} Once you know that, {_lower(second)}")
    return world.pick(
        f"{first}, then {_lower(second)}", f"First {_lower(first)}, then {_lower(second)}", f"{first}. After that, {_lower(second)}", f"{first}. Then {_lower(second)}",
        f"First {_lower(first)}. Then {_lower(second)}", f"{first}; when that is done, {_lower(second)}", f"Start with this: {_lower(first)}. Afterwards {_lower(second)}", f"{first} and afterwards {_lower(second)}",
        f"Step 1: {_lower(first)}. Step 2: {_lower(second)}", f"{first} first, and then {_lower(second)}",
    )  # fmt: skip


_STARTS: Final = frozenset(
    ["What", "What's", "How", "Who", "Where", "When", "Which", "Is", "Can", "Could", "Would", "Will", "Please", "Call", "Use", "Run", "Get", "Give", "Show", "Tell", "Find", "Look", "Check", "Do", "Let's", "Let", "Help", "Search", "Add", "Multiply", "Divide", "Subtract", "Roll", "Throw", "Set", "Start", "Send", "Write", "Play", "Create", "Make", "Open", "Close", "Delete", "Remove", "Book", "Cancel", "Update"]
)


def _lower(text: str) -> str:
    return text[0].lower() + text[1:] if text.split(" ")[0] in _STARTS else text


def _can_follow(tool: Tool, arguments: Arguments) -> bool:
    return len(arguments) == 1 and bool(tool.parameters) and tool.parameters[0].kind in _LISTABLE


def _follow(world: World, chat: Conversation, tool: Tool) -> None:
    """The same again with another value, said shortly."""
    first = tool.parameters[0]
    value = first.value(world)
    text = plain(spoken(world, first, value))
    where = "in " if first.kind == "city" and world.chance(0.6) else ""
    chat.user(world.pick(
        f"And {where}{text}?", f"What about {where or ''}{text}?", f"And for {text}?", f"Now {where}{text}", f"Do the same for {text}", f"How about {text}?",
        f"Same for {text} please", f"Again, but for {text}.", f"and {where}{text}", f"Now the same with {text}.", f"ok and {text}?", f"Then also {text}, please.",
    ))  # fmt: skip
    _round(world, chat, [(tool, {first.name: value})])


_ANY: Final = ("search", "wiki", "calculator", "query")
"""Families that might answer nearly everything."""
_KNOWN_BY_HEART: Final = (*_SUMS, *_ANY, "magic", "define", "recipe", "news")
"""Families whose requests need no tool of their own."""


def _unlike(asked: Tool, tool: Tool) -> bool:
    """Whether ``tool`` is clearly not for what ``asked`` is for."""
    if tool.family in _ANY or not _apart(asked, tool):
        return False
    if not asked.noun:
        return True
    return asked.noun != tool.noun and asked.noun not in tool.description and asked.noun not in tool.name


def no_tool_turn(world: World, chat: Conversation, tools: list[Tool]) -> bool:
    """A request for which there is no tool."""
    for _ in range(10):
        other = make_family_tool(world) if world.chance(0.6) else make_tool(world)
        if other.family in _KNOWN_BY_HEART or not (other.family or other.noun):
            continue
        if not all(_unlike(other, tool) for tool in tools):
            continue
        chat.user(other.request(world, other.arguments(world)))
        chat.answer(NO_TOOL, "There is no tool for this.")
        chat.skill = chat.skill or "no tool"
        return True
    return False


_FORCED: Final = ("You must call a tool in every turn.", "Always call a tool.", "Answer only with a tool call.", "Every answer must be a function call.", "Call a tool, whatever is asked.")
_WORDED: Final = ("city", "name", "word", "text", "query", "place", "path")
"""Kinds of values that any words may be."""


def forced_turns(world: World, chat: Conversation) -> None:
    """Calls where nothing is asked that a tool is for: values are then words of the message, and end."""
    tools: list[Tool] = []
    while not tools:
        tools = [tool for tool in make_tools(world, world.randint(1, 4)) if any(each.kind in _WORDED for each in tool.parameters)]
    chat.tools = [tool.spec() for tool in tools]
    chat.system(world.choice(_FORCED))
    chat.skill = "forced"
    for _ in range(world.randint(1, 3)):
        tool = world.choice(tools)
        text = world.pick("Hello!", "hi", world.pseudo(), world.thing(), world.query(), world.choice(world.items), world.sentence())
        chat.user(text)
        arguments = {each.name: text.rstrip(".!?") if each.kind in _WORDED else each.value(world) for each in tool.parameters if each.required}
        chat.call([(tool.name, arguments)], f"I should call {tool.name}.")
        chat.tool(world.pick("ok", "done", "null"))
        chat.answer("Done. The call was successful.", "The tool returned the result.")


def agent_turn(world: World, chat: Conversation, names: dict[str, str]) -> None:
    """A coding agent at work with its tools."""
    for request, name, arguments, content, told in agents.episode(world, names):
        chat.user(request)
        chat.call([(name, arguments)], f"I should call {name}.")
        chat.tool(content)
        chat.answer(told, "The tool returned the result.")
