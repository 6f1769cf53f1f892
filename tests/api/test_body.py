"""The size of a body, and where in it a problem is."""

from __future__ import annotations

import http.client
import json
from urllib.parse import urlsplit

import openai
import pytest

from llamar_server.api.body import path_of
from tests.api.asgi import app_of, client_of, on_a_port
from tests.fakes.chat import FakeChat, text

CHAT = "/v1/chat/completions"


def body_of(size: int) -> bytes:
    """A valid body of exactly ``size`` bytes."""
    empty = json.dumps({"messages": [{"role": "user", "content": ""}]})
    return empty.replace('"content": ""', '"content": "%s"' % ("x" * (size - len(empty)))).encode()


@pytest.mark.parametrize("streamed", [False, True], ids=["declared", "streamed"])
@pytest.mark.parametrize(("size", "status"), [(1000, 200), (1001, 413)])
async def test_the_limit(size: int, status: int, streamed: bool) -> None:
    async def pieces() -> object:
        body = body_of(size)
        for i in range(0, size, 100):
            yield body[i : i + 100]

    async with client_of(app_of(FakeChat(text("Hello")), max_body_size=1000)) as client:
        response = await client.post(CHAT, content=pieces() if streamed else body_of(size))
    assert response.status_code == status
    if status == 413:
        assert response.json()["error"]["code"] == "request_too_large"
        assert "1000 bytes" in response.json()["error"]["message"]


def test_a_client_that_still_writes_gets_the_answer() -> None:
    with on_a_port(app_of(FakeChat(text("Hello")), max_body_size=1000)) as url:
        client = openai.OpenAI(base_url=f"{url}/v1", api_key="x", max_retries=0)
        with pytest.raises(openai.APIStatusError) as caught:
            client.chat.completions.create(model="m", messages=[{"role": "user", "content": "x" * 5_000_000}])
        assert caught.value.status_code == 413
        client.close()


def test_chunks_of_no_declared_length() -> None:
    with on_a_port(app_of(FakeChat(text("Hello")), max_body_size=1000)) as url:
        connection = http.client.HTTPConnection(urlsplit(url).netloc)
        connection.request("POST", CHAT, body=iter([b"x" * 600, b"x" * 600]), encode_chunked=True)
        assert connection.getresponse().status == 413
        connection.close()


def test_paths() -> None:
    assert path_of(["messages", 0, "content", 2, "type"]) == "messages[0].content[2].type"
    assert path_of([]) == ""
