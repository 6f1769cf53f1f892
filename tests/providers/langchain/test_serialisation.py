"""What a chat model is on paper: its settings, without the key and without the server."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from langchain_core.load import dumpd, dumps, load, loads

from llamar_providers.langchain import ChatLlamar
from tests.servers import ServerProcess

NOBODY = "http://127.0.0.1:9"


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
def test_there_and_back(monkeypatch: pytest.MonkeyPatch) -> None:
    llm = ChatLlamar(base_url=NOBODY, api_key="a secret", model="m", temperature=0.5, logit_bias={7: 1.5})  # type: ignore[arg-type] # pydantic makes it a SecretStr
    text = dumps(llm)
    assert "a secret" not in text
    monkeypatch.setenv("LLAMAR_API_KEY", "a secret")
    again = loads(
        text, allowed_objects=[ChatLlamar], valid_namespaces=["llamar_providers"], secrets_from_env=True
    )
    assert isinstance(again, ChatLlamar)
    assert again.asdict() == llm.asdict()
    assert again.api_key == llm.api_key
    assert dumpd(again) == dumpd(llm)


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
def test_a_model_in_use_is_written_without_its_server(server: ServerProcess, llm: ChatLlamar) -> None:
    before = dumpd(llm)
    llm.invoke("Hi")
    assert llm.profile is not None
    assert llm.profile["max_input_tokens"] == 4096
    assert dumpd(llm) == before
    assert set(before["kwargs"]) == {"base_url", "max_retries", "start_timeout", "temperature"}
    assert json.dumps(before)
    again = load(before, allowed_objects=[ChatLlamar], valid_namespaces=["llamar_providers"])
    assert again.invoke("Hi").text == "Hi! How can I help you?"


@pytest.mark.usefixtures("nothing_configured")
def test_the_port_of_a_started_server_is_no_setting() -> None:
    llm = ChatLlamar(options=("--threads=1",))
    before = dumpd(llm)
    llm.server.start()
    try:
        assert dumpd(llm) == before
        assert llm.server.url not in json.dumps(before)
    finally:
        llm.close()


def test_copies_work_on_their_own(server: ServerProcess, llm: ChatLlamar) -> None:
    llm.invoke("Hi")
    copies = [
        copy.deepcopy(llm),
        pickle.loads(pickle.dumps(llm)),
        llm.model_copy(),
        llm.model_copy(deep=True),
        llm.model_copy(update={"temperature": 0.0}),
    ]
    for each in copies:
        assert each.invoke("Hi").text == "Hi! How can I help you?"


def test_a_copy_with_another_address_goes_there(server: ServerProcess) -> None:
    llm = ChatLlamar(base_url=NOBODY, temperature=0)
    moved = llm.model_copy(update={"base_url": server.url})
    assert moved.invoke("Hi").text == "Hi! How can I help you?"
    assert llm.server.url == NOBODY
