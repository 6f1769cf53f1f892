"""``Chat.app()``: the page that a browser gets, and what is said in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from tests.providers.chatlas.serving import serving
from tests.servers import DEADLINE, ServerProcess

APP = """
from llamar_providers.chatlas import chat_llamar

def add(a: int, b: int) -> int:
    "Add two numbers."
    return a + b

chat = chat_llamar()
chat.set_model_params(temperature=0)
chat.register_tool(add)
chat.app(launch_browser=False)
"""


def test_a_conversation_with_a_tool(
    server: ServerProcess, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLAMAR_BASE_URL", server.url)
    with serving("-c", APP) as address:
        page = httpx.get(address, trust_env=False).raise_for_status().text
        assert re.search(r'<shiny-chat-container [^>]*id="chat"', page)
        with connect(address.replace("http", "ws") + "/websocket/", proxy=None) as browser:
            browser.send(json.dumps({"method": "init", "data": {}}))
            assert shown(browser, "Hi, my name is Ada.") == ["Nice to meet you, Ada!"]
            assert shown(browser, "What's my name?") == ["Your name is Ada."]
            request, result, *answer = shown(browser, "What is 123 + 456?")
    assert json.loads(request["arguments"]) == {"a": 123, "b": 456}
    assert (result["status"], result["value"]) == ("success", "579")
    assert answer == ["The result is 579."]


def shown(browser: ClientConnection, text: str) -> list[Any]:
    """What comes once the user has sent ``text``: what is written as one string, tools as dictionaries."""
    message = {"chat_user_input:shinychat.userInput": {"text": text, "attachments": []}}
    browser.send(json.dumps({"method": "update", "data": message}))
    pieces: list[Any] = []
    for action in actions(browser):
        match action["type"]:
            case "block_insert":
                pieces.append(action["block"])
            case "chunk" if pieces and isinstance(pieces[-1], str):
                pieces[-1] += action["content"]
            case "chunk":
                pieces.append(action["content"])
            case "chunk_end":
                break
    return pieces


def actions(browser: ClientConnection) -> Iterator[dict[str, Any]]:
    """What shinychat sends to its part of the page."""
    while True:
        told = json.loads(browser.recv(DEADLINE)).get("custom", {})
        if "shinyChatMessage" in told:
            yield told["shinyChatMessage"]["action"]
