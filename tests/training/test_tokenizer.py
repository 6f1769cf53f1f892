"""The tokenizer: nothing is lost, and a word is written alike wherever it stands."""

from __future__ import annotations

import random
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from training.data.documents import documents
from training.rendering import Renderer
from training.tokenizer import SPECIAL, Vocabulary, learn


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    render = Renderer()
    return learn([render(chat) for chat in islice(documents(1), 400)])


@settings(max_examples=100)
@given(text=st.text())
def test_any_text_comes_back(vocabulary: Vocabulary, text: str) -> None:
    tokenizer = vocabulary.tokenizer()
    assert tokenizer.decode(tokenizer.encode(text).ids, skip_special_tokens=False) == text


def test_a_word_has_the_same_tokens_everywhere(vocabulary: Vocabulary) -> None:
    tokenizer = vocabulary.tokenizer()
    for word in ("invoice", "Tokyo", "zorbalat"):
        alone = tokenizer.encode(word).tokens
        for before in (" ", '"', "_", "(", "/"):
            assert tokenizer.encode(before + word).tokens[-len(alone) :] == alone


def test_digits_stay_single(vocabulary: Vocabulary) -> None:
    assert vocabulary.tokenizer().encode("40817").tokens == list("40817")
    assert not any(len(token) > 1 and any(map(str.isdigit, token)) for token in vocabulary.tokens)


def test_markup_is_one_token_each(vocabulary: Vocabulary) -> None:
    tokenizer = vocabulary.tokenizer()
    assert [len(tokenizer.encode(text).ids) for text in SPECIAL] == [1] * len(SPECIAL)
    assert tuple(vocabulary.tokens[: len(SPECIAL)]) == SPECIAL


def test_it_is_kept(vocabulary: Vocabulary, tmp_path: Path) -> None:
    vocabulary.save(tmp_path / "vocabulary.json")
    assert Vocabulary.load(tmp_path / "vocabulary.json") == vocabulary


@settings(max_examples=30)
@given(text=st.text(), seed=st.integers(0, 1000), share=st.floats(0, 1))
def test_a_rougher_vocabulary_loses_nothing(
    vocabulary: Vocabulary, text: str, seed: int, share: float
) -> None:
    rough = vocabulary.rougher(random.Random(seed), share)
    assert rough.tokens == vocabulary.tokens
    ids = rough.tokenizer().encode(text).ids
    assert rough.tokenizer().decode(ids, skip_special_tokens=False) == text
    assert len(ids) >= len(vocabulary.tokenizer().encode(text).ids)


def test_the_roughest_vocabulary_keeps_what_it_must(vocabulary: Vocabulary) -> None:
    rough = vocabulary.rougher(random.Random(1), 1.0, keep="assistant").tokenizer()
    assert rough.encode("assistant").tokens == vocabulary.tokenizer().encode("assistant").tokens
    assert rough.encode("weather").tokens == list("weather")
    json = '{"a": ["b"]}'
    assert rough.encode(json).tokens == vocabulary.tokenizer().encode(json).tokens
