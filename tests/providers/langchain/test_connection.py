"""Which server a model talks to, when it starts and ends, and which client asks it."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from llamar_providers.langchain import ChatLlamar
from llamar_providers.process import ServerStartError
from llamar_providers.settings import Launch, Remote
from tests.servers import ServerProcess, eventually

Make = Callable[..., ChatLlamar]

OPTIONS = ("--threads=1",)
HI = "Hi! How can I help you?"
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def local(nothing_configured: None) -> Iterator[Callable[..., ChatLlamar]]:
    """Makes models that start a server; none of their servers outlives the test."""
    yield lambda **parameters: ChatLlamar(**{"options": OPTIONS, "temperature": 0} | parameters)
    mine = psutil.Process()
    assert eventually(lambda: not servers_of(mine))


def servers_of(process: psutil.Process) -> list[psutil.Process]:
    """The servers that a model started: they are told to watch their standard input."""
    found = []
    for each in process.children():
        try:
            if "--exit-on-stdin-eof" in each.cmdline() and OPTIONS[0] in each.cmdline():
                found.append(each)
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found


# --- which one ---


@pytest.mark.usefixtures("nothing_configured")
def test_the_order_of_what_names_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def target(**arguments: Any) -> Remote | Launch:
        return ChatLlamar(**arguments).server.target

    assert target() == Launch()
    assert target(model="a.gguf", n_ctx=7) == Launch(os.path.abspath("a.gguf"), n_ctx=7)
    monkeypatch.setenv("LLAMAR_MODEL", "b.gguf")
    assert target() == Launch(os.path.abspath("b.gguf"))
    monkeypatch.setenv("LLAMAR_BASE_URL", NOBODY)
    monkeypatch.setenv("LLAMAR_API_KEY", "a key")
    assert target() == Remote(NOBODY, "a key")
    assert target(base_url="http://127.0.0.1:8", api_key="other") == Remote("http://127.0.0.1:8", "other")
    assert isinstance(target(model="a.gguf"), Launch)


@pytest.mark.usefixtures("nothing_configured")
def test_a_name_is_asked_of_the_server_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(ChatLlamar(model="some-model").server.target, Launch)
    monkeypatch.setenv("LLAMAR_BASE_URL", NOBODY)
    llm = ChatLlamar(model="some-model")
    assert isinstance(llm.server.target, Remote)
    assert llm._get_ls_params()["ls_model_name"] == "some-model"


@pytest.mark.parametrize("arguments", [{"model": "a.gguf"}, {"n_ctx": 7}, {"port": 8}, {"options": ("-v",)}])
def test_a_server_that_runs_is_not_started(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(arguments))):
        ChatLlamar(base_url=NOBODY, **arguments)


@pytest.mark.usefixtures("nothing_configured")
def test_variables_of_openai_mean_nothing(
    server: ServerProcess, chat: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        "OPENAI_ORG_ID",
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
    ):
        monkeypatch.setenv(name, NOBODY)
    llm = chat()
    assert llm.invoke("Hi").text == HI
    assert asyncio.run(llm.ainvoke("Hi")).text == HI


def test_a_key(start_server: Callable[..., ServerProcess]) -> None:
    keyed = start_server(env={**os.environ, "LLAMAR_API_KEYS": "one-key"}).wait_ready()
    llm = ChatLlamar(base_url=keyed.url, api_key="one-key", temperature=0)  # type: ignore[arg-type] # as above
    assert llm.invoke("Hi").text == HI
    assert llm.get_num_tokens("Hi") > 0
    assert llm.profile
    assert llm.profile["name"] == "llamar-tiny"


# --- when ---


def test_it_starts_on_first_use_and_ends_with_the_model(local: Make) -> None:
    llm = local()
    assert llm.server.pid is None
    assert llm.invoke("Hi").text == HI
    assert llm.server.pid is not None
    server = psutil.Process(llm.server.pid)
    del llm
    gc.collect()
    assert eventually(lambda: not server.is_running())


def test_equal_models_share_one(local: Make) -> None:
    first, second = local(), local(temperature=0.5)
    assert first.invoke("Hi").text == HI
    second.invoke("Hi")
    assert first.server.pid == second.server.pid
    assert first.close() is False
    assert second.close() is True
    assert second.close() is False


def test_a_model_that_was_closed_starts_again(local: Make) -> None:
    llm = local()
    llm.invoke("Hi")
    llm.close()
    assert asyncio.run(llm.ainvoke("Hi")).text == HI
    llm.close()


def test_a_server_that_died_is_started_again(local: Make) -> None:
    llm = local()
    llm.invoke("Hi")
    assert llm.server.pid is not None
    psutil.Process(llm.server.pid).kill()
    assert eventually(lambda: llm.server.pid is None)
    assert llm.invoke("Hi").text == HI
    llm.close()


def test_the_loop_runs_on_while_it_starts(local: Make) -> None:
    async def ticks() -> int:
        llm, count = local(), 0
        answer = asyncio.create_task(llm.ainvoke("Hi"))
        while not answer.done():
            await asyncio.sleep(0.01)
            count += 1
        llm.close()
        return count

    assert asyncio.run(ticks()) > 5


def test_a_model_that_cannot_be_loaded(local: Make, tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"not a model")
    with pytest.raises(ServerStartError, match=r"broken\.gguf"):
        local(model=str(broken)).invoke("Hi")


# --- with which client ---


def test_one_client_for_each_loop(chat: Make) -> None:
    llm = chat()
    clients = []

    async def ask() -> None:
        assert (await llm.ainvoke("Hi")).text == HI
        clients.append(await llm._connected().async_client())
        assert await llm._connected().async_client() is clients[-1]

    for _ in range(3):
        asyncio.run(ask())
    assert len({id(client) for client in clients}) == 3
    assert all(client.is_closed() for client in clients)  # each with its loop


def test_loops_in_threads(chat: Make) -> None:
    llm = chat()
    answers: list[str] = []

    async def ask() -> None:
        answers.extend(answer.text for answer in await asyncio.gather(*[llm.ainvoke("Hi") for _ in range(3)]))

    threads = [threading.Thread(target=lambda: asyncio.run(ask())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [HI] * 9


def test_a_client_is_closed_with_its_model(chat: Make) -> None:
    async def ask() -> bool:
        llm = chat()
        await llm.ainvoke("Hi")
        client = await llm._connected().async_client()
        del llm
        gc.collect()
        await asyncio.sleep(0.05)
        return client.is_closed()

    assert asyncio.run(ask())


def test_nothing_is_left_open(server: ServerProcess) -> None:
    code = (
        "import asyncio, sys; from llamar_providers.langchain import ChatLlamar\n"
        "llm = ChatLlamar(base_url=sys.argv[1], temperature=0)\n"
        "print(llm.invoke('Hi').text)\n"
        "for _ in range(2): print(asyncio.run(llm.ainvoke('Hi')).text)\n"
    )
    command = [sys.executable, "-W", "error::ResourceWarning", "-X", "dev", "-c", code, server.url]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.stdout.splitlines() == [HI] * 3
    assert "ResourceWarning" not in result.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_a_forked_process_has_connections_of_its_own(server: ServerProcess) -> None:
    code = (
        "import os, sys; from llamar_providers.langchain import ChatLlamar\n"
        "llm = ChatLlamar(base_url=sys.argv[1], temperature=0)\n"
        "before = llm._connected().client()\n"
        "llm.invoke('Hi')\n"
        "if os.fork() == 0:\n"
        "    same = llm._connected().client() is before\n"
        "    os._exit(0 if llm.invoke('Hi').text and not same else 1)\n"
        "print(os.waitstatus_to_exitcode(os.wait()[1]), llm.invoke('Hi').text)\n"
    )
    result = subprocess.run([sys.executable, "-c", code, server.url], capture_output=True, text=True)
    assert result.stdout.strip() == f"0 {HI}", result.stderr
