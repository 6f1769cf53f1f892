"""A WordPiece vocabulary in GGUF, as llama.cpp's tokenizer ``bert`` wants it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import gguf


@dataclass(frozen=True)
class Special:
    """The numbers of the special tokens."""

    pad: int
    unknown: int
    cls: int
    sep: int
    mask: int

    @classmethod
    def of_bert(cls) -> Special:
        """Those of BERT's own vocabulary."""
        return cls(pad=0, unknown=100, cls=101, sep=102, mask=103)


def add_wordpiece(writer: gguf.GGUFWriter, pieces: Sequence[str], special: Special) -> None:
    """``pieces`` with BERT's ``##``; a text becomes ``[CLS] … [SEP]``, a pair ``[CLS] … [SEP] … [SEP]``."""
    named = {pieces[i] for i in vars(special).values()}
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([_phantom_space(piece, piece in named) for piece in pieces])
    writer.add_token_types([_kind(i, piece in named, special) for i, piece in enumerate(pieces)])
    writer.add_bos_token_id(special.cls)
    writer.add_eos_token_id(special.sep)
    writer.add_sep_token_id(special.sep)
    writer.add_unk_token_id(special.unknown)
    writer.add_pad_token_id(special.pad)
    writer.add_mask_token_id(special.mask)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(True)
    writer.add_add_sep_token(False)  # between the halves of a pair, where the end token already stands


def _phantom_space(piece: str, special: bool) -> str:
    """GGUF marks the beginning of a word (with ``▁``) where BERT marks what continues one."""
    if special:
        return piece
    return piece.removeprefix("##") if piece.startswith("##") else "▁" + piece


def _kind(token: int, special: bool, of: Special) -> gguf.TokenType:
    if token == of.unknown:
        return gguf.TokenType.UNKNOWN
    return gguf.TokenType.CONTROL if special else gguf.TokenType.NORMAL
