"""The tool of a chat, used as a model would."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from chatlas import Chat, ContentToolResult, Tool


def tool_of(chat: Chat[Any, Any]) -> Tool:
    (tool,) = chat.get_tools()
    assert isinstance(tool, Tool)
    return tool


def searcher(chat: Chat[Any, Any]) -> Callable[[Any], list[str]]:
    """Searches as a model would; gives the origins."""

    def search(text: Any) -> list[str]:
        result: ContentToolResult = tool_of(chat).func(text)
        return [each["origin"] for each in json.loads(result.value)]

    return search
