"""A profile that knows what the server knows, and asks it only then."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from langchain.agents.middleware import SummarizationMiddleware
from langchain_core.exceptions import ModelConnectionError

from llamar_providers.langchain import ChatLlamar
from tests.servers import ServerProcess

NOBODY = "http://127.0.0.1:9"


def test_what_is_true_of_every_server_needs_no_server() -> None:
    profile = ChatLlamar(base_url=NOBODY, max_retries=0).profile
    assert profile
    assert "max_input_tokens" in profile
    assert profile["tool_calling"]
    assert profile.get("structured_output") is True
    assert profile.get("image_inputs") is False
    assert profile.get("no such thing", 3) == 3
    assert "asked" in repr(profile)


def test_the_rest_does() -> None:
    profile = ChatLlamar(base_url=NOBODY, max_retries=0).profile
    assert profile
    with pytest.raises(ModelConnectionError):
        profile.get("max_input_tokens")


def test_every_way_to_look_asks(server: ServerProcess, llm: ChatLlamar) -> None:
    expected = {"name": "llamar-tiny", "max_input_tokens": 4096, "max_output_tokens": 4096}

    def fresh() -> dict[str, object]:
        profile = ChatLlamar(base_url=server.url).profile
        assert profile is not None
        return profile  # type: ignore[return-value] # a TypedDict is a dict

    looks = [
        dict(fresh()),
        {**fresh()},
        fresh() | {},
        fresh().copy(),
        dict(fresh().items()),
        json.loads(json.dumps(fresh())),
        pickle.loads(pickle.dumps(fresh())),
        copy.deepcopy(fresh()),
    ]
    for look in looks:
        assert {name: look[name] for name in expected} == expected
    assert 4096 in fresh().values()
    assert fresh() == looks[0]
    assert fresh() != {}


def test_ones_own_profile_stays(server: ServerProcess) -> None:
    llm = ChatLlamar(base_url=server.url, profile={"max_input_tokens": 7})
    assert llm.profile == {"max_input_tokens": 7}


def test_models_are_compared_without_asking() -> None:
    assert ChatLlamar(base_url=NOBODY) != ChatLlamar(base_url=NOBODY, temperature=0)


def test_fractions_of_the_window(llm: ChatLlamar) -> None:
    middleware = SummarizationMiddleware(model=llm, trigger=("fraction", 0.5), keep=("fraction", 0.1))
    assert middleware._get_profile_limits() == 4096
