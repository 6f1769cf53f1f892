"""Text as BERT's uncased models read it."""

from __future__ import annotations

import unicodedata

import pytest

from llamar_server.embedding.wordpiece import strips_accents, without_accents


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain ASCII, with\ttabs\nand\r\nlines", "plain ASCII, with\ttabs\nand\r\nlines"),
        ("Crème brûlée", "Creme brulee"),
        ("Größe", "Große"),
        ("zero\0width\ufeff\u200b\u00ad\x7f", "zerowidth"),
        ("नमस्ते", "नमसत"),  # nonspacing marks only: the vowel sign that takes space would stay
        ("हिन्दी", "हिनदी"),
        ("한글", unicodedata.normalize("NFD", "한글")),
        ("日本語", "日本語"),
    ],
    ids=ascii,
)
def test_accents(text: str, expected: str) -> None:
    assert without_accents(text) == expected


@pytest.mark.parametrize(
    ("strip_accents", "lowercase", "expected"),
    [
        ("", "", True),
        ("true", "", True),
        ("false", "", False),
        ("", "true", True),
        ("", "false", False),
        ("true", "false", True),
        ("false", "true", False),
    ],
)
def test_what_a_file_says(strip_accents: str, lowercase: str, expected: bool) -> None:
    assert strips_accents(strip_accents, lowercase) == expected
