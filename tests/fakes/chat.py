"""A chat model and an engine whose answers are written down in advance, for tests of the HTTP side."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterable, Sequence
from types import SimpleNamespace

from llamar_server.chat.events import Event, Finish, TextDelta, Usage
from llamar_server.chat.model import ChatDelta
from llamar_server.chat.types import ChatRequest
from llamar_server.engine.protocol import (
    GenerateRequest,
    ModelInfo,
    SequenceFinish,
    SequenceOutput,
    TokenLogprob,
)

INFO = ModelInfo(
    name="fake",
    path="/models/fake.gguf",
    architecture="fake",
    description="a fake",
    n_ctx=512,
    n_ctx_train=4096,
    n_vocab=256,
    n_params=1000,
    size=2000,
    n_parallel=4,
    chat_template=None,
    tool_use_template=None,
    bos_token="",
    eos_token="",
    add_bos=False,
)

USAGE = Usage(prompt_tokens=7, completion_tokens=3, cached_tokens=2, reasoning_tokens=1)


class Wait:
    """A place in a script where nothing comes any more."""


Step = ChatDelta | SequenceOutput | Exception | Wait


def finish(reason: str = "stop", usage: Usage = USAGE) -> Finish:
    return Finish(reason, None, usage)


def says(*events: Event, index: int = 0, logprobs: Sequence[TokenLogprob] = ()) -> ChatDelta:
    return ChatDelta(index, events, tuple(logprobs))


def text(*pieces: str, reason: str = "stop") -> list[Step]:
    """The script of an answer in ``pieces``."""
    return [*(says(TextDelta(piece)) for piece in pieces), says(finish(reason))]


def logprob(piece: str | bytes, value: float = -0.5, top: Sequence[TokenLogprob] = ()) -> TokenLogprob:
    return TokenLogprob(0, piece.encode() if isinstance(piece, str) else piece, value, tuple(top))


class FakeStream:
    """Plays a script. ``closed`` is set when its owner has let go of it."""

    prompt_tokens = USAGE.prompt_tokens
    max_tokens = 100

    def __init__(self, script: Iterable[Step]) -> None:
        self.closed = threading.Event()
        self.reached_wait = threading.Event()
        self._script = list(script)

    async def __aiter__(self) -> AsyncIterator[ChatDelta | SequenceOutput]:
        for step in self._script:
            if isinstance(step, Exception):
                raise step
            if isinstance(step, Wait):
                self.reached_wait.set()
                await asyncio.Event().wait()
            else:
                await asyncio.sleep(0)
                yield step

    async def aclose(self) -> None:
        self.closed.set()


class FakeChat:
    """Answers every request with ``script``; ``refusal`` is raised instead, if there is one, and
    ``queue`` makes requests wait for ever before they are accepted."""

    def __init__(self, script: Iterable[Step] = (), refusal: Exception | None = None) -> None:
        self.script = list(script)
        self.refusal = refusal
        self.queue = False
        self.left_queue = threading.Event()
        self.queued = threading.Event()
        self.opened = threading.Event()
        self.requests: list[ChatRequest] = []
        self.streams: list[FakeStream] = []
        self.template = SimpleNamespace(warnings=("the template is odd",))

    @property
    def request(self) -> ChatRequest:
        return self.requests[-1]

    async def open(self, request: ChatRequest) -> FakeStream:
        self.requests.append(request)
        if self.refusal is not None:
            raise self.refusal
        if self.queue:
            try:
                self.queued.set()
                await asyncio.Event().wait()
            finally:
                self.left_queue.set()
        self.streams.append(FakeStream(self.script))
        self.opened.set()
        return self.streams[-1]

    async def count_tokens(self, request: ChatRequest) -> int:
        self.requests.append(request)
        return 42


class FakeEngine:
    """Continues each prompt with the next of ``scripts``; a byte is a token."""

    def __init__(self) -> None:
        self.info = INFO
        self.state = "ready"
        self.scripts: list[list[Step]] = []
        self.refusal: Exception | None = None
        self.requests: list[GenerateRequest] = []
        self.streams: list[FakeStream] = []

    async def generate(self, request: GenerateRequest) -> FakeStream:
        self.requests.append(request)
        if self.refusal is not None and len(self.requests) > len(self.scripts):
            raise self.refusal
        self.streams.append(FakeStream(self.scripts[len(self.streams)]))
        return self.streams[-1]

    async def tokenize(self, text: str, *, add_special: bool = True, parse_special: bool = True) -> list[int]:
        return [*([1] if add_special else []), *text.encode()]

    async def detokenize(self, tokens: list[int]) -> str:
        return bytes(tokens).decode()


def output(
    text: str,
    *,
    index: int = 0,
    reason: str | None = None,
    logprobs: Sequence[TokenLogprob] = (),
    tokens: int = 1,
) -> SequenceOutput:
    """One step of an engine's sequence; the last one with a ``reason``."""
    ended = None if reason is None else SequenceFinish(reason, None, 5, 1, tokens)
    return SequenceOutput("", index, text, len(logprobs), tuple(logprobs), ended)
