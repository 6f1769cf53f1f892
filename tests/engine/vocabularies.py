"""Vocabularies for tests of constraints: bytes, pieces, and one that behaves like SentencePiece."""

from __future__ import annotations

from collections.abc import Iterable


class PieceVocabulary:
    """All bytes, ``pieces``, control tokens. Splits a text into the longest pieces from the left."""

    def __init__(
        self,
        pieces: Iterable[str] = (),
        control: tuple[str, ...] = ("<|mark|>", "[CALL]", "<|end|>", "<|stop|>"),
        eog: tuple[str, ...] = ("<|end|>", "<|stop|>"),
    ) -> None:
        texts = [bytes([byte]) for byte in range(256)] + [piece.encode() for piece in pieces]
        self.pieces = texts + [text.encode() for text in control]
        self.n_vocab = len(self.pieces)
        self.control = frozenset(range(len(texts), self.n_vocab))
        self.eog = frozenset(self.pieces.index(text.encode()) for text in eog)
        self._ids = {piece: token for token, piece in enumerate(texts)}

    def token(self, text: str) -> int:
        return self.pieces.index(text.encode())

    def piece(self, token: int, *, special: bool = False) -> bytes:
        return self.pieces[token] if special or token not in self.control else b""

    def tokenize(self, text: str, *, add_special: bool, parse_special: bool) -> list[int]:
        data, tokens = text.encode(), []
        while data:
            length = next(n for n in range(len(data), 0, -1) if data[:n] in self._ids)
            tokens.append(self._ids[data[:length]])
            data = data[length:]
        return tokens

    def text(self, tokens: Iterable[int]) -> str:
        return b"".join(self.pieces[token] for token in tokens).decode()


class PrefixingVocabulary(PieceVocabulary):
    """Puts a space before every text, as SentencePiece vocabularies do."""

    def tokenize(self, text: str, *, add_special: bool, parse_special: bool) -> list[int]:
        return super().tokenize(f" {text}" if text else "", add_special=False, parse_special=False)


class NormalizingVocabulary(PieceVocabulary):
    """Changes the text before it splits it: no tokenization of it is the text itself."""

    def tokenize(self, text: str, *, add_special: bool, parse_special: bool) -> list[int]:
        return super().tokenize(f"_{text.lower()}", add_special=False, parse_special=False)
