"""The routes: what they answer, what they keep, and what each error looks like."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from llamar_server.api.errors import BodyTooLarge
from llamar_server.chat.events import Event, TextDelta, ToolCallDelta, ToolCallEnd, ToolCallStart
from llamar_server.errors import (
    EngineDied,
    InvalidGrammar,
    InvalidRequest,
    LlamarError,
    PromptTooLong,
    QueueFull,
    UnsupportedParameter,
)
from tests.api.asgi import MODEL, Visitor, app_of, client_of, until
from tests.api.responses.asking import Json
from tests.api.responses.wire import accumulated, as_response, check, parse
from tests.fakes.chat import FakeChat, Step, Wait, finish, says, text

PATH = "/v1/responses"


async def ask(app: Starlette, method: str, path: str, body: Json | None = None) -> httpx.Response:
    async with client_of(app) as client:
        return await client.request(method, path, json=body)


async def post(chat: FakeChat, path: str = PATH, **fields: Any) -> httpx.Response:
    return await ask(app_of(chat), "POST", path, {"input": "hi", **fields})


CALL: list[Event] = [
    ToolCallStart(0, "call_1", "add"),
    ToolCallDelta(0, "{}"),
    ToolCallEnd(0),
    finish("tool_calls"),
]
SCRIPTS: list[list[Step]] = [text("Hello", " there"), [says(*CALL)], text("Hel", reason="length")]


@pytest.mark.parametrize("script", SCRIPTS)
async def test_streamed_and_whole_are_the_same(script: list[Step]) -> None:
    whole = await post(FakeChat(script))
    streamed = await post(FakeChat(script), stream=True)
    assert (whole.status_code, whole.headers["content-type"]) == (200, "application/json")
    assert streamed.headers["content-type"] == "text/event-stream; charset=utf-8"
    events = parse(streamed.content)
    check(events)

    def common(response: Json) -> Json:
        own = ("id", "created_at", "completed_at")
        output = [{**item, "id": ""} for item in response["output"]]
        return {**{name: value for name, value in response.items() if name not in own}, "output": output}

    assert common(accumulated(events)) == common(as_response(whole.json()))


@pytest.mark.parametrize(
    ("model", "told"), [("gpt-5", "gpt-5"), ("no/such model", "no/such model"), (None, MODEL)]
)
async def test_any_model_name(model: str | None, told: str) -> None:
    assert (await post(FakeChat(text("x")), model=model)).json()["model"] == told


async def test_the_beginning_is_sent_before_the_model_says_anything() -> None:
    visitor = Visitor(app_of(FakeChat([Wait()])), PATH, {"input": "hi", "stream": True})
    await until(lambda: visitor.received.count(b"\n\n") == 2)
    await visitor.leave()
    assert [event["type"] for event in parse(bytes(visitor.received))] == [
        "response.created",
        "response.in_progress",
    ]


async def test_a_silent_model_is_told_as_an_event() -> None:
    """Codex gives up after 300 s without an event, and a comment is none."""
    app = app_of(FakeChat([Wait()]), keepalive_interval=0.001)
    visitor = Visitor(app, PATH, {"input": "hi", "stream": True})
    await until(lambda: visitor.received.count(b"event: response.in_progress") > 3)
    await visitor.leave()
    events = parse(bytes(visitor.received))
    assert all(event["response"]["id"] == events[0]["response"]["id"] for event in events)


async def test_input_tokens_asks_for_the_same_prompt() -> None:
    chat = FakeChat(text("x"))
    fields: Json = {"instructions": "s", "tools": [{"type": "function", "name": "f"}], "model": "m"}
    counted = await post(chat, f"{PATH}/input_tokens", **fields, truncation="auto", personality="friendly")
    assert counted.json() == {"object": "response.input_tokens", "input_tokens": 42}
    await post(chat, **fields)
    count, answered = chat.requests
    assert count == answered


# --- what is kept ---


async def test_an_answer_can_be_read_again_until_it_is_deleted() -> None:
    app = app_of(FakeChat(text("Hello")))
    answered = (await ask(app, "POST", PATH, {"input": "hi"})).json()
    path = f"{PATH}/{answered['id']}"
    assert (await ask(app, "GET", path)).json() == answered
    deleted = await ask(app, "DELETE", path)
    assert deleted.json() == {"id": answered["id"], "object": "response", "deleted": True}
    assert [(await ask(app, method, path)).status_code for method in ("GET", "DELETE")] == [404, 404]
    going_on = await ask(app, "POST", PATH, {"input": "hi", "previous_response_id": answered["id"]})
    assert going_on.status_code == 404


async def test_a_streamed_answer_is_kept_as_it_was_told() -> None:
    for script in SCRIPTS:
        app = app_of(FakeChat(script))
        events = parse((await ask(app, "POST", PATH, {"input": "hi", "stream": True})).content)
        response = events[-1]["response"]
        assert (await ask(app, "GET", f"{PATH}/{response['id']}")).json() == response


@pytest.mark.parametrize("stream", [False, True])
async def test_what_is_not_to_be_stored_is_not(stream: bool) -> None:
    app = app_of(FakeChat(text("Hello")))
    answer = await ask(app, "POST", PATH, {"input": "hi", "store": False, "stream": stream})
    response = parse(answer.content)[-1]["response"] if stream else answer.json()
    assert response["store"] is False
    assert (await ask(app, "GET", f"{PATH}/{response['id']}")).status_code == 404


async def test_what_failed_or_was_left_is_not_kept() -> None:
    chat = FakeChat([says(TextDelta("Hel")), EngineDied("gone")])
    app = app_of(chat)
    failed = parse((await ask(app, "POST", PATH, {"input": "hi", "stream": True})).content)
    chat.script = [says(TextDelta("Hel")), Wait()]
    visitor = Visitor(app, PATH, {"input": "hi", "stream": True})
    await until(lambda: b"output_text.delta" in visitor.received)
    await visitor.leave()
    for event in (failed[0], parse(bytes(visitor.received))[0]):
        assert (await ask(app, "GET", f"{PATH}/{event['response']['id']}")).status_code == 404


async def test_a_client_that_leaves_ends_the_generation() -> None:
    chat = FakeChat([says(TextDelta("Hel")), Wait()])
    visitor = Visitor(app_of(chat), PATH, {"input": "hi"})
    await until(lambda: chat.streams and chat.streams[0].reached_wait.is_set())
    await visitor.leave()
    assert chat.streams[0].closed.is_set()


async def test_the_events_of_an_answer_are_told_once() -> None:
    answer = await ask(app_of(), "GET", f"{PATH}/resp_1?stream=true&starting_after=3")
    assert (answer.status_code, error_of(answer)["param"]) == (400, "stream")


# --- errors ---


def error_of(answer: httpx.Response) -> Json:
    (error,) = answer.json().values()
    assert error.keys() == {"message", "type", "param", "code"}
    return dict(error)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("refusal", "status", "code"),
    [
        (InvalidRequest("no"), 400, None),
        (UnsupportedParameter("no"), 400, "unsupported_parameter"),
        (InvalidGrammar("no"), 400, "invalid_grammar"),
        (PromptTooLong(210, 200), 400, "context_length_exceeded"),
        (BodyTooLarge("no"), 413, "request_too_large"),
        (QueueFull("no", retry_after=3), 429, "rate_limit_exceeded"),
        (EngineDied("no"), 503, "engine_unavailable"),
        (RuntimeError("secret"), 500, "internal_error"),
    ],
)
async def test_refusals_are_real_errors(
    refusal: LlamarError, status: int, code: str | None, stream: bool
) -> None:
    answer = await post(FakeChat(refusal=refusal), stream=stream)
    assert (answer.status_code, error_of(answer)["code"]) == (status, code)
    assert "secret" not in answer.text


async def test_a_full_queue_says_when_to_come_back() -> None:
    """Codex gives up at a 429 that does not."""
    answer = await post(FakeChat(refusal=QueueFull("full", retry_after=3)), stream=True)
    assert answer.headers["retry-after"] == "3"


async def test_unknown_ids() -> None:
    for method, path, body in (
        ("GET", f"{PATH}/resp_x", None),
        ("DELETE", f"{PATH}/resp_x", None),
        ("POST", PATH, {"input": [{"type": "item_reference", "id": "msg_x"}]}),
    ):
        answer = await ask(app_of(), method, path, body)
        assert (answer.status_code, error_of(answer)["code"]) == (404, "not_found")
    for path in (PATH, f"{PATH}/input_tokens"):
        answer = await ask(app_of(), "POST", path, {"input": "hi", "previous_response_id": "resp_x"})
        assert answer.status_code == 404
        error = error_of(answer)
        assert (error["code"], error["param"]) == ("previous_response_not_found", "previous_response_id")


@pytest.mark.parametrize(("method", "path"), [("GET", PATH), ("POST", f"{PATH}/resp_x/cancel")])
async def test_errors_of_paths_and_methods(method: str, path: str) -> None:
    answer = await ask(app_of(), method, path)
    assert answer.status_code in (404, 405)
    assert error_of(answer)["type"] == "invalid_request_error"


async def test_without_the_key() -> None:
    answer = await ask(app_of(api_keys=("right",)), "POST", PATH, {"input": "hi"})
    assert (answer.status_code, error_of(answer)["code"]) == (401, "invalid_api_key")


async def test_a_body_that_is_no_json() -> None:
    async with client_of(app_of()) as client:
        answer = await client.post(PATH, content=b"{")
    assert answer.status_code == 400
    assert "not valid JSON" in error_of(answer)["message"]


@pytest.mark.parametrize("error", [EngineDied("the engine ended"), RuntimeError("secret")])
async def test_an_error_in_the_middle_is_a_failed_response(error: Exception) -> None:
    answer = await post(FakeChat([says(TextDelta("Hel")), error]), stream=True)
    events = parse(answer.content)
    assert [event["type"].removeprefix("response.") for event in events] == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "failed",
    ]
    assert events[-1]["response"]["error"]["code"] == "server_error"
    assert "secret" not in answer.text


async def test_an_error_in_the_middle_of_a_whole_answer_is_a_real_error() -> None:
    answer = await post(FakeChat([says(TextDelta("Hel")), EngineDied("the engine ended")]))
    assert (answer.status_code, error_of(answer)["message"]) == (503, "the engine ended")


async def test_lines_of_the_stream_survive_any_text() -> None:
    odd = "a\u2028b\x85c\r\nd\n\nevent: x\ndata: y"
    events = parse((await post(FakeChat(text(odd)), stream=True)).content)
    told = accumulated(events)["output"][0]["content"][0]["text"]
    assert json.dumps(told) == json.dumps(odd)
