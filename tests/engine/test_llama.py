"""llama.cpp itself, on the bundled model and one thread."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from random import Random
from typing import Any

import numpy as np
import psutil
import pytest

from llamar_server.config import EngineConfig
from llamar_server.engine import Engine
from llamar_server.engine.backend import CellsExhausted, Chunk, load_backend
from llamar_server.engine.core import EngineCore
from llamar_server.engine.llama import LlamaBackend
from llamar_server.engine.logprobs import log_softmax
from llamar_server.engine.protocol import GenerateRequest, SequenceFinish, TokenLogprob
from llamar_server.engine.sampling import SamplingParams
from llamar_server.models import find_model

MODEL = find_model(None).path
GREEDY = SamplingParams(temperature=0)
PLAIN = {"top_k": 0, "top_p": 1.0, "min_p": 0.0}  # temperature sampling and nothing else
NAMES = ("Ada", "Bob", "Cora", "Dan", "Eve", "Finn", "Gus", "Hal")

VOCABULARY = 2497
"""Tokens of the bundled model."""

_ids = count()


def backend_of(**settings: Any) -> LlamaBackend:
    backend = load_backend(EngineConfig(str(MODEL), threads=1, **settings))
    assert isinstance(backend, LlamaBackend)
    return backend


@pytest.fixture(scope="module")
def loaded() -> Iterator[LlamaBackend]:
    """One backend of 4 places and 4096 cells for all tests here; ``backend`` empties it."""
    backend = backend_of()
    yield backend
    backend.close()


@pytest.fixture
def backend(loaded: LlamaBackend) -> LlamaBackend:
    for slot in range(loaded.n_slots):
        loaded.truncate(slot, 0)
    return loaded


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(MODEL, threads=1) as engine:
        yield engine


def chat(question: str) -> str:
    return f"<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"


def sums(n: int) -> list[str]:
    """Different questions, each well below 64 tokens."""
    draw = Random(n)
    return [chat(f"{draw.choice(NAMES)} asks: what is {i} + {draw.randint(1, 99)}?") for i in range(n)]


# --- text ---


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What is the capital of France?", "The capital of France is Paris."),
        ("Who are you?", "I am llamar-tiny, a tiny demonstration model."),
        ("Count from 1 to 20", ", ".join(map(str, range(1, 21)))),
    ],
)
def test_the_model_answers(engine: Engine, question: str, text: str) -> None:
    assert engine.generate(chat(question), temperature=0, max_tokens=100) == text


def test_many_together(engine: Engine) -> None:
    countries = {"France": "Paris", "Japan": "Tokyo", "Italy": "Rome", "New Zealand": "Wellington"}
    prompts = [chat(f"What is the capital of {country}?") for country in countries]
    texts = engine.generate_many(prompts * 5, temperature=0, max_tokens=50)
    assert texts == [f"The capital of {c} is {city}." for c, city in countries.items()] * 5


def test_a_character_comes_whole(engine: Engine) -> None:
    grammar = 'start: "ä🙂é日本語" /[ü]{3}/'
    pieces = list(engine.stream(chat("Hi"), temperature=0, grammar=grammar, stop="never"))
    assert "".join(pieces) == "ä🙂é日本語üüü"
    assert "\N{REPLACEMENT CHARACTER}" not in "".join(pieces)


def test_control_tokens_are_no_text(engine: Engine) -> None:
    prompt = chat("What is the capital of France?")
    assert engine.generate(prompt, temperature=0, ignore_eos=True, max_tokens=60).count("<|im_") == 0
    assert engine.detokenize(engine.tokenize(prompt)) == prompt


@pytest.mark.parametrize("text", ["", "plain", "ä🙂\x00 <|im_end|> <tool_call>\n\n", " x" * 3000])
@pytest.mark.parametrize("parse_special", [True, False])
def test_tokens_and_back(engine: Engine, text: str, parse_special: bool) -> None:
    tokens = engine.tokenize(text, parse_special=parse_special)
    assert engine.detokenize(tokens) == text


# --- the same alone and among others ---


class Run:
    """Everything that came out of a core, request by request."""

    def __init__(self, **settings: Any) -> None:
        config = EngineConfig(str(MODEL), threads=1, **settings)
        self.backend = load_backend(config)
        self.core = EngineCore(self.backend, config)
        self.logprobs: dict[str, list[TokenLogprob]] = {}
        self.finishes: dict[str, SequenceFinish] = {}

    def add(self, prompt: str, **fields: Any) -> str:
        fields = {"sampling": GREEDY, "logprobs": 3, "max_tokens": 30, "ignore_eos": True} | fields
        request = GenerateRequest(request_id=str(next(_ids)), prompt=prompt, **fields)
        self.core.add(request)
        self.logprobs[request.request_id] = []
        return request.request_id

    def step(self) -> None:
        for output in self.core.step():
            self.logprobs[output.request_id] += output.logprobs
            if output.finish is not None:
                self.finishes[output.request_id] = output.finish

    def finish(self) -> None:
        while not self.core.idle:
            self.step()

    def alone(self, prompt: str, **fields: Any) -> list[TokenLogprob]:
        """With nothing cached."""
        self.core.clear()
        request_id = self.add(prompt, **fields)
        self.finish()
        return self.logprobs[request_id]


@pytest.fixture(scope="module")
def lone() -> Iterator[Run]:
    run = Run(n_parallel=1)
    yield run
    run.backend.close()


@pytest.mark.parametrize("settings", [{}, {"n_parallel": 8}, {"n_batch": 32}], ids=repr)
def test_each_of_forty_gets_the_same_as_alone_to_the_last_bit(lone: Run, settings: dict[str, Any]) -> None:
    """Prompts below 64 tokens, in a pool in which nothing has to be dropped: larger prompts and cells
    out of order are rounded differently."""
    prompts = sums(40)
    run, draw = Run(**settings), Random(1)
    waiting, ids, strangers = list(prompts), [], []
    while waiting or not run.core.idle:
        for _ in range(draw.randint(0, 2)):
            if waiting:
                ids.append(run.add(waiting.pop(0)))
        if draw.random() < 0.2 and len(strangers) < 20:
            strangers.append(run.add("Once upon a time " * draw.randint(1, 9), max_tokens=100))
        if strangers and draw.random() < 0.2:
            run.core.abort(draw.choice(strangers))
        run.step()
    for prompt, request_id in zip(prompts, ids, strict=True):
        assert run.logprobs[request_id] == lone.alone(prompt)
    run.backend.close()


@pytest.mark.parametrize("cache_ram", [0, 100])
def test_a_pool_much_smaller_than_all_requests(cache_ram: int) -> None:
    questions = [f"Count from 1 to {n}" for n in (20, 15, 10)] + ["Who are you?", "Hi"]
    with Engine(MODEL, threads=1, n_ctx=4096, n_parallel=1) as engine:
        expected = [engine.generate(chat(each), temperature=0, max_tokens=90) for each in questions]
    with Engine(MODEL, threads=1, n_ctx=256, n_parallel=8, cache_ram=cache_ram) as engine:
        parked = count_calls(engine, "save")
        assert (
            engine.generate_many(list(map(chat, questions)) * 4, temperature=0, max_tokens=90) == expected * 4
        )
        assert parked


def count_calls(engine: Engine, method: str) -> list[Any]:
    """What is put in here whenever ``method`` of the backend is called."""
    original, calls = getattr(engine._backend, method), []

    def counted(*arguments: Any) -> Any:
        calls.append(arguments)
        return original(*arguments)

    setattr(engine._backend, method, counted)
    return calls


def test_the_same_seed_gives_the_same_among_others(lone: Run) -> None:
    run = Run()
    warm = SamplingParams(temperature=1.5, seed=7)
    ids = [run.add(prompt, sampling=warm) for prompt in sums(12)]
    run.finish()
    for prompt, request_id in zip(sums(12), ids, strict=True):
        assert run.logprobs[request_id] == lone.alone(prompt, sampling=warm)
    run.backend.close()


def test_a_prefix_is_computed_once(lone: Run) -> None:
    lone.core.clear()
    prompt = chat("What is the capital of France?")
    n = len(lone.core.backend.tokenize(prompt, add_special=True, parse_special=True))
    first, again = lone.add(prompt), lone.add(prompt)
    lone.finish()
    assert lone.logprobs[first] == lone.logprobs[again]
    assert [lone.finishes[i].cached_tokens for i in (first, again)] == [0, n - 1]
    assert [lone.finishes[i].prompt_tokens for i in (first, again)] == [n, n]


# --- the backend ---


def test_logits_of_several_sequences_in_one_batch(backend: LlamaBackend) -> None:
    chunks = [Chunk(slot, [300 + slot, 400, 500 + slot][: slot + 1], 0, True) for slot in range(3)]
    backend.decode(chunks)
    together = [backend.logits(chunk).copy() for chunk in chunks]
    for slot, chunk in enumerate(chunks):
        backend.truncate(slot, 0)
        backend.decode([chunk])
        assert np.array_equal(backend.logits(chunk), together[slot])


def test_a_large_and_small_chunks_in_one_step(backend: LlamaBackend) -> None:
    chunks = [Chunk(0, [300], 0, True), Chunk(1, [400] * 200, 0, True), Chunk(2, [500] * 3, 0, True)]
    backend.decode(chunks)
    together = [backend.logits(chunk).copy() for chunk in chunks]
    for slot in (0, 2):
        backend.truncate(slot, 0)
        backend.decode([chunks[slot]])
        assert np.array_equal(backend.logits(chunks[slot]), together[slot])


def next_logits(backend: LlamaBackend, slot: int, start: int) -> Any:
    chunk = Chunk(slot, [321], start, True)
    backend.decode([chunk])
    return backend.logits(chunk).copy()


def test_a_copy_and_a_restored_state_go_on_alike(backend: LlamaBackend) -> None:
    backend.decode([Chunk(0, [*range(300, 350)], 0, False)])
    state = backend.save(0)
    backend.copy(0, 1, 50)
    backend.copy(0, 2, 30)
    expected = next_logits(backend, 0, 50)
    assert np.array_equal(next_logits(backend, 1, 50), expected)
    backend.decode([Chunk(2, [*range(330, 350)], 30, False)])
    assert np.array_equal(next_logits(backend, 2, 50), expected)
    backend.truncate(0, 0)
    assert backend.restore(0, state)
    assert np.array_equal(next_logits(backend, 0, 50), expected)
    assert backend.truncate(0, 20)
    backend.decode([Chunk(0, [*range(320, 350)], 20, False)])
    assert np.array_equal(next_logits(backend, 0, 50), expected)


def test_cells_are_counted_as_the_engine_counts_them() -> None:
    """The last cell can be used, and not one more; copies cost nothing; a refusal changes nothing."""
    backend = backend_of(n_ctx=512, n_batch=512)
    n = backend.n_cells
    backend.decode([Chunk(0, [300] * (n - 2), 0, False)])
    for slot in range(1, 4):
        backend.copy(0, slot, n - 2)
    with pytest.raises(CellsExhausted):
        backend.decode([Chunk(slot, [400], n - 2, True) for slot in range(3)])
    backend.decode([Chunk(slot, [400], n - 2, True) for slot in range(2)])
    with pytest.raises(CellsExhausted):
        backend.decode([Chunk(2, [400], n - 2, True)])
    state = backend.save(3)
    backend.truncate(3, 0)
    assert not backend.restore(3, state)
    backend.truncate(1, 0)
    backend.decode([Chunk(2, [400], n - 2, True)])
    backend.close()


# --- samplers ---


def text(engine: Engine, **options: Any) -> str:
    engine._core.clear()
    return engine.generate(chat("Tell me a story"), max_tokens=60, ignore_eos=True, **options)


@pytest.mark.parametrize(
    "only_the_likeliest",
    [{"top_k": 1}, {"min_p": 1.0}, {"top_p": 0.0}, {"temperature": 1e-6}, {"temperature": 1e-40}],
    ids=repr,
)
def test_filters_that_leave_one_token_are_greedy(engine: Engine, only_the_likeliest: dict[str, Any]) -> None:
    options = {"temperature": 3.0, "seed": 1} | PLAIN
    assert text(engine, **options | only_the_likeliest) == text(engine, temperature=0)
    assert text(engine, **options) != text(engine, temperature=0)


@pytest.mark.parametrize(
    "parameter",
    [
        {"temperature": 1.0},
        {"top_k": 5},
        {"top_p": 0.5},
        {"min_p": 0.3},
        {"typical_p": 0.3},
        {"repeat_penalty": 1.8},
        {"frequency_penalty": 1.5},
        {"presence_penalty": 1.5},
        {"seed": 2},
        {"logit_bias": {400: 5.0}},
    ],
    ids=repr,
)
def test_each_parameter_has_an_effect(engine: Engine, parameter: dict[str, Any]) -> None:
    options: dict[str, Any] = {"temperature": 1.6, "seed": 1} | PLAIN
    assert text(engine, **options) == text(engine, **options)
    assert text(engine, **options | parameter) != text(engine, **options)


@pytest.mark.parametrize(
    "penalty", [{"repeat_penalty": 1000.0}, {"frequency_penalty": 50.0}, {"presence_penalty": 50.0}], ids=repr
)
@pytest.mark.parametrize("last_n", [-1, 200])
def test_penalties_forbid_what_was_there(engine: Engine, penalty: dict[str, float], last_n: int) -> None:
    prompt = engine.tokenize(chat("Count from 1 to 20"))
    answer = engine.tokenize(
        engine.generate(prompt, temperature=0, penalty_last_n=last_n, max_tokens=12, **penalty)
    )
    assert not set(answer) & set(prompt)
    unpenalized = engine.generate(prompt, temperature=0, penalty_last_n=0, max_tokens=12, **penalty)
    assert unpenalized == "1, 2, 3, 4, "


@pytest.mark.parametrize(
    "extreme",
    [
        {"temperature": 1e30},
        {"temperature": float("inf")},
        {"top_k": 2**31 - 1},
        {"typical_p": 0.0},
        {"repeat_penalty": 1e-30},
        {"repeat_penalty": 1e30},
        {"logit_bias": {300: float("inf")}},
        {"logit_bias": dict.fromkeys(range(VOCABULARY), -100.0)},
        {"logit_bias": dict.fromkeys(range(VOCABULARY), float("-inf"))},
        {"penalty_last_n": 2**31 - 1, "repeat_penalty": 1.1},
    ],
    ids=lambda extreme: repr(extreme)[:40],
)
def test_extreme_parameters_end_too(engine: Engine, extreme: dict[str, Any]) -> None:
    engine.generate("Hi", max_tokens=5, **{"seed": 1} | extreme)
    assert engine.generate(chat("Who are you?"), temperature=0, max_tokens=8).startswith("I am")


def test_extreme_biases_reach_every_token(backend: LlamaBackend) -> None:
    chunk = Chunk(0, [300], 0, True)
    backend.decode([chunk])
    assert len(backend.logits(chunk)) == VOCABULARY


def test_a_grammar_that_can_only_end_and_may_not(engine: Engine) -> None:
    for temperature in (0.0, 1.0):
        options: dict[str, Any] = {"temperature": temperature, "ignore_eos": True, "max_tokens": 20}
        assert engine.generate("Hi", grammar='start: "ab" /c?/', **options) in ("ab", "abc")


def test_logprobs_are_the_log_of_the_softmax(backend: LlamaBackend) -> None:
    chunk = Chunk(0, [300, 400, 500], 0, True)
    backend.decode([chunk])
    row = backend.logits(chunk).astype(np.float64)
    expected = row - np.log(np.exp(row).sum())
    assert np.allclose(log_softmax(backend.logits(chunk)), expected, atol=1e-4)
    assert np.exp(log_softmax(backend.logits(chunk)).astype(np.float64)).sum() == pytest.approx(1, abs=1e-4)


def test_sampling_follows_the_distribution(backend: LlamaBackend) -> None:
    """Counted over many draws, with the error that so many draws may have."""
    logits = np.full(backend.info.n_vocab, -np.inf, np.float32)
    logits[[10, 20, 30]] = np.log(np.array([0.6, 0.3, 0.1], np.float32))
    sampler = backend.sampler(SamplingParams(temperature=1.0, **PLAIN), seed=3)
    draws = [sampler.sample(logits) for _ in range(3000)]
    sampler.close()
    for token, share in ((10, 0.6), (20, 0.3), (30, 0.1)):
        assert draws.count(token) / len(draws) == pytest.approx(share, abs=0.04)
    ids = np.array([30, 20], np.int32)
    sampler = backend.sampler(SamplingParams(temperature=1.0, **PLAIN), seed=3)
    draws = [sampler.sample(logits[ids], ids) for _ in range(2000)]
    sampler.close()
    assert draws.count(20) / len(draws) == pytest.approx(0.75, abs=0.04)


# --- life ---


def test_two_thousand_requests_leave_nothing_in_memory(engine: Engine) -> None:
    def requests(n: int) -> None:
        for i in range(n):
            engine.generate(f"{i}", max_tokens=1, repeat_penalty=1.1, penalty_last_n=-1, seed=i)

    requests(200)
    before = psutil.Process().memory_info().rss
    requests(2000)  # each with a sampler that allocates 16 KB for what it looks back on
    assert psutil.Process().memory_info().rss - before < 8 * 2**20


def test_engines_do_not_share_what_one_of_them_frees() -> None:
    """In a process of its own: what fails here, fails with a crash."""
    code = f"""
import gc
from llamar_server.engine import Engine
from llamar_server.errors import ModelLoadError
first = Engine({str(MODEL)!r}, threads=1)
second = Engine({str(MODEL)!r}, threads=1)
second.close()
del second
gc.collect()
blocks = [bytes(100) for _ in range(100_000)]
for _ in range(100):
    try:
        Engine("/nowhere")
    except ModelLoadError as error:
        assert "nowhere" in str(error)
print(first.generate("Hi", max_tokens=3, temperature=0), end="")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100)
    assert (done.returncode, len(done.stdout) > 0) == (0, True), done.stderr
