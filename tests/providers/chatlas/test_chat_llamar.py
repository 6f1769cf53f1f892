"""``chat_llamar()``: which server a chat uses, and when that starts and ends."""

from __future__ import annotations

import copy
import gc
import subprocess
import sys
from pathlib import Path
from typing import Any

import openai
import pytest
from chatlas import Chat

from llamar_providers.chatlas import LlamarProvider, chat_llamar, chat_llamar_stop
from llamar_providers.http import ServerUnreachable
from llamar_providers.process import ServerStartError
from llamar_providers.settings import ConfigurationError
from llamar_server.models import find_model
from tests.providers.families import ONE_THREAD, family, gone
from tests.providers.recorder import recorder
from tests.servers import DEADLINE, ServerProcess

pytestmark = pytest.mark.usefixtures("home", "nobody_left")

CAPITAL = "What is the capital of France?"
PARIS = "The capital of France is Paris."


def say(chat: Chat[Any, Any], prompt: str = CAPITAL) -> str:
    return str(chat.chat(prompt, echo="none", kwargs={"temperature": 0}))


def pid_of(chat: Chat[Any, Any]) -> int | None:
    assert isinstance(chat.provider, LlamarProvider)
    return chat.provider.server.pid


def test_a_model_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "ein-schönes.gguf"
    path.write_bytes(find_model(None).path.read_bytes())
    with chat_llamar(path, n_ctx=1024, n_gpu_layers=0, options=ONE_THREAD) as chat:
        processes = family(pid_of(chat))
        assert say(chat) == PARIS
        assert chat.model == "ein-schönes"
        assert chat.provider.server.models()[0]["context_length"] == 1024  # type: ignore[attr-defined]
    assert gone(processes)


def test_copies_live_and_end_together_and_may_begin_again() -> None:
    chat = chat_llamar("llamar-tiny", options=ONE_THREAD)
    clone = copy.deepcopy(chat)
    processes = family(pid_of(chat))
    assert say(clone) == PARIS
    assert chat_llamar_stop(clone) is True
    assert gone(processes)
    assert chat_llamar_stop(clone) is False
    assert chat_llamar_stop(chat) is False
    chat.close()
    assert say(chat) == PARIS  # on a server that has started again
    processes = family(pid_of(clone))

    other = chat_llamar("llamar-tiny", options=ONE_THREAD)
    assert pid_of(other) == processes[0].pid
    assert chat_llamar_stop(chat) is False  # the other one uses it
    processes[0].kill()
    assert gone(processes)
    assert say(other) == PARIS  # on another server, for this one has died
    processes = family(pid_of(other))
    del other
    gc.collect()
    assert gone(processes)


def test_a_server_that_runs_is_asked_for_nothing_yet_and_left_running(server: ServerProcess) -> None:
    with recorder() as there:
        chat = chat_llamar(base_url=there.url, model_id="m", system_prompt="Be terse.")
        assert "llamar/m" in repr(chat)
        assert there.asked == []
    with chat_llamar(base_url=server.url) as chat:
        assert say(chat) == PARIS
        assert pid_of(chat) is None
        assert chat_llamar_stop(chat) is False
    assert say(chat_llamar(base_url=f"{server.url}/v1")) == PARIS


def test_a_server_of_another_kind_is_asked_for_its_first_model() -> None:
    choice = {"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}
    with recorder() as there:
        there.answer = {
            "data": [{"id": "their-model"}],
            "id": "1",
            "object": "chat.completion",
            "created": 0,
            "model": "their-model",
            "choices": [choice],
        }
        chat = chat_llamar(base_url=there.url, api_key="their-key")
        assert str(chat.chat("Hello", echo="none", stream=False)) == "Hi"
        asked = there.asked[-1]
        assert asked.body["model"] == "their-model"
        assert asked.headers["authorization"] == "Bearer their-key"
        assert "poison" not in str(asked.headers)


def test_nobody_answers() -> None:
    chat = chat_llamar(base_url="http://127.0.0.1:9")
    assert "llamar/llamar" in repr(chat)
    with pytest.raises(openai.APIConnectionError, match="no llamar server answers at http://127") as failure:
        say(chat)
    assert isinstance(failure.value, ServerUnreachable)


async def test_nobody_answers_without_waiting() -> None:
    chat = chat_llamar(base_url="http://127.0.0.1:9")
    with pytest.raises(openai.APIConnectionError, match="no llamar server answers at http://127"):
        await (await chat.chat_async(CAPITAL, echo="none")).get_content()


def test_both_a_model_and_an_address() -> None:
    with pytest.raises(ConfigurationError, match="give one or the other"):
        chat_llamar("llamar-tiny", base_url="http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("model", "complaint"), [("missing.gguf", "there is no model file"), (__file__, "is not a GGUF file")]
)
def test_what_is_no_model(model: str, complaint: str) -> None:
    with pytest.raises(ServerStartError, match=complaint):
        chat_llamar(model)


def test_a_refusal_of_the_server_is_told_as_it_is(server: ServerProcess) -> None:
    chat = chat_llamar(base_url=server.url)
    with pytest.raises(openai.BadRequestError, match=r"context"):
        say(chat, "word " * 5000)
    assert chat.get_turns() == []


def test_the_environment_is_asked_where_nothing_is_given(
    server: ServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLAMAR_BASE_URL", server.url)
    assert say(chat_llamar()) == PARIS
    assert say(chat_llamar(model_id="another-name")) == PARIS


def test_only_its_own_chats_can_be_stopped() -> None:
    from chatlas import ChatOpenAICompletions

    with pytest.raises(TypeError, match="not made by chat_llamar"):
        chat_llamar_stop(ChatOpenAICompletions(model="m"))


def test_without_chatlas_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['chatlas'] = None; import llamar_providers.chatlas"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=DEADLINE)
    assert result.stderr.endswith("ImportError: chatlas is not installed; pip install 'llamar[chatlas]'\n")
