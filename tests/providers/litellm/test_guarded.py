"""A real server with a key, one name for its model, and room for one request."""

from __future__ import annotations

from collections.abc import Iterator

import litellm
import pytest

from tests.providers.litellm.asking import WAYS, ask, raw, user
from tests.servers import ServerProcess

QUESTION = "What is 2+2?"


@pytest.fixture(scope="module")
def guarded() -> Iterator[ServerProcess]:
    process = ServerProcess("--api-key=secret", "--strict-models", "--parallel=1", "--queue-limit=0")
    try:
        yield process.wait_ready()
    finally:
        process.end()


@WAYS
@pytest.mark.parametrize("key", [None, "wrong"])
@pytest.mark.parametrize("name", ["local", "never-asked-before"])
def test_without_the_key(guarded: ServerProcess, way: str, key: str | None, name: str) -> None:
    with pytest.raises(litellm.AuthenticationError):
        raw(way, QUESTION, model=f"llamar/{name}", api_base=guarded.url, api_key=key)


@WAYS
@pytest.mark.parametrize("name", ["local", "llamar-tiny"])
def test_with_the_key(guarded: ServerProcess, way: str, name: str) -> None:
    answer = ask(way, QUESTION, model=f"llamar/{name}", api_base=guarded.url, api_key="secret")
    assert answer.text == "2 + 2 = 4."


@WAYS
def test_the_key_of_the_environment(
    guarded: ServerProcess, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLAMAR_BASE_URL", guarded.url)
    monkeypatch.setenv("LLAMAR_API_KEY", "secret")
    assert ask(way, QUESTION).text == "2 + 2 = 4."


@WAYS
def test_another_model(guarded: ServerProcess, way: str) -> None:
    with pytest.raises(litellm.NotFoundError, match="the model 'large' is not served here"):
        raw(way, QUESTION, model="llamar/large", api_base=guarded.url, api_key="secret")


def test_a_full_queue(guarded: ServerProcess) -> None:
    fields = {"model": "llamar/local", "api_base": guarded.url, "api_key": "secret"}
    running = litellm.completion(**fields, messages=user("Hi"), stream=True, ignore_eos=True, max_tokens=4000)
    next(running)
    with pytest.raises(litellm.RateLimitError) as raised:
        litellm.completion(**fields, messages=user("Hi"))
    assert int(raised.value.response.headers["retry-after"]) > 0
    running.close()
