"""A server that gives each text a vector which tells its length, and keeps what it was asked."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.providers.recorder import Asked, Recorder, recorder


@contextmanager
def vectors() -> Iterator[Recorder]:
    with recorder() as record:
        record.answer = _answer
        yield record


def vector(text: str) -> list[float]:
    return [float(len(text)), 0.5]


def _answer(asked: Asked) -> Any:
    """As a llamar server does, but the last text first, which an index allows."""
    packed = asked.body["encoding_format"] == "base64"
    data = [
        {
            "object": "embedding",
            "index": index,
            "embedding": base64.b64encode(struct.pack("<2f", *vector(text))).decode()
            if packed
            else vector(text),
        }
        for index, text in enumerate(asked.body["input"])
    ]
    return {
        "object": "list",
        "model": "minilm",
        "data": data[::-1],
        "usage": {"prompt_tokens": 1, "total_tokens": 1},
    }
