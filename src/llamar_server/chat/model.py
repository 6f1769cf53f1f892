"""A model to chat with: a template, a format and an engine, joined.

Owns the way of one request: render, build the grammar, send to the engine, parse what comes back. What
the APIs use. Refuses to know a wire format, and every refusal comes from ``open``, before any output.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol
from uuid import uuid4

from ..engine.protocol import GenerateRequest, ModelInfo, SequenceFinish, SequenceOutput, TokenLogprob
from .chat import BuiltChat, build
from .events import (
    Event,
    Finish,
    FinishReason,
    ParserEvent,
    ReasoningDelta,
    ToolCallEnd,
    ToolCallStart,
    Usage,
)
from .messages import message_dicts
from .parser import ChatParser
from .template import ChatTemplate
from .types import ChatRequest, Reasoning

logger = logging.getLogger(__name__)

_MAX_WARNED: Final = 1000
_NO_EFFORT: Final = "none"
_LIMITS: Final = ("length", "context")
_EFFORT_VARIABLES: Final = ("reasoning_effort", "reasoning_strength", "thinking_effort")


class Generation(Protocol):
    """A running generation. Iterating gives its outputs up to the last ``finish``; ``aclose`` aborts it."""

    @property
    def prompt_tokens(self) -> int: ...

    @property
    def max_tokens(self) -> int: ...

    def __aiter__(self) -> AsyncIterator[SequenceOutput]: ...

    async def aclose(self) -> None: ...


class EngineConnection(Protocol):
    """What of an engine is needed here. ``generate`` raises the errors of ``errors.py`` at once."""

    @property
    def info(self) -> ModelInfo: ...

    async def generate(self, request: GenerateRequest) -> Generation: ...

    async def tokenize(
        self, text: str, *, add_special: bool = True, parse_special: bool = True
    ) -> list[int]: ...

    async def detokenize(self, tokens: list[int]) -> str: ...


@dataclass(frozen=True, slots=True)
class ChatDelta:
    """What choice ``index`` said in one step; ``logprobs`` are those of the step's tokens."""

    index: int
    events: tuple[Event, ...]
    logprobs: tuple[TokenLogprob, ...] = ()


class ChatModel:
    """The model behind ``engine``. ``enable_thinking`` is for requests that leave it to the server."""

    def __init__(self, engine: EngineConnection, *, enable_thinking: bool = False) -> None:
        self._engine = engine
        self._warned: set[str] = set()
        self._enable_thinking = enable_thinking
        info = engine.info
        self.template = ChatTemplate(
            info.chat_template or "",
            info.bos_token,
            info.eos_token,
            tool_use_source=info.tool_use_template,
        )

    @property
    def info(self) -> ModelInfo:
        """What the loaded model says of itself."""
        return self._engine.info

    def render(self, request: ChatRequest) -> BuiltChat:
        """Prompt, grammar and format of ``request``; pure, and may take tens of milliseconds.

        Raises ``InvalidRequest`` where the request cannot be honoured.
        """
        reasoning = request.reasoning
        thinking = self._thinks(reasoning)
        return build(
            self.template,
            message_dicts(request.messages),
            request.tools,
            request.tool_choice,
            parallel_tool_calls=request.parallel_tool_calls,
            output_format=request.output_format,
            enable_thinking=thinking,
            split_reasoning=reasoning.format == "auto",
            reasoning_budget=reasoning.budget,
            continue_final_message=request.continue_final_message,
            template_kwargs={**_thinking_variables(reasoning, thinking), **request.template_kwargs},
        )

    def _thinks(self, reasoning: Reasoning) -> bool:
        """Whether the model is to think: as the request says, also by an effort or a budget."""
        if reasoning.enabled is not None:
            return reasoning.enabled
        if reasoning.effort is not None:
            return reasoning.effort != _NO_EFFORT
        if reasoning.budget is not None:
            return reasoning.budget > 0
        return self._enable_thinking

    async def count_tokens(self, request: ChatRequest) -> int:
        """How many tokens the prompt of ``request`` has, exactly as it would be run."""
        prompt = (await asyncio.to_thread(self.render, request)).prompt
        info = self._engine.info
        if info.add_bos and info.bos_token:
            prompt = prompt.removeprefix(info.bos_token)  # the engine adds it, and only once
        return len(await self._engine.tokenize(prompt))

    async def open(self, request: ChatRequest) -> ChatStream:
        """Start answering ``request``. Every refusal (``errors.py``) is raised here."""
        built = await asyncio.to_thread(self.render, request)
        self._log(built.warnings)
        generation = await self._engine.generate(
            GenerateRequest(
                request_id=uuid4().hex,
                prompt=built.prompt,
                sampling=request.sampling,
                max_tokens=request.max_tokens,
                stop=(*request.stop, *built.additional_stops),
                n=request.n,
                logprobs=request.logprobs,
                ignore_eos=request.ignore_eos,
                grammar=built.grammar,
                preserved_tokens=built.preserved_tokens,
            )
        )
        return ChatStream(generation, built, request)

    def _log(self, warnings: tuple[str, ...]) -> None:
        """What of a client's schemas is not enforced; agents send the same tools again and again."""
        for warning in warnings:
            if warning not in self._warned and len(self._warned) < _MAX_WARNED:
                self._warned.add(warning)
                logger.warning("%s", warning)


def _thinking_variables(reasoning: Reasoning, thinking: bool) -> dict[str, Any]:
    """What templates may want to know of thinking, besides ``enable_thinking``. What the request does not
    say and the template may have its own default for is left out."""
    variables: dict[str, Any] = {}
    if reasoning.enabled is not None:
        variables["thinking"] = thinking
    if reasoning.effort is not None and reasoning.effort != _NO_EFFORT:
        variables |= dict.fromkeys(_EFFORT_VARIABLES, reasoning.effort)
    if not thinking or reasoning.budget is not None:
        variables["thinking_budget"] = reasoning.budget if thinking else 0
    return variables


class ChatStream:
    """A running answer. Iterating gives a ``ChatDelta`` for each step of each choice that said something,
    and for each choice one that ends in ``Finish``; ``aclose`` ends the generation, also half-way.

    Iterating raises ``EngineDied`` if the engine ends.
    """

    def __init__(self, generation: Generation, built: BuiltChat, request: ChatRequest) -> None:
        self.prompt_tokens = generation.prompt_tokens
        self._generation = generation
        self._choices = [_Choice(built, index, request) for index in range(request.n)]

    async def __aiter__(self) -> AsyncIterator[ChatDelta]:
        async for output in self._generation:
            events = self._choices[output.index].read(output)
            if events or output.logprobs:
                yield ChatDelta(output.index, tuple(events), output.logprobs)

    async def aclose(self) -> None:
        """Ends the generation; nothing happens if it has ended."""
        await self._generation.aclose()


class _Choice:
    """One choice of a request: its parser, and what the end of it must tell."""

    def __init__(self, built: BuiltChat, index: int, request: ChatRequest) -> None:
        # the text to continue is the client's own: it is read again, but not said again
        echo = built.format.echo_prefill and not request.continue_final_message
        seed = f"{built.format.id_seed}-{index}"
        self._parser = ChatParser(replace(built.format, id_seed=seed, echo_prefill=echo))
        self._stop = request.stop
        self._calls = 0
        self._open_calls = 0
        self._reasoning = _ReasoningTokens()

    def read(self, output: SequenceOutput) -> list[Event]:
        parsed = self._parser.feed(output.text)
        ended = output.finish
        if ended is not None:
            parsed += self._parser.finish(truncated=ended.reason in _LIMITS)
        self._count(parsed)
        self._reasoning.add(output.n_tokens, parsed)
        return [*parsed, self._finish(ended)] if ended is not None else list(parsed)

    def _count(self, events: list[ParserEvent]) -> None:
        for event in events:
            if isinstance(event, ToolCallStart):
                self._calls += 1
                self._open_calls += 1
            elif isinstance(event, ToolCallEnd):
                self._open_calls -= 1

    def _finish(self, finish: SequenceFinish) -> Finish:
        reason: FinishReason = "stop"
        if finish.reason in _LIMITS:
            reason = finish.reason
        elif self._calls and not self._open_calls:
            reason = "tool_calls"
        usage = Usage(
            prompt_tokens=finish.prompt_tokens,
            completion_tokens=finish.completion_tokens,
            cached_tokens=finish.cached_tokens,
            reasoning_tokens=min(self._reasoning.total, finish.completion_tokens),
        )
        return Finish(reason, finish.stop if finish.stop in self._stop else None, usage)


class _ReasoningTokens:
    """How many tokens went into reasoning. An estimate: the tokens of a step count for what the step's
    text turned out to be, those of text that is held back for what it turns out to be later, and markers
    for what follows them."""

    def __init__(self) -> None:
        self.total = 0
        self._unassigned = 0

    def add(self, n_tokens: int, events: list[ParserEvent]) -> None:
        self._unassigned += n_tokens
        if not events:
            return
        if any(isinstance(event, ReasoningDelta) for event in events):
            self.total += self._unassigned
        self._unassigned = 0
