"""One generated conversation, in the form in which clients send it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Conversation:
    """Messages and tools as the OpenAI API has them, and whether the model thinks.

    ``skill`` says what its last assistant turn shows (for the evaluation); ``terse`` whether the system
    prompt asked for short answers.
    """

    thinking: bool = False
    tools: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    skill: str = ""
    terse: bool = False

    def system(self, text: str) -> None:
        self.messages.append({"role": "system", "content": text})

    def user(self, text: str) -> None:
        self.messages.append({"role": "user", "content": text})

    def tool(self, text: str) -> None:
        self.messages.append({"role": "tool", "content": text})

    def answer(self, text: str, thought: str, short: str = "") -> None:
        """The assistant says ``text``, or ``short`` where short answers were asked for."""
        self._assistant(short if short and self.terse else text, thought)

    def call(self, calls: Sequence[tuple[str, dict[str, Any]]], thought: str) -> None:
        """The assistant calls tools."""
        self._assistant("", thought)
        self.messages[-1]["tool_calls"] = [
            {"type": "function", "function": {"name": name, "arguments": arguments}} for name, arguments in calls
        ]

    def _assistant(self, text: str, thought: str) -> None:
        message = {"role": "assistant", "content": text}
        if self.thinking:
            message["reasoning_content"] = thought
        self.messages.append(message)
