"""The formats in which models write tool calls: what they are, and which one a chat template uses."""

from __future__ import annotations

from .spec import ChatFormat, Routing, Span, ToolFormat

__all__ = ["ChatFormat", "Routing", "Span", "ToolFormat"]
