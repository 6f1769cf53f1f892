"""From a conversation to everything that generating an answer needs: prompt, grammar, stops, format.

``build_chat`` is the door for Python; ``build`` is the same in our own values. Refuses to generate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import UnsupportedParameter
from .formats.spec import ChatFormat
from .messages import tool_dict
from .template import ChatTemplate
from .types import OutputFormat, Tool, ToolChoice


@dataclass(frozen=True, slots=True)
class BuiltChat:
    """What generating and reading one answer needs.

    ``grammar`` is a Lark grammar for llguidance, or None where the answer is free. With ``grammar_lazy``
    it allows free text before what it constrains, from one of ``trigger_patterns`` (text) or
    ``trigger_tokens`` (control tokens) on: these two are for information, the grammar itself waits for
    them. ``additional_stops`` are strings that end the answer, ``preserved_tokens`` the control tokens
    that must reach the text for ``format`` to parse it. ``thinking_forced_open`` says that the prompt
    ends inside the model's reasoning.
    """

    prompt: str
    format: ChatFormat
    grammar: str | None = None
    grammar_lazy: bool = False
    trigger_patterns: tuple[str, ...] = ()
    trigger_tokens: tuple[str, ...] = ()
    additional_stops: tuple[str, ...] = ()
    preserved_tokens: tuple[str, ...] = ()
    thinking_forced_open: bool = False


def build(
    template: ChatTemplate,
    messages: Sequence[Mapping[str, Any]],
    tools: Sequence[Tool] = (),
    tool_choice: ToolChoice = ToolChoice(),  # noqa: B008 -- frozen
    *,
    parallel_tool_calls: bool = True,
    output_format: OutputFormat | None = None,
    enable_thinking: bool = True,
    split_reasoning: bool = True,
    reasoning_budget: int | None = None,
    add_generation_prompt: bool = True,
    continue_final_message: bool = False,
    template_kwargs: Mapping[str, Any] | None = None,
) -> BuiltChat:
    if tools or output_format:
        raise UnsupportedParameter("tools are not supported yet", param="tools")
    prompt = template.render(
        messages,
        [tool_dict(tool) for tool in tools],
        add_generation_prompt=add_generation_prompt,
        enable_thinking=enable_thinking,
        template_kwargs=template_kwargs,
    )
    return BuiltChat(prompt=prompt, format=ChatFormat())
