"""The content blocks of an answer: what each gives to a stream while it is open, and what it is in the end.

Pure. A block is started, added to, and ended; ``idle`` is a delta that adds nothing.
"""

from __future__ import annotations

from typing import Any, Final

from pydantic_core import from_json

from ...chat.events import ToolCallStart
from ...chat.messages import arguments_object
from .signature import signature

Delta = dict[str, Any]

_JSON_SPACE: Final = " \t\r\n"


class TextBlock:
    def __init__(self) -> None:
        self._texts: list[str] = []

    def start(self) -> dict[str, Any]:
        return {"type": "text", "text": ""}

    def add(self, text: str) -> Delta | None:
        self._texts.append(text)
        return {"type": "text_delta", "text": text}

    def idle(self) -> Delta:
        return {"type": "text_delta", "text": ""}

    def end(self) -> Delta | None:
        return None

    def whole(self) -> dict[str, Any]:
        return {"type": "text", "text": "".join(self._texts)}


class ThinkingBlock:
    """``omitted``: the client does not want to see the text."""

    def __init__(self, *, omitted: bool) -> None:
        self._omitted = omitted
        self._texts: list[str] = []

    def start(self) -> dict[str, Any]:
        return {"type": "thinking", "thinking": "", "signature": ""}

    def add(self, text: str) -> Delta | None:
        self._texts.append(text)
        return None if self._omitted else {"type": "thinking_delta", "thinking": text}

    def idle(self) -> Delta:
        return {"type": "thinking_delta", "thinking": ""}

    def end(self) -> Delta | None:
        return {"type": "signature_delta", "signature": self._signature()}

    def whole(self) -> dict[str, Any]:
        shown = "" if self._omitted else "".join(self._texts)
        return {"type": "thinking", "thinking": shown, "signature": self._signature()}

    def _signature(self) -> str:
        return signature("".join(self._texts), omitted=self._omitted)


class ToolUseBlock:
    """A call. Its deltas never begin with white space: the SDK parses what it has after each of them, and
    cannot parse nothing."""

    def __init__(self, call: ToolCallStart) -> None:
        self._call = call
        self._arguments = ""

    def start(self) -> dict[str, Any]:
        return {"type": "tool_use", "id": self._call.id, "name": self._call.name, "input": {}}

    def add(self, arguments: str) -> Delta | None:
        if not self._arguments:
            arguments = arguments.lstrip(_JSON_SPACE)
        self._arguments += arguments
        return {"type": "input_json_delta", "partial_json": arguments} if arguments else None

    def idle(self) -> Delta:
        return {"type": "input_json_delta", "partial_json": ""}

    def end(self) -> Delta | None:
        return None

    def whole(self) -> dict[str, Any]:
        return {**self.start(), "input": self._input()}

    def _input(self) -> dict[str, Any]:
        """The arguments as far as they came: of a call that was cut short, what the SDK makes of it."""
        try:
            known = from_json(self._arguments, allow_partial=True)
        except ValueError:
            known = None
        return known if isinstance(known, dict) else arguments_object(self._arguments)


ContentBlock = TextBlock | ThinkingBlock | ToolUseBlock
