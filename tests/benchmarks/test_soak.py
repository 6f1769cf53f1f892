from __future__ import annotations

from benchmarks.soak import soak

from tests.servers import ServerProcess


async def test_a_short_soak(server: ServerProcess) -> None:
    assert await soak(server.url, server.pid, seconds=2, n_clients=3)


async def test_a_soak_fails_where_there_is_no_answer(server: ServerProcess) -> None:
    assert not await soak(f"{server.url}/nowhere", server.pid, seconds=2, n_clients=1)
