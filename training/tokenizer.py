"""The tokenizer: byte-level BPE whose words have the same tokens wherever they stand.

Merges are learned on runs of letters alone, so a word is written alike after a space, a quote, ``_`` or
``(``: a model can then copy it by looking at one place. Digits stay single. Two exceptions save tokens:
JSON's punctuation, and small words that hardly ever stand anywhere but after a space.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

CONTROL: Final = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
MARKUP: Final = ("<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<think>", "</think>")
SPECIAL: Final = CONTROL + MARKUP

_SPACE: Final = "Ġ"
"""How byte-level BPE writes a space."""
_LETTER_MERGES: Final = 2050
_PUNCTUATION_MERGES: Final = 45
_SMALL_WORDS: Final = 150


@dataclass(frozen=True)
class Vocabulary:
    """Tokens in the order of their ids, and the merges in order of priority."""

    tokens: list[str]
    merges: list[tuple[str, str]]

    def save(self, path: Path) -> None:
        path.write_text(json.dumps({"tokens": self.tokens, "merges": self.merges}), "utf-8")

    @classmethod
    def load(cls, path: Path) -> Vocabulary:
        found = json.loads(path.read_text("utf-8"))
        return cls(found["tokens"], [(first, second) for first, second in found["merges"]])

    def rougher(self, draw: random.Random, share: float, keep: str = "") -> Vocabulary:
        """The same tokens without about ``share`` of the merges of letters, so that words come in more
        pieces; those of the words of ``keep`` stay.

        Training sees some documents so (after BPE-dropout, arXiv:1910.13267, but alike throughout a
        document): words that it knows then look like those that it has never seen, which a model must find
        and copy piece by piece.
        """
        made = {first + second: (first, second) for first, second in self.merges}
        kept, open_ = set[str](), self.tokenizer().encode(keep, add_special_tokens=False).tokens
        while open_:
            token = open_.pop()
            kept.add(token)
            open_.extend(made.get(token, ()))
        return Vocabulary(
            self.tokens,
            [
                (first, second)
                for first, second in self.merges
                if first + second in kept or not (first + second).isalpha() or draw.random() >= share
            ],
        )

    def tokenizer(self) -> Tokenizer:
        """Ready to encode, as llama.cpp does with the pre-tokenizer ``gpt-2``."""
        ids = {token: position for position, token in enumerate(self.tokens)}
        tokenizer = Tokenizer(models.BPE(vocab=ids, merges=self.merges))
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
        tokenizer.decoder = decoders.ByteLevel()
        tokenizer.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in SPECIAL])
        return tokenizer


def learn(texts: Sequence[str]) -> Vocabulary:
    """The vocabulary for ``texts``."""
    tokens = [*SPECIAL, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    merges: list[tuple[str, str]] = []
    known = set(tokens)
    candidates = [
        *_merges(texts, r"\p{L}+", _LETTER_MERGES),
        *_merges(texts, r' ?["{}\[\]:,]+', _PUNCTUATION_MERGES),
        *((_SPACE, word) for word in _small_words(texts)),
    ]
    for first, second in candidates:
        joined = first + second
        if first in known and second in known and joined not in known:
            known.add(joined)
            tokens.append(joined)
            merges.append((first, second))
    return Vocabulary(tokens, merges)


def _merges(texts: Sequence[str], pattern: str, count: int) -> list[tuple[str, str]]:
    """The ``count`` best merges within what matches ``pattern``; nothing else is merged."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), "removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=len(alphabet) + count, initial_alphabet=alphabet, show_progress=False, min_frequency=3
    )
    tokenizer.train_from_iterator(texts, trainer)
    found: dict[str, Any] = json.loads(tokenizer.to_str())["model"]
    return [tuple(merge) if isinstance(merge, list) else tuple(merge.split(" ")) for merge in found["merges"]]


def _small_words(texts: Iterable[str]) -> list[str]:
    """Frequent words that nearly always follow a space, so that nothing is ever copied from or to them."""
    splitter = pre_tokenizers.Split(Regex(r" ?\p{L}+"), "removed", invert=True)
    spaced, bare = Counter[str](), Counter[str]()
    for text in texts:
        for piece, _ in splitter.pre_tokenize_str(text):
            if piece.startswith(" "):
                spaced[piece[1:]] += 1
            else:
                bare[piece] += 1
    fit = [word for word in spaced if word.isascii() and bare[word] < 0.03 * spaced[word]]
    fit.sort(key=lambda word: (-spaced[word], word))
    return fit[:_SMALL_WORDS]
