"""The bodies of ``POST /v1/responses`` and ``/v1/responses/input_tokens``.

Source: https://platform.openai.com/docs/api-reference/responses/create. Shapes only. What is known and not
honoured is refused by name in ``refused``, ``items`` and ``tools``.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from ...engine.sampling import MAX_TOP_LOGPROBS
from ..body import WireModel
from ..sampling import SamplingFields

LOGPROBS: Final = "message.output_text.logprobs"
ENCRYPTED: Final = "reasoning.encrypted_content"

# Of items of other types nothing is read but the type, so that each can be refused by its name.
UNDERSTOOD: Final = (
    "message",
    "reasoning",
    "function_call",
    "function_call_output",
    "custom_tool_call",
    "custom_tool_call_output",
    "item_reference",
)


def _parts(value: Any) -> Any:
    """Content is a string or a list of parts; inside it is always a list."""
    if isinstance(value, str):
        return [{"type": "input_text", "text": value}]
    if not isinstance(value, list):
        raise PydanticCustomError("content", "must be a string or a list of content parts")
    return value


def _items(value: Any) -> Any:
    """The input is a string or a list of items; a string is what the user says."""
    if isinstance(value, str):
        return [{"type": "message", "role": "user", "content": value}]
    if not isinstance(value, list):
        raise PydanticCustomError("input", "must be a string or a list of items")
    return value


def _json_text(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value


def _mode(value: Any) -> Any:
    """A tool choice is a word or an object; inside it is always an object."""
    return {"type": value} if isinstance(value, str) else value


class Part(WireModel):
    """A content part of any type."""

    type: str
    text: str | None = None
    refusal: str | None = None


Content = Annotated[list[Part], BeforeValidator(_parts, json_schema_input_type=str | list[Part])]


class Item(WireModel):
    """An item of any type, with the fields of those types that are understood."""

    type: str
    id: str | None = None
    role: Literal["system", "developer", "user", "assistant"] | None = None
    content: Content | None = None
    summary: list[Part] | None = None
    encrypted_content: str | None = None
    call_id: str | None = None
    name: str | None = None
    namespace: str | None = None
    arguments: Annotated[str, BeforeValidator(_json_text, json_schema_input_type=Any)] | None = None
    input: str | None = None
    output: Content | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_its_type(cls, value: Any) -> Any:
        """Messages need not say that they are messages, nor references."""
        if not isinstance(value, dict):
            return value
        refers = "id" in value and value.keys() <= {"id", "type"}
        kind = value.get("type") or ("item_reference" if refers else "message")
        if isinstance(kind, str) and kind not in UNDERSTOOD:
            return {"type": kind}
        return {**value, "type": kind}


class Echoed(WireModel):
    """A part of the body that is told back in the answer, with the fields that mean nothing here."""

    model_config = ConfigDict(extra="allow")

    def echo(self) -> dict[str, Any]:
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


class Tool(Echoed):
    """A tool of any type. ``tools`` are those of a namespace, ``format`` is a custom tool's."""

    type: str
    name: Annotated[str, Field(min_length=1)] | None = None
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None
    format: dict[str, Any] | None = None
    tools: list[Tool] | None = None


class ToolName(WireModel):
    type: str = "function"
    name: str | None = None
    namespace: str | None = None


class ToolChoice(Echoed):
    type: str
    name: str | None = None
    namespace: str | None = None
    mode: Literal["auto", "required"] | None = None
    tools: list[ToolName] | None = None


class TextFormat(Echoed):
    type: Literal["text", "json_object", "json_schema"]
    schema_: dict[str, Any] | None = Field(None, alias="schema")
    strict: bool | None = None


class TextConfig(WireModel):
    format: TextFormat | None = None
    verbosity: str | None = None


class Reasoning(WireModel):
    effort: str | None = None
    summary: str | None = None
    generate_summary: str | None = None  # what ``summary`` was called

    @property
    def wanted_summary(self) -> str | None:
        return self.summary or self.generate_summary


class PromptFields(WireModel):
    """What decides the prompt."""

    model_config = ConfigDict(extra="allow")  # for ``refused`` to look at

    input: Annotated[list[Item], BeforeValidator(_items, json_schema_input_type=str | list[Item])] | None = (
        None
    )
    model: str | None = None
    instructions: str | None = None
    previous_response_id: str | None = None
    tools: list[Tool] | None = None
    tool_choice: (
        Annotated[ToolChoice, BeforeValidator(_mode, json_schema_input_type=str | ToolChoice)] | None
    ) = None
    parallel_tool_calls: bool | None = None
    text: TextConfig | None = None
    reasoning: Reasoning | None = None


class ResponsesRequest(PromptFields, SamplingFields):
    """Ours beside OpenAI's: those of ``SamplingFields``. The last block is only told back."""

    model_config = ConfigDict(extra="allow")

    stream: bool | None = None
    store: bool | None = None
    include: list[str] | None = None
    max_output_tokens: Annotated[int, Field(ge=1)] | None = None
    top_logprobs: Annotated[int, Field(ge=0, le=MAX_TOP_LOGPROBS)] | None = None
    truncation: Literal["auto", "disabled"] | None = None

    metadata: dict[str, str] | None = None
    user: str | None = None
    safety_identifier: str | None = None
    prompt_cache_key: str | None = None

    def includes(self, what: str) -> bool:
        return what in (self.include or ())
