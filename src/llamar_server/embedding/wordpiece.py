"""Text as BERT reads it, before llama.cpp makes WordPiece tokens of it.

BERT's uncased models take accents off: the text in Unicode's form NFD, without nonspacing marks, without
control and format characters (https://github.com/google-research/bert, ``tokenization.py``). llama.cpp does
something else, so that tokens in Korean and Hindi are not those that the model has learned. It is told not
to (``STRIP_ACCENTS``), and gets the text without them.
"""

from __future__ import annotations

import unicodedata

STRIP_ACCENTS = "tokenizer.ggml.normalizer.strip_accents"
LOWERCASE = "tokenizer.ggml.normalizer.lowercase"

_SPACES = "\t\n\r"


def strips_accents(strip_accents: str, lowercase: str) -> bool:
    """What a file with these two values (empty: not there) says; as in BERT, accents go with capitals."""
    return (strip_accents or lowercase or "true") == "true"


def without_accents(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join(filter(_stays, unicodedata.normalize("NFD", text)))


def _stays(character: str) -> bool:
    if character in _SPACES:
        return True
    return character not in "\0\ufffd" and unicodedata.category(character) not in ("Mn", "Cc", "Cf")
