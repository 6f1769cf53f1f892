"""The engine: tokens in, tokens out. Knows no message, no HTTP and (``client.py`` excepted) no asyncio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .engine import Engine

__all__ = ["Engine"]


def __getattr__(name: str) -> Any:
    # The HTTP process imports the client and the messages only, and need not load numpy for it.
    if name == "Engine":
        from .engine import Engine

        return Engine
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
