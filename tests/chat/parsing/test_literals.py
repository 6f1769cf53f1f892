"""Values written as Python, as JSON, or in quotes of their own come out as the same JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamar_server.chat.formats import Span
from llamar_server.chat.parsing.literals import literal
from llamar_server.chat.parsing.reader import Mismatch, Reader

QUOTES = Span('<|"|>', '<|"|>')
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(codec="utf-8"))
values = st.recursive(
    leaves | texts, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=10
)


def convert(pieces: Iterable[str], quotes: Span = Span()) -> str:  # noqa: B008 -- frozen
    """The JSON of one value; raises ``Mismatch`` for what is none."""
    reader, passed = Reader(), list[str]()
    steps = literal(reader, quotes, passed.append)
    try:
        next(steps)
        for piece in pieces:
            reader.feed(piece)
            next(steps)
        reader.closed = True
        next(steps)
    except StopIteration:
        return "".join(passed)
    raise AssertionError("it waits for more than there is")


@given(value=values, cut=st.integers(0, 300))
def test_python_and_json(value: object, cut: int) -> None:
    for text in (repr(value), json.dumps(value), json.dumps(value, ensure_ascii=False)):
        text += ","
        whole = convert([text])
        assert json.loads(whole) == value
        assert convert([text[:cut], text[cut:]]) == whole
        assert convert(text) == whole


@given(text=st.text(st.characters(codec="utf-8", exclude_characters="|")))
def test_own_quotes_have_no_escapes(text: str) -> None:
    assert json.loads(convert([f'{{key:<|"|>{text}<|"|>}}'], QUOTES)) == {"key": text}


@given(text=st.text(st.sampled_from("{}[]()'\"\\,:= \naTNx1.-")))
def test_any_text_is_a_value_or_a_mismatch(text: str) -> None:
    try:
        whole = convert([text])
    except Mismatch:
        with pytest.raises(Mismatch):
            convert(text)
    else:
        assert convert(text) == whole
        json.loads(whole)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(1, 'a',)", [1, "a"]),
        ("[True, False, None, true, null]", [True, False, None, True, None]),
        ("{a: b c, 'd': -1.5e3}", {"a": "b c", "d": -1500.0}),
        ("New York,", "New York"),
        ("NaN,", "NaN"),
        (r"'\x41\u00e9\U0001f600\'\"\/\a\0\q'", "Aé😀'\"/\x07\x00\\q"),
        ("'a\\\nb'", "ab"),
    ],
)
def test_particulars(text: str, value: object) -> None:
    assert json.loads(convert([text])) == value
