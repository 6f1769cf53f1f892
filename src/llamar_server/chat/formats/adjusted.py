"""Families that inference reads well but for a detail that no rendering shows."""

from __future__ import annotations

from dataclasses import replace

from .family import Family
from .spec import Span, ToolFormat


def _closed_by_calls(found: ToolFormat) -> ToolFormat:
    """Models that are known to call a tool in the middle of a thought."""
    return replace(found, thinking_closed_by_calls=True)


def _nine_characters(found: ToolFormat) -> ToolFormat:
    return replace(found, id_shape="alphanumeric9")


def _llama3(found: ToolFormat) -> ToolFormat:
    return replace(found, call_starts=("<|python_tag|>",))


def _granite(found: ToolFormat) -> ToolFormat:
    """Granite 3: its calls are told in the system message but not shown, and thinking wraps the answer."""
    return replace(
        found,
        noise=("<response>", "</response>"),
        style="object",
        section=Span("<|tool_call|>", ""),
        array=Span("[", "]"),
        separator=", ",
    )


def _command_r(found: ToolFormat) -> ToolFormat:
    """Command R and R+: a list of actions in a code fence; a system message stands before each turn."""
    return replace(
        found,
        turn_start="<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>",
        turn_ends=("<|END_OF_TURN_TOKEN|>",),
        style="object",
        section=Span("Action:\n```json\n", "```"),
        array=Span("[\n    ", "\n]"),
        separator=",\n    ",
        object=Span("{\n        ", "\n    }"),
        name_key="tool_name",
        arguments_key="parameters",
    )


FAMILIES = (
    Family("qwen3_coder", ("<function=", "<parameter=", "<tool_call>"), _closed_by_calls),
    Family("ling3", ("<role>ASSISTANT</role>", "<arg_key>"), _closed_by_calls),
    Family("mistral", ("[TOOL_CALLS]",), _nine_characters),
    Family("llama3", ("<|python_tag|>", "<|start_header_id|>"), _llama3, without=(">>>all", "<function=")),
    Family("granite3", ("followed by a JSON list of tools used", "<|tool_call|>"), _granite),
    Family("command_r", ("Action:", "directly-answer", "<|CHATBOT_TOKEN|>"), _command_r),
)
