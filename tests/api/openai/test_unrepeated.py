"""No delta equals what was sent before it, and nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamar_server.api.openai.unrepeated import Unrepeated


def deltas(pieces: list[str]) -> list[str]:
    out = Unrepeated()
    sent = [out.add(piece) for piece in pieces]
    assert out.text == "".join(pieces)
    return [delta for delta in sent + out.finish() if delta]


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([], []),
        (["Hello", " world"], ["Hello", " world"]),
        (["1", "1"], ["11"]),
        (["1"], ["1"]),
        (["ha", "ha", "!"], ["ha", "ha!"]),
        (["ha", "ha"], ["ha", "h", "a"]),
        (["", "a", "", "b", ""], ["ab"]),
        (["ab", "c", "abc", "d"], ["ab", "c", "abcd"]),
    ],
)
def test_examples(pieces: list[str], expected: list[str]) -> None:
    assert deltas(pieces) == expected


@given(st.lists(st.text("01", max_size=4), max_size=12))
def test_any_pieces(pieces: list[str]) -> None:
    before = ""
    for delta in deltas(pieces):
        assert delta != before
        before += delta
    assert before == "".join(pieces)


@given(st.lists(st.text("01", min_size=1, max_size=4), min_size=2, max_size=12))
def test_only_what_must_wait_waits(pieces: list[str]) -> None:
    out = Unrepeated()
    before = kept = ""
    for piece in pieces:
        sent = out.add(piece)
        kept += piece
        if not sent:
            assert kept == before or (not before and len(kept) == 1)
            continue
        assert sent == kept
        before, kept = before + sent, ""
