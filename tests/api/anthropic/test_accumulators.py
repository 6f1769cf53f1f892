"""Whatever a model says and however it is cut, the SDK's own accumulators read in the stream what the
answer is when it is not streamed."""

from __future__ import annotations

import json
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from llamar_server.chat.events import (
    Event,
    FinishReason,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
)
from tests.api.anthropic.wire import (
    Json,
    accumulated,
    answer,
    as_beta_message,
    as_message,
    beta_accumulated,
    check_order,
    parse,
    whole,
)
from tests.fakes.chat import finish, says

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)


@st.composite
def pieces(draw: st.DrawFn, text: str) -> list[str]:
    """``text``, cut anywhere."""
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=4)))
    return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]


@st.composite
def spoken(draw: st.DrawFn) -> list[Event]:
    kind: Callable[[str], Event] = draw(st.sampled_from([TextDelta, ReasoningDelta]))
    return [kind(piece) for piece in draw(pieces(draw(TEXT)))]


@st.composite
def call(draw: st.DrawFn, index: int) -> list[Event]:
    arguments = draw(st.dictionaries(TEXT, VALUES, max_size=3))
    text = json.dumps(arguments, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 1])))
    text = draw(st.sampled_from(["", " ", "\n\t"])) + text
    deltas = [ToolCallDelta(index, piece) for piece in draw(pieces(text))]
    return [ToolCallStart(index, f"call_{index}", draw(TEXT)), *deltas, ToolCallEnd(index)]


@st.composite
def answers(draw: st.DrawFn) -> list[Event]:
    """Any answer; cut off at any place where it did not end by itself."""
    events: list[Event] = []
    for index in range(draw(st.integers(0, 5))):
        events += draw(st.one_of(spoken(), call(index)))
    reason: FinishReason = draw(st.sampled_from(["stop", "length", "context", "tool_calls"]))
    if reason in ("length", "context"):
        events = events[: draw(st.integers(0, len(events)))]
    return [*events, finish(reason)]


@given(answers(), st.booleans())
def test_a_stream_reads_as_the_whole(events: list[Event], omit_thinking: bool) -> None:
    encoder = answer(omit_thinking=omit_thinking)
    stream = parse(encoder.opening() + b"".join(encoder.step(says(e)) for e in events) + encoder.closing())
    body = whole(events, omit_thinking=omit_thinking)
    check_order(stream)
    assert accumulated(stream) == as_message(body)
    assert beta_accumulated(stream) == as_beta_message(body)
    assert {**encoder.whole(), "id": ""} == {**body, "id": ""}


@given(answers(), st.data())
def test_what_keeps_it_alive_adds_at_most_empty_text(events: list[Event], data: st.DataObject) -> None:
    encoder = answer()
    sent = encoder.opening()
    for event in events:
        for silence in data.draw(st.lists(st.sampled_from([10.0, 70.0, 300.0]), max_size=2)):
            sent += encoder.idle(silence)
        sent += encoder.step(says(event))
    stream = parse(sent + encoder.closing())
    check_order(stream)
    assert without_empty_text(accumulated(stream)) == without_empty_text(as_message(whole(events)))


def without_empty_text(message: Json) -> Json:
    return {**message, "content": [block for block in message["content"] if block.get("text") != ""]}
