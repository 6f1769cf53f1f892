"""Muse: messages addressed to the user, to itself (reasoning) or to a tool, the latter as tagged XML."""

from __future__ import annotations

from .family import Family
from .spec import Routing, Span, ToolFormat

_FORMAT = ToolFormat(
    turn_start="<|start|>assistant",
    turn_ends=("<|eot|>",),
    thinking=Span(" to=self<|message|>", "<|eom|>"),
    content=Span(" to=user<|message|>"),
    routing=Routing(
        start="<|start|>assistant",
        body="<|message|>",
        ends=("<|eom|>", "<|eot|>"),
        recipient="to=",
        thinking=("to=self",),
    ),
    style="tag",
    call=Span("", "</atem:invoke>\n</atem:function_calls>"),
    separator="<|eom|>",
    name=Span(" to=", "<|message|>"),
    repeated_name=Span('<atem:function_calls>\n<atem:invoke name="', '">\n'),
    arguments_style="tagged",
    argument_name=Span('<atem:parameter name="', '">'),
    argument_value=Span("", "</atem:parameter>\n"),
)

FAMILY = Family("muse", ("<|message|>", "<atem:invoke"), lambda _: _FORMAT)
