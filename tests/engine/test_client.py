"""The asyncio side of the engine, with real engine processes."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from pathlib import Path

import psutil
import pytest

from llamar_server.engine.client import EngineClient
from llamar_server.errors import (
    EngineDied,
    EngineError,
    InvalidGrammar,
    InvalidRequest,
    ModelLoadError,
    PromptTooLong,
    QueueFull,
)
from tests.engine.clients import (
    DEADLINE,
    answer,
    endless,
    eventually,
    request,
    scripted,
    send_signal,
    started,
    whole,
)

SLOW = {"step_delay": 0.02}


# --- requests ---


async def test_a_request_is_answered(scripts: Path) -> None:
    async with started(scripted(scripts, {"default": "Hello!"})) as client:
        generation = await client.generate(request("Hi", max_tokens=10**6))
        assert (generation.prompt_tokens, generation.max_tokens) == (2, 4094)
        text, finish = await whole(generation)
        assert text == "Hello!"
        assert (finish.reason, finish.prompt_tokens, finish.completion_tokens) == ("eos", 2, 7)


async def test_all_choices_come(scripts: Path) -> None:
    async with started(scripted(scripts, n_parallel=2)) as client:
        generation = await client.generate(request(n=5))
        texts = dict.fromkeys(range(5), "")
        async for output in generation:
            texts[output.index] += output.text
        assert texts == dict.fromkeys(range(5), "Hello!")


async def test_refusals_are_raised_before_anything_else(scripts: Path) -> None:
    async with started(scripted(scripts, n_ctx=50)) as client:
        with pytest.raises(PromptTooLong) as too_long:
            await client.generate(request("x" * 60))
        assert (too_long.value.n_prompt, too_long.value.n_ctx) == (60, 50)
        with pytest.raises(InvalidGrammar):
            await client.generate(request(grammar="start: ("))
        with pytest.raises(InvalidRequest) as invalid:
            await client.generate(request([999]))
        assert invalid.value.param == "prompt"
        assert await answer(client) == "Hello!"


async def test_a_full_queue_refuses(scripts: Path) -> None:
    async with started(scripted(scripts, SLOW, n_parallel=1, queue_limit=1)) as client:
        running = [await client.generate(endless()) for _ in range(2)]
        with pytest.raises(QueueFull):
            await client.generate(request())
        for generation in running:
            await generation.aclose()
        assert await answer(client) == "Hello!"


async def test_many_at_once(scripts: Path) -> None:
    script = {"answers": [{"match": f"number {i} ", "text": f"answer {i}"} for i in range(150)]}
    async with started(scripted(scripts, script, queue_limit=1000)) as client:
        answers = await asyncio.gather(*(answer(client, f"number {i} ") for i in range(150)))
        assert answers == [f"answer {i}" for i in range(150)]


async def test_a_long_prompt_gets_through_the_pipe(scripts: Path) -> None:
    script = {"answers": [{"match": "the end$", "text": "read"}]}
    async with started(scripted(scripts, script, n_ctx=2**20, n_batch=2**16)) as client:
        assert await answer(client, "ä" * 300_000 + "the end") == "read"


async def test_tokenize_and_detokenize(scripts: Path) -> None:
    async with started(scripted(scripts, {"bos": "<s>"})) as client:
        tokens = await client.tokenize("<|im_end|>é")
        assert tokens == [258, 257, *"é".encode()]
        assert await client.detokenize(tokens) == "<s><|im_end|>é"
        assert await client.tokenize("<s>", add_special=False, parse_special=False) == [*b"<s>"]
        assert await client.detokenize([]) == ""
        with pytest.raises(InvalidRequest):
            await client.detokenize([259])


async def test_what_the_pipe_cannot_carry_is_refused(scripts: Path) -> None:
    async with started(scripted(scripts)) as client:
        with pytest.raises(InvalidRequest):
            await client.generate(request("half a pair: \ud83d"))
        with pytest.raises(InvalidRequest):
            await client.tokenize("\ud83d")
        with pytest.raises(InvalidRequest):
            await client.generate(request(max_tokens=2**64))
        assert await answer(client) == "Hello!"


# --- giving up ---


async def test_giving_up_frees_the_place(scripts: Path) -> None:
    """While it is decoded, while its prompt is computed, and in the queue."""
    async with started(scripted(scripts, SLOW, n_parallel=1, n_ctx=10**6, n_batch=64)) as client:
        decoding = await client.generate(endless())
        await anext(aiter(decoding))
        prefilling = await client.generate(endless(prompt="x" * 500_000))
        queued = await client.generate(endless())
        last = asyncio.create_task(answer(client))
        await queued.aclose()
        await decoding.aclose()
        await asyncio.sleep(0.2)
        assert not last.done()
        await prefilling.aclose()
        assert await last == "Hello!"


async def test_nothing_comes_after_closing(scripts: Path) -> None:
    async with started(scripted(scripts, SLOW)) as client:
        generation = await client.generate(endless())
        outputs = aiter(generation)
        await anext(outputs)
        await asyncio.sleep(0.2)  # more is there by now
        await generation.aclose()
        await generation.aclose()
        assert [output async for output in outputs] == []
        assert [output async for output in generation] == []


async def test_closing_ends_an_iteration_that_waits_elsewhere(scripts: Path) -> None:
    async with started(scripted(scripts, {"step_delay": 0.2})) as client:
        generation = await client.generate(endless(prompt="x" * 3000))

        async def collect() -> list[str]:
            return [output.text async for output in generation]

        collecting = asyncio.create_task(collect())
        await asyncio.sleep(0.05)
        await generation.aclose()
        assert await collecting == []


async def test_a_cancelled_request_is_given_up(scripts: Path) -> None:
    async with started(scripted(scripts, {"step_delay": 0.1}, n_parallel=1)) as client:
        first = await client.generate(endless())
        second = asyncio.create_task(client.generate(endless()))
        await asyncio.sleep(0)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        await first.aclose()
        assert await answer(client) == "Hello!"


async def test_nothing_is_kept_of_what_has_ended(scripts: Path) -> None:
    async with started(scripted(scripts)) as client:
        for _ in range(20):
            generation = await client.generate(request())
            assert len([output async for output in generation]) == len("Hello!") + 1
            with pytest.raises(InvalidRequest):
                await client.generate(request(""))
            await client.tokenize("x")
        assert client._channels == {}
        assert client._calls == {}


# --- an engine that dies ---


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGABRT], ids=lambda number: number.name)
async def test_the_death_of_the_engine_ends_requests_and_the_next_one_works(
    scripts: Path, number: signal.Signals
) -> None:
    async with started(scripted(scripts, SLOW, n_parallel=1)) as client:
        running = await client.generate(endless())
        await anext(aiter(running))
        queued = await client.generate(endless())
        pid = send_signal(client, number)
        for generation in (running, queued):
            with pytest.raises(EngineDied, match=number.name):
                await whole(generation)
        assert client.state == "restarting"
        assert await answer(client) == "Hello!"
        assert client.state == "ready"
        assert client.pid != pid


@pytest.mark.parametrize("crash", ["SIGABRT", "SIGKILL", "raise"])
async def test_a_request_that_kills_the_engine_again_and_again(scripts: Path, crash: str) -> None:
    script = {"answers": [{"match": "die", "text": "Now ", "crash": crash}]}
    async with started(scripted(scripts, script)) as client:
        for _ in range(2):
            with pytest.raises(EngineDied):
                await answer(client, "die")
            assert await answer(client) == "Hello!"


async def test_what_was_said_before_the_death_is_heard(scripts: Path) -> None:
    script = {"answers": [{"match": "die", "text": "last words", "crash": "SIGKILL"}]}
    async with started(scripted(scripts, script)) as client:
        generation = await client.generate(request("die"))
        outputs = aiter(generation)
        assert "".join([(await anext(outputs)).text for _ in "last words"]) == "last words"
        with pytest.raises(EngineDied):
            await anext(outputs)
        with pytest.raises(EngineDied):
            await whole(generation)


async def test_calls_end_with_the_engine_too(scripts: Path) -> None:
    async with started(scripted(scripts, {})) as client:
        generation = await client.generate(endless())
        await anext(aiter(generation))
        send_signal(client, signal.SIGSTOP)  # so that it answers none of them
        calls = [asyncio.create_task(client.tokenize("x")) for _ in range(3)]
        calls.append(asyncio.create_task(client.detokenize([1])))
        refused = asyncio.create_task(client.generate(request()))
        await asyncio.sleep(0)
        send_signal(client, signal.SIGKILL)
        for call in [*calls, refused]:
            with pytest.raises(EngineDied):
                await call
        assert client._calls == {}


async def test_requests_wait_for_a_restart(scripts: Path) -> None:
    async with started(scripted(scripts, {"load_delay": 0.3})) as client:
        send_signal(client, signal.SIGKILL)
        await eventually(lambda: client.state == "restarting")
        assert await asyncio.gather(*(answer(client) for _ in range(5))) == ["Hello!"] * 5
        assert await client.tokenize("x") == [ord("x")]


async def test_a_restart_that_fails_is_told_and_tried_again(scripts: Path) -> None:
    config = scripted(scripts, {"default": "Back again!"})
    script = Path(config.model_path).read_bytes()
    async with started(config) as client:
        Path(config.model_path).write_bytes(b'{"load_error": "the model is gone"}')
        send_signal(client, signal.SIGKILL)
        await eventually(lambda: client.state == "restarting")
        with pytest.raises(EngineError, match="the model is gone"):
            await answer(client)
        Path(config.model_path).write_bytes(script)
        await eventually(lambda: client.state == "ready")
        assert await answer(client) == "Back again!"


async def test_a_process_that_cannot_be_started_is_tried_again(
    scripts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with started(scripted(scripts)) as client:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "executable", str(scripts / "no-python"))
            send_signal(client, signal.SIGKILL)
            await eventually(lambda: client.state == "restarting")
            with pytest.raises(EngineError):
                await answer(client)
        await eventually(lambda: client.state == "ready")
        assert await answer(client) == "Hello!"


# --- loading and closing ---


async def test_files_in_the_working_directory_are_not_taken_for_modules(
    scripts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "queue.py").write_text("raise RuntimeError('not that queue')")
    monkeypatch.chdir(tmp_path)
    async with started(scripted(scripts)) as client:
        assert await answer(client) == "Hello!"


async def test_progress_is_told_while_it_loads(scripts: Path) -> None:
    told: list[float] = []
    client = EngineClient(scripted(scripts), on_progress=told.append)
    async with asyncio.timeout(DEADLINE), contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(client.close)
        await client.start()
    assert told == [i / 10 for i in range(11)]


async def test_a_progress_display_that_fails_does_not_hang(scripts: Path) -> None:
    def broken(_: float) -> None:
        raise RuntimeError("no display")

    client = EngineClient(scripted(scripts), on_progress=broken)
    async with asyncio.timeout(DEADLINE):
        with pytest.raises(ModelLoadError, match="no display"):
            await client.start()
    assert client.pid is None


async def test_before_the_start_and_after_the_end_there_is_no_engine(scripts: Path) -> None:
    client = EngineClient(scripted(scripts))
    for _ in range(2):
        assert client.state == "stopped"
        with pytest.raises(EngineDied):
            await client.generate(request())
        with pytest.raises(EngineDied):
            await client.tokenize("x")
        async with asyncio.timeout(DEADLINE):
            await client.start()
            await client.close()
            await client.close()
    await asyncio.gather(client.close(), client.close())


async def test_closing_ends_requests(scripts: Path) -> None:
    async with started(scripted(scripts, {"step_delay": 0.2}, n_parallel=1)) as client:
        generation = await client.generate(endless())
        await anext(aiter(generation))
        call = asyncio.create_task(client.tokenize("x"))
        await asyncio.sleep(0)
        await client.close()
        with pytest.raises(EngineDied):
            await whole(generation)
        with pytest.raises(EngineDied):
            await call


async def test_closing_ends_those_that_wait_for_a_restart(scripts: Path) -> None:
    config = scripted(scripts)
    async with started(config) as client:
        Path(config.model_path).write_bytes(b'{"load_delay": 600}')
        send_signal(client, signal.SIGKILL)
        await eventually(lambda: client.state == "restarting")
        waiting = [asyncio.create_task(answer(client)) for _ in range(3)]
        await eventually(lambda: client.pid is not None)
        pid = client.pid
        await client.close()
        for each in waiting:
            with pytest.raises(EngineDied):
                await each
        assert pid is not None
        assert not psutil.pid_exists(pid)


async def test_closing_while_it_loads(scripts: Path) -> None:
    client = EngineClient(scripted(scripts, {"load_delay": 600}))
    async with asyncio.timeout(DEADLINE):
        starting = asyncio.create_task(client.start())
        await eventually(lambda: client.pid is not None)
        pid = client.pid
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
    assert client.state == "stopped"
    assert pid is not None
    assert not psutil.pid_exists(pid)
