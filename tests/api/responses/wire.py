"""The bytes of a stream as events, the order that they must have, and what the SDK makes of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, get_args

from openai import omit
from openai._models import construct_type_unchecked
from openai.lib._parsing._responses import parse_response
from openai.lib.streaming.responses._responses import ResponseStreamState
from openai.types.responses import Response, ResponseStreamEvent

from llamar_server.api.responses.response import ResponseAnswer
from llamar_server.api.responses.snapshot import new_head
from llamar_server.chat.events import Event
from llamar_server.chat.model import ChatDelta
from tests.api.responses.asking import Json, body_of
from tests.fakes.chat import says

UNION: Any = get_args(ResponseStreamEvent)[0]
EVENTS = {get_args(each.model_fields["type"].annotation)[0]: each for each in get_args(UNION)}

# What each type of item tells while it is open: before its texts, for each piece, and after them.
SEQUENCES = {
    "message": ("content_part.added", "output_text.delta", "output_text.done", "content_part.done"),
    "reasoning": ("content_part.added", "reasoning_text.delta", "reasoning_text.done", "content_part.done"),
    "summary": (
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
    ),
    "function_call": (None, "function_call_arguments.delta", "function_call_arguments.done", None),
    "custom_tool_call": (None, "custom_tool_call_input.delta", "custom_tool_call_input.done", None),
}


def answer(**fields: Any) -> ResponseAnswer:
    """The encoder of an answer to a request with these fields."""
    return ResponseAnswer(new_head(body_of(**fields), "some-model"))


def stream_of(encoder: ResponseAnswer, deltas: Iterable[ChatDelta]) -> list[Json]:
    body = encoder.opening() + b"".join(encoder.step(each) for each in deltas) + encoder.closing()
    return parse(body)


def streamed(events: Iterable[Event], **fields: Any) -> list[Json]:
    """The whole stream of an answer with ``events``, one in each step."""
    return stream_of(answer(**fields), [says(each) for each in events])


def whole(events: Iterable[Event], **fields: Any) -> Json:
    encoder = answer(**fields)
    encoder.step(says(*events))
    return encoder.whole()


def parse(stream: bytes | str) -> list[Json]:
    """The events of a stream, each of which must name itself twice and keep count."""
    text = stream.decode() if isinstance(stream, bytes) else stream
    events = []
    for number, chunk in enumerate(text.removesuffix("\n\n").split("\n\n")):
        name, data = chunk.split("\n")
        event = json.loads(data.removeprefix("data: "))
        assert name == f"event: {event['type']}"
        assert event["sequence_number"] == number
        events.append(event)
    return events


def check(events: list[Json]) -> None:
    """Events that the SDK's types know in full, of items opened and closed one at a time."""
    for event in events:
        EVENTS[event["type"]].model_validate(event)
    alive = [event for event in events[2:] if event["type"] != "response.in_progress"]
    kinds = [event["type"].removeprefix("response.") for event in alive]
    assert [event["type"] for event in events[:2]] == ["response.created", "response.in_progress"]
    assert kinds[-1] in ("completed", "incomplete", "failed")
    position = 0
    for index, item in enumerate(alive[-1]["response"]["output"]):
        length = 1 + next(i for i, k in enumerate(kinds[position:]) if k == "output_item.done")
        check_item(alive[position : position + length], item, index)
        position += length
    assert position == len(alive) - 1


def check_item(events: list[Json], item: Json, index: int) -> None:
    kinds = [event["type"].removeprefix("response.") for event in events]
    known = "summary" if "reasoning_summary_part.added" in kinds else item["type"]
    before, piece, done, after = SEQUENCES[known]
    pieces = kinds.count(piece or "")
    expected = ["output_item.added", before, *[piece] * pieces, done, after, "output_item.done"]
    assert kinds == [kind for kind in expected if kind]
    assert {event["output_index"] for event in events} == {index}
    assert {event["item_id"] for event in events[1:-1]} == {item["id"]}
    assert events[0]["item"]["id"] == item["id"]
    assert events[0]["item"]["status"] == "in_progress"
    assert events[-1]["item"] == item
    finals = {"text", "arguments", "input"}
    (final,) = [event[name] for event in events for name in finals & event.keys()]
    assert "".join(event["delta"] for event in events if "delta" in event) == final


def accumulated(events: list[Json]) -> Json:
    """The response that the SDK puts together: the last event's, and what it made of the others."""
    state: Any = ResponseStreamState(text_format=omit, input_tools=omit)
    snapshot: Any = None
    for event in events:
        known: Any = construct_type_unchecked(type_=ResponseStreamEvent, value=event)  # type: ignore[arg-type]
        state.handle_event(known)
        snapshot = state._ResponseStreamState__current_snapshot
    assert texts(snapshot.to_dict(warnings=False)) == texts(events[-1]["response"])
    completed = state._completed_response
    return as_response(events[-1]["response"]) if completed is None else completed.to_dict(warnings=False)


def as_response(body: Json) -> Json:
    """What the SDK reads in an answer that was not streamed."""
    Response.model_validate(body)
    known = construct_type_unchecked(type_=Response, value=body)
    parsed: Json = parse_response(text_format=omit, input_tools=omit, response=known).to_dict(warnings=False)
    return parsed


def texts(response: Json) -> list[Any]:
    """What the SDK adds up from deltas."""
    told: list[Any] = []
    for item in response["output"]:
        if item["type"] == "message":
            told.append([part["text"] for part in item["content"]])
        elif item["type"] == "function_call":
            told.append((item["call_id"], item["name"], item["arguments"]))
        else:
            told.append(item["id"])
    return told
