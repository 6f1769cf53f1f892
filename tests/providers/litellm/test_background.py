"""The loop behind the calls that wait: interrupted, forked, left behind."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor

import pytest

from llamar_providers.litellm.background import BackgroundLoop
from tests.servers import DEADLINE, eventually


async def numbers(n: int, closed: threading.Event) -> AsyncGenerator[int]:
    try:
        for i in range(n):
            yield i
    finally:
        closed.set()


async def fail() -> None:
    raise KeyError("told to")


def test_results_and_exceptions_come_back() -> None:
    background = BackgroundLoop()
    assert background.run(asyncio.sleep(0, "done")) == "done"
    with pytest.raises(KeyError):
        background.run(fail())


def test_all_threads_share_one_loop() -> None:
    async def mine() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    background = BackgroundLoop()
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: background.run(mine()), range(64)))) == 1


def test_items_one_by_one() -> None:
    closed = threading.Event()
    assert list(BackgroundLoop().iterate(numbers(3, closed))) == [0, 1, 2]
    assert closed.wait(DEADLINE)


def test_stopping_early_closes_the_rest() -> None:
    closed = threading.Event()
    source = numbers(3, closed)  # held here, or collecting it would close it, too
    background = BackgroundLoop()
    items = background.iterate(source)
    assert next(items) == 0
    items.close()
    assert closed.wait(DEADLINE)


def test_the_loop_ends_with_its_owner() -> None:
    background = BackgroundLoop()
    background.run(asyncio.sleep(0))
    loop = background._loop
    assert loop is not None
    gone = weakref.ref(background)
    del background
    gc.collect()
    assert gone() is None
    assert eventually(loop.is_closed)


@pytest.mark.skipif(sys.platform == "win32", reason="there os.kill() ends the process")
def test_an_interrupt_ends_the_work() -> None:
    started, cancelled = threading.Event(), threading.Event()

    async def work() -> None:
        started.set()
        try:
            await asyncio.sleep(DEADLINE)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    def interrupt() -> None:
        started.wait(DEADLINE)
        os.kill(os.getpid(), signal.SIGINT)

    # A shell lets what it runs in the background ignore interrupts, and tests may well run there.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        threading.Thread(target=interrupt).start()
        with pytest.raises(KeyboardInterrupt):
            BackgroundLoop().run(work())
    finally:
        signal.signal(signal.SIGINT, before)
    assert cancelled.wait(DEADLINE)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_process_has_a_loop_of_its_own() -> None:
    code = (
        "import asyncio, os\n"
        "from llamar_providers.litellm.background import BackgroundLoop\n"
        "background = BackgroundLoop(); background.run(asyncio.sleep(0))\n"
        "child = os.fork()\n"
        "said = background.run(asyncio.sleep(0, 'said'))\n"
        "if child == 0: os._exit(0 if said == 'said' else 1)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), background.run(asyncio.sleep(0, said)))\n"
    )
    assert run(code) == "0 said\n"


def test_the_interpreter_ends_in_the_middle_of_everything() -> None:
    code = (
        "import asyncio\n"
        "from llamar_providers.litellm.background import BackgroundLoop\n"
        "async def numbers():\n"
        "    while True:\n"
        "        yield 1\n"
        "background = BackgroundLoop(); items = background.iterate(numbers()); print(next(items))\n"
    )
    assert run(code) == "1\n"


def run(code: str) -> str:
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=DEADLINE, check=True
    )
    assert result.stderr == ""
    return result.stdout
