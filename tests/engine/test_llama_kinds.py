"""Models whose memory is not a plain KV cache: they too give each request what it gets alone."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from llamar_server.config import EngineConfig
from llamar_server.engine import Engine
from llamar_server.engine.backend import Chunk, load_backend
from llamar_server.engine.core import EngineCore
from llamar_server.engine.llama import LlamaBackend
from llamar_server.engine.protocol import GenerateRequest, TokenLogprob
from llamar_server.engine.sampling import SamplingParams
from llamar_server.errors import ModelLoadError, PromptTooLong
from tests.engine import tiny_models
from tests.engine.tiny_models import WINDOW

KINDS: list[Callable[[Path], Path]] = [tiny_models.sliding, tiny_models.recurrent]

EXACT: dict[str, Any] = {"threads": 1, "cache_type_k": "f32", "cache_type_v": "f32"}
ROUNDING = 0.01  # far below the effect of any one token, and far above that of other batches and cells

Said = list[TokenLogprob]

_ids = count()


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.__name__)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = request.param(tmp_path_factory.mktemp("models") / "model.gguf")
    return path


@pytest.fixture(scope="module")
def sliding(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.sliding(tmp_path_factory.mktemp("models") / "sliding.gguf")


def tokens(n: int, seed: int) -> list[int]:
    draw = Random(seed)
    return [draw.randrange(3, 259) for _ in range(n)]


class Answers:
    """Runs requests on a core of its own; what is said to each, and how many tokens were cached."""

    def __init__(self, model: Path, **settings: Any) -> None:
        config = EngineConfig(str(model), **EXACT | settings)
        self.core = EngineCore(load_backend(config), config)

    def __call__(self, prompts: list[list[int]]) -> tuple[list[Said], list[int]]:
        ids = [str(next(_ids)) for _ in prompts]
        said: dict[str, Said] = {i: [] for i in ids}
        cached = dict.fromkeys(ids, 0)
        for i, prompt in zip(ids, prompts, strict=True):
            greedy = SamplingParams(temperature=0)
            request = GenerateRequest(
                request_id=i, prompt=prompt, sampling=greedy, max_tokens=40, logprobs=2, ignore_eos=True
            )
            self.core.add(request)
        while not self.core.idle:
            for output in self.core.step():
                said[output.request_id] += output.logprobs
                if output.finish is not None:
                    cached[output.request_id] = output.finish.cached_tokens
        return list(said.values()), list(cached.values())

    def alone(self, prompt: list[int]) -> Said:
        self.core.clear()
        return self([prompt])[0][0]


def assert_same(some: Said, other: Said) -> None:
    """The same tokens, or two that were as likely as each other, after which all may differ."""
    for one, two in zip(some, other, strict=True):
        assert one.top[0].logprob == pytest.approx(two.top[0].logprob, abs=ROUNDING)
        if one.token != two.token:
            assert one.top[0].logprob == pytest.approx(one.top[1].logprob, abs=ROUNDING)
            return


def test_every_token_of_the_prompt_counts(model: Path) -> None:
    answers = Answers(model)
    prompt = tokens(WINDOW - 4, seed=1)
    with pytest.raises(AssertionError):
        assert_same(answers.alone(prompt), answers.alone([7, *prompt[1:]]))
    assert len({entry.token for entry in answers.alone(prompt)}) > 10


@pytest.mark.parametrize("cells", [512, 1024])
def test_many_with_common_beginnings_get_what_they_get_alone(model: Path, cells: int) -> None:
    lone = Answers(model, n_ctx=512, n_parallel=1)
    many = Answers(model, n_ctx=512, kv_cells=cells, n_parallel=4, n_batch=64, prefill_chunk=32)
    draw = Random(3)
    prompts = []
    for i in range(40):
        begin = tokens(draw.choice([0, 64, 130, 200]), seed=0)
        prompts.append(begin + tokens(draw.randint(1, 120), seed=i % 10 + 1))
    said, cached = many(prompts)
    for prompt, answer in zip(prompts, said, strict=True):
        assert_same(answer, lone.alone(prompt))
    assert any(cached) == many.core.backend.truncates


def test_a_conversation_goes_on_without_computing_it_again(model: Path) -> None:
    lone, one = Answers(model, n_parallel=1), Answers(model, n_parallel=1)
    prompt, computed = tokens(90, seed=1), 0
    for turn in range(4):
        (said,), (cached,) = one([prompt])
        assert_same(said, lone.alone(prompt))
        assert cached == computed
        computed = len(prompt) + len(said) - 1
        prompt = prompt + [entry.token for entry in said] + tokens(20, seed=turn)


def test_a_saved_state_goes_on_alike(model: Path) -> None:
    backend = load_backend(EngineConfig(str(model), n_parallel=2, **EXACT))
    chunk = Chunk(0, tokens(100, seed=1), 0, True)
    backend.decode([chunk])
    state, after = backend.save(0), Chunk(0, [50], 100, True)
    backend.decode([after])
    expected = backend.logits(after).copy()
    backend.truncate(0, 0)
    assert backend.restore(1, state)
    again = Chunk(1, [50], 100, True)
    backend.decode([again])
    assert np.allclose(backend.logits(again), expected, atol=1e-5)
    backend.close()


def test_what_a_sliding_window_has_left_behind_is_not_taken_for_there(sliding: Path) -> None:
    """llama.cpp gives away cells that no later token of their sequence can see."""
    backend = load_backend(EngineConfig(str(sliding), n_ctx=512, n_batch=512, **EXACT))
    assert isinstance(backend, LlamaBackend)
    old = tokens(200, seed=1)
    backend.decode([Chunk(0, tokens(50, seed=2), 0, False)])
    backend.decode([Chunk(1, old, 0, False)])
    assert backend.holds(1, 64)
    backend.truncate(0, 0)
    backend.decode([Chunk(2, tokens(150, seed=3), 0, False)])  # more than what has become free
    assert not backend.holds(1, 64)
    assert backend.holds(1, 200)
    after = Chunk(1, [50], 200, True)
    backend.decode([after])
    got = backend.logits(after).copy()
    for slot in range(3):
        backend.truncate(slot, 0)
    backend.decode([Chunk(0, old, 0, False)])
    fresh = Chunk(0, [50], 200, True)
    backend.decode([fresh])
    assert np.allclose(backend.logits(fresh), got, atol=ROUNDING)
    backend.close()


def test_text_of_a_sentencepiece_vocabulary(sliding: Path) -> None:
    with Engine(sliding, **EXACT) as engine:
        assert (engine.info.bos_token, engine.info.add_bos) == ("<s>", True)
        assert engine.tokenize("the tea")[0] == 1
        assert engine.tokenize("<s>the tea", parse_special=True)[:2] == [1, 1]
        assert engine._core.prompt_tokens(request("<s>the tea")) == engine.tokenize("the tea")
        assert engine.detokenize(engine.tokenize("the ätea", add_special=False)) == " the ätea"


def request(prompt: str) -> GenerateRequest:
    return GenerateRequest(request_id="x", prompt=prompt)


def test_a_model_without_a_tokenizer_is_refused(tmp_path: Path) -> None:
    path = tiny_models.without_tokenizer(tmp_path / "mute.gguf")
    with pytest.raises(ModelLoadError, match="tokenizer"):
        Engine(path, threads=1)


def test_a_model_with_a_table_of_positions_is_never_asked_for_one_that_is_not_there(tmp_path: Path) -> None:
    with Engine(tiny_models.counting(tmp_path / "counting.gguf"), threads=1) as engine:
        assert engine.info.n_ctx == engine.info.n_ctx_train == WINDOW
        engine.generate([5] * (WINDOW - 2), max_tokens=100, ignore_eos=True)
        with pytest.raises(PromptTooLong):
            engine.generate([5] * WINDOW)
