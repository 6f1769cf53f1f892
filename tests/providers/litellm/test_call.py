"""What LiteLLM is told arrives at the server, and nothing else."""

from __future__ import annotations

from typing import Any

import litellm
import pytest

from tests.providers.canned import CannedServer
from tests.providers.litellm.asking import WAYS, raw, user


def asked(canned: CannedServer, way: str, **arguments: Any) -> dict[str, Any]:
    """The body that the server gets."""
    if "completion" in way:
        canned.says(content="Hi!")
    else:
        canned.streams([{"role": "assistant", "content": "Hi!"}])
    raw(way, "Hi", api_base=canned.url, **arguments)
    (body,) = canned.bodies
    return dict(body)


@WAYS
def test_the_whole_body(canned: CannedServer, way: str) -> None:
    """Parameters that OpenAI does not have come flat or in ``extra_body``, which comes first."""
    extra = {"top_k": 5, "min_p": 0.1, "extra_body": {"min_p": 0.2, "repeat_penalty": 1.1}}
    known = {"seed": 1, "max_completion_tokens": 7, "stop": ["x"], "logit_bias": {"3": -1}, "user": "ada"}
    streamed = {"stream": True, "stream_options": {"include_usage": True}} if "streaming" in way else {}
    assert asked(canned, way, **extra, **known, metadata={"a": "b"}, timeout=20, drop_params=True) == {
        "model": "",
        "messages": user("Hi"),
        "temperature": 0,
        "top_k": 5,
        "min_p": 0.2,
        "repeat_penalty": 1.1,
        "seed": 1,
        "max_tokens": 7,
        "stop": ["x"],
        "logit_bias": {"3": -1},
        **streamed,
    }
    assert canned.paths == ["/v1/chat/completions"]


@WAYS
def test_headers_and_key(canned: CannedServer, way: str) -> None:
    asked(canned, way, extra_headers={"x-trace": "7"}, api_key="secret")
    (headers,) = canned.headers
    assert (headers["x-trace"], headers["authorization"]) == ("7", "Bearer secret")


@pytest.mark.parametrize("name", ["a-model", "owner/model"])
def test_the_name_of_the_model(canned: CannedServer, name: str) -> None:
    """Whatever follows ``llamar/``; ``local`` is what is served."""
    assert asked(canned, "completion", model=f"llamar/{name}")["model"] == name


@pytest.mark.parametrize(
    ("thinking", "fields"),
    [
        ({"type": "enabled", "budget_tokens": 99}, {"enable_thinking": True, "reasoning_budget": 99}),
        ({"type": "enabled"}, {"enable_thinking": True}),
        ({"type": "disabled"}, {"enable_thinking": False}),
        ({"type": "adaptive"}, {}),
    ],
)
def test_thinking_in_the_servers_words(
    canned: CannedServer, thinking: dict[str, Any], fields: dict[str, Any]
) -> None:
    body = asked(canned, "completion", thinking=thinking, allowed_openai_params=["thinking"])
    assert body == {"model": "", "messages": user("Hi"), "temperature": 0} | fields


def test_what_a_router_adds_stays_here(canned: CannedServer) -> None:
    canned.says(content="Hi!")
    parameters = {
        "model": "llamar/local",
        "api_base": canned.url,
        "timeout": 20,
        "stream_timeout": 10,
        "rpm": 100,
        "weight": 2,
        "tags": ["local"],
        "top_k": 3,
    }
    router = litellm.Router(model_list=[{"model_name": "tiny", "litellm_params": parameters}])
    router.completion("tiny", user("Hi"))
    assert canned.bodies == [{"model": "", "messages": user("Hi"), "top_k": 3}]


def test_retries_of_the_sdk_are_asked_for(canned: CannedServer) -> None:
    canned.fails(503, retry_after="0")
    canned.says(content="Hi!")
    raw("completion", "Hi", api_base=canned.url, max_retries=1)
    assert len(canned.bodies) == 2


def test_no_retries_without_being_asked(canned: CannedServer) -> None:
    canned.fails(503)
    with pytest.raises(litellm.ServiceUnavailableError):
        raw("completion", "Hi", api_base=canned.url)
    assert len(canned.bodies) == 1


def test_variables_of_openai_are_not_for_this_server(
    canned: CannedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("API_KEY", "ORG_ID", "PROJECT_ID", "BASE_URL"):
        monkeypatch.setenv(f"OPENAI_{name}", "http://foreign")
    asked(canned, "completion")
    assert "foreign" not in str(canned.headers[0])
