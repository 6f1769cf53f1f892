"""The prompt of one request, and how much of the answer it already holds.

Owns the end of the prompt: the generation prompt, and the assistant's message that is to be continued.
Refuses to know tools, schemas and grammars.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal, Protocol

from ..errors import InvalidRequest
from .formats.spec import ToolFormat
from .messages import normalize
from .template import ChatTemplate

Messages = Sequence[Mapping[str, Any]]
Part = Literal["content", "reasoning"]
ThinkingState = Literal["ahead", "open", "over"]
Continue = bool | Literal["none", "content", "reasoning"]

_HERE: Final = "Zcontinue7here"


@dataclass(frozen=True, slots=True)
class Prompt:
    """``text`` for the model; ``prefill`` is its end that belongs to the answer (``<think>``, or the part
    of the answer that is to be continued)."""

    text: str
    prefill: str = ""


class _Render(Protocol):
    def __call__(self, messages: Messages, *, add_generation_prompt: bool) -> str: ...


def make_prompt(
    template: ChatTemplate,
    tool_format: ToolFormat,
    messages: Messages,
    tools: Sequence[Mapping[str, Any]] | None = None,
    *,
    add_generation_prompt: bool = True,
    continue_final_message: Continue = False,
    enable_thinking: bool = True,
    template_kwargs: Mapping[str, Any] | None = None,
) -> Prompt:
    """The prompt for ``messages``, ending where the model is to go on.

    ``continue_final_message`` continues the assistant's message at the end: its content, or its reasoning
    where it has no content yet ("content" and "reasoning" say which). Raises ``InvalidRequest`` where
    there is no such message, and as ``ChatTemplate.render`` does.
    """
    render: _Render = partial(
        template.render, tools=tools, enable_thinking=enable_thinking, template_kwargs=template_kwargs
    )
    if continue_final_message and continue_final_message != "none":
        history, final = _split(messages)
        text = _continued(render, tool_format, history, final, _part(continue_final_message, final))
    else:
        history = messages
        text = render(messages, add_generation_prompt=add_generation_prompt)
    without = render(history, add_generation_prompt=False)
    return Prompt(text, _prefill(without, text, tool_format.turn_start))


def thinking_state(tool_format: ToolFormat, prefill: str) -> ThinkingState:
    """Where an answer that goes on behind ``prefill`` begins: before the reasoning that it may have, inside
    of it, or behind it, as templates write it that switch reasoning off."""
    start, end = tool_format.thinking.start.strip(), tool_format.thinking.end.strip()
    if not end:
        return "ahead"
    opened = prefill.rfind(start) if start else 0
    if opened >= 0 and end not in prefill[opened:]:
        return "open"
    return "over" if end in prefill else "ahead"


def thinking_is_open(tool_format: ToolFormat, prefill: str) -> bool:
    """Whether an answer that goes on behind ``prefill`` goes on inside the reasoning."""
    return thinking_state(tool_format, prefill) == "open"


def _split(messages: Messages) -> tuple[Messages, dict[str, Any]]:
    final = normalize(messages)[-1]
    if final["role"] != "assistant" or "tool_calls" in final or len(messages) < 2:
        raise InvalidRequest(
            "continue_final_message needs an assistant's message without tool calls as the last of several",
            param="continue_final_message",
        )
    return messages[:-1], final


def _part(wanted: Continue, final: Mapping[str, Any]) -> Part:
    if wanted == "content" or wanted == "reasoning":
        return wanted
    return "reasoning" if final.get("reasoning_content") and not final["content"] else "content"


def _continued(
    render: _Render, tool_format: ToolFormat, history: Messages, final: Mapping[str, Any], part: Part
) -> str:
    thinking = tool_format.thinking
    reasoning = str(final.get("reasoning_content", "")) if thinking else ""
    if part == "content" or not thinking:
        written = _as_history(render, history, final, reasoning)
        if written is not None:
            return written + str(final["content"])
    opened = render(history, add_generation_prompt=True)
    if reasoning or part == "reasoning":
        base = render(history, add_generation_prompt=False)
        prefill = _prefill(base, opened, tool_format.turn_start)
        opened += reasoning if thinking_is_open(tool_format, prefill) else thinking.start + reasoning
        if part == "reasoning":
            return opened
        opened += thinking.end
    return opened + tool_format.content.start + str(final["content"])


def _as_history(render: _Render, history: Messages, final: Mapping[str, Any], reasoning: str) -> str | None:
    """What the template writes in front of the content of the final message, where it is a turn like any
    other; None where it does not write the reasoning or the content there."""
    text = render([*history, {**final, "content": _HERE}], add_generation_prompt=False)
    before, found, _ = text.rpartition(_HERE)
    own = before[_shared(before, render(history, add_generation_prompt=False)) :]
    return before if found and reasoning.strip() in own else None


def _prefill(without: str, text: str, turn_start: str) -> str:
    """The part of ``text`` that is the answer: what follows the header of the assistant's turn, if one
    was opened at the end of ``without`` (the prompt without a generation prompt), else all that is new."""
    new = _shared(without, text)
    header = text.find(turn_start, max(0, new - len(turn_start))) if turn_start else -1
    return text[header + len(turn_start) :] if header >= 0 else text[new:]


def _shared(first: str, second: str) -> int:
    """How many characters the two have in common at their start."""
    if second.startswith(first):
        return len(first)
    return bisect_left(range(1, len(first) + 1), True, key=lambda n: not second.startswith(first[:n]))
