"""Texts against grammars, byte by byte: no model's vocabulary is needed for that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from llguidance import LLMatcher

from llamar_server.chat.mending import byte_tokenizer


@dataclass(frozen=True)
class Match:
    """``n`` bytes of a text were accepted; ``rest`` was not; ``complete``: the answer may end there."""

    n: int
    rest: str
    complete: bool
    finished: bool
    forced: str

    @property
    def accepted(self) -> bool:
        return not self.rest and self.complete


def matcher(grammar: str) -> LLMatcher:
    new = LLMatcher(byte_tokenizer(), grammar, log_level=0)
    assert new.get_error() == ""
    return new


def match(grammar: str, text: str) -> Match:
    state, data = matcher(grammar), text.encode()
    n = state.try_consume_tokens(list(data))
    assert not state.is_error()
    forced = bytes(token for token in state.compute_ff_tokens() if token < 256).decode()
    rest = data[n:].decode(errors="replace")
    return Match(n, rest, state.is_accepting(), state.is_stopped(), forced)


def allowed_bytes(state: LLMatcher) -> list[int]:
    bits = np.unpackbits(np.frombuffer(state.compute_bitmask(), np.uint8), bitorder="little")
    return [int(byte) for byte in np.flatnonzero(bits[:256])]
