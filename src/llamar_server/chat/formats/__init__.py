"""The formats in which models write tool calls: what they are, and which one a chat template uses."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from . import adjusted, deepseek, functionary, gemma4, harmony, kimi, lfm2, minimax_m3, muse
from .family import Family
from .generic import without_calls
from .infer import Render, infer
from .spec import ChatFormat, Routing, Span, ToolFormat

FAMILIES: Final[tuple[Family, ...]] = (
    harmony.FAMILY,
    muse.FAMILY,
    functionary.FAMILY,
    gemma4.FAMILY,
    *kimi.FAMILIES,
    minimax_m3.FAMILY,
    *deepseek.FAMILIES,
    *lfm2.FAMILIES,
    *adjusted.FAMILIES,
)
"""The first whose marks are in the template's source counts."""


def detect(source: str, render: Render) -> ToolFormat:
    """The format of the chat template ``source``, which ``render`` renders.

    ``render(messages, tools=None, *, add_generation_prompt, enable_thinking)`` returns None or raises
    where the template fails. Costs about ten short renders; never raises.
    """
    found = infer(source, render)
    for family in FAMILIES:
        if family.matches(source):
            found = replace(family.adapt(found), family=family.name)
            break
    if found.style == "none":
        found = without_calls(source, found)
    return replace(found, cdata=True) if "<![CDATA[" in source else found


__all__ = ["FAMILIES", "ChatFormat", "Render", "Routing", "Span", "ToolFormat", "detect", "infer"]
