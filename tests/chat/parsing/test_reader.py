"""Markers in text that arrives in pieces."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from llamar_server.chat.parsing.reader import Markers, Reader, Step, markers

literals = st.lists(st.text("<ab>", min_size=1, max_size=5), min_size=1, max_size=4)


def _split(reader: Reader, found: list[str], wanted: Markers) -> Step[None]:
    while True:
        literal = yield from reader.until(wanted, found.append)
        if literal is None:
            return
        reader.take(len(literal))
        found.append(f"[{literal}]")


def _run(pieces: list[str], wanted: Markers) -> str:
    reader, found = Reader(), list[str]()
    steps = _split(reader, found, wanted)
    next(steps)
    for piece in pieces:
        reader.feed(piece)
        next(steps)
    reader.closed = True
    for _ in steps:
        raise AssertionError("it waits for more than there is")
    return "".join(found)


@given(literals=literals, text=st.text("<ab>c", max_size=30), cut=st.integers(0, 30))
def test_the_cuts_do_not_matter(literals: list[str], text: str, cut: int) -> None:
    wanted = markers(*literals)
    whole = _run([text], wanted)
    assert _run([text[:cut], text[cut:]], wanted) == whole
    assert _run(list(text), wanted) == whole
    assert whole.replace("[", "").replace("]", "") == text


def test_the_longest_marker_wins() -> None:
    wanted = markers("<a", "<ab>", "b")
    assert _run(["x<a", "b>y"], wanted) == "x[<ab>]y"
    assert _run(["x<a", "b", "y"], wanted) == "x[<a][b]y"
    assert _run(["x<a"], wanted) == "x[<a]"


def test_nothing_to_look_for() -> None:
    assert _run(["a<b", "c"], markers("")) == "a<bc"


def test_what_is_kept_is_bounded() -> None:
    reader, wanted = Reader(), markers("<tool_call>", "</think>")
    steps = _split(reader, [], wanted)
    next(steps)
    for char in "a < b </thin <tool_cal" * 100:
        reader.feed(char)
        next(steps)
        assert len(reader.text) - reader.at < len("<tool_call>")
