"""The chat template of the bundled model, as the chat layer that serves it renders it."""

from __future__ import annotations

from itertools import islice

import pytest
from training.data.conversation import Conversation
from training.data.documents import documents
from training.rendering import TEMPLATE_FILE, Renderer

from llamar_server.chat.chat import build_chat
from llamar_server.chat.template import ChatTemplate

TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": 'The "weather"\nof a city',
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "unit": {"type": "string", "enum": ["C", "F"]}},
            "required": ["city"],
        },
    },
}


@pytest.fixture(scope="module")
def template() -> ChatTemplate:
    return ChatTemplate(TEMPLATE_FILE.read_text("utf-8").rstrip("\n"), "", "<|im_end|>")


def test_the_chat_layer_finds_nothing_wrong(template: ChatTemplate) -> None:
    can = template.capabilities
    assert template.warnings == ()
    assert can.tools
    assert can.tool_results


def test_its_calls_are_read_back(template: ChatTemplate) -> None:
    built = build_chat(template, [{"role": "user", "content": "?"}], [TOOL], enable_thinking=False)
    assert "<tool_call>" in str(built.format.tool_format)
    assert built.prompt.endswith("<|im_start|>assistant\n<think>\n\n</think>\n\n")


def test_a_tool_is_one_line_of_json(template: ChatTemplate) -> None:
    text = template.render([{"role": "user", "content": "?"}], [TOOL])
    line = next(line for line in text.splitlines() if "get_weather" in line)
    assert line == (
        '{"name": "get_weather", "description": "The \'weather\' of a city", "parameters": {"city": '
        '{"type": "string"}, "unit": {"type": "string", "enum": ["C", "F"]}}, "required": ["city"]}'
    )


def test_a_prompt_is_the_beginning_of_the_next() -> None:
    render = Renderer()
    for chat in islice(documents(4), 150):
        whole = render(chat)
        for position, message in enumerate(chat.messages):
            if message["role"] == "assistant":
                head = Conversation(chat.thinking, chat.tools, chat.messages[:position])
                prompt = render(head, prompt=True)
                open_ = prompt.removesuffix("<think>\n\n</think>\n\n")
                assert whole.startswith(open_)
                assert chat.thinking or whole.startswith(prompt)
