"""What keeps agents waiting through a long prompt (they give up after 300 s without a real event)."""

from __future__ import annotations

import pytest

from llamar_server.api.anthropic import response
from llamar_server.api.anthropic.response import PATIENCE
from llamar_server.chat.events import ReasoningDelta, TextDelta, ToolCallStart
from tests.api.anthropic.wire import Json, accumulated, answer, check_order, parse
from tests.api.asgi import Visitor, app_of, until
from tests.fakes.chat import FakeChat, Wait, finish, says

PING = {"type": "ping"}


def empty(index: int, kind: str, field: str) -> Json:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, field: ""}}


def opened(index: int) -> Json:
    return {"type": "content_block_start", "index": index, "content_block": {"type": "text", "text": ""}}


def test_first_pings_then_an_empty_text_block() -> None:
    encoder = answer()
    assert parse(encoder.idle(PATIENCE - 1)) == [PING]
    assert parse(encoder.idle(PATIENCE)) == [opened(0), empty(0, "text_delta", "text")]
    assert parse(encoder.idle(PATIENCE + 10)) == [empty(0, "text_delta", "text")]


def test_text_goes_on_in_the_block_that_was_opened_early() -> None:
    encoder = answer()
    stream = encoder.opening() + encoder.idle(PATIENCE) + encoder.step(says(TextDelta("Hi"), finish()))
    events = parse(stream + encoder.closing())
    check_order(events)
    assert [block["text"] for block in accumulated(events)["content"]] == ["Hi"]


@pytest.mark.parametrize("event", [ReasoningDelta("Hm"), ToolCallStart(0, "call_1", "add")])
def test_other_blocks_come_after_the_empty_one(event: ReasoningDelta | ToolCallStart) -> None:
    encoder = answer()
    stream = encoder.opening() + encoder.idle(PATIENCE) + encoder.step(says(event, finish()))
    events = parse(stream + encoder.closing())
    check_order(events)
    kinds = [block["type"] for block in accumulated(events)["content"]]
    assert kinds[0] == "text"
    assert len(kinds) == 2


def test_an_open_block_gets_deltas_of_its_own_kind() -> None:
    encoder = answer()
    encoder.step(says(ReasoningDelta("Hm")))
    assert parse(encoder.idle(PATIENCE)) == [empty(0, "thinking_delta", "thinking")]
    encoder.step(says(ToolCallStart(0, "call_1", "add")))
    assert parse(encoder.idle(PATIENCE)) == [empty(1, "input_json_delta", "partial_json")]


def test_no_empty_text_where_the_text_must_be_json() -> None:
    encoder = answer(may_open_early=False)
    assert parse(encoder.idle(PATIENCE * 10)) == [PING]
    encoder.step(says(TextDelta("{")))
    assert parse(encoder.idle(PATIENCE)) == [empty(0, "text_delta", "text")]


async def test_it_is_sent_while_the_model_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence is the model's: the pings in it do not put off what comes after them."""
    monkeypatch.setattr(response, "PATIENCE", 0.05)
    body = {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 9, "stream": True}
    visitor = Visitor(app_of(FakeChat([Wait()]), keepalive_interval=0.01), "/v1/messages", body)
    await until(lambda: b"text_delta" in visitor.received)
    await visitor.leave()
    kinds = [event["type"] for event in parse(bytes(visitor.received)) if event != PING]
    assert kinds[:3] == ["message_start", "content_block_start", "content_block_delta"]
