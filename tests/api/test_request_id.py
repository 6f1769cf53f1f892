"""Every answer has an id of its own, under the names that the SDKs of both APIs look for."""

from __future__ import annotations

import pytest

from tests.api.asgi import app_of, client_of
from tests.fakes.chat import FakeChat, text

BODY = {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 5}


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages", "/health", "/nowhere"])
@pytest.mark.parametrize("stream", [False, True])
async def test_each_answer_has_its_own(path: str, stream: bool) -> None:
    async with client_of(app_of(FakeChat(text("x")))) as client:
        answers = [await client.post(path, json=BODY | {"stream": stream}) for _ in range(2)]
    ids = {answer.headers["x-request-id"] for answer in answers}
    assert len(ids) == 2
    assert ids == {answer.headers["request-id"] for answer in answers}


async def test_a_refusal_at_the_gate_has_one_too() -> None:
    async with client_of(app_of(api_keys=("right",))) as client:
        answer = await client.get("/v1/models", headers={"anthropic-version": "x"})
    assert answer.status_code == 401
    assert answer.json()["request_id"] == answer.headers["request-id"]
