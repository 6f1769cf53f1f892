"""What the engine asks of the thing that runs the model, as one protocol.

``llama.py`` fulfils it with llama.cpp, the tests' scripted double without any model, so that all of
the engine above it is tested at any speed. A backend has numbered *slots*; each holds the computed
state (KV cells) of one token sequence. It schedules nothing and keeps no request.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from ..config import EmbeddingConfig, EngineConfig
from .memory import no_more_than_available
from .protocol import LoadedModel, ModelInfo
from .sampling import SamplingParams

Logits = NDArray[np.float32]
TokenIds = NDArray[np.int32]
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Tokens to compute for ``slot``, the first at position ``start``. The logits after the last
    one are kept where ``logits`` is set."""

    slot: int
    tokens: Sequence[int]
    start: int
    logits: bool


class CellsExhausted(Exception):
    """The pool of KV cells has no room for the batch; nothing was computed."""


class TokenSampler(Protocol):
    """Draws tokens for one sequence, keeping what penalties and its random numbers need."""

    def sample(self, logits: Logits, ids: TokenIds | None = None) -> int:
        """One token of ``ids`` (None: all), whose logits are given. Does not accept it."""

    def accept(self, token: int) -> None: ...

    def close(self) -> None: ...


class Memory(Protocol):
    """The KV cells: what the prefix cache does with slots. Copying shares cells and costs none."""

    def holds(self, slot: int, n: int) -> bool:
        """Whether a token could follow the first ``n`` of a slot: where attention is a sliding window,
        what no later token of the slot can see may be gone."""

    def copy(self, source: int, target: int, n: int) -> None:
        """Let the empty ``target`` share the first ``n`` tokens of ``source``, which holds them."""

    def truncate(self, slot: int, n: int) -> bool:
        """Keep the first ``n`` tokens, which it holds. False, and the slot emptied, where the model cannot
        do that."""

    def state_size(self, slot: int) -> int:
        """How many bytes ``save`` would take."""

    def save(self, slot: int) -> Any:
        """The state of a slot, to be kept in RAM."""

    def restore(self, slot: int, state: Any) -> bool:
        """Put a saved state into an empty slot. False where it does not fit."""


class Vocabulary(Protocol):
    """Text to tokens and back, as every loaded model does it."""

    @property
    def info(self) -> LoadedModel: ...

    def tokenize(self, text: str, *, add_special: bool, parse_special: bool) -> list[int]: ...

    def piece(self, token: int, *, special: bool = False) -> bytes:
        """The bytes of a token; empty for control tokens unless ``special``."""


class Backend(Memory, Vocabulary, Protocol):
    info: ModelInfo
    n_slots: int
    n_cells: int
    eog: frozenset[int]
    """The tokens that end a generation."""
    control: frozenset[int]
    """The tokens that have no text of their own (end-of-generation tokens among them)."""
    truncates: bool
    """Whether a slot's state can be cut at any token (not so for recurrent models)."""

    def decode(self, chunks: Sequence[Chunk]) -> None:
        """Compute one batch. Raises ``CellsExhausted`` with nothing done, or ``EngineError``."""

    def logits(self, chunk: Chunk) -> Logits:
        """The logits that ``chunk``, of the last batch, asked for; valid, and writable, until the next."""

    def sampler(self, params: SamplingParams, seed: int) -> TokenSampler: ...

    def close(self) -> None: ...


def detokenize(vocabulary: Vocabulary, tokens: Collection[int]) -> str:
    """The text of ``tokens``, control tokens included. Raises ``InvalidRequest`` for ids that are outside
    of the vocabulary."""
    vocabulary.info.check_tokens(tokens, "tokens")
    return b"".join(vocabulary.piece(token, special=True) for token in tokens).decode(errors="replace")


def load_backend(config: EngineConfig, on_progress: Progress | None = None) -> Backend:
    """Load ``config.backend``, which is called with the settings and a progress callback (0 to 1).

    Raises ``ModelLoadError``.
    """
    return cast(Backend, load(config, on_progress))


def load(config: EngineConfig | EmbeddingConfig, on_progress: Progress | None) -> Any:
    """The same for whichever protocol the settings are of."""
    module, _, name = config.backend.partition(":")
    factory = getattr(import_module(module), name)
    with no_more_than_available():
        return factory(config, on_progress or (lambda _: None))
