"""Every error is told in the API's shape: its status, its code, and what went wrong in one sentence."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest

from llamar_server.chat.events import TextDelta
from llamar_server.errors import (
    EngineDied,
    EngineError,
    InvalidGrammar,
    InvalidRequest,
    LlamarError,
    PromptTooLong,
    QueueFull,
    UnknownModel,
    UnsupportedParameter,
)
from tests.api.asgi import app_of, client_of, events_of
from tests.fakes.chat import FakeChat, FakeEngine, says, text

CHAT = "/v1/chat/completions"
BODY: dict[str, Any] = {"messages": [{"role": "user", "content": "hi"}]}
STREAMED = pytest.mark.parametrize("stream", [False, True])


def told(response: httpx.Response) -> dict[str, Any]:
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert set(body) == {"error"}
    error: dict[str, Any] = body["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["message"]
    assert isinstance(error["type"], str)
    return error


ERRORS = [
    (InvalidRequest("bad x", param="x"), 400, "invalid_request_error", None),
    (UnsupportedParameter("no x", param="x"), 400, "invalid_request_error", "unsupported_parameter"),
    (InvalidGrammar("bad x", param="x"), 400, "invalid_request_error", "invalid_grammar"),
    (PromptTooLong(600, 512, param="x"), 400, "invalid_request_error", "context_length_exceeded"),
    (UnknownModel("no x", param="x"), 404, "invalid_request_error", "model_not_found"),
    (QueueFull("full", retry_after=7), 429, "rate_limit_error", "rate_limit_exceeded"),
    (EngineDied("dead"), 503, "server_error", "engine_unavailable"),
    (EngineError("ill"), 503, "server_error", "engine_unavailable"),
]


@STREAMED
@pytest.mark.parametrize(("error", "status", "kind", "code"), ERRORS)
async def test_refusals_before_the_first_byte(
    error: LlamarError, status: int, kind: str, code: str | None, stream: bool
) -> None:
    async with client_of(app_of(FakeChat(refusal=error))) as client:
        response = await client.post(CHAT, json={**BODY, "stream": stream})
    body = told(response)
    assert response.status_code == status
    assert (body["type"], body["code"]) == (kind, code)
    assert body["param"] == ("x" if isinstance(error, InvalidRequest) else None)


async def test_when_to_come_back() -> None:
    for error, seconds in [(QueueFull("full", retry_after=7), "7"), (EngineDied("dead"), "1")]:
        async with client_of(app_of(FakeChat(refusal=error))) as client:
            assert (await client.post(CHAT, json=BODY)).headers["retry-after"] == seconds


async def test_a_prompt_that_is_too_long_tells_both_numbers_in_the_words_that_clients_look_for() -> None:
    async with client_of(app_of(FakeChat(refusal=PromptTooLong(600, 512)))) as client:
        message = told(await client.post(CHAT, json=BODY))["message"]
    assert "maximum context length is 512 tokens" in message
    assert "600 tokens" in message


async def test_an_error_that_nobody_foresaw() -> None:
    async with client_of(app_of(FakeChat(refusal=ZeroDivisionError("secret")))) as client:
        response = await client.post(CHAT, json=BODY)
    assert response.status_code == 500
    body = told(response)
    assert (body["type"], body["code"]) == ("server_error", "internal_error")
    assert "secret" not in body["message"]


@pytest.mark.parametrize("error", [EngineDied("the engine died"), ZeroDivisionError("secret")])
async def test_an_error_in_a_stream_is_its_last_event(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    chat = FakeChat([says(TextDelta("Hello")), error])
    with caplog.at_level(logging.ERROR):
        async with client_of(app_of(chat)) as client:
            response = await client.post(CHAT, json={**BODY, "stream": True})
    assert response.status_code == 200
    *before, last = events_of(response.text)
    assert before[-1]["choices"][0]["delta"] == {"content": "Hello"}
    assert all(each["choices"][0]["finish_reason"] is None for each in before)
    assert last["error"]["type"] == "server_error"
    assert "secret" not in last["error"]["message"]
    foreseen = isinstance(error, LlamarError)
    assert ("ZeroDivisionError" in caplog.text) == (not foreseen)
    assert chat.streams[0].closed.is_set()


async def test_an_engine_that_dies_while_a_whole_answer_is_made() -> None:
    chat = FakeChat([says(TextDelta("Hello")), EngineDied("the engine died")])
    async with client_of(app_of(chat)) as client:
        response = await client.post(CHAT, json=BODY)
    assert response.status_code == 503
    assert told(response)["message"] == "the engine died"
    assert chat.streams[0].closed.is_set()


@STREAMED
async def test_a_stream_that_just_stops_is_no_success(stream: bool) -> None:
    async with client_of(app_of(FakeChat([says(TextDelta("Hello"))]))) as client:
        response = await client.post(CHAT, json={**BODY, "stream": stream})
    if stream:
        assert events_of(response.text)[-1]["error"]["code"] == "engine_unavailable"
    else:
        assert response.status_code == 503


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("POST", "/v1/audio/speech", 404, "not_found"),
        ("GET", CHAT, 405, "method_not_allowed"),
        ("DELETE", "/v1/models", 405, "method_not_allowed"),
        ("OPTIONS", CHAT, 405, "method_not_allowed"),
        ("GET", "/v1/models/other", 404, "model_not_found"),
    ],
)
async def test_paths_and_methods(method: str, path: str, status: int, code: str) -> None:
    async with client_of(app_of()) as client:
        response = await client.request(method, path)
    assert response.status_code == status
    assert told(response)["code"] == code
    assert (status != 405) or response.headers["allow"]


@pytest.mark.parametrize(
    "path", [CHAT, "/v1/completions", "/tokenize", "/detokenize", f"{CHAT}/input_tokens"]
)
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"{}", b"\xff", b'{"a": "\\ud800"}'])
async def test_bodies_that_are_none(path: str, body: bytes) -> None:
    async with client_of(app_of()) as client:
        response = await client.post(path, content=body)
    assert response.status_code == 400
    message = told(response)["message"]
    assert "required" in message or "JSON" in message
    assert "\n" not in message


async def test_a_field_that_is_refused_is_named() -> None:
    async with client_of(app_of(FakeChat(text("Hello")))) as client:
        response = await client.post(CHAT, json={**BODY, "prediction": {"type": "content"}})
    assert response.status_code == 400
    assert told(response)["param"] == "prediction"


async def test_a_refusal_of_one_prompt_ends_the_generations_of_the_others() -> None:
    engine = FakeEngine()
    engine.scripts, engine.refusal = [[]], PromptTooLong(600, 512)
    async with client_of(app_of(engine=engine)) as client:
        response = await client.post("/v1/completions", json={"prompt": ["a", "b"]})
    assert response.status_code == 400
    assert [each.closed.is_set() for each in engine.streams] == [True]
