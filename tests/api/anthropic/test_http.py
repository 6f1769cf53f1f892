"""The routes: what they answer, in which shape, and what each error looks like."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from llamar_server.api.errors import BodyTooLarge
from llamar_server.chat.events import TextDelta, ToolCallStart
from llamar_server.errors import (
    EngineDied,
    InvalidGrammar,
    InvalidRequest,
    LlamarError,
    PromptTooLong,
    QueueFull,
    UnsupportedParameter,
)
from tests.api.anthropic.asking import body_of
from tests.api.anthropic.wire import Json, accumulated, as_message, check_order, parse
from tests.api.asgi import MODEL, Visitor, app_of, client_of, until
from tests.fakes.chat import FakeChat, Step, Wait, finish, says, text

VERSION = {"anthropic-version": "2023-06-01"}


async def post(
    chat: FakeChat,
    fields: Json | None = None,
    path: str = "/v1/messages",
    headers: dict[str, str] | None = None,
    **settings: Any,
) -> httpx.Response:
    async with client_of(app_of(chat, **settings)) as client:
        return await client.post(path, json=body_of(**(fields or {})), headers=headers)


async def get(path: str, headers: dict[str, str] | None = None, **settings: Any) -> httpx.Response:
    async with client_of(app_of(**settings)) as client:
        return await client.get(path, headers=headers)


SCRIPTS: list[list[Step]] = [
    text("Hello", " there"),
    [says(ToolCallStart(0, "a", "b"), finish("tool_calls"))],
]


@pytest.mark.parametrize("script", SCRIPTS)
async def test_streamed_and_whole_are_the_same(script: list[Step]) -> None:
    whole = await post(FakeChat(script))
    streamed = await post(FakeChat(script), {"stream": True})
    assert (whole.status_code, whole.headers["content-type"]) == (200, "application/json")
    assert streamed.headers["content-type"] == "text/event-stream; charset=utf-8"
    events = parse(streamed.content)
    check_order(events)
    assert accumulated(events) == as_message(whole.json())


@pytest.mark.parametrize("model", ["claude-opus-4-8", MODEL, "no/such model"])
@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages?beta=true"])
async def test_any_model_name_and_version(model: str, path: str) -> None:
    headers = {"anthropic-version": "2099-01-01", "anthropic-beta": "a-1,b-2", "x-api-key": "any"}
    answer = await post(FakeChat(text("x")), {"model": model}, path, headers)
    assert answer.json()["model"] == model


async def test_message_start_is_sent_before_the_model_says_anything() -> None:
    visitor = Visitor(app_of(FakeChat([Wait()])), "/v1/messages", body_of(stream=True))
    await until(lambda: b"message_start" in visitor.received)
    await visitor.leave()
    (event,) = parse(bytes(visitor.received))
    assert event["message"]["usage"]["input_tokens"] == 7


async def test_count_tokens_asks_for_the_same_prompt() -> None:
    chat = FakeChat(text("x"))
    fields: Json = {"system": "s", "tools": [{"name": "t", "input_schema": {"type": "object"}}]}
    counted = await post(chat, fields, "/v1/messages/count_tokens?beta=true")
    await post(chat, fields)
    assert (counted.status_code, counted.json()) == (200, {"input_tokens": 42})
    count, message = chat.requests
    assert (count.messages, count.tools, count.reasoning) == (
        message.messages,
        message.tools,
        message.reasoning,
    )


async def test_count_tokens_needs_no_max_tokens() -> None:
    async with client_of(app_of()) as client:
        body = {"model": "m", "messages": [{"role": "user", "content": "foo"}], "tools": []}
        assert (await client.post("/v1/messages/count_tokens", json=body)).json() == {"input_tokens": 42}


# --- errors ---


def error_of(answer: httpx.Response) -> Json:
    """The error in an answer; its request id must be the header's."""
    body = answer.json()
    assert body["type"] == "error"
    assert body["request_id"] == answer.headers["request-id"]
    assert body["request_id"].startswith("req_")
    assert body.keys() == {"type", "error", "request_id"}
    error: Json = body["error"]
    return error


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("refusal", "status", "kind"),
    [
        (InvalidRequest("no"), 400, "invalid_request_error"),
        (UnsupportedParameter("no"), 400, "invalid_request_error"),
        (InvalidGrammar("no"), 400, "invalid_request_error"),
        (PromptTooLong(210, 200), 400, "invalid_request_error"),
        (BodyTooLarge("no"), 413, "request_too_large"),
        (QueueFull("no", retry_after=3), 429, "rate_limit_error"),
        (EngineDied("no"), 503, "overloaded_error"),
    ],
)
async def test_refusals_are_real_errors(refusal: LlamarError, status: int, kind: str, stream: bool) -> None:
    answer = await post(FakeChat(refusal=refusal), {"stream": stream})
    assert answer.status_code == status
    assert error_of(answer)["type"] == kind


async def test_an_unexpected_error() -> None:
    answer = await post(FakeChat(refusal=RuntimeError("secret")))
    assert answer.status_code == 500
    assert answer.json()["error"]["type"] == "api_error"
    assert answer.json()["request_id"].startswith("req_")
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PromptTooLong(210_000, 200_000), "prompt is too long: 210000 tokens > 200000 maximum"),
        (PromptTooLong(4096, 4096), "prompt is too long: 4096 tokens > 4095 maximum"),
    ],
)
async def test_the_words_that_make_an_agent_compact(error: PromptTooLong, words: str) -> None:
    assert error_of(await post(FakeChat(refusal=error)))["message"] == words


async def test_a_full_queue_says_when_to_come_back() -> None:
    answer = await post(FakeChat(refusal=QueueFull("full", retry_after=3)))
    assert answer.headers["retry-after"] == "3"


async def test_a_thread_is_refused_in_the_way_that_the_sdk_understands() -> None:
    answer = await post(FakeChat(), {"thread": {"type": "create"}})
    assert answer.status_code == 400
    assert error_of(answer)["details"] == {"error_code": "thread_unsupported_request"}


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/v1/messages/batches", 404, "not_found_error"),
        ("/v1/messages", 405, "invalid_request_error"),
        ("/v1/models/unknown", 404, "not_found_error"),
    ],
)
async def test_errors_of_paths_and_methods(path: str, status: int, kind: str) -> None:
    answer = await get(path, VERSION)
    assert answer.status_code == status
    assert error_of(answer)["type"] == kind


async def test_a_name_that_is_not_served() -> None:
    answer = await post(FakeChat(), {"model": "other"}, strict_models=True)
    assert answer.status_code == 404
    assert error_of(answer)["type"] == "not_found_error"


async def test_a_body_that_is_too_large() -> None:
    answer = await post(FakeChat(), {"system": "x" * 1000}, max_body_size=100)
    assert answer.status_code == 413
    assert error_of(answer)["type"] == "request_too_large"


async def test_a_body_that_is_no_json() -> None:
    async with client_of(app_of()) as client:
        answer = await client.post("/v1/messages", content=b"{")
    assert answer.status_code == 400
    assert "not valid JSON" in error_of(answer)["message"]


@pytest.mark.parametrize("headers", [{}, {"x-api-key": "wrong"}, {"authorization": "Bearer wrong"}])
@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages/count_tokens"])
async def test_without_the_key(path: str, headers: dict[str, str]) -> None:
    answer = await post(FakeChat(), None, path, headers, api_keys=("right",))
    assert answer.status_code == 401
    assert error_of(answer)["type"] == "authentication_error"


@pytest.mark.parametrize("headers", [{"x-api-key": "right"}, {"authorization": "Bearer right"}])
async def test_with_the_key(headers: dict[str, str]) -> None:
    assert (await post(FakeChat(text("x")), None, headers=headers, api_keys=("right",))).status_code == 200


async def test_a_web_page_may_not_ask() -> None:
    answer = await post(FakeChat(), headers={"origin": "https://example.com"})
    assert answer.status_code == 403
    assert error_of(answer)["type"] == "permission_error"


@pytest.mark.parametrize(
    ("error", "kind"), [(EngineDied("the engine ended"), "overloaded_error"), (RuntimeError(), "api_error")]
)
async def test_an_error_in_the_middle_is_the_last_event(error: Exception, kind: str) -> None:
    answer = await post(FakeChat([says(TextDelta("Hel")), error]), {"stream": True})
    events = parse(answer.content)
    assert [event["type"] for event in events] == [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "error",
    ]
    assert events[-1]["error"]["type"] == kind
    assert events[-1]["request_id"] == answer.headers["request-id"]


async def test_an_error_in_the_middle_of_a_whole_answer_is_a_real_error() -> None:
    answer = await post(FakeChat([says(TextDelta("Hel")), EngineDied("the engine ended")]))
    assert answer.status_code == 503
    assert error_of(answer)["message"] == "the engine ended"


# --- models ---

MODEL_OBJECT = {
    "type": "model",
    "id": MODEL,
    "display_name": MODEL,
    "created_at": "2023-11-14T22:13:20Z",
    "lifecycle": "active",
    "max_input_tokens": 512,
    "max_tokens": 512,
}


async def test_models_in_anthropics_shape() -> None:
    page = {"data": [MODEL_OBJECT], "has_more": False, "first_id": MODEL, "last_id": MODEL}
    assert (await get("/v1/models?limit=1000", VERSION)).json() == page
    assert (await get(f"/v1/models/{MODEL}", VERSION)).json() == MODEL_OBJECT


async def test_models_of_other_clients_stay_as_they_are() -> None:
    assert (await get("/v1/models")).json()["object"] == "list"
    assert (await get(f"/v1/models/{MODEL}")).json()["object"] == "model"
    assert "param" in (await get("/v1/models/unknown")).json()["error"]


@pytest.mark.parametrize("limit", ["0", "1001", "x", "-1"])
async def test_a_wrong_limit(limit: str) -> None:
    answer = await get(f"/v1/models?limit={limit}", VERSION)
    assert (answer.status_code, error_of(answer)["type"]) == (400, "invalid_request_error")


async def test_claude_codes_first_look() -> None:
    async with client_of(app_of()) as client:
        answer = await client.head("/", headers={"user-agent": "Bun/1.4.0"})
    assert (answer.status_code, answer.content) == (200, b"")


async def test_lines_of_the_stream_survive_any_text() -> None:
    odd = "a\u2028b\x85c\r\nd\n\nevent: x\ndata: y"
    answer = await post(FakeChat(text(odd)), {"stream": True})
    events = parse(answer.content)
    assert json.dumps(accumulated(events)["content"][0]["text"]) == json.dumps(odd)
