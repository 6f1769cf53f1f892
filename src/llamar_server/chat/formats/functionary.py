"""Functionary v3.2: every message begins with ``>>>`` and its recipient, a tool or ``all``."""

from __future__ import annotations

from dataclasses import replace

from .family import Family
from .spec import Routing, Span, ToolFormat


def _adapt(found: ToolFormat) -> ToolFormat:
    return replace(
        found,
        content=Span("all\n"),
        noise=(),
        routing=Routing(start=">>>", body="\n"),
        style="tag",
        section=Span(),
        call=Span(),
        separator="",
        name=Span("", "\n"),
    )


FAMILY = Family("functionary", (">>>all",), _adapt)
