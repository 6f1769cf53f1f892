"""Where ``llamar embed`` writes vectors: lines of JSON, or a file that NumPy loads.

What is written to a file stands beside it until it is whole: a file of that name is always a complete one.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol

import click
import msgspec
import numpy as np

from .computing import Vectors
from .texts import Given


class Output(Protocol):
    def write(self, texts: Sequence[Given], vectors: Vectors) -> None:
        """The vectors of the next texts."""


@contextlib.contextmanager
def output_to(path: Path | None, count: int) -> Iterator[Output]:
    """For the vectors of ``count`` texts: JSON lines on standard output, or the file at ``path``, in the
    format that its name says. Raises click.ClickException."""
    if path is None:
        yield JsonLines(sys.stdout.buffer)
        return
    with _new_file(path) as file:
        yield Array(file, count) if path.suffix == ".npy" else JsonLines(file)


class JsonLines:
    """A JSON object for each text: its number, the text or the name of its file, and its vector."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._count = 0

    def write(self, texts: Sequence[Given], vectors: Vectors) -> None:
        for text, vector in zip(texts, vectors, strict=True):
            what = {"text": text.text} if text.file is None else {"file": text.file}
            line = {"index": self._count, **what, "embedding": vector.tolist()}
            self._file.write(msgspec.json.encode(line) + b"\n")
            self._count += 1
        self._file.flush()


class Array:
    """An array of float32 with a row for each of ``count`` texts."""

    def __init__(self, file: BinaryIO, count: int) -> None:
        self._file = file
        self._count = count
        self._begun = False

    def write(self, texts: Sequence[Given], vectors: Vectors) -> None:
        if not self._begun:
            shape = (self._count, vectors.shape[1])
            header = {"descr": "<f4", "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(self._file, header)
            self._begun = True
        self._file.write(vectors.astype("<f4").tobytes())


@contextlib.contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with open(part, "xb") as file:
            yield file
        os.replace(part, path)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written ({error.strerror})") from error
    finally:
        part.unlink(missing_ok=True)
