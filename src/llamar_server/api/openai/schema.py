"""The body of ``POST /v1/chat/completions``: https://platform.openai.com/docs/api-reference/chat/create.

Shapes only. What is known and not honoured is refused by name in ``refused`` and ``request``.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import AliasChoices, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from ...engine.sampling import MAX_TOP_LOGPROBS
from ..body import WireModel
from ..sampling import SamplingFields

MAX_CHOICES: Final = 128


def _parts(value: Any) -> Any:
    """Content is a string or a list of parts; inside it is always a list."""
    if isinstance(value, str):
        return [{"type": "text", "text": value}]
    if not isinstance(value, list):
        raise PydanticCustomError("content", "must be a string or a list of content parts")
    return value


def _mode(value: Any) -> Any:
    """A tool choice is a word or an object; inside it is always an object."""
    return {"type": value} if isinstance(value, str) else value


class ContentPart(WireModel):
    type: str
    text: str | None = None
    refusal: str | None = None


Content = Annotated[
    list[ContentPart], BeforeValidator(_parts, json_schema_input_type=str | list[ContentPart])
]


class FunctionCall(WireModel):
    name: str
    arguments: str | dict[str, Any] | None = None


class ToolCall(WireModel):
    id: str = ""
    type: str = "function"
    function: FunctionCall | None = None


class Message(WireModel):
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Content | None = None
    name: str | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    tool_calls: list[ToolCall] | None = None
    tool_call_id: str | None = None
    function_call: dict[str, Any] | None = None
    audio: dict[str, Any] | None = None


class Function(WireModel):
    name: Annotated[str, Field(min_length=1)]
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class Tool(WireModel):
    type: str = "function"
    function: Function | None = None


class ToolName(WireModel):
    name: str


class AllowedTool(WireModel):
    type: str = "function"
    function: ToolName


class AllowedTools(WireModel):
    mode: Literal["auto", "required"]
    tools: list[AllowedTool]


class ToolChoice(WireModel):
    type: Literal["auto", "none", "required", "function", "allowed_tools", "custom"]
    function: ToolName | None = None
    allowed_tools: AllowedTools | None = None


class JsonSchema(WireModel):
    name: str | None = None
    schema_: dict[str, Any] | None = Field(None, alias="schema")
    strict: bool | None = None


class ResponseFormat(WireModel):
    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchema | None = None
    schema_: dict[str, Any] | None = Field(None, alias="schema")


class StreamOptions(WireModel):
    include_usage: bool | None = None


class StreamFields(WireModel):
    stream: bool | None = None
    stream_options: StreamOptions | None = None

    @property
    def include_usage(self) -> bool:
        return self.stream_options is not None and bool(self.stream_options.include_usage)


class ChoiceFields(SamplingFields):
    n: Annotated[int, Field(ge=1, le=MAX_CHOICES)] | None = None
    ignore_eos: bool | None = None


class ChatCompletionRequest(ChoiceFields, StreamFields):
    """Ours beside OpenAI's: those of ``SamplingFields``, ``ignore_eos`` and the last block here."""

    model_config = ConfigDict(extra="allow")  # for ``refused`` to look at

    messages: Annotated[list[Message], Field(min_length=1)]
    model: str | None = None
    max_tokens: Annotated[int, Field(ge=-1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=-1)] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Field(ge=0, le=MAX_TOP_LOGPROBS)] | None = None
    tools: list[Tool] | None = None
    tool_choice: (
        Annotated[ToolChoice, BeforeValidator(_mode, json_schema_input_type=str | ToolChoice)] | None
    ) = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None
    reasoning_effort: str | None = None
    verbosity: str | None = None

    grammar: str | None = None
    regex: str | None = None
    chat_template_kwargs: dict[str, Any] | None = None
    enable_thinking: bool | None = None
    reasoning_budget: Annotated[int, Field(ge=-1)] | None = Field(
        None, validation_alias=AliasChoices("reasoning_budget", "thinking_budget_tokens")
    )
    reasoning_format: Literal["auto", "none", "deepseek"] | None = None
    add_generation_prompt: bool | None = None
    continue_final_message: bool | None = None
