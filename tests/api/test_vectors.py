"""Thousands of vectors and inputs do not keep others from their turn."""

from __future__ import annotations

import asyncio
import json

import numpy as np
import pytest
from pydantic_core import PydanticCustomError

from llamar_server.api.vectors import as_json, as_numbers, inputs


async def test_others_get_their_turn_while_vectors_are_written() -> None:
    vectors = np.random.default_rng(1).normal(size=(1000, 64)).astype(np.float32)
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    written = await as_json(vectors, as_numbers)
    task.cancel()
    assert turns >= 10
    assert json.loads(bytes(written[-1])) == vectors[-1].tolist()
    assert len(written) == 1000


@pytest.mark.parametrize("value", [np.float32(1e-30), np.float32(1) / 3, np.float32(-0.0), np.float32(3e38)])
def test_a_number_is_told_exactly(value: np.float32) -> None:
    (told,) = json.loads(bytes(as_numbers(np.asarray([value], np.float32))))
    assert np.float32(told) == value


def test_millions_of_tokens_are_one_input() -> None:
    tokens = [*range(1000)] * 1000
    assert inputs(tokens) == [tokens]
    with pytest.raises(PydanticCustomError):
        inputs([*tokens, "a"])
