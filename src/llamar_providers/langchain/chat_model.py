"""The chat model: LangChain's calls as requests to the server, and what surrounds a request."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from typing import Any, Final, Self, cast

import openai
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.language_models.base import LangSmithParams
from langchain_core.language_models.model_profile import ModelProfile
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from ..clients import timeouts
from ..server import LlamarServer
from .answers import PROVIDER, ChunkReader, chat_result
from .connection import Connection
from .errors import langchain_errors
from .messages import wire_messages
from .parameters import Parameters
from .profile import profile_of
from .settings import ServerSettings
from .structured import (
    Method,
    Schema,
    call_parser,
    response_format,
    text_parser,
    tool_name,
    wire_tool_choice,
    with_raw,
)

_COMPLETIONS: Final = "/chat/completions"
_INPUT_TOKENS: Final = "/chat/completions/input_tokens"
_TOKENIZE: Final = "/tokenize"


class ChatLlamar(BaseChatModel, ServerSettings, Parameters):
    """A chat model on a local llamar server.

        llm = ChatLlamar(model="model.gguf", temperature=0)
        llm.invoke("What is the capital of France?").text

    ``base_url`` is a server that runs, and ``model`` then the name to ask it for. Without it, ``model``
    is what a server is started with on first use: a GGUF file, or whatever ``llamar serve`` takes.
    Without both, it is what ``LLAMAR_BASE_URL``, ``LLAMAR_MODEL`` or the configuration file say, else the
    bundled toy. The started server is shared by all objects with the same settings, and goes with the
    last of them. Constructing asks and starts nothing.

    Raises, when it is used, the errors of ``errors.py`` and ServerStartError.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    streaming: bool = Field(default=False, description="whether invoke streams, too")
    extra_body: dict[str, Any] | None = Field(default=None, description="further fields of every request")

    _connection: Connection | None = PrivateAttr(None)

    # --- the server ---

    @model_validator(mode="after")
    def _settle_llamar(self) -> Self:
        """What the environment says becomes one's own, and contradictions are found."""
        self._take_over(self.server)
        self._add_version("llamar", _own_version())
        return self

    @property
    def server(self) -> LlamarServer:
        """The server, which may not have started."""
        return self._connected().server

    def close(self) -> bool:
        """Give up the server. True if that ended it; False if it is not this process's, or another
        object with the same settings still uses it."""
        return self._connected().close()

    def _connected(self) -> Connection:
        arguments = {
            "model": self.model,
            "base_url": self.base_url,
            "api_key": self._key,
            "port": self.port,
            "n_ctx": self.n_ctx,
            "n_gpu_layers": self.n_gpu_layers,
            "model_id": self.model_id,
            "options": self.options,
            "timeout": self.start_timeout,
        }
        if self._connection is None or self._connection.arguments != arguments:
            self._connection = Connection(arguments)
        return self._connection

    # --- answers ---

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        body, options = self._request(messages, stop, **kwargs)
        with langchain_errors():
            client = self._connected().client()
            answer = client.post(_COMPLETIONS, cast_to=ChatCompletion, body=body, options=options)
        return chat_result(answer)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        body, options = self._request(messages, stop, **kwargs)
        with langchain_errors():
            client = await self._connected().async_client()
            answer = await client.post(_COMPLETIONS, cast_to=ChatCompletion, body=body, options=options)
        return chat_result(answer)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        body, options = self._request(messages, stop, **kwargs)
        reader = ChunkReader()
        with langchain_errors():
            client = self._connected().client()
            with client.post(
                _COMPLETIONS,
                cast_to=ChatCompletion,
                body=_streamed(body),
                options=options,
                stream=True,
                stream_cls=openai.Stream[ChatCompletionChunk],
            ) as chunks:
                yield from filter(None, map(reader.read, chunks))
        yield reader.last()

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        body, options = self._request(messages, stop, **kwargs)
        reader = ChunkReader()
        with langchain_errors():
            client = await self._connected().async_client()
            async with await client.post(
                _COMPLETIONS,
                cast_to=ChatCompletion,
                body=_streamed(body),
                options=options,
                stream=True,
                stream_cls=openai.AsyncStream[ChatCompletionChunk],
            ) as chunks:
                async for chunk in chunks:
                    if addition := reader.read(chunk):
                        yield addition
        yield reader.last()

    def _request(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        *,
        timeout: float | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> tuple[dict[str, Any], openai.RequestOptions]:
        """Body and options of a request. ``kwargs`` are fields of the body and come before one's own."""
        body = {
            "model": self._connected().model,
            "messages": wire_messages(messages),
            **self.parameters(),
            **({} if stop is None else {"stop": stop}),
            **kwargs,
        }
        body.pop("stream", None)  # how LangChain asks for one method or the other
        options: openai.RequestOptions = {
            "headers": extra_headers or {},
            "params": extra_query or {},
            "timeout": timeouts(self.timeout if timeout is None else timeout),
            "max_retries": self.max_retries,
        }
        given = {name: value for name, value in body.items() if value is not None}
        return {**given, **(self.extra_body or {}), **(extra_body or {})}, options

    # --- tools and structure ---

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | bool | dict[str, Any] | None = None,
        strict: bool | None = None,
        parallel_tool_calls: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The model with ``tools`` that it may call: functions, LangChain's tools, pydantic classes, or
        schemas.

        ``tool_choice``: a tool's name, "any" (also "required", True), "none", "auto", or OpenAI's object.
        ``strict`` is told to the server, which holds arguments to their schema in any case.
        """
        wire = [convert_to_openai_tool(tool, strict=strict) for tool in tools]
        choice = wire_tool_choice(tool_choice, wire)
        bound = {"tools": wire, "tool_choice": choice, "parallel_tool_calls": parallel_tool_calls}
        return self.bind(**{name: value for name, value in bound.items() if value is not None}, **kwargs)

    def with_structured_output(
        self,
        schema: Schema,
        *,
        method: Method = "json_schema",
        include_raw: bool = False,
        strict: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, dict[str, Any] | BaseModel]:
        """The model, answering with an object of ``schema``: a pydantic class, or a dict for a TypedDict
        class, a JSON schema and OpenAI's form of a function.

        ``method``: the text of the answer is held to the schema ("json_schema"), a call of a tool with it
        is ("function_calling"), or the text is any JSON object ("json_mode"), and the prompt must say
        which. ``include_raw`` gives a dict of ``raw``, ``parsed`` and ``parsing_error``.

        Raises ValueError for another method, and for strict together with "json_mode".
        """
        traced = {"kwargs": {"method": method, "strict": strict}, "schema": schema}
        kwargs["ls_structured_output_format"] = traced
        if method == "function_calling":
            name = tool_name(schema)
            model = self.bind_tools(
                [schema], tool_choice=name, strict=strict, parallel_tool_calls=False, **kwargs
            )
            parser = call_parser(schema)
        else:
            model = self.bind(response_format=response_format(schema, method, strict), **kwargs)
            parser = text_parser(schema)
        return with_raw(model, parser) if include_raw else model | parser

    # --- tokens ---

    def get_token_ids(self, text: str) -> list[int]:
        """The model's own tokens of ``text``."""
        if self.custom_get_token_ids is not None:
            return self.custom_get_token_ids(text)
        connection = self._connected()
        return list(self._ask(connection.server.url + _TOKENIZE, {"content": text})["tokens"])

    def get_num_tokens_from_messages(
        self, messages: list[BaseMessage], tools: Sequence[Any] | None = None
    ) -> int:
        """How long the prompt of ``messages`` and ``tools`` is: what the server would compute."""
        if not messages:
            return 0
        wire = [convert_to_openai_tool(tool) for tool in tools or ()]
        body, _ = self._request(messages, tools=wire or None)
        return int(self._ask(_INPUT_TOKENS, body)["input_tokens"])

    def _ask(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        with langchain_errors():
            answer: Any = self._connected().client().post(path, cast_to=object, body=body)
        return dict(answer)

    # --- what LangChain wants to know ---

    @property
    def _llm_type(self) -> str:
        return "llamar-chat"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self._name, **self.parameters()}

    @property
    def _name(self) -> str:
        return self._connected().model or self.model or PROVIDER

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        params = super()._get_ls_params(stop=stop or self.stop, **kwargs)
        params["ls_model_name"] = kwargs.get("model") or self._name
        return params

    def _resolve_model_profile(self) -> ModelProfile | None:
        return cast(ModelProfile, profile_of(self._connected()))

    @classmethod
    def is_lc_serializable(cls) -> bool:
        return True

    @property
    def lc_secrets(self) -> dict[str, str]:
        return {"api_key": "LLAMAR_API_KEY"}


def _streamed(body: dict[str, Any]) -> dict[str, Any]:
    if body.get("n", 1) != 1:
        raise ValueError("n must be 1 when the answer is streamed")
    return {**body, "stream": True, "stream_options": {"include_usage": True}}


@cache
def _own_version() -> str:
    return version("llamar")
