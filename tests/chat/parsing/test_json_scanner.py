"""JSON that arrives in pieces: valid JSON passes as it is, near misses are mended, the rest is broken."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamar_server.chat.parsing.json_scanner import JsonScanner

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


def scan(pieces: Iterable[str]) -> tuple[str, str, JsonScanner]:
    """What was passed on, what was left, and the scanner."""
    scanner, passed, left = JsonScanner(), list[str](), ""
    for piece in pieces:
        if scanner.done or scanner.broken:
            left += piece
            continue
        end = scanner.scan(piece, 0, passed.append)
        left += piece[end:]
    return "".join(passed), left, scanner


@given(value=values, indent=st.sampled_from([None, 2]), ascii_only=st.booleans(), cut=st.integers(0, 500))
def test_json_passes_as_it_is(value: object, indent: int | None, ascii_only: bool, cut: int) -> None:
    text = json.dumps([value], indent=indent, ensure_ascii=ascii_only)
    for pieces in ([text + " more"], [text[:cut], text[cut:], " more"], [*text, " more"]):
        passed, left, scanner = scan(pieces)
        assert (passed, left, scanner.done, scanner.broken) == (text, " more", True, False)


@given(text=st.text(st.sampled_from('{}[]",:\\ \n0123456789.eE+-truefalsnu\x01é')))
def test_any_text_is_json_or_broken_and_cuts_do_not_matter(text: str) -> None:
    passed, left, scanner = scan([text])
    again = scan(text)
    assert (again[0], again[1]) == (passed, left)
    assert (again[2].done, again[2].broken) == (scanner.done, scanner.broken)
    if scanner.done:
        json.loads(passed)


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ('{"a": "line\nbreak\ttab\x01"}', '{"a": "line\\nbreak\\ttab\\u0001"}'),
        ('{"a": "\\d \\\\ \\" \\/"}', '{"a": "\\\\d \\\\ \\" \\/"}'),
        ('{"a": "\\u12 \\u00e9"}', '{"a": "\\\\u12 \\u00e9"}'),
        ('{"a": "\\u12"}', '{"a": "\\\\u12"}'),
    ],
)
def test_what_can_mean_only_one_thing_is_mended(text: str, mended: str) -> None:
    for pieces in ([text], text):
        passed, _, scanner = scan(pieces)
        assert (passed, scanner.done) == (mended, True)
    json.loads(mended)


@pytest.mark.parametrize(
    "text",
    [
        '{"a" 1}',
        "{'a': 1}",
        '{"a": 01}',
        '{"a": 1.}',
        '{"a": tru}',
        '{"a": True}',
        '{"a": NaN}',
        "[1,]",
        "{,}",
        '{"a": 1,}',
        "[1 2]",
        "]",
        '{"a": 1]',
        ":",
        "{1: 2}",
        "[" * 300,
    ],
)
def test_broken(text: str) -> None:
    assert scan([text])[2].broken
    assert scan(text)[2].broken


def test_the_end_of_the_text_ends_a_number() -> None:
    scanner = JsonScanner()
    passed: list[str] = []
    scanner.scan("12", 0, passed.append)
    assert (passed, scanner.done) == ([], False)
    scanner.close(passed.append)
    assert (passed, scanner.done, scanner.broken) == (["12"], True, False)


@pytest.mark.parametrize("text", ["", "[1", '"a', '{"a":', '"\\', '"\\u00', "tr"])
def test_the_end_of_the_text_breaks_what_is_open(text: str) -> None:
    scanner = JsonScanner()
    passed: list[str] = []
    scanner.scan(text, 0, passed.append)
    scanner.close(passed.append)
    assert scanner.broken
