"""The key/values at the start of a GGUF file, and whether the file is all there.

Reads the header only, never the weights; believes no length that the file cannot hold. Follows the GGUF
specification, versions 2 and 3 (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md). Refuses to
know what the values mean.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

from .errors import ModelLoadError

T = TypeVar("T")

_MAGIC: Final = b"GGUF"
_VERSIONS: Final = (2, 3)
_MAX_DIMS: Final = 8
_DEFAULT_ALIGNMENT: Final = 32
_SCALARS: Final = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING: Final = 8
_ARRAY: Final = 9
_MAX_NESTING: Final = 4

TENSOR_BLOCKS: Final = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292),
    16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110),
    22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8),
    29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17), 40: (64, 36), 41: (128, 18),
}  # fmt: skip
"""For each tensor type of GGML: weights in a block, bytes of a block."""


class _Damaged(Exception):
    """The header says something that cannot be true."""


class _Truncated(Exception):
    """The file ends before what its header promises."""


def read_metadata(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The key/values of the GGUF file at ``path``; arrays as lists.

    Raises ``ModelLoadError``, in one sentence, for a file that cannot be read, is not a GGUF file, or is
    damaged or cut off within its header.
    """
    return _read(path, lambda reader: _header(reader).metadata)


def read_tensor_names(path: str | os.PathLike[str]) -> list[str]:
    """The names of the weights in the GGUF file at ``path``. Raises ``ModelLoadError``."""
    return _read(path, lambda reader: [_tensor(reader)[0] for _ in range(_header(reader).n_tensors)])


def check_complete(path: str | os.PathLike[str]) -> None:
    """Raises ``ModelLoadError`` if the file at ``path`` is not a whole GGUF file, as far as its header
    and its size tell. The values of the weights are not looked at."""
    _read(path, _check_size)


def token_text(metadata: Mapping[str, Any], role: str) -> str:
    """The text of the special token ``role`` ("bos", "eos"); empty if the model has none."""
    token = metadata.get(f"tokenizer.ggml.{role}_token_id")
    tokens = metadata.get("tokenizer.ggml.tokens")
    if not isinstance(token, int) or not isinstance(tokens, list) or not 0 <= token < len(tokens):
        return ""
    return str(tokens[token])


def _read(path: str | os.PathLike[str], parse: Callable[[_Reader], T]) -> T:
    name = Path(path).name
    try:
        with open(path, "rb") as file:
            return parse(_Reader(file))
    except FileNotFoundError as error:
        raise ModelLoadError(f"there is no model file at {os.fspath(path)}") from error
    except OSError as error:
        raise ModelLoadError(f"the model file {os.fspath(path)} cannot be read: {error.strerror}") from error
    except _Truncated as error:
        raise ModelLoadError(f"{name} is truncated: {error}") from error
    except _Damaged as error:
        raise ModelLoadError(f"{name} cannot be used: {error}") from error


class _Reader:
    """Little-endian values from a file, never past its end."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = file.seek(0, os.SEEK_END)
        self.position = 0
        file.seek(0)

    def take(self, count: int) -> bytes:
        if self.position + count > self.size:
            raise _Truncated(f"it has {self.size} bytes and ends within its header")
        self.position += count
        return self._file.read(count)

    def number(self, code: str) -> Any:
        return struct.unpack("<" + code, self.take(struct.calcsize(code)))[0]

    def text(self) -> str:
        return self.take(self.number("Q")).decode("utf-8", "replace")

    def value(self, kind: int, depth: int = 0) -> Any:
        if kind == _STRING:
            return self.text()
        if kind == _ARRAY and depth < _MAX_NESTING:
            return self._array(depth)
        if kind not in _SCALARS:
            raise _Damaged(f"its header has a value of the unknown type {kind}")
        return self.number(_SCALARS[kind])

    def _array(self, depth: int) -> list[Any]:
        kind, count = self.number("I"), self.number("Q")
        if kind in _SCALARS:
            code = _SCALARS[kind]
            return list(struct.unpack(f"<{count}{code}", self.take(count * struct.calcsize(code))))
        if count > self.size - self.position:
            raise _Truncated(f"it has {self.size} bytes and ends within its header")
        return [self.value(kind, depth + 1) for _ in range(count)]


@dataclass(frozen=True, slots=True)
class _Header:
    metadata: dict[str, Any]
    n_tensors: int


def _header(reader: _Reader) -> _Header:
    if reader.size < len(_MAGIC) or reader.take(len(_MAGIC)) != _MAGIC:
        raise _Damaged("it is not a GGUF file")
    version = reader.number("I")
    if version not in _VERSIONS:
        raise _Damaged(f"its GGUF version is {version}, and only versions 2 and 3 are understood")
    n_tensors, n_values = reader.number("Q"), reader.number("Q")
    metadata = {}
    for _ in range(n_values):
        key = reader.text()
        metadata[key] = reader.value(reader.number("I"))
    return _Header(metadata, n_tensors)


def _check_size(reader: _Reader) -> None:
    header = _header(reader)
    ends = [_tensor(reader)[1] for _ in range(header.n_tensors)]
    alignment = header.metadata.get("general.alignment", _DEFAULT_ALIGNMENT)
    if not isinstance(alignment, int) or alignment < 1:
        raise _Damaged("its alignment is not a positive number")
    start = -(-reader.position // alignment) * alignment
    needed = start + max(ends, default=0)
    if ends and needed > reader.size:
        raise _Truncated(f"it has {reader.size} bytes of at least {needed}")


def _tensor(reader: _Reader) -> tuple[str, int]:
    """The next tensor's name, and where its weights end, in bytes from the start of the weights; for a type
    of unknown size, where they begin."""
    name = reader.text()
    n_dims = reader.number("I")
    if n_dims > _MAX_DIMS:
        raise _Damaged(f"one of its tensors has {n_dims} dimensions")
    shape = [reader.number("Q") for _ in range(n_dims)]
    kind, offset = reader.number("I"), reader.number("Q")
    per_block, block_size = TENSOR_BLOCKS.get(kind, (1, 0))
    return name, int(offset + prod(shape) // per_block * block_size)
