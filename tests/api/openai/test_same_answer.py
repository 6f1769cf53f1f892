"""An answer is the same however it is cut, whether it is streamed, and whoever puts it together."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from llamar_server.chat.events import Event, ReasoningDelta, TextDelta, ToolCallDelta, ToolCallStart
from llamar_server.chat.model import ChatDelta
from tests.api.openai.encoding import call, chunks, parts, whole
from tests.api.openai.merging import merged_as_chatlas, merged_as_openai
from tests.fakes.chat import USAGE, finish, logprob, says

TEXTS = st.text("01", min_size=1, max_size=6) | st.text(min_size=1, max_size=6)


@st.composite
def turns(draw: st.DrawFn) -> list[Event]:
    """The merged events of one choice: text, reasoning and calls in any order, then the finish."""
    events: list[Event] = []
    calls = 0
    for kind in draw(st.lists(st.sampled_from(["text", "reasoning", "call"]), max_size=5)):
        match kind:
            case "text":
                events.append(TextDelta(draw(TEXTS)))
            case "reasoning":
                events.append(ReasoningDelta(draw(TEXTS)))
            case _:
                events += call(calls, draw(TEXTS), id=f"call_{calls}", name="add")
                calls += 1
    return [*events, finish("tool_calls" if calls else "stop")]


@st.composite
def cuts(draw: st.DrawFn, events: list[Event]) -> list[ChatDelta]:
    """The same events with every text cut anywhere, and any of them in one step."""
    pieces: list[Event] = []
    for event in events:
        match event:
            case TextDelta(text) | ReasoningDelta(text):
                pieces += [type(event)(piece) for piece in draw(pieces_of(text))]
            case ToolCallDelta(index, text):
                pieces += [ToolCallDelta(index, piece) for piece in draw(pieces_of(text))]
            case _:
                pieces.append(event)
    ends = draw(st.lists(st.integers(1, max(len(pieces) - 1, 1)), max_size=len(pieces)))
    borders = [0, *sorted(set(ends)), len(pieces)]
    return [says(*pieces[a:b]) for a, b in itertools.pairwise(borders) if a < b]


def pieces_of(text: str) -> st.SearchStrategy[list[str]]:
    places = st.sets(st.integers(1, len(text)), max_size=len(text))
    return places.map(
        lambda at: [text[a:b] for a, b in zip([0, *sorted(at)], [*sorted(at), len(text)], strict=True)]
    )


def expected_message(events: list[Event]) -> dict[str, Any]:
    def joined(kind: type[Event]) -> str:
        return "".join(event.text for event in events if isinstance(event, kind))

    calls = [event for event in events if isinstance(event, ToolCallStart)]
    arguments = {event.index: event.arguments for event in events if isinstance(event, ToolCallDelta)}
    return {
        "content": joined(TextDelta),
        "reasoning": joined(ReasoningDelta),
        "calls": [(each.id, each.name, arguments[each.index]) for each in calls],
    }


def plain(message: dict[str, Any]) -> dict[str, Any]:
    calls = [
        (each["id"], each["function"]["name"], each["function"]["arguments"])
        for each in message.get("tool_calls") or []
    ]
    return {
        "content": message["content"] or "",
        "reasoning": message.get("reasoning_content") or "",
        "calls": calls,
    }


@settings(max_examples=200)
@given(st.data())
def test_every_reader_sees_the_same_message(data: st.DataObject) -> None:
    events = data.draw(turns())
    deltas = data.draw(cuts(events))
    told = chunks(deltas, include_usage=True)
    expected = expected_message(events)
    assert plain(whole(deltas)["choices"][0]["message"]) == expected
    openai = merged_as_openai(told)
    assert plain(openai["choices"][0]["message"]) == expected
    assert openai["usage"]["total_tokens"] == USAGE.prompt_tokens + USAGE.completion_tokens
    chatlas = merged_as_chatlas(told)
    assert plain(chatlas["choices"][0]["delta"]) == expected
    assert chatlas["choices"][0]["finish_reason"] == openai["choices"][0]["finish_reason"]
    assert chatlas["id"] == "chatcmpl-1"


@settings(max_examples=200)
@given(st.data())
def test_the_rules_of_deltas(data: st.DataObject) -> None:
    deltas = data.draw(cuts(data.draw(turns())))
    texts: dict[Any, str] = {}
    named: set[int] = set()
    for delta in parts(deltas)[1:-1]:
        assert len(delta) == 1
        ((field, value),) = delta.items()
        if field == "tool_calls":
            (one,) = value
            if one["index"] not in named:
                named.add(one["index"])
                assert set(one) == {"index", "id", "type", "function"}
                continue
            assert set(one) == {"index", "function"}
            field, value = one["index"], one["function"]["arguments"]
        assert value
        assert value != texts.get(field, "")
        texts[field] = texts.get(field, "") + value


@given(st.data())
def test_several_choices_do_not_touch_each_other(data: st.DataObject) -> None:
    one, two = data.draw(turns()), data.draw(turns())
    first = list(data.draw(cuts(one)))
    second = [ChatDelta(1, delta.events) for delta in data.draw(cuts(two))]
    order = data.draw(st.permutations([0] * len(first) + [1] * len(second)))
    mixed = [(second if choice else first).pop(0) for choice in order]
    openai = merged_as_openai(chunks(mixed, n=2))
    assert [plain(choice["message"]) for choice in openai["choices"]] == [
        expected_message(one),
        expected_message(two),
    ]
    assert [choice["index"] for choice in openai["choices"]] == [0, 1]


@given(st.lists(st.text("ab ", min_size=1, max_size=3), min_size=1, max_size=8))
def test_the_tokens_add_up_to_the_text(pieces: list[str]) -> None:
    deltas = [says(TextDelta(piece), logprobs=[logprob(piece, -float(i))]) for i, piece in enumerate(pieces)]
    choices = [chunk["choices"][0] for chunk in chunks([*deltas, says(finish())], logprobs=True)]
    tokens = [
        token["token"] for each in choices for token in (each["logprobs"] or {"content": []})["content"]
    ]
    assert tokens == pieces
    assert "".join(each["delta"].get("content", "") for each in choices) == "".join(pieces)
