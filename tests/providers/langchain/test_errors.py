"""Each failure as the class that OpenAI's SDK has for it, and as LangChain's."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import openai
import pytest
from langchain_core import exceptions as core

from llamar_providers.langchain import ChatLlamar
from tests.providers.canned import CannedServer

Make = Callable[..., ChatLlamar]

Kind = tuple[int, str | None, type[openai.APIError], type[core.ModelError]]
KINDS: list[Kind] = [
    (400, None, openai.BadRequestError, core.ModelInvalidRequestError),
    (400, "context_length_exceeded", openai.BadRequestError, core.ContextOverflowError),
    (401, "invalid_api_key", openai.AuthenticationError, core.ModelAuthenticationError),
    (403, "forbidden", openai.PermissionDeniedError, core.ModelPermissionDeniedError),
    (404, "model_not_found", openai.NotFoundError, core.ModelNotFoundError),
    (413, "request_too_large", openai.APIStatusError, core.ModelInvalidRequestError),
    (422, None, openai.UnprocessableEntityError, core.ModelInvalidRequestError),
    (429, "rate_limit_exceeded", openai.RateLimitError, core.ModelRateLimitError),
    (500, "internal_error", openai.InternalServerError, core.ModelAPIError),
    (503, "engine_unavailable", openai.InternalServerError, core.ModelAPIError),
]


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(("status", "code", "theirs", "langchains"), KINDS)
def test_every_status(
    told: Make,
    canned: CannedServer,
    status: int,
    code: str | None,
    theirs: type[openai.APIError],
    langchains: type[core.ModelError],
    streamed: bool,
) -> None:
    canned.fails(status, code)
    with pytest.raises(theirs) as failure:
        told().invoke("x", stream=streamed)
    assert isinstance(failure.value, langchains)
    assert isinstance(failure.value, openai.APIStatusError)
    assert failure.value.status_code == status
    assert failure.value.code == code
    assert failure.value.param == "this"
    assert "told to fail" in str(failure.value)
    assert failure.value.is_retryable == (status == 429 or status >= 500)


def test_async_calls_fail_alike(told: Make, canned: CannedServer) -> None:
    async def stream() -> None:
        async for _ in told().astream("x"):
            pass

    canned.fails(404)
    with pytest.raises(core.ModelNotFoundError):
        asyncio.run(told().ainvoke("x"))
    canned.fails(404)
    with pytest.raises(openai.NotFoundError):
        asyncio.run(stream())


def test_what_may_succeed_is_sent_again(told: Make, canned: CannedServer) -> None:
    canned.fails(503, Retry_After="0")
    canned.fails(429, Retry_After="0")
    canned.says(content="Hi")
    assert told(max_retries=2).invoke("x").text == "Hi"
    assert len(canned.bodies) == 3


def test_as_often_as_was_said(told: Make, canned: CannedServer) -> None:
    canned.fails(503, Retry_After="0")
    canned.fails(503, Retry_After="0")
    with pytest.raises(core.ModelAPIError):
        told(max_retries=1).invoke("x")
    assert len(canned.bodies) == 2


def test_what_cannot_succeed_is_not(told: Make, canned: CannedServer) -> None:
    canned.fails(400)
    with pytest.raises(core.ModelInvalidRequestError):
        told(max_retries=2).invoke("x")
    assert len(canned.bodies) == 1


def test_nobody_there() -> None:
    with pytest.raises(core.ModelConnectionError, match=r"http://127.0.0.1:9/v1/chat/completions") as failure:
        ChatLlamar(base_url="http://127.0.0.1:9", max_retries=0).invoke("x")
    assert isinstance(failure.value, openai.APIConnectionError)
    assert not isinstance(failure.value, core.ModelTimeoutError)


@pytest.mark.parametrize("how", ["field", "call"])
def test_no_answer_in_time(how: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        llm = ChatLlamar(base_url=url, max_retries=0, timeout=0.05 if how == "field" else 60)
        with pytest.raises(core.ModelTimeoutError) as failure:
            llm.invoke("x", **({"timeout": 0.05} if how == "call" else {}))
        assert isinstance(failure.value, openai.APITimeoutError)


def test_a_failure_in_the_middle(told: Make, canned: CannedServer) -> None:
    end = b'data: {"error": {"message": "the engine died", "code": "engine_unavailable"}}\n\n'
    canned.streams([{"content": "Hi"}], end=end)
    stream = told().stream("x")
    assert next(stream).text == "Hi"
    with pytest.raises(core.ModelAPIError, match="the engine died") as failure:
        next(stream)
    assert isinstance(failure.value, openai.APIError)
    assert failure.value.code == "engine_unavailable"


def test_a_server_that_goes_away_in_the_middle(told: Make, canned: CannedServer) -> None:
    canned.streams([{"content": "Hi"}], end=b"")
    status, headers, body = canned.answers.pop()
    canned.answers.append((status, {**headers, "claimed": str(len(body) + 1)}, body))
    stream = told().stream("x")
    assert next(stream).text == "Hi"
    with pytest.raises(core.ModelConnectionError):
        next(stream)


def test_the_window_of_a_real_model(llm: ChatLlamar) -> None:
    with pytest.raises(core.ContextOverflowError, match="maximum context length is 4096 tokens"):
        llm.invoke("far too long " * 3000)


def test_a_real_server_names_what_it_does_not_take(llm: ChatLlamar) -> None:
    with pytest.raises(core.ModelInvalidRequestError, match="image_url") as failure:
        llm.invoke([("user", [{"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}])])
    assert isinstance(failure.value, openai.BadRequestError)
    assert failure.value.param == "messages[0].content[0].type"


def test_a_fallback_takes_over(llm: ChatLlamar) -> None:
    gone = ChatLlamar(base_url="http://127.0.0.1:9", max_retries=0)
    chain = gone.with_fallbacks([llm], exceptions_to_handle=(core.ModelConnectionError,))
    assert chain.invoke("Hi").text == "Hi! How can I help you?"
