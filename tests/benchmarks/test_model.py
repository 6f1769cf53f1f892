"""The made model is one that llama.cpp loads, tokenizes with and runs."""

from pathlib import Path

import llama_cpp
import pytest
from benchmarks.model import SHAPES, ensure_model
from benchmarks.prompts import read_vocabulary


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module", params=["q8_0", "f16"])
def model(request: pytest.FixtureRequest, directory: Path):
    path = ensure_model("tiny", request.param, directory)
    llama = llama_cpp.Llama(str(path), n_ctx=256, n_threads=1, n_threads_batch=1, verbose=False)
    yield llama
    llama.close()


@pytest.mark.parametrize("text", ["the quick brown fox", "  Two\n\tlines, 12 numbers", "Grüße, 世界 🙂", ""])
def test_text_survives_tokenizing(model, text):
    tokens = model.tokenize(text.encode(), add_bos=False)
    assert model.detokenize(tokens).decode() == text


def test_letters_are_merged(model):
    assert len(model.tokenize(b"abcd", add_bos=False)) < 4


def test_it_has_the_wanted_vocabulary(model):
    assert model.n_vocab() == SHAPES["tiny"].n_vocab


def test_an_answer_is_letters_up_to_its_limit(model):
    answer = model.create_chat_completion(
        [{"role": "user", "content": "hello there"}], max_tokens=100, temperature=0
    )
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"]["completion_tokens"] == 100
    assert answer["choices"][0]["message"]["content"].replace(" ", "").isalpha()


def test_the_same_recipe_gives_the_same_file(directory, tmp_path):
    first = ensure_model("tiny", "q8_0", directory)
    again = ensure_model("tiny", "q8_0", tmp_path)
    assert first.read_bytes() == again.read_bytes()


def test_a_made_model_is_kept(directory):
    path = ensure_model("tiny", "q8_0", directory)
    made = path.stat().st_mtime_ns
    assert ensure_model("tiny", "q8_0", directory) == path
    assert path.stat().st_mtime_ns == made
    assert not list(directory.glob("*.partial"))


def test_prompts_have_the_wanted_length(model):
    vocabulary = read_vocabulary(Path(model.model_path))
    for wanted in (50, 400):
        count = len(model.tokenize(vocabulary.text("key", wanted).encode(), add_bos=False))
        assert count == pytest.approx(wanted, rel=0.15)


def test_prompts_differ_by_key_only(model):
    vocabulary = read_vocabulary(Path(model.model_path))
    assert vocabulary.text("a", 100) == vocabulary.text("a", 100)
    assert vocabulary.text("a", 100) != vocabulary.text("b", 100)


def test_end_tokens_are_those_of_the_model(model):
    vocabulary = read_vocabulary(Path(model.model_path))
    assert model.token_eos() in vocabulary.end_tokens
