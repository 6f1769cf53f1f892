"""LFM2 and LFM2.5: calls as Python writes them, in a list. Some of its templates do not show any."""

from __future__ import annotations

from dataclasses import replace

from .family import Family
from .spec import Span, ToolFormat


def _adapt(found: ToolFormat) -> ToolFormat:
    return replace(
        found,
        thinking=Span("<think>", "</think>"),
        style="tag",
        section=Span("<|tool_call_start|>", "<|tool_call_end|>"),
        array=Span("[", "]"),
        call=Span(),
        separator=", ",
        name=Span(),
        arguments_style="keywords",
        arguments=Span("(", ")"),
        argument_separator=", ",
        argument_name=Span("", "="),
        argument_value=Span(),
    )


FAMILIES = (
    Family("lfm2", ("<|tool_call_start|>[",), _adapt),
    Family("lfm2", ("List of tools: ",), _adapt, without=("<tool_call>",)),
)
