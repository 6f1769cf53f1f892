"""Gemma 4: calls like ``call:name{key:value}`` with strings in quotes of their own."""

from __future__ import annotations

from .family import Family
from .spec import Span, ToolFormat

_FORMAT = ToolFormat(
    turn_start="<|turn>model\n",
    turn_ends=("<turn|>", "<|tool_response>"),
    thinking=Span("<|channel>thought\n", "<channel|>"),
    thinking_anywhere=True,
    noise=("<|channel>", "<channel|>"),
    style="tag",
    call=Span("<|tool_call>", "<tool_call|>"),
    name=Span("call:"),
    arguments_style="bare",
    arguments=Span("{", "}"),
    argument_separator=",",
    argument_name=Span("", ":"),
    quote=Span('<|"|>', '<|"|>'),
)

FAMILY = Family("gemma4", ("<|tool_call>call:", '<|"|>'), lambda _: _FORMAT)
