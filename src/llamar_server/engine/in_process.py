"""What every model in the caller's own process has in common: its tokens, and its end.

Refuses to compute: what a model is for is its subclass's.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

from ..errors import EngineError
from .backend import Vocabulary, detokenize


class ClosableVocabulary(Vocabulary, Protocol):
    def close(self) -> None: ...


BackendT = TypeVar("BackendT", bound=ClosableVocabulary)


class InProcess(Generic[BackendT]):
    """A loaded model, given back by ``close`` or with the context. Not for several threads at a time."""

    def __init__(self, backend: BackendT) -> None:
        self._backend = backend
        self._closed = False

    def tokenize(self, text: str, *, add_special: bool = True, parse_special: bool = True) -> list[int]:
        self._check_open()
        return self._backend.tokenize(text, add_special=add_special, parse_special=parse_special)

    def detokenize(self, tokens: Sequence[int]) -> str:
        """Raises ``InvalidRequest`` for ids that are outside of the vocabulary."""
        self._check_open()
        return detokenize(self._backend, tokens)

    def close(self) -> None:
        """Give all memory back. The model cannot be used any more. Idempotent."""
        if not self._closed:
            self._closed = True
            self._backend.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check_open(self) -> None:
        if self._closed:
            raise EngineError(f"the {type(self).__name__.lower()} is closed")
