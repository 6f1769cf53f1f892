"""What is used where a template shows no calls: a convention that it mentions, or our own choice.

The generic format is a JSON object in ``<tool_call>`` tags, which more models know than any other; such
templates do not tell the model about tools either, so the prompt must.
"""

from __future__ import annotations

from dataclasses import replace

from .spec import Span, ToolFormat


def without_calls(source: str, found: ToolFormat) -> ToolFormat:
    """``found``, which has no calls, with the most likely format of calls."""
    if "<|tool_call|>" in source:
        end = "<|/tool_call|>" if "<|/tool_call|>" in source else ""
        section, array = Span("<|tool_call|>", end), Span("[", "]")
        return replace(found, family="list", style="object", section=section, array=array, separator=", ")
    family = "hermes" if "<tool_call>" in source else "generic"
    call = Span("<tool_call>\n", "\n</tool_call>")
    return replace(found, family=family, style="object", call=call, separator="\n")
