"""``ChatModel``: from a request to events, with an engine whose outputs are written down in advance, and
with the bundled model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

import llamar_server
from llamar_server.chat.accumulate import ParsedMessage, accumulate
from llamar_server.chat.chatml import CHATML
from llamar_server.chat.events import Finish, ReasoningDelta, TextDelta, ToolCallEnd, ToolCallStart
from llamar_server.chat.model import ChatDelta, ChatModel, ChatStream
from llamar_server.chat.types import (
    ChatRequest,
    Message,
    OutputFormat,
    Reasoning,
    TextPart,
    Tool,
    ToolChoice,
    ToolResultPart,
)
from llamar_server.config import EngineConfig
from llamar_server.engine.client import EngineClient
from llamar_server.engine.protocol import EngineFinish, SequenceFinish, SequenceOutput, TokenLogprob
from llamar_server.engine.sampling import SamplingParams
from llamar_server.errors import EngineDied, InvalidRequest, PromptTooLong
from tests.fakes.chat import INFO, FakeEngine

MODEL = Path(llamar_server.__file__).parent / "data" / "llamar-tiny.gguf"
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = Tool("get_weather", "Get the weather of a city.", CITY)
CALL = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Oslo"}}\n</tool_call>'


def asking(text: str = "Hello", **fields: Any) -> ChatRequest:
    return ChatRequest((Message("user", (TextPart(text),)),), **fields)


def outputs(
    *texts: str, reason: EngineFinish = "eos", stop: str | None = None, index: int = 0
) -> list[SequenceOutput]:
    """Each text is one token; the end of the generation comes with the last of them."""
    end = SequenceFinish(reason, stop, prompt_tokens=9, cached_tokens=4, completion_tokens=len(texts))
    return [
        SequenceOutput("id", index, text, 1, finish=end if number == len(texts) else None)
        for number, text in enumerate(texts, 1)
    ]


def scripted(*scripts: Iterable[SequenceOutput], thinking: bool = False) -> tuple[ChatModel, FakeEngine]:
    engine = FakeEngine()
    engine.info = msgspec.structs.replace(INFO, chat_template=CHATML, eos_token="<|im_end|>")
    engine.scripts = [list(script) for script in scripts]
    return ChatModel(engine, enable_thinking=thinking), engine


async def events_of(stream: ChatStream) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    async for delta in stream:
        found.setdefault(delta.index, []).extend(delta.events)
    return found


async def answer(model: ChatModel, request: ChatRequest) -> tuple[ParsedMessage, Finish]:
    (events,) = (await events_of(await model.open(request))).values()
    assert [event for event in events if isinstance(event, Finish)] == events[-1:]
    return accumulate(events), events[-1]


# --- from outputs to events ---


async def test_text_and_usage() -> None:
    model, _ = scripted(outputs("Good ", "day", ""))
    message, finish = await answer(model, asking())
    assert message.content == "Good day"
    assert finish.reason == "stop"
    assert finish.usage.prompt_tokens == 9
    assert finish.usage.cached_tokens == 4
    assert finish.usage.completion_tokens == 3
    assert finish.usage.reasoning_tokens == 0


async def test_the_request_that_the_engine_gets() -> None:
    model, engine = scripted(outputs(""))
    sampling = SamplingParams(temperature=0.5, seed=7)
    request = asking(sampling=sampling, max_tokens=5, stop=("END",), n=3, logprobs=2, ignore_eos=True)
    await model.open(request)
    (sent,) = engine.requests
    assert sent.prompt == "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n"
    assert (sent.sampling, sent.max_tokens, sent.n, sent.logprobs) == (sampling, 5, 3, 2)
    assert sent.ignore_eos
    assert sent.stop == ("END", "<|im_end|>")
    assert sent.grammar is None


@pytest.mark.parametrize(
    ("reason", "stop", "expected", "sequence"),
    [
        ("eos", None, "stop", None),
        ("stop", "END", "stop", "END"),
        ("stop", "<|im_end|>", "stop", None),
        ("length", None, "length", None),
        ("context", None, "context", None),
    ],
)
async def test_why_an_answer_ended(
    reason: EngineFinish, stop: str | None, expected: str, sequence: str | None
) -> None:
    model, _ = scripted(outputs("Hello", reason=reason, stop=stop))
    _, finish = await answer(model, asking(stop=("END",)))
    assert (finish.reason, finish.stop_sequence) == (expected, sequence)


@pytest.mark.parametrize("tools", [(WEATHER,), ()])
async def test_calls_are_calls_only_with_tools(tools: tuple[Tool, ...]) -> None:
    model, _ = scripted(outputs("Let me see.\n", *CALL))
    message, finish = await answer(model, asking(tools=tools))
    if tools:
        (call,) = message.tool_calls
        assert (call.name, call.arguments) == ("get_weather", '{"city": "Oslo"}')
        assert message.content.strip() == "Let me see."
        assert finish.reason == "tool_calls"
    else:
        assert message.tool_calls == ()
        assert CALL in message.content
        assert finish.reason == "stop"


async def test_two_calls_have_two_ids() -> None:
    model, _ = scripted(outputs(CALL, "\n", CALL))
    message, finish = await answer(model, asking(tools=(WEATHER,)))
    first, second = message.tool_calls
    assert first.id != second.id
    assert finish.reason == "tool_calls"


@pytest.mark.parametrize("reason", ["length", "context"])
async def test_a_call_that_is_cut_off_is_no_reason_to_wait_for_results(reason: EngineFinish) -> None:
    model, _ = scripted(outputs(CALL[:-25], reason=reason))
    (events,) = (await events_of(await model.open(asking(tools=(WEATHER,))))).values()
    assert any(isinstance(event, ToolCallStart) for event in events)
    assert not any(isinstance(event, ToolCallEnd) for event in events)
    assert events[-1].reason == reason


async def test_choices_are_apart() -> None:
    first, second = outputs("<thi", "nk>a</think>b", ""), outputs("x", CALL, "", index=1)
    mixed = [output for pair in zip(first, second, strict=True) for output in pair]
    model, _ = scripted(mixed)
    events = await events_of(await model.open(asking(n=2, tools=(WEATHER,))))
    messages = {index: accumulate(found) for index, found in events.items()}
    assert (messages[0].reasoning, messages[0].content) == ("a", "b")
    assert (messages[1].content, messages[1].tool_calls[0].name) == ("x", "get_weather")
    assert [events[index][-1].reason for index in (0, 1)] == ["stop", "tool_calls"]


async def test_logprobs_come_with_their_step_even_where_nothing_is_said() -> None:
    logprobs = (TokenLogprob(1, b"<tool", -0.5),)
    held = SequenceOutput("id", 0, "<tool", 1, logprobs)
    model, _ = scripted([held, *outputs(" x")])
    stream = await model.open(asking(tools=(WEATHER,), logprobs=0))
    deltas = [delta async for delta in stream]
    assert deltas[0] == ChatDelta(0, (), logprobs)
    assert accumulate(event for delta in deltas for event in delta.events).content == "<tool x"


async def test_reasoning_is_counted_in_tokens() -> None:
    model, _ = scripted(outputs("<think>", "One", " two", "</think>", "Three", " four", ""))
    message, finish = await answer(model, asking())
    assert message.reasoning.strip() == "One two"
    assert finish.usage.reasoning_tokens == 3  # with the marker that opens it
    assert finish.usage.completion_tokens == 7


async def test_an_engine_that_dies() -> None:
    model, engine = scripted([*outputs("Hel", "lo")[:1]])
    engine.scripts[0].append(EngineDied("the engine process ended"))
    stream = await model.open(asking())
    with pytest.raises(EngineDied):
        await events_of(stream)


async def test_leaving_ends_the_generation() -> None:
    model, engine = scripted(outputs("a", "b"))
    stream = await model.open(asking())
    async for _ in stream:
        break
    await stream.aclose()
    assert engine.streams[0].closed.is_set()


async def test_refusals_come_before_any_output() -> None:
    model, engine = scripted()
    with pytest.raises(InvalidRequest, match="no tools"):
        await model.open(asking(tool_choice=ToolChoice("required")))
    assert engine.requests == []
    engine.refusal = PromptTooLong(600, 512)
    with pytest.raises(PromptTooLong):
        await model.open(asking())


async def test_the_loop_runs_while_a_request_is_prepared() -> None:
    model, _ = scripted(outputs(""))
    tools = tuple(Tool(f"tool_{number}", "x" * 2000, CITY) for number in range(200))
    opening = asyncio.create_task(model.open(asking(tools=tools)))
    turns = 0
    while not opening.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 100


async def test_what_is_not_enforced_of_a_schema_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    model, _ = scripted(outputs(""), outputs(""))
    odd = Tool("odd", parameters={"type": "object", "properties": {"x": {"not": {"type": "string"}}}})
    for _ in range(2):
        await model.open(asking(tools=(odd,)))
    (record,) = caplog.records
    assert "odd" in record.message


# --- thinking ---


@pytest.mark.parametrize(
    ("default", "reasoning", "expected"),
    [
        (False, Reasoning(), False),
        (True, Reasoning(), True),
        (True, Reasoning(enabled=False), False),
        (False, Reasoning(enabled=True), True),
        (False, Reasoning(effort="low"), True),
        (True, Reasoning(effort="none"), False),
        (False, Reasoning(enabled=False, effort="high"), False),
        (False, Reasoning(budget=100), True),
        (True, Reasoning(budget=0), False),
    ],
)
def test_whether_to_think(default: bool, reasoning: Reasoning, expected: bool) -> None:
    names = ("enable_thinking", "thinking", "reasoning_effort", "thinking_budget")
    shows = "{{ messages[0].content }}" + "".join(f" {{{{ {name} }}}}" for name in names)
    engine = FakeEngine()
    engine.info = msgspec.structs.replace(INFO, chat_template=shows)
    model = ChatModel(engine, enable_thinking=default)
    prompt = model.render(asking(reasoning=reasoning)).prompt
    thinking = "" if reasoning.enabled is None else str(reasoning.enabled)
    effort = "" if reasoning.effort in (None, "none") else reasoning.effort
    budget = "0" if not expected else "" if reasoning.budget is None else str(reasoning.budget)
    assert prompt == f"Hello {expected} {thinking} {effort} {budget}"
    mine = model.render(asking(reasoning=reasoning, template_kwargs={"enable_thinking": "mine"}))
    assert mine.prompt.startswith("Hello mine ")


async def test_reasoning_stays_in_the_text_where_it_is_wanted_there() -> None:
    model, _ = scripted(outputs("<think>", "Well.", "</think>", "Yes."))
    message, _ = await answer(model, asking(reasoning=Reasoning(format="none")))
    assert message.reasoning == ""
    assert message.content == "<think>Well.</think>Yes."


# --- continuing ---


async def test_only_what_is_new_is_said_of_a_continued_message() -> None:
    model, engine = scripted(outputs("world", "!"))
    started = Message("assistant", (TextPart("Hello, "),))
    request = ChatRequest((*asking().messages, started), continue_final_message=True)
    message, _ = await answer(model, request)
    assert str(engine.requests[0].prompt).endswith("<|im_start|>assistant\nHello, ")
    assert message.content == "world!"


# --- the bundled model ---


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bundled() -> AsyncIterator[ChatModel]:
    config = EngineConfig(str(MODEL), n_ctx=1024, threads=1, threads_batch=1)
    engine = EngineClient(config)
    await engine.start()
    try:
        yield ChatModel(engine)
    finally:
        await engine.close()


@pytest.mark.asyncio(loop_scope="module")
async def test_counting_is_what_running_counts(bundled: ChatModel) -> None:
    for request in (
        asking(max_tokens=1),
        asking("What is the weather in Oslo?", tools=(WEATHER,), max_tokens=1),
    ):
        stream = await bundled.open(request)
        (events,) = (await events_of(stream)).values()
        assert stream.prompt_tokens == events[-1].usage.prompt_tokens == await bundled.count_tokens(request)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "choice", [ToolChoice(), ToolChoice("required"), ToolChoice("named", "get_weather")], ids=lambda c: c.mode
)
async def test_a_tool_loop(bundled: ChatModel, choice: ToolChoice) -> None:
    greedy = SamplingParams(temperature=0)
    request = asking(
        "What is the weather in Oslo?", tools=(WEATHER,), tool_choice=choice, sampling=greedy, max_tokens=100
    )
    message, finish = await answer(bundled, request)
    (call,) = message.tool_calls
    assert (call.name, call.arguments) == ("get_weather", '{"city": "Oslo"}')
    assert finish.reason == "tool_calls"
    result = ToolResultPart(call.id, '{"city": "Oslo", "weather": "rainy", "temperature": 14}')
    turns = (*request.messages, Message("assistant", message.parts), Message("tool", (result,)))
    final, finish = await answer(
        bundled, ChatRequest(turns, tools=(WEATHER,), sampling=greedy, max_tokens=100)
    )
    assert "Oslo" in final.content
    assert final.tool_calls == ()
    assert finish.reason == "stop"
    assert finish.usage.cached_tokens > finish.usage.prompt_tokens // 2


@pytest.mark.asyncio(loop_scope="module")
async def test_the_form_of_an_answer_is_kept_at_any_temperature(bundled: ChatModel) -> None:
    hot = SamplingParams(temperature=2.0, top_k=0, top_p=1.0, min_p=0.0, seed=3)
    schema = {
        "type": "object",
        "properties": {"n": {"enum": [1, 2]}},
        "required": ["n"],
        "additionalProperties": False,
    }
    form = OutputFormat("json_schema", schema)
    message, finish = await answer(bundled, asking(output_format=form, sampling=hot, max_tokens=200))
    assert msgspec.json.decode(message.content)["n"] in (1, 2)
    assert finish.reason == "stop"


@pytest.mark.asyncio(loop_scope="module")
async def test_thinking_can_be_switched_on(bundled: ChatModel) -> None:
    request = asking(
        "What is the capital of France?",
        reasoning=Reasoning(enabled=True),
        sampling=SamplingParams(temperature=0),
        max_tokens=100,
    )
    stream = await bundled.open(request)
    (events,) = (await events_of(stream)).values()
    assert any(isinstance(event, ReasoningDelta) for event in events)
    assert any(isinstance(event, TextDelta) for event in events)
    assert 0 < events[-1].usage.reasoning_tokens < events[-1].usage.completion_tokens
