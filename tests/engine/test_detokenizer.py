from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from llamar_server.engine.detokenizer import Detokenizer
from tests.engine.splits import splits


@given(st.data(), st.text())
def test_text_comes_out_whole_however_its_bytes_are_cut(data: st.DataObject, text: str) -> None:
    encoded = text.encode()
    detokenizer, shown, fed = Detokenizer(), "", 0
    for piece in data.draw(splits(encoded)):
        shown += detokenizer.feed(piece)
        fed += len(piece)
        assert shown == encoded[:fed].decode(errors="ignore")  # every whole character, and no half one
    assert shown == text


@given(st.data(), st.binary())
def test_bytes_that_are_no_text_are_replaced_and_only_an_unfinished_character_is_kept_back(
    data: st.DataObject, encoded: bytes
) -> None:
    detokenizer = Detokenizer()
    shown = "".join(detokenizer.feed(piece) for piece in data.draw(splits(encoded)))
    whole = encoded.decode(errors="replace")
    assert whole.startswith(shown)
    assert whole[len(shown) :] in ("", "\N{REPLACEMENT CHARACTER}")


def test_an_unfinished_character_at_the_end_is_not_shown() -> None:
    assert Detokenizer().feed("Zoë 🙂".encode()[:-1]) == "Zoë "
