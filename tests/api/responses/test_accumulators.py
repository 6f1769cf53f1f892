"""Whatever a model says and however it is cut, the SDK's own accumulator reads in the stream what the
answer is when it is not streamed."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from llamar_server.chat.chat import build_chat
from llamar_server.chat.chatml import CHATML
from llamar_server.chat.events import (
    Event,
    FinishReason,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
)
from llamar_server.chat.model import ChatDelta
from llamar_server.chat.parser import ChatParser
from llamar_server.chat.template import ChatTemplate
from tests.api.responses.asking import ADD, Json
from tests.api.responses.wire import accumulated, answer, as_response, check, parse, stream_of, whole
from tests.fakes.chat import finish, says

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=10)
NAMES = ["add", "agents__add", "patch", "unknown"]
NAMESPACE = {"type": "namespace", "name": "agents", "description": "d", "tools": [ADD]}
TOOLS = [ADD, NAMESPACE, {"type": "custom", "name": "patch"}]
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "reasoning": st.just({"summary": "auto"}),
        "include": st.just(["reasoning.encrypted_content"]),
        "tools": st.just(TOOLS),
    },
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
    arguments = json.dumps({draw(st.sampled_from(["input", "a"])): draw(TEXT)})
    deltas = [ToolCallDelta(index, piece) for piece in draw(pieces(arguments))]
    start = ToolCallStart(index, f"call_{index}", draw(st.sampled_from(NAMES)))
    return [start, *deltas, ToolCallEnd(index)]


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


@st.composite
def steps(draw: st.DrawFn, events: list[Event]) -> list[ChatDelta]:
    ends = draw(st.lists(st.integers(1, len(events)), max_size=len(events)))
    borders = sorted({0, *ends, len(events)})
    return [says(*events[a:b]) for a, b in itertools.pairwise(borders)]


@given(answers(), FIELDS, st.data())
def test_a_stream_reads_as_the_whole(events: list[Event], fields: Json, data: st.DataObject) -> None:
    encoder = answer(**fields)
    stream = stream_of(encoder, data.draw(steps(events)))
    check(stream)
    assert stream[-1]["response"] == encoder.whole()
    assert accumulated(stream) == as_response(encoder.whole())
    assert plain(encoder.whole()) == plain(whole(events, **fields))


@given(answers(), st.data())
def test_what_keeps_it_alive_changes_nothing(events: list[Event], data: st.DataObject) -> None:
    encoder = answer()
    sent = encoder.opening()
    for event in events:
        sent += b"".join(encoder.idle(10.0) for _ in range(data.draw(st.integers(0, 2))))
        sent += encoder.step(says(event))
    stream = parse(sent + encoder.closing())
    check(stream)
    assert accumulated(stream) == as_response(encoder.whole())


def plain(response: Json) -> Json:
    """Without what is each answer's own."""
    output = [{**item, "id": ""} for item in response["output"]]
    own = {"id": "", "created_at": 0, "completed_at": 0}
    return {**response, **own, "output": output}


# --- from the model's text on ---

FUNCTION = {"type": "function", "function": {key: ADD[key] for key in ("name", "parameters")}}
BUILT = build_chat(ChatTemplate(CHATML), [{"role": "user", "content": "hi"}], [FUNCTION])
SAYINGS = [
    "Héllo there.",
    'Let me see.\n<tool_call>\n{"name": "add", "arguments": {"a": "1, 2 \\u00e9"}}\n</tool_call>',
    '<tool_call>\n{"name": "add", "arguments": {"a": 1}}\n</tool_call>\n'
    '<tool_call>\n{"name": "add", "arguments": {}}\n</tool_call>',
    '<tool_call>\n{"name": "add", "argu',
]


def read(*texts: str) -> list[ChatDelta]:
    """What the server makes of the model's text, one piece in each step."""
    parser = ChatParser(BUILT.format)
    events: list[list[Any]] = [parser.feed(piece) for piece in texts]
    events.append([*parser.finish(), finish()])
    return [says(*each) for each in events]


@settings(max_examples=200)
@given(st.sampled_from(SAYINGS), st.data())
def test_every_split_of_the_models_text_gives_the_same_answer(saying: str, data: st.DataObject) -> None:
    encoder = answer(tools=[ADD])
    stream = stream_of(encoder, read(*data.draw(pieces(saying))))
    check(stream)
    once = answer(tools=[ADD])
    stream_of(once, read(saying))
    assert plain(stream[-1]["response"]) == plain(once.whole())
    assert accumulated(stream) == as_response(encoder.whole())
