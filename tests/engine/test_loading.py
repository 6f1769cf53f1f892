"""Models that cannot be loaded: one sentence each, and no process left."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from llamar_server.config import EngineConfig
from llamar_server.engine import Engine
from llamar_server.engine.client import EngineClient
from llamar_server.engine.memory import no_more_than_available
from llamar_server.errors import ModelLoadError
from llamar_server.models import find_model
from tests.engine.clients import DEADLINE

GIB = 2**30
MODEL = Path(find_model(None).path)
resource = pytest.importorskip("resource", reason="Windows refuses by itself what it does not have")


@pytest.fixture
def bounded() -> Iterator[None]:
    """Should the code under test forget its own bound, it must not take the machine with it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (psutil.Process().memory_info().vms + GIB, hard))
    yield
    resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def bad_file(directory: Path, kind: str) -> Path:
    if kind == "directory":
        return directory
    path = directory / f"{kind}.gguf"
    whole = MODEL.read_bytes()
    contents = {
        "empty": b"",
        "text": b"# A text about models\n" * 100,
        "cut in the header": whole[:20_000],
        "cut in the weights": whole[: len(whole) // 2],
        "damaged": whole[:100] + b"\xff" * 100 + whole[200:],
    }
    if kind in contents:
        path.write_bytes(contents[kind])
    return path


async def complaint(config: EngineConfig) -> str:
    """What ``start`` says; checks that nothing else is left of it."""
    before = psutil.Process().children()
    client = EngineClient(config)
    async with asyncio.timeout(DEADLINE):
        with pytest.raises(ModelLoadError) as error:
            await client.start()
    assert (client.state, client.pid) == ("stopped", None)
    assert psutil.Process().children() == before
    message = str(error.value)
    assert message
    assert "\n" not in message
    assert "Traceback" not in message
    return message


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("missing", "no model file"),
        ("directory", "cannot be read"),
        ("empty", "not a GGUF"),
        ("text", "not a GGUF"),
        ("cut in the header", "truncated"),
        ("cut in the weights", "truncated"),
        ("damaged", ""),
    ],
)
async def test_a_bad_file(tmp_path: Path, kind: str, reason: str) -> None:
    assert reason in await complaint(EngineConfig(str(bad_file(tmp_path, kind)), threads=1))


@pytest.mark.parametrize("n_ctx", [2**31 - 1, 2**31, 2**32 + 4096], ids=str)
async def test_a_context_that_no_machine_can_hold(bounded: None, n_ctx: int) -> None:
    message = await complaint(EngineConfig(str(MODEL), n_ctx=n_ctx, threads=1))
    assert "context" in message
    assert "2147483647" in message


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"cache_type_v": "q8_0", "flash_attention": "off"}, "flash_attn"),
        ({"tensor_split": (1.0,) * 1000}, "devices"),
        ({"backend": "no.such:Thing"}, "no"),
    ],
    ids=str,
)
async def test_settings_that_do_not_go_together(settings: dict[str, Any], reason: str) -> None:
    message = await complaint(EngineConfig(str(MODEL), threads=1, **settings))
    assert reason in message
    assert "--n-ctx" not in message


async def test_a_process_that_dies_while_it_loads(scripts: Path) -> None:
    config = EngineConfig(str(MODEL), backend="tests.engine.test_loading:Dies")
    assert await complaint(config) == (
        f"cannot load {MODEL}: the engine process ended unexpectedly (killed by SIGABRT)"
    )


class Dies:
    def __init__(self, *_: Any) -> None:
        import os

        os.abort()


@pytest.mark.parametrize(
    "settings",
    [
        {"n_parallel": 0},
        {"n_batch": 0},
        {"n_ubatch": -1},
        {"prefill_chunk": 0},
        {"n_ctx": -1},
        {"kv_cells": -1},
    ],
    ids=str,
)
def test_settings_with_which_nothing_can_run(settings: dict[str, int]) -> None:
    (name,) = settings
    with pytest.raises(ValueError, match=name):
        Engine(MODEL, threads=1, **settings)


def test_no_more_memory_than_there_is(bounded: None) -> None:
    before = resource.getrlimit(resource.RLIMIT_DATA)
    with no_more_than_available():
        limit, _ = resource.getrlimit(resource.RLIMIT_DATA)
        with pytest.raises(MemoryError):
            bytearray(limit)
    assert limit <= before[0]
    assert resource.getrlimit(resource.RLIMIT_DATA) == before


@pytest.mark.skipif(not Path("/proc/meminfo").exists(), reason="only Linux grants what it does not have")
def test_the_bound_is_what_is_available() -> None:
    with no_more_than_available():
        limit, _ = resource.getrlimit(resource.RLIMIT_DATA)
    assert 0 < limit <= psutil.virtual_memory().total + psutil.swap_memory().total + GIB


def test_loading_stops_when_whoever_is_told_of_it_wants_no_more(capfd: pytest.CaptureFixture[str]) -> None:
    def interrupt(loaded: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Engine(find_model(None).path, on_progress=interrupt)
    assert capfd.readouterr().err == ""
