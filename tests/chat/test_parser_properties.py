"""What holds of the parser for every format and every text: written answers come back, nothing is lost,
nothing raises, and how a text is cut does not matter."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from llamar_server.chat import ChatParser, accumulate, parse_chat
from llamar_server.chat.events import ParserEvent, ReasoningDelta, TextDelta, ToolCallDelta, ToolCallEnd
from llamar_server.chat.formats import ChatFormat, ToolFormat
from tests.chat.streams import check, merged, read
from tests.chat.tool_formats import BARE, FORMATS
from tests.chat.writing import Written, write_answer

TOOLS: dict[str, dict[str, Any]] = {
    "get_time": {
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "n": {"type": "integer"},
            "on": {"type": ["boolean", "null"]},
            "tags": {"type": "array", "items": {"type": "string"}},
            "where": {"type": "object", "properties": {"x": {"type": "number"}, "label": {"type": "string"}}},
        },
        "required": ["city"],
    },
    "get_time_zone": {"type": "object", "properties": {"city": {"type": "string"}}},
    "Calendar.add-event": {"type": "object", "properties": {}},
}

formats = pytest.mark.parametrize("name", FORMATS)
marked_formats = pytest.mark.parametrize("name", [n for n, f in FORMATS.items() if not f.calls_at_start_only])
tagged_formats = pytest.mark.parametrize(
    "name", [n for n, f in FORMATS.items() if f.style == "tag" and not (f.hints or f.routing)]
)

# no character of any marker, so that a value is never taken for one
_plain = st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="<>[]{}｜`~\"'\\")
words = st.text(_plain, min_size=1)
phrases = st.lists(words, min_size=1, max_size=4).map(" ".join)
time_arguments = st.fixed_dictionaries(
    {"city": phrases},
    optional={
        "n": st.integers(-(10**9), 10**9),
        "on": st.booleans() | st.none(),
        "tags": st.lists(phrases, min_size=1, max_size=3),
        "where": st.fixed_dictionaries({"x": st.integers(0, 9)}, optional={"label": phrases}),
    },
)
calls: st.SearchStrategy[tuple[str, dict[str, Any]]] = st.one_of(
    st.tuples(st.just("get_time"), time_arguments),
    st.tuples(st.just("get_time_zone"), st.fixed_dictionaries({}, optional={"city": phrases})),
    st.tuples(st.just("Calendar.add-event"), st.just({})),
)


def _chat_format(tool_format: ToolFormat, **more: Any) -> ChatFormat:
    return ChatFormat(tool_format, TOOLS, id_seed="seed", **more)


def _pieces(text: str, cuts: Sequence[int]) -> list[str]:
    places = sorted({cut % (len(text) + 1) for cut in cuts})
    return [text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True)]


cuts = st.lists(st.integers(0, 10_000), max_size=12)


@formats
@settings(max_examples=20)
@given(data=st.data())
def test_what_is_written_is_read(name: str, data: st.DataObject) -> None:
    tool_format = FORMATS[name]
    reasoning = data.draw(phrases | st.just("")) if tool_format.thinking else ""
    chosen = data.draw(st.lists(calls, max_size=1 if tool_format is BARE else 3))
    content = "" if tool_format is BARE and chosen else data.draw(phrases | st.just(""))
    wanted = [Written(tool, given, f"00000000{number}") for number, (tool, given) in enumerate(chosen)]
    text = write_answer(tool_format, reasoning, content, wanted)
    events = read(_chat_format(tool_format), _pieces(text, data.draw(cuts)))
    check(events)
    message = accumulate(events)
    assert (message.reasoning, message.content) == (reasoning, content), text
    assert [call.name for call in message.tool_calls] == [call.name for call in wanted], text
    assert [json.loads(call.arguments) for call in message.tool_calls] == [call.arguments for call in wanted]
    assert sum(isinstance(event, ToolCallEnd) for event in events) == len(wanted)
    if tool_format.id_place != "none" or tool_format.id_key:
        assert [call.id for call in message.tool_calls] == [call.id for call in wanted]


def _fragments(tool_format: ToolFormat) -> st.SearchStrategy[str]:
    """Markers of the format, whole and in part, pieces of calls, and anything else."""
    call = Written("get_time", {"city": "Rome", "n": 1}, "000000001")
    sample = write_answer(tool_format, "thought", "content", [call, call])
    places = st.tuples(st.integers(0, len(sample)), st.integers(0, 40))
    slices = places.map(lambda place: sample[place[0] :][: place[1]])
    known = [*TOOLS, "unknown_tool", '{"name": "get_time", "arguments": {', '"}}', "}", "\n"]
    known += [*tool_format.triggers, tool_format.call.end, *tool_format.turn_ends]
    known += [tool_format.thinking.start, tool_format.thinking.end]
    return slices | st.sampled_from(known) | st.text(max_size=8)


@formats
@settings(max_examples=50)
@given(data=st.data())
def test_any_text_can_be_read(name: str, data: st.DataObject) -> None:
    tool_format = FORMATS[name]
    text = "".join(data.draw(st.lists(_fragments(tool_format), max_size=12)))
    chat_format = _chat_format(
        tool_format,
        split_reasoning=data.draw(st.booleans()),
        json_content=data.draw(st.booleans()),
        parse_tools=data.draw(st.integers(0, 9)) > 0,
    )
    truncated = data.draw(st.booleans())
    whole = read(chat_format, [text], truncated=truncated)
    check(whole)
    assert read(chat_format, _pieces(text, data.draw(cuts)), truncated=truncated) == whole
    assert read(chat_format, text, truncated=truncated) == whole


@formats
@settings(max_examples=30)
@given(data=st.data())
def test_nothing_is_taken_back(name: str, data: st.DataObject) -> None:
    tool_format = FORMATS[name]
    text = "".join(data.draw(st.lists(_fragments(tool_format), max_size=8)))
    early = merged(ChatParser(_chat_format(tool_format)).feed(text))
    everything = read(_chat_format(tool_format), [text, data.draw(_fragments(tool_format))])
    assert everything[: max(0, len(early) - 1)] == early[:-1]
    if early:
        assert _goes_on(early[-1], everything[len(early) - 1])


def _goes_on(early: ParserEvent, late: ParserEvent) -> bool:
    match early, late:
        case (TextDelta(before), TextDelta(text)) | (ReasoningDelta(before), ReasoningDelta(text)):
            return text.startswith(before)
        case ToolCallDelta(index, before), ToolCallDelta(same, text):
            return index == same and text.startswith(before)
    return early == late


@marked_formats
@settings(max_examples=30)
@given(data=st.data())
def test_what_is_no_call_is_text(name: str, data: st.DataObject) -> None:
    """A call of an unknown tool, and what stands around it, comes back as it was."""
    tool_format = FORMATS[name]
    before, after = data.draw(phrases), data.draw(phrases)
    call = write_answer(tool_format, "", "", [Written("unknown", data.draw(time_arguments), "000000001")])
    text = f"{before} {call} {after}"
    message = parse_chat(text, _chat_format(tool_format))
    assert message.tool_calls == ()
    if not tool_format.routing:
        # an end of the turn or of the section that is no longer expected is markup all the same
        assert message.content.startswith(before)
        assert message.content.endswith(after)
        assert "unknown" in message.content


@formats
@settings(max_examples=30)
@given(text=phrases | st.text(st.characters(codec="utf-8", exclude_characters="<[`>~{｜t")))
def test_plain_text_comes_through(name: str, text: str) -> None:
    tool_format = FORMATS[name]
    chat_format = _chat_format(tool_format)
    message = parse_chat(text, chat_format)
    if text.strip():
        assert message.content == text
    assert message.tool_calls == ()
    assert message.reasoning == ""


@tagged_formats
@settings(max_examples=40)
@given(data=st.data())
def test_words_are_not_lost(name: str, data: st.DataObject) -> None:
    """Whatever a text is made of, its words are in what is said."""
    tool_format = FORMATS[name]
    text = "".join(data.draw(st.lists(_fragments(tool_format) | st.just("zebra"), max_size=10)))
    # the members of a JSON object that is a call are passed over, but for its name and arguments
    assume('{"' not in text.replace(" ", ""))
    message = parse_chat(text, _chat_format(tool_format))
    said = [message.content, message.reasoning, *(call.id + call.arguments for call in message.tool_calls)]
    assert sum(part.count("zebra") for part in said) >= text.count("zebra"), text


@formats
def test_formats_survive_json(name: str) -> None:
    tool_format = FORMATS[name]
    assert ToolFormat.from_json(tool_format.to_json()) == tool_format
    chat_format = _chat_format(tool_format, prefill="<think>", used_ids=("a",))
    assert ChatFormat.from_json(chat_format.to_json()) == chat_format


@formats
def test_time_is_linear(name: str) -> None:
    """What is kept between two pieces is bounded, so that the work for each piece is."""
    tool_format = FORMATS[name]
    call = write_answer(tool_format, "so " * 500, "", [Written("get_time", {"city": "word <b> [x] " * 2000})])
    for text in (call, "a <" * 5000, (tool_format.triggers or (">>>",))[0] * 500, " " * 20_000):
        parser = ChatParser(_chat_format(tool_format))
        kept = 0
        for char in text:
            parser.feed(char)
            kept = max(kept, len(parser._reader.text) - parser._reader.at)
        assert kept < 600, text[:50]
