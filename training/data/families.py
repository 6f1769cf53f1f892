"""Tools that many programs have: weather, arithmetic, dice, clocks, and the services.

Each family varies its names and descriptions, and knows many natural ways of asking and real results. Those
that need code are here, the others in ``services``, ``trades``, and ``gadgets``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from .gadgets import GADGETS
from .parameters import Parameter, make_named, spoken
from .phrasing import mark, order, question, statement, wish
from .services import SERVICES, Service
from .tools import Arguments, Tool
from .trades import TRADES
from .world import World

Maker = Callable[[World], Tool]


def make_family_tool(world: World, name: str = "") -> Tool:
    """A tool of the family ``name``, or of any."""
    chosen = name or world.weighted(FREQUENCY)
    tool = FAMILIES[chosen](world)
    tool.family = chosen
    return tool


def described(world: World, parameter: Parameter, *texts: str) -> Parameter:
    """``parameter``, mostly with one of the descriptions."""
    if world.chance(0.6):
        parameter.description = world.choice(texts)
    return parameter


def _json(world: World, value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=None if world.chance(0.8) else (",", ":"))


def _values(world: World, tool: Tool, arguments: Arguments) -> list[str]:
    return [spoken(world, each, arguments[each.name]) for each in tool.parameters if each.name in arguments]


# -- weather and clocks


def _weather(world: World) -> Tool:
    place = world.pick("location", "location", "city", "place", "town")
    parameters = [described(world, Parameter(place, "city"), "The city and state, e.g. San Francisco, CA", "City name", "Where", "The city")]
    if world.chance(0.3):
        unit = Parameter("unit", "enum", required=world.chance(0.3), options=["celsius", "fahrenheit"])
        parameters.append(unit)
    name = world.pick("get_weather", "get_weather", "get_current_weather", "weather", "getWeather", "weather_lookup", "check_weather", "current_weather", "weather_forecast")
    about = world.pick("Get the current weather", "Get the weather for a city.", "Returns the weather at a location", "Get weather information", "The weather in a place", "Current weather conditions", "Get the current weather in a given location", "")
    return Tool(name, about, parameters, noun="weather", ask=_ask_weather, result=_weather_result)


def _ask_weather(world: World, tool: Tool, arguments: Arguments) -> str:
    x = spoken(world, tool.parameters[0], arguments[tool.parameters[0].name])
    unit = arguments.get("unit")
    tail = f" {world.pick('in', 'in', 'using')} {mark(unit)}" if unit else ""
    if world.chance(0.4):
        return wish(world, world.pick(f"the weather in {x}", f"the weather in {x}", f"the weather like in {x}", f"the weather for {x}", f"the temperature in {x}", f"the forecast for {x}") + tail)
    if world.chance(0.2):
        return order(world, world.pick(f"check the weather in {x}", f"get the weather for {x}", f"look up the weather in {x}", f"show me the weather in {x}") + tail)
    return question(world, world.pick(
        f"what is the weather in {x}", f"what's the weather in {x}", f"what's the weather like in {x}", f"how is the weather in {x}", f"how warm is it in {x}",
        f"is it raining in {x}", f"is it sunny in {x}", f"how cold is it in {x}", f"does it rain in {x}", f"do I need an umbrella in {x}", f"is it going to rain in {x}",
        f"should I take a coat to {x}", f"how hot does it get in {x}", f"what should I wear in {x}", f"will there be snow in {x}", f"is it windy in {x}",
        f"what temperature do they have in {x}", f"how does the sky look in {x}", f"I travel to {x}, will it be warm", f"what is it like outside in {x}",
    ) + tail)  # fmt: skip


def _weather_result(world: World, arguments: Arguments) -> tuple[str, str]:
    place, degrees = str(next(iter(arguments.values()))), world.randint(-15, 40)
    sky = world.pick("sunny", "cloudy", "rainy", "windy", "foggy", "snowy", "clear", "stormy", "hot", "cold")
    both = f"It is {degrees} degrees and {sky} in {place}."
    unit = world.pick("C", "F")
    return world.pick(
        (_json(world, {"temperature": degrees, "condition": sky}), both),
        (_json(world, {"temperature": degrees, "unit": unit, "condition": sky}), both),
        (_json(world, {"city": place, "temp": degrees, "conditions": sky}), both),
        (_json(world, {"city": place, "weather": sky, "temperature": degrees}), both),
        (_json(world, {"location": place, "weather": sky}), f"It is {sky} in {place}."),
        (f"{degrees} degrees and {sky}", both),
        (f"{degrees}{unit}, {sky}", f"The weather in {place} is {degrees}{unit}, {sky}."),
        (sky.capitalize(), f"It is {sky} in {place}."),
        (sky, f"It is {sky} in {place}."),
        (f"It's {sky}.", f"It's {sky} in {place}."),
        (f"It is {sky} in {place}", f"It is {sky} in {place}."),
        (f"It's always {sky} in {place}!", f"It's always {sky} in {place}!"),
        (f"The weather in {place} is {sky} with a high of {degrees} degrees.", f"The weather in {place} is {sky} with a high of {degrees} degrees."),
        (_json(world, {"temperature_c": degrees}), f"It is {degrees} degrees in {place}."),
    )  # fmt: skip


def _clock(world: World) -> Tool:
    name = world.pick("get_time", "get_current_time", "current_time", "clock", "what_time", "get_local_time", "time_now")
    parameters = [described(world, Parameter(world.pick("city", "timezone", "location", "place"), "city"), "City", "Name of the city")] if world.chance(0.7) else []
    def ask(world: World, tool: Tool, arguments: Arguments) -> str:
        x = f" in {_values(world, tool, arguments)[0]}" if arguments else world.pick("", " now", " right now")
        if world.chance(0.5):
            return question(world, world.pick(f"what time is it{x}", f"how late is it{x}", f"what is the time{x}", f"do you have the time{x}"))
        return wish(world, world.pick(f"the time{x}", f"the current time{x}", f"the local time{x}" if arguments else "the time"))
    def result(world: World, arguments: Arguments) -> tuple[str, str]:
        now = f"{world.randint(0, 23):02d}:{world.randint(0, 59):02d}"
        where = f" in {next(iter(arguments.values()))}" if arguments else ""
        return world.pick(now, _json(world, {"time": now}), _json(world, {"current_time": now})), f"It is {now}{where}."
    return Tool(name, world.pick("Get the current time", "Returns the time.", "The time in a city" if parameters else "The time now", ""), parameters, noun="time", ask=ask, result=result)


# -- numbers


_SUMS: Final = {
    "add": ("add, add_numbers, sum, plus, calculate_sum", "+", "plus", "add {a} and {b}|add {a} to {b}|sum up {a} and {b}", "the sum of {a} and {b}|the total of {a} and {b}", "Add two numbers|Adds a and b|Returns the sum of two numbers|Sum of two integers"),
    "multiply": ("multiply, multiply_numbers, product, times, mul", "*", "times", "multiply {a} by {b}|multiply {a} and {b}|multiply {a} with {b}", "the product of {a} and {b}", "Multiply two numbers|Multiplies a and b|Returns the product of two numbers"),
    "subtract": ("subtract, minus, difference, sub", "-", "minus", "take {b} away from {a}|subtract {b} from {a}", "the difference of {a} and {b}", "Subtract two numbers|Subtracts b from a|Difference of two numbers"),
    "divide": ("divide, division, div", "/", "divided by", "divide {a} by {b}", "the quotient of {a} and {b}", "Divide two numbers|Divides a by b"),
}  # fmt: skip


def _sum(operation: str) -> Maker:
    names, sign, word, orders, wishes, about = _SUMS[operation]

    def ask(world: World, tool: Tool, arguments: Arguments) -> str:
        a, b = (mark(str(each)) for each in arguments.values())
        if world.chance(0.55):
            between = world.pick(f" {sign} ", f" {sign} ", sign, f" {word} ")
            return wish(world, f"{a}{between}{b}") if world.chance(0.6) else question(world, world.pick(f"what is {a}{between}{b}", f"how much is {a}{between}{b}", f"what's {a}{between}{b}"))
        if world.chance(0.3):
            return wish(world, world.choice(wishes.split("|")).format(a=a, b=b))
        return order(world, world.choice(orders.split("|")).format(a=a, b=b))

    def result(world: World, arguments: Arguments) -> tuple[str, str]:
        a, b = arguments.values()
        value: float = {"add": a + b, "multiply": a * b, "subtract": a - b, "divide": a / (b or 1)}[operation]
        value = round(value, 2) if isinstance(value, float) else value
        value = value if world.chance(0.7) else world.integer()
        return world.pick(str(value), str(value), _json(world, {"result": value}), _json(world, {"value": value}), f"The result is {value}"), f"The result is {value}."

    def make(world: World) -> Tool:
        kind = world.pick("integer", "integer", "number")
        first, second = world.pick(("a", "b"), ("a", "b"), ("x", "y"), ("first", "second"), ("num1", "num2"), ("left", "right"))
        return Tool(world.choice(names.split(", ")), world.pick(*about.split("|"), ""), [Parameter(first, kind), Parameter(second, kind)], noun=operation, ask=ask, result=result)

    return make


def _magic(world: World) -> Tool:
    if world.chance(0.15):
        return Tool("magic_function_no_args", world.pick("Calculates a magic function.", "A magic function without input"), [], ask=_ask_magic, result=_plain_result)
    parameter = described(world, Parameter(world.pick("input", "input", "x", "value"), "integer"), "The input", "An integer")
    return Tool(world.pick("magic_function", "magic_function", "secret_function", "my_function"), world.pick("Applies a magic function to an input.", "Applies a magic function.", "Magic."), [parameter], ask=_ask_magic, result=_plain_result)


def _ask_magic(world: World, tool: Tool, arguments: Arguments) -> str:
    value = ", ".join(_values(world, tool, arguments))
    call = f"{mark(tool.name)}({value})"
    tail = world.pick("", "", "? Use the tool", "? Use a tool")
    if world.chance(0.5):
        return wish(world, world.pick(call, f"the value of {call}", f"the result of {call}")).rstrip("?.!") + (tail + "." if tail else "?")
    return order(world, world.pick(f"call {mark(tool.name)}{' with ' + value if value else ''}", f"run {call}", f"use {mark(tool.name)}{' on ' + value if value else ''}"))


def _plain_result(world: World, arguments: Arguments) -> tuple[str, str]:
    value = world.integer()
    return world.pick(str(value), str(value), _json(world, {"result": value})), f"The result is {value}."


def _dice(world: World) -> Tool:
    name = world.pick("roll_die", "roll_die", "roll_dice", "dice", "throw_die", "rollDice")
    sides = described(world, Parameter(world.pick("sides", "sides", "n_sides", "faces", "n"), "integer"), "Number of sides of the die.", "How many sides")
    def ask(world: World, tool: Tool, arguments: Arguments) -> str:
        n = mark(str(next(iter(arguments.values()))))
        return order(world, world.pick(f"roll a {n}-sided die", f"roll a {n}-sided die", f"throw a {n} sided die", f"roll a d{n}", f"roll a die with {n} sides", f"roll one die that has {n} faces", f"toss a {n}-sided die"))
    def result(world: World, arguments: Arguments) -> tuple[str, str]:
        value = world.randint(1, 20)
        return world.pick(str(value), str(value), _json(world, {"result": value})), f"You rolled a {value}."
    return Tool(name, world.pick("Roll a die.", "Rolls a die with some sides", "Throw a die", ""), [sides], noun="die", ask=ask, result=result)


def _ticket(world: World) -> Tool:
    name = world.pick("open_ticket", "create_ticket", "new_ticket", "file_ticket", "open_support_ticket")
    parameters = [Parameter("title", "query")] if world.chance(0.3) else [Parameter("customer", "name")] if world.chance(0.3) else []
    parameters += [Parameter("priority", "enum", options=["low", "high"] if world.chance(0.5) else ["low", "medium", "high"]), Parameter("tags", "strings")]
    return Tool(name, world.pick("Open a support ticket", "Create a ticket for support", "Open a ticket"), parameters, verb="open", noun="ticket")


# -- the services


def _service(service: Service) -> Maker:
    """The maker of a family that is told in strings."""

    def ask(world: World, tool: Tool, arguments: Arguments) -> str:
        values = _values(world, tool, arguments)
        if service.wishes and world.chance(0.5):
            core = world.choice(service.wishes.split("|")).format(*values)
            return (question if core.split(" ")[0] in _ASKING else wish)(world, core)
        core = world.choice(service.orders.split("|")).format(*values)
        return (statement if core.split(" ")[0] in _TELLING else order)(world, core)

    def result(world: World, arguments: Arguments) -> tuple[str, str]:
        content, answer = world.choice(service.results.split("|")).split(" => ")
        places = {"n": world.integer(), "p": abs(world.decimal()), "w": world.pseudo(), "s": world.sentence(), "f": world.file()}
        places |= {str(position): value for position, value in enumerate(arguments.values())}
        for place, value in places.items():
            content, answer = content.replace(f"<{place}>", str(value)), answer.replace(f"<{place}>", str(value))
        return content, answer

    def make(world: World) -> Tool:
        parameters = []
        for text in service.parameters.split(", ") if service.parameters else ():
            names, kind = text.split(" ")
            parameters.append(make_named(world, world.choice(names.split("/")), kind))
        name, about = world.choice(service.names.split(", ")), world.choice(service.about.split("|"))
        return Tool(name, about, parameters, ask=ask, result=result if service.results else None)

    return make


_ASKING: Final = frozenset(("what", "how", "who", "where", "is", "when", "which", "am", "has", "does", "are", "by", "can", "did", "do", "to", "until", "was", "will"))
_TELLING: Final = frozenset(
    ["I", "I'd", "I'm", "I've", "we", "we'd", "we're", "my", "our", "it", "the", "there", "this", "they", "she", "one", "people", "somebody", "someone", "nobody", "grandpa", "don't", "heads", "new", "BMI", "QR"]
)
"""What these words begin is said as it is."""
_TOLD: Final[dict[str, Service]] = {**SERVICES, **TRADES, **GADGETS}
FAMILIES: Final[dict[str, Maker]] = {
    "weather": _weather, "clock": _clock, "magic": _magic, "dice": _dice, "ticket": _ticket,
    **{operation: _sum(operation) for operation in _SUMS},
    **{name: _service(service) for name, service in _TOLD.items()},
}  # fmt: skip
FREQUENCY: Final[dict[str, float]] = {
    "weather": 26, "add": 11, "multiply": 10, "subtract": 5, "divide": 4, "magic": 8, "dice": 8, "clock": 7, "ticket": 5,
    **{name: service.weight for name, service in _TOLD.items()},
}  # fmt: skip
