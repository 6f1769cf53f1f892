"""The engine in the caller's own process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llamar_server.engine import Engine
from llamar_server.errors import EngineError, InvalidGrammar, InvalidRequest, ModelLoadError, PromptTooLong
from tests.fakes.scripted import BACKEND, ScriptedBackend, write_script

ANSWERS = {
    "answers": [{"match": f"^{word}$", "text": word * 5} for word in ("one", "two", "three")],
    "default": "Hello! How are you?",
    "control": ["<|im_end|>", "<|call|>"],
}


def engine_of(directory: Path, script: dict[str, Any], **settings: Any) -> Engine:
    return Engine(write_script(directory, **script), backend=BACKEND, **settings)


@pytest.fixture
def engine(scripts: Path) -> Iterator[Engine]:
    with engine_of(scripts, ANSWERS) as engine:
        yield engine


def test_generate(engine: Engine) -> None:
    assert engine.generate("Hi") == "Hello! How are you?"
    assert engine.generate([*b"one"], temperature=0, max_tokens=5) == "oneon"


def test_stream(engine: Engine) -> None:
    assert list(engine.stream("one")) == [*"oneoneoneoneone"]


def test_generate_many_keeps_the_order(engine: Engine) -> None:
    assert engine.generate_many(["one", "three", "two"]) == ["one" * 5, "three" * 5, "two" * 5]
    assert engine.generate_many([]) == []


def test_generate_many_has_no_limit(engine: Engine) -> None:
    prompts = ["one", "two", "three"] * 100
    assert engine.generate_many(prompts, max_tokens=1) == ["o", "t", "t"] * 100


def test_tokenize_and_detokenize(engine: Engine) -> None:
    tokens = engine.tokenize("é<|im_end|>")
    assert tokens == [*"é".encode(), 256]
    assert engine.detokenize(tokens) == "é<|im_end|>"
    assert engine.tokenize("<|im_end|>", parse_special=False) == [*b"<|im_end|>"]


@pytest.mark.parametrize("stop", ["How", ["How"], ("How", "never")], ids=repr)
def test_one_stop_string_or_several(engine: Engine, stop: Any) -> None:
    assert engine.generate("Hi", stop=stop) == "Hello! "


def test_what_may_be_left_out_may_be_none(engine: Engine) -> None:
    text = engine.generate("Hi", stop=None, preserved_tokens=None, grammar=None, max_tokens=None, seed=None)
    assert text == "Hello! How are you?"


def test_the_options_of_a_request_reach_it(engine: Engine) -> None:
    assert engine.generate("Hi", grammar='start: "Hell" /[a-z]/') == "Hello"
    assert engine.generate("Hi", logit_bias={ord("x"): 500.0}, max_tokens=3) == "xxx"
    assert len(engine.generate("Hi", ignore_eos=True, max_tokens=50)) == 50


def test_options_that_would_be_ignored_are_refused(engine: Engine) -> None:
    for name, value in {"n": 2, "logprobs": 1, "request_id": "mine"}.items():
        with pytest.raises(InvalidRequest) as refusal:
            engine.generate("Hi", **{name: value})
        assert refusal.value.param == name
    with pytest.raises(TypeError, match="temprature"):
        engine.generate("Hi", temprature=1)


def test_refusals(engine: Engine) -> None:
    with pytest.raises(PromptTooLong):
        engine.generate("x" * 5000)
    with pytest.raises(InvalidGrammar):
        engine.generate("x", grammar="start: (")
    with pytest.raises(InvalidRequest):
        engine.detokenize([10_000])
    with pytest.raises(PromptTooLong):
        engine.generate_many(["one", "x" * 5000])
    assert engine.generate("one") == "one" * 5


def test_a_stream_that_is_left_early_is_given_up(engine: Engine) -> None:
    for _ in engine.stream("one", ignore_eos=True):
        break
    assert engine._core.idle
    assert engine.generate("two") == "two" * 5


def test_streams_do_not_mix(engine: Engine) -> None:
    one, two = engine.stream("one"), engine.stream("two")
    texts = ["", ""]
    for a, b in zip(one, two, strict=True):
        texts[0] += a
        texts[1] += b
    assert texts == ["one" * 5, "two" * 5]


def test_a_stream_waits_while_others_are_read(engine: Engine) -> None:
    one = engine.stream("one")
    begin = next(one)
    assert engine.generate("two") == "two" * 5
    assert engine.generate_many(["three"]) == ["three" * 5]
    assert begin + "".join(one) == "one" * 5


class Interrupted(ScriptedBackend):
    """Ctrl-C comes when a batch has been computed in part, once."""

    interrupts = 1

    def decode(self, chunks: Any) -> None:
        super().decode(chunks)
        if self.n_computed > 4 and self.interrupts:
            self.interrupts -= 1
            raise KeyboardInterrupt


def test_an_interrupt_leaves_a_working_engine(scripts: Path) -> None:
    path = write_script(scripts, **ANSWERS)
    with Engine(path, backend="tests.engine.test_engine:Interrupted") as engine:
        other = engine.stream("two")
        next(other)
        with pytest.raises(KeyboardInterrupt):
            engine.generate("one")
        with pytest.raises(EngineError):
            next(other)
        assert engine._core.idle
        assert engine.generate_many(["one", "two"]) == ["one" * 5, "two" * 5]


def test_a_failed_step_leaves_a_working_engine(scripts: Path) -> None:
    script = {"answers": [{"match": "fail", "crash": "raise"}], "default": "fine"}
    with engine_of(scripts, script) as engine:
        with pytest.raises(EngineError, match="the script says so"):
            engine.generate("fail")
        assert engine.generate("Hi") == "fine"


def test_a_closed_engine_says_so(scripts: Path) -> None:
    engine = engine_of(scripts, ANSWERS)
    running = engine.stream("one")
    next(running)
    engine.close()
    engine.close()
    for use in (
        lambda: engine.generate("Hi"),
        lambda: engine.generate_many(["Hi"]),
        lambda: engine.tokenize("Hi"),
        lambda: engine.detokenize([1]),
        lambda: next(running),
    ):
        with pytest.raises(EngineError, match="closed"):
            use()
    assert engine.info.architecture == "scripted"


def test_a_model_that_cannot_be_loaded(scripts: Path) -> None:
    with pytest.raises(ModelLoadError, match="too big"):
        engine_of(scripts, {"load_error": "too big"})


def test_progress_is_told_while_it_loads(scripts: Path) -> None:
    told: list[float] = []
    engine_of(scripts, {}, on_progress=told.append).close()
    assert told == [i / 10 for i in range(11)]
