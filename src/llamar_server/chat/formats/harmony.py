"""Harmony, the format of gpt-oss: messages on channels, calls to recipients.

Source: https://github.com/openai/harmony (docs/format.md).
"""

from __future__ import annotations

from .family import Family
from .spec import Routing, Span, ToolFormat

_FORMAT = ToolFormat(
    turn_start="<|start|>assistant",
    turn_ends=("<|return|>", "<|call|>"),
    thinking=Span("<|channel|>analysis<|message|>", "<|end|>"),
    content=Span("<|channel|>final<|message|>"),
    routing=Routing(
        start="<|start|>assistant",
        body="<|message|>",
        ends=("<|end|>", "<|return|>", "<|call|>"),
        recipient="to=",
        tool_prefix="functions.",
        thinking=("<|channel|>analysis",),
    ),
    style="tag",
    name=Span("<|channel|>commentary to=functions.", " <|constrain|>json<|message|>"),
)

FAMILY = Family("harmony", ("<|channel|>", "<|message|>"), lambda _: _FORMAT)
