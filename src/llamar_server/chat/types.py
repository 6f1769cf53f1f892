"""A chat request in the one vocabulary inside: messages of ordered parts, tools, how to answer.

Every API translates its wire format into these frozen values; none of them knows an API.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from ..engine.sampling import SamplingParams

Role = Literal["system", "developer", "user", "assistant", "tool"]


@dataclass(frozen=True, slots=True)
class TextPart:
    text: str


@dataclass(frozen=True, slots=True)
class ReasoningPart:
    """What the model thought in an earlier turn."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCallPart:
    """A call of an earlier turn. ``arguments`` is JSON text as the client sent it, perhaps broken."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolResultPart:
    """The result of the call ``call_id``; ``name`` is the tool's, where the client tells it."""

    call_id: str
    text: str
    is_error: bool = False
    name: str | None = None


Part = TextPart | ReasoningPart | ToolCallPart | ToolResultPart


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. A ``tool`` message holds exactly one ``ToolResultPart``."""

    role: Role
    parts: tuple[Part, ...]
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the model may call. ``parameters`` is a JSON Schema object."""

    name: str
    description: str = ""
    parameters: dict[str, Any] = field(default_factory=lambda: {"type": "object", "properties": {}})
    strict: bool = False


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """``named`` forces the tool ``name``."""

    mode: Literal["auto", "none", "required", "named"] = "auto"
    name: str | None = None


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """What the answer's text must be. ``source`` is the JSON Schema, or the text of the grammar
    (GBNF or Lark) or regular expression; None for any JSON object."""

    kind: Literal["json_object", "json_schema", "gbnf", "lark", "regex"]
    source: dict[str, Any] | str | None = None
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Reasoning:
    """``enabled`` None leaves it to the server's default; ``budget`` is in tokens (None: no limit)."""

    enabled: bool | None = None
    effort: str | None = None
    budget: int | None = None
    format: Literal["auto", "none"] = "auto"


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """Everything that decides an answer. ``max_tokens`` None: up to the end of the window.
    ``logprobs`` None: none, else how many alternatives per token."""

    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice = ToolChoice()
    parallel_tool_calls: bool = True
    output_format: OutputFormat | None = None
    reasoning: Reasoning = Reasoning()
    template_kwargs: dict[str, Any] = field(default_factory=dict)
    sampling: SamplingParams = SamplingParams()
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    n: int = 1
    logprobs: int | None = None
    ignore_eos: bool = False
    continue_final_message: bool = False
