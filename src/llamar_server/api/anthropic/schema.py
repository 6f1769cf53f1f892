"""The bodies of ``POST /v1/messages`` and ``/v1/messages/count_tokens``.

Source: https://docs.anthropic.com/en/api/messages. Shapes only, and only of what changes an answer: all
other fields (``cache_control``, ``metadata``, ``context_management``, …) are ignored, whatever they hold.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from ..body import WireModel


def _blocks(value: Any) -> Any:
    """Content is a string or a list of blocks; a string is one text block, and always a list inside."""
    if isinstance(value, str):
        return [{"type": "text", "text": value}]
    if not isinstance(value, list):
        raise PydanticCustomError("content", "must be a string or a list of content blocks")
    return value


class Block(WireModel):
    """A content block of any type, with the fields of those types that are understood."""

    type: str
    text: str | None = None
    thinking: str | None = None
    signature: str | None = None
    id: str | None = None
    name: str | None = None
    input: dict[str, Any] | None = None
    tool_use_id: str | None = None
    content: Content | None = None
    is_error: bool | None = None
    source: dict[str, Any] | str | None = None
    title: str | None = None
    context: str | None = None
    citations: Any = None
    tool_name: str | None = None


Content = Annotated[list[Block], BeforeValidator(_blocks, json_schema_input_type=str | list[Block])]


class Message(WireModel):
    role: Literal["user", "assistant", "system"]
    content: Content


class Tool(WireModel):
    """Without ``input_schema`` it is one of Anthropic's own, named by its ``type``."""

    type: str | None = None
    name: str | None = None
    description: str | None = None
    input_schema: dict[str, Any] | None = None
    input_examples: list[dict[str, Any]] | None = None
    strict: bool | None = None


class ToolChoice(WireModel):
    type: Literal["auto", "any", "tool", "none"]
    name: str | None = None
    disable_parallel_tool_use: bool | None = None


class Thinking(WireModel):
    type: Literal["enabled", "adaptive", "disabled", "between_tools"]
    budget_tokens: Annotated[int, Field(ge=1)] | None = None
    display: str | None = None


class OutputFormat(WireModel):
    type: Literal["json_schema"]
    schema_: dict[str, Any] = Field(alias="schema")


class OutputConfig(WireModel):
    effort: str | None = None
    format: OutputFormat | None = None


class PromptFields(WireModel):
    """What decides the prompt. The last block is known and refused."""

    messages: Annotated[list[Message], Field(min_length=1)]
    model: str | None = None
    system: Content | None = None
    tools: list[Tool] | None = None
    tool_choice: ToolChoice | None = None
    thinking: Thinking | None = None
    output_config: OutputConfig | None = None
    output_format: OutputFormat | None = None  # where output_config.format was in its beta

    thread: Any = None
    compaction: Any = None
    mcp_servers: list[Any] | None = None


class MessagesRequest(PromptFields):
    max_tokens: Annotated[int, Field(ge=1)]
    stream: bool | None = None
    stop_sequences: list[Annotated[str, Field(min_length=1)]] | None = None
    temperature: Annotated[float, Field(ge=0)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    top_k: Annotated[int, Field(ge=-1, lt=2**31)] | None = None

    @property
    def hides_thinking(self) -> bool:
        return self.thinking is not None and self.thinking.display == "omitted"
