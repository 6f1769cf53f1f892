"""Thousands of vectors and inputs do not keep others from their turn."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import numpy as np
import pytest
from pydantic_core import PydanticCustomError

from llamar_server.api.json import send_json_list
from llamar_server.api.vectors import inputs


async def sent(items: Any) -> tuple[Any, int]:
    """The answer with these items, and in how many pieces it came."""
    pieces: list[bytes] = []

    async def send(message: Any) -> None:
        pieces.append(message.get("body", b""))

    await send_json_list(send, {"a": 1}, "list", items)
    return json.loads(b"".join(pieces)), len(pieces)


@pytest.mark.parametrize("count", [0, 1, 16, 17, 100])
async def test_a_long_list_is_sent_in_pieces(count: int) -> None:
    answer, _ = await sent({"number": number} for number in range(count))
    assert answer == {"a": 1, "list": [{"number": number} for number in range(count)]}


async def test_others_get_their_turn_in_between() -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    answer, pieces = await sent([[0.5] * 384] * 1000)
    task.cancel()
    assert len(answer["list"]) == 1000
    assert turns >= pieces - 2 > 50


async def test_a_number_is_told_exactly() -> None:
    numbers = np.asarray([1e-30, 1 / 3, -0.0, 3e38], np.float32)
    answer, _ = await sent([numbers.tolist()])
    assert np.asarray(answer["list"][0], np.float32).tobytes() == numbers.tobytes()


def test_millions_of_tokens_are_one_input() -> None:
    tokens = [*range(1000)] * 1000
    assert inputs(tokens) == [tokens]
    with pytest.raises(PydanticCustomError):
        inputs([*tokens, "a"])
