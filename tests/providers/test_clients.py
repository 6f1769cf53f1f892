from __future__ import annotations

import asyncio
import copy
import gc
import threading

import openai

from llamar_providers.clients import Clients

URL = "http://127.0.0.1:9/v1"


def test_a_client_is_kept() -> None:
    clients = Clients()
    found: list[openai.OpenAI] = []
    threads = [threading.Thread(target=lambda: found.append(clients.sync(URL, "a"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, found))) == 1
    assert clients.sync(URL, "another key") is not found[0]
    clients.close()
    assert found[0].is_closed()
    assert not clients.sync(URL, "a").is_closed()


def test_nobody_elses_clients_are_closed_with_nobody() -> None:
    clients = Clients()
    client = clients.sync(URL, "a")
    del clients
    gc.collect()
    assert client.is_closed()


def test_every_loop_has_its_own_and_closes_it() -> None:
    clients = Clients()

    async def kept() -> openai.AsyncOpenAI:
        client = clients.asynchronous(URL, "a")
        await asyncio.sleep(0)
        assert clients.asynchronous(URL, "a") is client
        assert clients.asynchronous(URL, "b") is not client
        assert not client.is_closed()
        return client

    found = [asyncio.run(kept()) for _ in range(3)]
    assert len(set(map(id, found))) == 3
    assert all(client.is_closed() for client in found)


def test_those_of_a_loop_can_be_closed_before_it() -> None:
    async def closed() -> bool:
        clients = Clients()
        client = clients.asynchronous(URL, "a")
        await clients.aclose()
        return client.is_closed() and not clients.asynchronous(URL, "a").is_closed()

    assert asyncio.run(closed())


def test_those_that_nobody_wants_are_closed_in_their_loop() -> None:
    async def closed() -> bool:
        clients = Clients()
        client = clients.asynchronous(URL, "a")
        del clients
        gc.collect()
        for _ in range(3):
            await asyncio.sleep(0)
        return client.is_closed()

    assert asyncio.run(closed())


def test_a_copy_connects_anew() -> None:
    clients = Clients(max_retries=7)
    client = clients.sync(URL, "a")
    again = copy.deepcopy(clients).sync(URL, "a")
    assert again is not client
    assert again.max_retries == 7
