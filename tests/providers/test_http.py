from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from llamar_providers.http import (
    ServerUnreachable,
    get_health,
    get_json,
    is_this_machine,
    post_json,
    root_of,
)
from tests.providers.recorder import Recorder, recorder

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def there() -> Iterator[Recorder]:
    with recorder() as record:
        yield record


@pytest.fixture
def nowhere() -> str:
    """An address where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize(
    "url", ["http://h:1", "http://h:1/", "http://h:1/v1", "http://h:1/v1/", "h:1", "h:1/v1"]
)
def test_the_root_of_an_address(url: str) -> None:
    assert root_of(url) == "http://h:1"


def test_the_root_of_one_behind_a_path() -> None:
    assert root_of("https://h/llamar/v1") == "https://h/llamar"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "localhost", "LOCALHOST", "[::1]", "0.0.0.0"])
def test_this_machine(host: str) -> None:
    assert is_this_machine(f"http://{host}:1/v1")


@pytest.mark.parametrize("host", ["10.0.0.1", "example.org", "localhost.example.org", "[2001:db8::1]"])
def test_other_machines(host: str) -> None:
    assert not is_this_machine(f"http://{host}:1/v1")


def test_this_machine_is_asked_without_a_proxy(there: Recorder) -> None:
    there.answer = {"a": 1}
    assert get_json(f"{there.url}/x", "key") == {"a": 1}
    assert post_json(f"{there.url}/y", {"b": 2}) == {"a": 1}
    first, second = there.asked
    assert (first.path, first.headers["authorization"]) == ("/x", "Bearer key")
    assert (second.path, second.body) == ("/y", {"b": 2})
    assert "authorization" not in second.headers


def test_other_machines_are_asked_through_the_proxy(there: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", there.url)
    there.answer = {"a": 1}
    assert get_json("http://far.invalid/x") == {"a": 1}
    assert there.asked[0].path == "http://far.invalid/x"


def test_nobody_answers(nowhere: str) -> None:
    with pytest.raises(ServerUnreachable, match=f"no llamar server answers at {nowhere}/x"):
        get_json(f"{nowhere}/x")


@pytest.mark.parametrize("url", ["http://127.0.0.1:nonsense", "http://a b/"])
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(ServerUnreachable):
        get_json(url)


def test_a_refusal_is_told_in_its_own_words(there: Recorder) -> None:
    there.status = 401
    there.answer = {"error": {"message": "a valid API key is needed"}}
    with pytest.raises(ServerUnreachable, match="with status 401: a valid API key is needed"):
        get_json(there.url)
    there.answer = b"<html>"
    with pytest.raises(ServerUnreachable, match="with status 401: Unauthorized"):
        get_json(there.url)


def test_what_is_no_json(there: Recorder) -> None:
    there.answer = b"<html>"
    with pytest.raises(ServerUnreachable):
        get_json(there.url)


def test_a_server_says_what_it_is_also_while_its_engine_starts_again(there: Recorder) -> None:
    there.answer = {"model": "m", "instance": "i", "engine": "starting"}
    assert get_health(there.url)["instance"] == "i"
    there.status = 503
    assert get_health(there.url)["engine"] == "starting"
    there.status = 500
    with pytest.raises(ServerUnreachable):
        get_health(there.url)


@pytest.mark.parametrize("answer", [{}, [], "ok", None, b"<html>"])
def test_others_are_no_llamar_server(there: Recorder, answer: object) -> None:
    there.answer = answer
    with pytest.raises(ServerUnreachable):
        get_health(there.url)
