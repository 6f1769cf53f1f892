"""The pipe between the HTTP process and a process that runs a model: frames, and what all of them say.

Each message is a msgpack map with a ``type`` tag (msgspec), preceded by its length as four bytes,
big-endian. What only one kind of process says is in that one's ``protocol.py``.
"""

from __future__ import annotations

import struct
from typing import BinaryIO, Generic, TypeVar

import msgspec

from ..errors import InvalidRequest

InfoT = TypeVar("InfoT")

LENGTH = struct.Struct(">I")
_encoder = msgspec.msgpack.Encoder()


# --- to the process ---


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


# --- from the process ---


class Loading(msgspec.Struct, frozen=True, tag=True):
    progress: float


class Ready(msgspec.Struct, Generic[InfoT], frozen=True, tag=True):
    info: InfoT


class LoadFailed(msgspec.Struct, frozen=True, tag=True):
    message: str


class Tokens(msgspec.Struct, frozen=True, tag=True):
    call_id: str
    tokens: list[int]


class Text(msgspec.Struct, frozen=True, tag=True):
    call_id: str
    text: str


# --- frames ---


def frame(message: msgspec.Struct) -> bytes:
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
