"""MiniMax M3: tags named after the arguments, nested for arrays and objects, each behind a marker."""

from __future__ import annotations

from .family import Family
from .spec import Span, ToolFormat

_MARK = "]<]minimax[>["

_FORMAT = ToolFormat(
    turn_start="]~b]ai\n",
    turn_ends=("[e~[",),
    thinking=Span("<mm:think>", "</mm:think>"),
    style="tag",
    section=Span(f"{_MARK}<tool_call>\n", f"{_MARK}</tool_call>"),
    call=Span("", f"{_MARK}</invoke>\n"),
    name=Span(f'{_MARK}<invoke name="', '">'),
    arguments_style="nested",
    argument_name=Span(f"{_MARK}<", ">"),
    argument_value=Span("", f"{_MARK}</"),
    value_end_has_name=True,
    item_name="item",
)

FAMILY = Family("minimax_m3", (_MARK,), lambda _: _FORMAT)
