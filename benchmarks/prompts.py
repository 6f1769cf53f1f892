"""Prompts of a wanted length in tokens, for any model. Refuses to know servers."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import llama_cpp

_TEXT = """
about after again all answer ask away back because before begin between book both call carry change
city close come country cut day different does done door down draw each early earth eat end enough
every example eye face far father few find first follow food found four from garden get give good
great grow hand hard head hear help here high home house idea important keep kind know large last
late leave letter life light line list little live long look made make many mean
"""
_WORDS = tuple(_TEXT.split())

_no_log = llama_cpp.llama_log_callback(lambda level, text, data: None)  # must outlive its use by llama.cpp


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the prompts need to know of a model."""

    tokens_per_word: float
    end_tokens: tuple[int, ...]

    def text(self, key: str, n_tokens: int) -> str:
        """About ``n_tokens`` tokens of words in a random order that ``key`` decides."""
        count = max(1, round(n_tokens / self.tokens_per_word))
        return " ".join(random.Random(key).choices(_WORDS, k=count))


def read_vocabulary(path: Path) -> Vocabulary:
    """Read a model's vocabulary, not its weights."""
    llama_cpp.llama_log_set(_no_log, None)
    params = llama_cpp.llama_model_default_params()
    params.vocab_only = True
    model = llama_cpp.llama_model_load_from_file(str(path).encode(), params)
    if not model:
        raise ValueError(f"{path} is not a model that can be loaded")
    try:
        vocab = llama_cpp.llama_model_get_vocab(model)
        sample = random.Random(0).choices(_WORDS, k=400)
        tokens = range(llama_cpp.llama_vocab_n_tokens(vocab))
        ends = (token for token in tokens if llama_cpp.llama_vocab_is_eog(vocab, token))
        return Vocabulary(_count_tokens(vocab, " ".join(sample)) / len(sample), tuple(ends))
    finally:
        llama_cpp.llama_model_free(model)


def _count_tokens(vocab: llama_cpp.llama_vocab_p, text: str) -> int:
    """llama.cpp answers a buffer of no size with minus the number of tokens that it wants to write."""
    data = text.encode()
    return -int(llama_cpp.llama_tokenize(vocab, data, len(data), None, 0, False, False))
