"""The messages between the HTTP process and an engine process; their framing is in ``pipe.py``.

It knows tokens and text only: no chat message, no HTTP.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from ..errors import InvalidRequest
from .pipe import Abort, Detokenize, LoadFailed, Loading, Ready, Text, Tokenize, Tokens
from .sampling import SamplingParams

EngineFinish = Literal["eos", "stop", "length", "context"]
"""Why a sequence ended: end-of-generation token, stop string, ``max_tokens``, or the window was full."""

RefusalKind = Literal["invalid", "prompt_too_long", "grammar", "queue_full"]


class LoadedModel(msgspec.Struct, frozen=True, kw_only=True):
    """What any loaded model says of itself. Sizes in bytes, context lengths in tokens."""

    name: str
    path: str
    architecture: str
    description: str
    n_ctx: int
    """The most tokens of one request, or of one text to embed, as served."""
    n_ctx_train: int
    n_vocab: int
    n_params: int
    size: int

    def check_tokens(self, tokens: Iterable[int], param: str) -> None:
        """Raises ``InvalidRequest`` where one of ``tokens`` is outside of the vocabulary."""
        if any(not 0 <= token < self.n_vocab for token in tokens):
            raise InvalidRequest(f"a token id is outside of 0 to {self.n_vocab - 1}", param=param)


class ModelInfo(LoadedModel, frozen=True, kw_only=True):
    """What a model that continues text says of itself."""

    n_parallel: int
    chat_template: str | None
    tool_use_template: str | None
    bos_token: str
    eos_token: str
    add_bos: bool


class GenerateRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One generation: a prompt and how to continue it, ``n`` times.

    ``prompt`` is text or token ids. ``max_tokens`` None means up to the window's end. ``logprobs``
    None means none, else the number of alternatives per token (0: the chosen one alone).
    ``grammar`` is a Lark grammar for llguidance; markers are string literals in it, and the engine
    makes tokens of those that are control tokens (``markers.py``).
    ``preserved_tokens`` are the control tokens whose text must reach the output.
    """

    request_id: str
    prompt: str | list[int]
    sampling: SamplingParams = SamplingParams()
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    n: int = 1
    logprobs: int | None = None
    ignore_eos: bool = False
    grammar: str | None = None
    preserved_tokens: tuple[str, ...] = ()
    parse_special: bool = True
    """Whether the text of control tokens in ``prompt`` becomes those tokens."""


class TokenLogprob(msgspec.Struct, frozen=True):
    """One token, its bytes, its natural-log probability, and the likeliest alternatives."""

    token: int
    piece: bytes
    logprob: float
    top: tuple[TokenLogprob, ...] = ()


class SequenceFinish(msgspec.Struct, frozen=True):
    """The end of one sequence. ``stop`` is the stop string that matched. Counts are tokens."""

    reason: EngineFinish
    stop: str | None
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int


class SequenceOutput(msgspec.Struct, frozen=True):
    """What one sequence (choice ``index`` of a request) produced in one step."""

    request_id: str
    index: int
    text: str
    n_tokens: int
    logprobs: tuple[TokenLogprob, ...] = ()
    finish: SequenceFinish | None = None


# --- HTTP process to engine ---


class Generate(msgspec.Struct, frozen=True, tag=True):
    request: GenerateRequest


ToEngine = Generate | Abort | Tokenize | Detokenize


# --- engine to HTTP process ---


class Accepted(msgspec.Struct, frozen=True, tag=True):
    """The request is queued. ``max_tokens`` is what is left after clamping to the window."""

    request_id: str
    prompt_tokens: int
    max_tokens: int


class Refused(msgspec.Struct, frozen=True, tag=True):
    """The request will not run. The two numbers are set for ``prompt_too_long``."""

    request_id: str
    kind: RefusalKind
    message: str
    param: str | None = None
    prompt_tokens: int = 0
    n_ctx: int = 0


class Step(msgspec.Struct, frozen=True, tag=True):
    """All outputs of one step."""

    outputs: list[SequenceOutput]


FromEngine = Loading | Ready[ModelInfo] | LoadFailed | Accepted | Refused | Step | Tokens | Text

decode_to_engine = msgspec.msgpack.Decoder(ToEngine).decode
decode_from_engine = msgspec.msgpack.Decoder(FromEngine).decode
