"""Text to tokens and back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.asgi import app_of, client_of


@pytest.mark.parametrize(
    ("body", "tokens"),
    [
        ({"content": "ab"}, [97, 98]),
        ({"text": "ab"}, [97, 98]),
        ({"prompt": "ab"}, [97, 98]),
        ({"content": "ab", "add_special": True, "model": "any"}, [1, 97, 98]),
        ({"content": ""}, []),
    ],
)
async def test_tokenize(body: dict[str, Any], tokens: list[int]) -> None:
    async with client_of(app_of()) as client:
        response = await client.post("/tokenize", json=body)
    assert response.json() == {"tokens": tokens, "count": len(tokens)}


async def test_detokenize() -> None:
    async with client_of(app_of()) as client:
        assert (await client.post("/detokenize", json={"tokens": [97, 98]})).json() == {"content": "ab"}


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("/tokenize", {"content": 5}, "content"),
        ("/detokenize", {"tokens": [1, -1]}, "tokens[1]"),
        ("/detokenize", {"tokens": "ab"}, "tokens"),
        ("/detokenize", {"tokens": [2**31]}, "tokens[0]"),
    ],
)
async def test_refusals(path: str, body: dict[str, Any], param: str) -> None:
    async with client_of(app_of()) as client:
        response = await client.post(path, json=body)
    assert response.status_code == 400
    assert response.json()["error"]["param"] == param
