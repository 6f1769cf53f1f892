"""A tool loop in one process, without a server: build the prompt, generate, parse, answer the call.

python examples/chat_build_parse.py [MODEL.gguf]
"""

import json
import sys
from typing import Any

from llamar_server.chat import BuiltChat, ChatParser, ChatTemplate, build_chat, parse_chat
from llamar_server.chat.events import TextDelta
from llamar_server.engine import Engine
from llamar_server.models import find_model

WEATHER = {
    "name": "get_weather",
    "description": "Get the weather of a city.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}
TOOLS = [{"type": "function", "function": WEATHER}]


def get_weather(city: str) -> str:
    return json.dumps({"city": city, "weather": "rainy", "temperature": 14})


def settings(built: BuiltChat) -> dict[str, Any]:
    """What the engine needs to know of a built chat."""
    return {
        "grammar": built.grammar,
        "preserved_tokens": built.preserved_tokens,
        "stop": built.additional_stops,
        "max_tokens": 256,
        "temperature": 0,
    }


path = find_model(sys.argv[1] if len(sys.argv) > 1 else None).path
template = ChatTemplate.from_gguf(path)
messages: list[dict[str, Any]] = [{"role": "user", "content": "What is the weather in Oslo?"}]

with Engine(path, n_ctx=2048) as engine:
    # The grammar lets the model call no other tool, with no other arguments.
    built = build_chat(template, messages, TOOLS, enable_thinking=False)
    answer = parse_chat(engine.generate(built.prompt, **settings(built)), built.format)
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for call in answer.tool_calls
    ]
    messages.append({"role": "assistant", "content": answer.content, "tool_calls": calls})
    for call in answer.tool_calls:
        print(f"{call.name}({call.arguments})")
        result = get_weather(**json.loads(call.arguments))
        messages.append({"role": "tool", "tool_call_id": call.id, "content": result})

    # The answer to the result, read as it comes.
    built = build_chat(template, messages, TOOLS, enable_thinking=False)
    parser = ChatParser(built.format)
    for text in engine.stream(built.prompt, **settings(built)):
        for event in parser.feed(text):
            if isinstance(event, TextDelta):
                print(event.text, end="", flush=True)
    print("".join(event.text for event in parser.finish() if isinstance(event, TextDelta)))
