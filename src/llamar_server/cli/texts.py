"""The texts that ``llamar embed`` is given: as arguments, in files, or on standard input."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click


@dataclass(frozen=True, slots=True)
class Given:
    """A text, and the file that it is the whole of, if there is one."""

    text: str
    file: str | None = None


def gather(texts: Sequence[str], files: Sequence[Path], *, lines: bool) -> list[Given]:
    """The arguments, then the files, each a text or with ``lines`` a text per line; where there are neither,
    the lines of standard input. The end of the last line is no part of a text. Raises
    click.ClickException, also if there is no text at all."""
    if not texts and not files:
        if sys.stdin.isatty():
            raise click.UsageError("there is no text: give some, a --file, or lines on standard input")
        given = [Given(line) for line in _lines(_decoded(sys.stdin.buffer.read(), "standard input"))]
    else:
        given = [Given(text) for text in texts]
        for file in files:
            text = _decoded(_content(file), str(file))
            given += [Given(line) for line in _lines(text)] if lines else [Given(text, str(file))]
    if not given:
        raise click.ClickException(f"there is no text: {'the files are' if files else 'the input is'} empty")
    return given


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise click.ClickException(f"{file} cannot be read ({error.strerror})") from error


def _decoded(data: bytes, name: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{name} is not text in UTF-8") from error
    return text.replace("\r\n", "\n").removesuffix("\n")


def _lines(text: str) -> list[str]:
    return text.split("\n") if text else []
