from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from llamar_server.engine import stops as stops_module
from llamar_server.engine.stops import StopStrings
from tests.engine.splits import splits

LETTERS = st.text("ab", max_size=40)
STOPS = st.lists(st.text("abc", max_size=6), max_size=4)


def first_match(text: str, stops: list[str]) -> tuple[str, str] | None:
    """What comes before the first stop string to end, the longest of those that end there; and it."""
    for end in range(1, len(text) + 1):
        ended = [stop for stop in stops if stop and text[:end].endswith(stop)]
        if ended:
            stop = max(ended, key=len)
            return text[: end - len(stop)], stop
    return None


def could_be_hidden(text: str, stops: list[str]) -> int:
    """How many characters at the end of ``text`` may turn out to belong to a stop string: those with
    which one begins, if no other ends within it."""
    return max(
        (
            n
            for stop in stops
            for n in range(len(stop))
            if text.endswith(stop[:n]) and first_match(stop[:-1], stops) is None
        ),
        default=0,
    )


@given(st.data(), LETTERS, STOPS)
@example(data=None, text="aab", stops=["ab"])
@example(data=None, text="aXbc", stops=["aXb", "X"])
def test_agrees_with_looking_at_the_whole_text_after_every_piece(
    data: st.DataObject | None, text: str, stops: list[str]
) -> None:
    pieces = list(text) if data is None else data.draw(splits(text))
    detector, shown, fed = StopStrings(stops), "", ""
    for piece in pieces:
        shown += detector.feed(piece)
        fed += piece
        match = first_match(fed, stops)
        if match is None:
            assert detector.matched is None
            assert shown == fed[: len(fed) - could_be_hidden(fed, stops)]
        else:
            assert (shown, detector.matched) == match
    if detector.matched is None:
        assert shown + detector.flush() == text


def test_nothing_comes_after_a_match() -> None:
    detector = StopStrings(["."])
    assert detector.feed("One. Two. ") == "One"
    assert detector.feed("Three") == ""
    assert detector.flush() == ""


def test_what_was_held_back_comes_at_the_end() -> None:
    detector = StopStrings(["</answer>"])
    assert detector.feed("so </ans") == "so "
    assert detector.flush() == "</ans"
    assert detector.flush() == ""


def test_empty_strings_stop_nothing() -> None:
    assert StopStrings([""]).feed("text") == "text"


@pytest.mark.parametrize("stop", ["a" * 999 + "b", "ab" * 500 + "c"], ids=["runs", "pairs"])
def test_the_work_is_linear_in_the_text(stop: str) -> None:
    text = stop[:-1] * 5
    detector = StopStrings([stop, "never"])
    assert lines_executed(lambda: [detector.feed(character) for character in text]) < 40 * len(text)


def lines_executed(function: Callable[[], Any]) -> int:
    """How many lines of the module run."""
    executed = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal executed
        executed += event == "line"
        return trace if frame.f_code.co_filename == stops_module.__file__ else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function()
    finally:
        sys.settrace(before)
    return executed
