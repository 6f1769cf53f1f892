"""Constrained decoding: what a grammar allows next, as token ids. Built on llguidance.

It owns compiled grammars and the state of one sequence within its grammar. It samples nothing and
knows no model. A step of a constrained sequence, given its row of logits, is

    tokens = constraint.forced()                       # known without the model: take them as a batch
    if not tokens:
        token = sampler.sample(row)                    # most often the model's own choice is allowed
        if not constraint.accepts(token):
            token = sampler.sample(*constraint.restrict(row))
            constraint.accepts(token)

and after it ``constraint.finished`` says whether the grammar leaves nothing more to say. Forced
tokens are not consumed until they, too, went through ``accepts``. Whatever goes wrong inside a
grammar shows in ``constraint.error``; only end-of-generation tokens are allowed from then on, so the
sequence ends by itself.

Grammars are written in llguidance's dialect of Lark
(https://github.com/guidance-ai/llguidance/blob/main/docs/syntax.md). Their authors need not know the
vocabulary: ``markers.py`` makes token references of the markers that are control tokens in it.
"""

from __future__ import annotations

import textwrap
from collections import OrderedDict
from collections.abc import Collection, Sequence
from functools import cached_property
from typing import Final, Protocol

import numpy as np
from llguidance import LLMatcher, LLParserLimits, LLTokenizer, TokenizerWrapper
from numpy.typing import NDArray

from ..errors import InvalidGrammar
from .backend import Logits, TokenIds
from .markers import refer_to_tokens
from .nesting import refuse_if_too_deep

LIMITS: Final = LLParserLimits(max_lexer_states=50_000, verbose_errors=False)
"""What one grammar may cost. The library's own bounds hold the time of a step (about 15 ms) and of a
compilation; the states of a lexer take 1 to 2 kB each, so that one sequence stays under 100 MB."""

_MAX_CACHED: Final = 32
_MAX_GATHERED: Final = 5_000
_MAX_LINE: Final = 300


class Vocabulary(Protocol):
    """What a constraint needs to know of a model's tokens; every ``Backend`` fulfils it."""

    eog: frozenset[int]
    control: frozenset[int]

    def tokenize(self, text: str, *, add_special: bool, parse_special: bool) -> list[int]: ...

    def piece(self, token: int, *, special: bool = False) -> bytes: ...


class ConstraintCompiler:
    """Compiles grammars for one vocabulary of ``n_vocab`` tokens.

    The vocabulary is read at the first grammar (about 0.5 s for 150,000 tokens) or by ``prepare``. The
    latest compiled grammars are kept: a grammar that was seen costs a copy (about 50 µs).
    """

    def __init__(self, vocabulary: Vocabulary, n_vocab: int) -> None:
        self._vocabulary = vocabulary
        self._n_vocab = n_vocab
        self._compiled: OrderedDict[tuple[str, frozenset[str]], LLMatcher] = OrderedDict()

    def prepare(self) -> None:
        """Read the vocabulary now, so that nobody who is being answered waits for it."""
        _ = self._tokenizer, self._control

    def compile(self, grammar: str, preserved_tokens: Collection[str] = ()) -> Constraint:
        """The constraint of a sequence that has produced nothing yet.

        ``preserved_tokens`` are the texts that mean control tokens in ``grammar``. Raises
        ``InvalidGrammar`` with the compiler's own words.
        """
        key = grammar, frozenset(preserved_tokens)
        matcher = self._compiled.get(key)
        if matcher is None:
            matcher = self._compiled[key] = self._compile(grammar, preserved_tokens)
            if len(self._compiled) > _MAX_CACHED:
                self._compiled.popitem(last=False)
        self._compiled.move_to_end(key)
        return Constraint(matcher.deep_copy(), self._vocabulary.eog, self._masks)

    def _compile(self, grammar: str, preserved_tokens: Collection[str]) -> LLMatcher:
        markers = {text: self._control[text] for text in preserved_tokens if text in self._control}
        refuse_if_too_deep(grammar)
        if markers:
            grammar = refer_to_tokens(grammar, markers, self._vocabulary.eog)
        matcher = LLMatcher(self._tokenizer, grammar, log_level=0, limits=LIMITS)
        if (problem := explain(matcher.get_error())) is not None:
            raise InvalidGrammar(f"the grammar cannot be compiled: {problem}")
        return matcher

    @cached_property
    def _pieces(self) -> list[bytes]:
        return [self._vocabulary.piece(token, special=True) for token in range(self._n_vocab)]

    @cached_property
    def _control(self) -> dict[str, int]:
        return {self._pieces[token].decode(errors="replace"): token for token in self._vocabulary.control}

    @cached_property
    def _tokenizer(self) -> LLTokenizer:
        # The library's own reader of llama.cpp vocabularies takes user-defined tokens like
        # <tool_call> for special ones (a literal "<tool_call>" then rejects that very token) and
        # passes one end-of-generation token only.
        wrapper = TokenizerWrapper(_Tokenizer(self._pieces, self._vocabulary))
        return LLTokenizer(wrapper, eos_token=sorted(self._vocabulary.eog))

    @cached_property
    def _masks(self) -> _Masks:
        return _Masks(self._n_vocab)


class Constraint:
    """Where one sequence stands in its grammar. Used by one thread."""

    def __init__(self, matcher: LLMatcher, eog: frozenset[int], masks: _Masks) -> None:
        self._matcher = matcher
        self._eog = eog
        self._masks = masks
        self._n_after_end = 0

    @property
    def finished(self) -> bool:
        """Nothing but the end is possible: the grammar is complete, or broken (see ``error``)."""
        return self._matcher.is_stopped()

    @property
    def can_end(self) -> bool:
        """The text so far satisfies the grammar."""
        return self._matcher.is_accepting()

    @property
    def error(self) -> str | None:
        """Why the grammar cannot be followed any further: it ran into a limit."""
        return explain(self._matcher.get_error())

    def forced(self) -> list[int]:
        """The tokens that must come next whatever the model says; empty where there is a choice.

        They are split as the vocabulary itself splits that text, and none is forced whose end could
        grow into a longer token of what may follow.
        """
        return self._matcher.compute_ff_tokens()

    def accepts(self, token: int) -> bool:
        """Whether ``token`` may come next. It is consumed if so; nothing changes otherwise."""
        if self._matcher.is_stopped():
            at_end = token in self._eog
            self._n_after_end += at_end
            return at_end
        return self._matcher.try_consume_tokens([token]) == 1

    def restrict(self, logits: Logits) -> tuple[Logits, TokenIds | None]:
        """What is left of a row: the logits of the allowed tokens, and their ids. Where many are
        allowed, the row itself, overwritten with -inf for all others, and None."""
        return self._masks.restrict(self._matcher, logits)

    def rollback(self, n: int) -> None:
        """Take back the last ``n`` tokens. A grammar that counts tokens (``max_tokens``) cannot do
        that: it is in error then."""
        after_end = min(n, self._n_after_end)
        self._n_after_end -= after_end
        if n > after_end:
            self._matcher.rollback(n - after_end)

    def copy(self) -> Constraint:
        """An independent constraint in the same place."""
        other = Constraint(self._matcher.deep_copy(), self._eog, self._masks)
        other._n_after_end = self._n_after_end
        return other


class _Masks:
    """Turns llguidance's bit masks into ids or logits; the buffers serve all sequences in turn."""

    def __init__(self, n_vocab: int) -> None:
        self._n_vocab = n_vocab
        self._bits = np.zeros(-(-n_vocab // 32) * 4, np.uint8)
        octets = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little")
        self._addends = np.where(octets, np.float32(0), np.float32(-np.inf))
        self._scratch = np.empty((len(self._bits), 8), np.float32)

    def restrict(self, matcher: LLMatcher, logits: Logits) -> tuple[Logits, TokenIds | None]:
        matcher.unsafe_compute_mask_ptr(self._bits.ctypes.data, self._bits.nbytes)
        (octets,) = np.nonzero(self._bits)
        if len(octets) <= _MAX_GATHERED:
            ids = self._ids(octets)
            return logits[ids], ids
        np.take(self._addends, self._bits, axis=0, out=self._scratch)
        logits += self._scratch.ravel()[: self._n_vocab]
        return logits, None

    def _ids(self, octets: NDArray[np.intp]) -> TokenIds:
        positions = np.flatnonzero(np.unpackbits(self._bits[octets], bitorder="little"))
        ids: TokenIds = ((octets[positions >> 3] << 3) + (positions & 7)).astype(np.int32)
        return ids[ids < self._n_vocab]


class _Tokenizer:
    """What ``TokenizerWrapper`` asks for: pieces, and how the vocabulary splits a text that stands
    in the middle of another."""

    def __init__(self, pieces: Sequence[bytes], vocabulary: Vocabulary) -> None:
        self.tokens = pieces
        self.special_token_ids = sorted(vocabulary.control)
        self.eos_token_id = min(vocabulary.eog)
        self.bos_token_id: int | None = None
        self._vocabulary = vocabulary
        self._lead = next(filter(self._shields, ("", *map(chr, range(1, 32)))), "")
        self._n_lead = len(self._split(self._lead))

    def __call__(self, text: bytes) -> list[int]:
        tokens = self._split(self._lead + text.decode())[self._n_lead :]
        return tokens if self._joined(tokens) == text else self._greedy(text)

    def _shields(self, lead: str) -> bool:
        """Whether a text after ``lead`` is split as it stands: SentencePiece vocabularies put a
        space before whatever comes first."""
        tokens = self._split(lead + "a")[len(self._split(lead)) :]
        return self._joined(tokens) == b"a"

    def _split(self, text: str) -> list[int]:
        return self._vocabulary.tokenize(text, add_special=False, parse_special=False)

    def _joined(self, tokens: Sequence[int]) -> bytes:
        return b"".join(self.tokens[token] for token in tokens)

    def _greedy(self, text: bytes) -> list[int]:
        """The longest token first, for texts that the vocabulary's own tokenizer would alter."""
        tokens, at = [], 0
        while at < len(text):
            ends = range(min(len(text), at + self._longest), at, -1)
            end = next((end for end in ends if text[at:end] in self._by_piece), None)
            if end is None:
                return []
            tokens.append(self._by_piece[text[at:end]])
            at = end
        return tokens

    @cached_property
    def _by_piece(self) -> dict[bytes, int]:
        special = set(self.special_token_ids)
        return {piece: token for token, piece in enumerate(self.tokens) if piece and token not in special}

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self._by_piece), default=0)


def explain(message: str) -> str | None:
    """llguidance's error message as one sentence: it adds the place, the grammar and its own state."""
    lines = [line for line in message.splitlines() if line and not line.startswith((" ", "<"))]
    return " ".join(textwrap.shorten(line, _MAX_LINE) for line in lines) or None
