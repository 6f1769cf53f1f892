"""DeepSeek: R1, whose templates show calls only where the content is null, and V3.2 and V4 (DSML), with
tagged arguments that say whether they are strings."""

from __future__ import annotations

from dataclasses import replace

from .family import Family
from .spec import Span, ToolFormat

_MARK = "｜DSML｜"


def _dsml(found: ToolFormat) -> ToolFormat:
    section = found.section
    if _MARK not in section.start:
        section = Span(f"<{_MARK}tool_calls>\n", f"</{_MARK}tool_calls>")
    return replace(
        found,
        thinking_closed_by_calls=True,
        style="tag",
        section=section,
        call=Span("", f"</{_MARK}invoke>\n"),
        separator="",
        name=Span(f'<{_MARK}invoke name="', '">\n'),
        arguments_style="tagged",
        argument_name=Span(f'<{_MARK}parameter name="', '"'),
        argument_value=Span(">", f"</{_MARK}parameter>\n"),
        argument_separator="",
        hints=(("string", ' string="true"'), ("*", ' string="false"')),
    )


def _r1(found: ToolFormat) -> ToolFormat:
    if found.style != "none":
        return found
    return replace(
        found,
        style="tag",
        section=Span("<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>"),
        call=Span("<｜tool▁call▁begin｜>function<｜tool▁sep｜>", "<｜tool▁call▁end｜>"),
        separator="\n",
        name=Span("", "\n"),
        arguments=Span("```json\n", "\n```"),
    )


FAMILIES = (
    Family("dsml", (_MARK,), _dsml),
    Family("deepseek_r1", ("<｜tool▁calls▁begin｜>", "```json"), _r1),
)
