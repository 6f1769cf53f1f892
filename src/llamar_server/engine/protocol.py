"""The messages between the HTTP process and an engine process, and their framing on a pipe.

Each message is a msgpack map with a ``type`` tag (msgspec), preceded by its length as four bytes,
big-endian. It knows tokens and text only: no chat message, no HTTP.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import BinaryIO, Literal

import msgspec

from ..errors import InvalidRequest
from .sampling import SamplingParams

EngineFinish = Literal["eos", "stop", "length", "context"]
"""Why a sequence ended: end-of-generation token, stop string, ``max_tokens``, or the window was full."""

RefusalKind = Literal["invalid", "prompt_too_long", "grammar", "queue_full"]


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a loaded model says of itself. Sizes in bytes, context lengths in tokens."""

    name: str
    path: str
    architecture: str
    description: str
    n_ctx: int
    """The window of one request, as served."""
    n_ctx_train: int
    n_vocab: int
    n_params: int
    size: int
    n_parallel: int
    chat_template: str | None
    tool_use_template: str | None
    bos_token: str
    eos_token: str
    add_bos: bool

    def check_tokens(self, tokens: Iterable[int], param: str) -> None:
        """Raises ``InvalidRequest`` where one of ``tokens`` is outside of the vocabulary."""
        if any(not 0 <= token < self.n_vocab for token in tokens):
            raise InvalidRequest(f"a token id is outside of 0 to {self.n_vocab - 1}", param=param)


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


class Abort(msgspec.Struct, frozen=True, tag=True):
    request_id: str


class Tokenize(msgspec.Struct, frozen=True, tag=True):
    call_id: str
    text: str
    add_special: bool
    parse_special: bool


class Detokenize(msgspec.Struct, frozen=True, tag=True):
    call_id: str
    tokens: list[int]


ToEngine = Generate | Abort | Tokenize | Detokenize


# --- engine to HTTP process ---


class Loading(msgspec.Struct, frozen=True, tag=True):
    progress: float


class Ready(msgspec.Struct, frozen=True, tag=True):
    info: ModelInfo


class LoadFailed(msgspec.Struct, frozen=True, tag=True):
    message: str


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


class Tokens(msgspec.Struct, frozen=True, tag=True):
    call_id: str
    tokens: list[int]


class Text(msgspec.Struct, frozen=True, tag=True):
    call_id: str
    text: str


FromEngine = Loading | Ready | LoadFailed | Accepted | Refused | Step | Tokens | Text

LENGTH = struct.Struct(">I")
_encoder = msgspec.msgpack.Encoder()
decode_to_engine = msgspec.msgpack.Decoder(ToEngine).decode
decode_from_engine = msgspec.msgpack.Decoder(FromEngine).decode


def frame(message: ToEngine | FromEngine) -> bytes:
    """The bytes of ``message`` on the pipe. Raises ``InvalidRequest`` for text with half a surrogate
    pair and for integers of more than 64 bits: the pipe cannot carry them."""
    try:
        body = _encoder.encode(message)
    except UnicodeEncodeError:
        raise InvalidRequest("the text is no valid Unicode: half a surrogate pair is in it") from None
    except OverflowError:
        raise InvalidRequest("a number is too large") from None
    return LENGTH.pack(len(body)) + body


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next message body, or None at the end of the stream (also inside a message)."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (size,) = LENGTH.unpack(head)
    body = stream.read(size)
    return body if len(body) == size else None
