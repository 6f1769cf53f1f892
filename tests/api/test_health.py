"""Whether the server can answer, and what it is."""

from __future__ import annotations

import pytest

from tests.api.asgi import MODEL, app_of, client_of
from tests.fakes.chat import FakeEngine


async def test_ready() -> None:
    async with client_of(app_of()) as client:
        first = (await client.get("/health")).json()
        second = (await client.get("/health")).json()
    assert first["uptime"] <= second["uptime"]
    assert first == {
        "status": "ok",
        "model": MODEL,
        "engine": "ready",
        "models": {MODEL: "ready"},
        "uptime": first["uptime"],
        "instance": second["instance"],
        "warnings": ["the template is odd"],
    }


async def test_two_servers_are_not_the_same() -> None:
    instances = set()
    for _ in range(2):
        async with client_of(app_of()) as client:
            instances.add((await client.get("/health")).json()["instance"])
    assert len(instances) == 2


@pytest.mark.parametrize("state", ["loading", "restarting", "stopped"])
async def test_not_ready(state: str) -> None:
    engine = FakeEngine()
    engine.state = state
    async with client_of(app_of(engine=engine)) as client:
        response = await client.get("/health")
    assert response.status_code == 503
    assert (response.json()["status"], response.json()["engine"]) == (state, state)


async def test_is_anybody_there() -> None:
    async with client_of(app_of()) as client:
        assert (await client.head("/")).status_code == 200
        assert (await client.head("/health")).status_code == 200
        assert (await client.get("/")).json()["models"] == [MODEL]
