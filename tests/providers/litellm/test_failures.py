"""Whatever goes wrong is LiteLLM's exception for it, and nothing is printed."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from litellm import exceptions
from litellm.exceptions import MidStreamFallbackError

from tests.providers.canned import CannedServer
from tests.providers.litellm.asking import WAYS, raw
from tests.providers.litellm.stalling import stalling_server
from tests.servers import ServerProcess

STATUSES = [
    (400, None, exceptions.BadRequestError),
    (400, "context_length_exceeded", exceptions.ContextWindowExceededError),
    (401, "invalid_api_key", exceptions.AuthenticationError),
    (403, "forbidden", exceptions.PermissionDeniedError),
    (404, "model_not_found", exceptions.NotFoundError),
    (405, "method_not_allowed", exceptions.BadRequestError),
    (408, None, exceptions.Timeout),
    (413, "request_too_large", exceptions.BadRequestError),
    (422, None, exceptions.UnprocessableEntityError),
    (429, "rate_limit_exceeded", exceptions.RateLimitError),
    (500, "internal_error", exceptions.InternalServerError),
    (502, None, exceptions.InternalServerError),
    (503, "engine_unavailable", exceptions.ServiceUnavailableError),
]


def failure(way: str, question: str | list[Any] = "Hi", **arguments: Any) -> Any:
    """The exception that ends the attempt. LiteLLM wraps those of asynchronous streams that another
    server may not have; ours is in there."""
    with pytest.raises(Exception) as raised:
        raw(way, question, **arguments)
    error = raised.value
    if way == "astreaming" and isinstance(error, MidStreamFallbackError):
        assert error.is_pre_first_chunk
        return error.original_exception
    return error


@pytest.fixture(autouse=True)
def quiet(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    yield
    said = capfd.readouterr()
    assert (said.out, said.err) == ("", "")


@WAYS
@pytest.mark.parametrize(("status", "code", "kind"), STATUSES)
def test_each_status(
    canned: CannedServer, way: str, status: int, code: str | None, kind: type[Exception]
) -> None:
    canned.fails(status, code, retry_after="7")
    error = failure(way, api_base=canned.url)
    assert type(error) is kind
    assert "told to fail" in str(error)
    assert (error.llm_provider, error.model) == ("llamar", "local")
    assert (error.param, error.code, error.type) == ("this", code, "an_error")
    assert error.response.headers["retry-after"] == "7"


@WAYS
def test_a_field_that_the_server_refuses(server: ServerProcess, way: str) -> None:
    error = failure(way, api_base=server.url, mirostat=2)
    assert type(error) is exceptions.BadRequestError
    assert (error.param, error.code) == ("mirostat", "unsupported_parameter")


@WAYS
def test_a_context_that_is_too_long(server: ServerProcess, way: str) -> None:
    error = failure(way, "x " * 9000, api_base=server.url)
    assert type(error) is exceptions.ContextWindowExceededError
    assert "maximum context length is 4096 tokens" in str(error)


@WAYS
def test_nobody_listens(way: str) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        error = failure(way, api_base=f"http://127.0.0.1:{bound.getsockname()[1]}")
    assert type(error) is exceptions.APIConnectionError
    assert "no llamar server answers at http://127.0.0.1" in str(error)


@WAYS
def test_an_answer_of_something_else(canned: CannedServer, way: str) -> None:
    canned.answers.append((200, {"Content-Type": "text/html"}, b"<html>a router's login page</html>"))
    error = failure(way, api_base=canned.url)
    assert type(error) in (exceptions.InternalServerError, exceptions.APIConnectionError)


@pytest.mark.parametrize("way", ["completion", "astreaming"])  # each takes seconds
def test_a_server_that_does_not_start(way: str, tmp_path: Any) -> None:
    model = tmp_path / "broken.gguf"
    model.write_bytes(b"no model")
    error = failure(way, model=f"llamar/{model}")
    assert type(error) is exceptions.ServiceUnavailableError
    assert "broken.gguf" in str(error)


@WAYS
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"model": "llamar/nobody"}, "there is no model 'nobody'"),
        ({"llamar": {"n_context": 1}}, "llamar.n_context is not known; known are model, port"),
        ({"llamar": {"n_ctx": "many"}}, "llamar.n_ctx must not be 'many'"),
        ({"llamar": {"n_ctx": 1}, "api_base": "http://127.0.0.1:1"}, "n_ctx is for a server to be started"),
    ],
)
def test_settings_that_make_no_sense(way: str, arguments: dict[str, Any], said: str) -> None:
    error = failure(way, **arguments)
    assert type(error) is exceptions.BadRequestError
    assert said in str(error)


# --- deadlines ---


@WAYS
def test_an_answer_has_a_deadline(server: ServerProcess, way: str) -> None:
    """However much the server does for it. Streams have a deadline for each part, hence the short one."""
    timeout = 0.2 if "completion" in way else 1e-6
    question, endless = "Tell me a story about a fox.", {"ignore_eos": True, "n": 8}
    error = failure(way, question, api_base=server.url, timeout=timeout, **endless)
    assert type(error) is exceptions.Timeout
    assert f"no answer came within {timeout} seconds" in str(error)


@WAYS
def test_signs_of_life_are_no_answer(way: str) -> None:
    with stalling_server() as url:
        error = failure(way, api_base=url, timeout=0.5)
    assert type(error) is exceptions.Timeout


# --- streams that break ---

STREAMS = pytest.mark.parametrize("way", ["streaming", "astreaming"])
CUT = [
    (b"", exceptions.APIConnectionError, "the stream ended before the answer did"),
    (b'data: {"error": {"message": "it died", "code": "engine_unavailable"}}\n\n',
     exceptions.ServiceUnavailableError, "it died"),
    (b'data: {"error": {"message": "a mistake", "code": "internal_error"}}\n\n',
     exceptions.InternalServerError, "a mistake"),
    (b"data: {nonsense\n\n", exceptions.InternalServerError, ""),
]  # fmt: skip


@STREAMS
@pytest.mark.parametrize(("end", "kind", "said"), CUT)
def test_a_stream_that_breaks_before_the_first_word(
    canned: CannedServer, way: str, end: bytes, kind: type[Exception], said: str
) -> None:
    """Then LiteLLM may ask again: nothing of the answer has been told."""
    canned.streams([{"role": "assistant", "content": ""}], end=end)
    error = failure(way, api_base=canned.url)
    assert type(error) is kind
    assert said in str(error)


@STREAMS
@pytest.mark.parametrize(("end", "kind", "said"), CUT)
def test_a_stream_that_breaks_later(
    canned: CannedServer, way: str, end: bytes, kind: type[Exception], said: str
) -> None:
    canned.streams([{"role": "assistant", "content": ""}, {"content": "Once upon"}], end=end)
    with pytest.raises(MidStreamFallbackError) as raised:
        raw(way, "Tell me a story", api_base=canned.url)
    assert type(raised.value.original_exception) is kind
    assert said in str(raised.value)
    assert raised.value.generated_content == "Once upon"
    assert not raised.value.is_pre_first_chunk


@STREAMS
def test_a_connection_that_breaks(canned: CannedServer, way: str) -> None:
    canned.streams([{"role": "assistant", "content": ""}, {"content": "Once upon"}])
    status, headers, body = canned.answers.pop()
    canned.answers.append((status, {**headers, "claimed": str(len(body))}, body[: body.index(b"stop")]))
    with pytest.raises(MidStreamFallbackError) as raised:
        raw(way, "Tell me a story", api_base=canned.url)
    assert type(raised.value.original_exception) is exceptions.APIConnectionError
