"""Tools of MCP servers: one that the chat starts, and one that runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
from chatlas import Chat, ContentToolRequest, ContentToolResult

from llamar_providers.chatlas import chat_llamar
from tests.providers.chatlas.serving import serving
from tests.providers.chatlas.test_tools import of
from tests.providers.families import gone
from tests.servers import ServerProcess

CALCULATOR = """
import sys
from mcp.server.mcpserver import MCPServer

calculator = MCPServer("calculator")

@calculator.tool()
def add(a: int, b: int) -> int:
    "Add two numbers."
    return a + b

@calculator.tool()
def multiply(a: int, b: int) -> int:
    "Multiply two numbers."
    return a * b

if sys.argv[1] == "stdio":
    calculator.run("stdio")
else:
    calculator.run("streamable-http", port=0)
"""


@pytest.fixture
def script(tmp_path: Path) -> str:
    path = tmp_path / "calculator.py"
    path.write_text(CALCULATOR, encoding="utf-8")
    return str(path)


def processes(script: str) -> list[psutil.Process]:
    return [each for each in psutil.Process().children(recursive=True) if script in each.cmdline()]


async def is_used(chat: Chat[Any, Any]) -> None:
    """The model calls a tool, and what that says is in its answer."""
    response = await chat.chat_async("What is 123 + 456?", echo="none")
    assert "579" in await response.get_content()
    assert [(each.name, each.arguments) for each in of(ContentToolRequest, chat)] == [
        ("add", {"a": 123, "b": 456})
    ]
    assert [each.value for each in of(ContentToolResult, chat)] == ["579"]


async def test_a_server_that_the_chat_starts(chat: Chat[Any, Any], script: str) -> None:
    await chat.register_mcp_tools_stdio_async(command=sys.executable, args=[script, "stdio"])
    started = processes(script)
    assert len(started) == 1
    assert [tool.name for tool in chat.get_tools()] == ["add", "multiply"]
    await is_used(chat)
    await chat.cleanup_mcp_tools()
    assert chat.get_tools() == []
    assert gone(started)


async def test_it_ends_with_the_chat(server: ServerProcess, home: Path, script: str) -> None:
    async with chat_llamar(base_url=server.url) as chat:
        await chat.register_mcp_tools_stdio_async(
            command=sys.executable, args=[script, "stdio"], name="mine", exclude_tools=["multiply"]
        )
        assert [tool.name for tool in chat.get_tools()] == ["add"]
        started = processes(script)
    assert started
    assert gone(started)


async def test_a_server_that_runs(chat: Chat[Any, Any], script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")  # MCP's client asks the proxies of the environment
    with serving(script, "http") as address:
        await chat.register_mcp_tools_http_stream_async(url=f"{address}/mcp", include_tools=["add"])
        await is_used(chat)
        await chat.cleanup_mcp_tools()
    assert chat.get_tools() == []
