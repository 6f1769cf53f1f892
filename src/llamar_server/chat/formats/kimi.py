"""Kimi: K2 with ids that hold the name (``functions.get_time:0``), K3 with typed tags."""

from __future__ import annotations

from dataclasses import replace

from .family import Family
from .spec import Span, ToolFormat


def _k2(found: ToolFormat) -> ToolFormat:
    return replace(
        found,
        thinking=Span("<think>", "</think>"),
        thinking_closed_by_calls=True,
        style="tag",
        section=Span("<|tool_calls_section_begin|>", "<|tool_calls_section_end|>"),
        call=Span("<|tool_call_begin|>", "<|tool_call_end|>"),
        separator="",
        name=Span("functions.", ""),
        ordinal=Span(":", ""),
        id_place="none",
        id_shape="named",
        arguments=Span("<|tool_call_argument_begin|>", ""),
    )


_TYPES = ("string", "number", "boolean", "object", "array", "null")

_K3 = ToolFormat(
    turn_start='<|open|>message role="assistant"<|sep|>',
    turn_ends=("<|close|>message<|sep|>", "<|end_of_msg|>"),
    thinking=Span("<|open|>think<|sep|>", "<|close|>think<|sep|>"),
    thinking_closed_by_calls=True,
    content=Span("<|open|>response<|sep|>", "<|close|>response<|sep|>"),
    style="tag",
    section=Span("<|open|>tools<|sep|>", "<|close|>tools<|sep|>"),
    call=Span("", "<|close|>call<|sep|>"),
    name=Span('<|open|>call tool="', '"'),
    ordinal=Span(' index="', '"'),
    ordinal_base=1,
    arguments_style="tagged",
    arguments=Span("<|sep|>", ""),
    argument_name=Span('<|open|>argument key="', '"'),
    argument_value=Span("<|sep|>", "<|close|>argument<|sep|>"),
    hints=tuple((kind, f' type="{kind}"') for kind in _TYPES),
)

FAMILIES = (
    Family("kimi_k2", ("<|tool_calls_section_begin|>", "<|tool_call_argument_begin|>"), _k2),
    Family("kimi_k3", ("<|open|>", "<|close|>", "<|sep|>"), lambda _: _K3),
)
