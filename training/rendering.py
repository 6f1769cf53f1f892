"""A generated conversation as the text that the model sees: rendered by the chat layer that serves it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from llamar_server.chat.template import ChatTemplate

from .data.conversation import Conversation

TEMPLATE_FILE: Final = Path(__file__).with_name("template.jinja")


class Renderer:
    """The chat template of the model, ready."""

    def __init__(self) -> None:
        self._template = ChatTemplate(TEMPLATE_FILE.read_text("utf-8").rstrip("\n"), "", "<|im_end|>")

    def __call__(self, chat: Conversation, *, prompt: bool = False) -> str:
        """The whole text; with ``prompt`` up to where the next answer begins."""
        return self._template.render(
            chat.messages, chat.tools or None, add_generation_prompt=prompt, enable_thinking=chat.thinking
        )
