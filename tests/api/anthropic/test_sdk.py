"""The anthropic SDK, and chatlas, against the application on a real port; the model's answers are given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anthropic
import pydantic
import pytest

from llamar_server.chat.events import ReasoningDelta, TextDelta, ToolCallDelta, ToolCallEnd, ToolCallStart
from llamar_server.chat.types import ChatRequest
from llamar_server.errors import EngineDied, PromptTooLong, QueueFull
from tests.api.asgi import MODEL, app_of, on_a_port
from tests.fakes.chat import FakeChat, FakeStream, Step, finish, says, text

ASK: Any = {"model": "claude-x", "max_tokens": 50, "messages": [{"role": "user", "content": "hi"}]}


class Dialogue(FakeChat):
    """Answers one request after the other, each with its own script."""

    scripts: list[list[Step]]

    async def open(self, request: ChatRequest) -> FakeStream:
        self.script = self.scripts.pop(0)
        return await super().open(request)


class Served:
    """One application on a port, whose model's answers a test can set."""

    def __init__(self, chat: Dialogue, url: str) -> None:
        self.chat = chat
        self.url = url
        self.sdk = anthropic.Anthropic(**self.options(anthropic.DefaultHttpxClient))

    def options(self, http: Any) -> dict[str, Any]:
        return {
            "base_url": self.url,
            "api_key": "any",
            "max_retries": 0,
            "http_client": http(trust_env=False),
        }

    def answers(self, *scripts: list[Step], refusal: Exception | None = None) -> None:
        self.chat.scripts, self.chat.refusal = list(scripts), refusal
        self.chat.requests.clear()


@pytest.fixture(scope="module")
def module_served() -> Iterator[Served]:
    chat = Dialogue()
    with on_a_port(app_of(chat, keepalive_interval=0.001)) as url:
        served = Served(chat, url)
        yield served
        served.sdk.close()


@pytest.fixture
def served(module_served: Served) -> Served:
    module_served.answers(text("Hello", " you"))
    return module_served


def call(index: int, call_id: str, name: str, *arguments: str) -> list[Step]:
    deltas = [ToolCallDelta(index, piece) for piece in arguments]
    return [says(each) for each in (ToolCallStart(index, call_id, name), *deltas, ToolCallEnd(index))]


def test_whole(served: Served) -> None:
    message = served.sdk.messages.create(**ASK)
    (block,) = message.content
    assert block.type == "text"
    assert block.text == "Hello you"
    assert (message.model, message.stop_reason) == ("claude-x", "end_turn")
    assert (message.usage.input_tokens, message.usage.cache_read_input_tokens) == (5, 2)
    assert message.usage.output_tokens_details is not None
    assert message.usage.output_tokens_details.thinking_tokens == 1
    assert (message._request_id or "").startswith("req_")


def test_streamed(served: Served) -> None:
    with served.sdk.messages.stream(**ASK) as stream:
        assert list(stream.text_stream) == ["Hello", " you"]
        message = stream.get_final_message()
    assert (message.usage.input_tokens, message.usage.cache_read_input_tokens) == (5, 2)
    assert message.stop_reason == "end_turn"


def test_raw_events(served: Served) -> None:
    kinds = [event.type for event in served.sdk.messages.create(**ASK, stream=True)]
    assert kinds[0] == "message_start"
    assert kinds[-1] == "message_stop"


async def test_async(served: Served) -> None:
    served.answers(text("Hello"), text("Hello"))
    async with anthropic.AsyncAnthropic(**served.options(anthropic.DefaultAsyncHttpxClient)) as sdk:
        message = await sdk.messages.create(**ASK)
        async with sdk.messages.stream(**ASK) as stream:
            streamed = await stream.get_final_message()
    assert message.content[0].to_dict() == {"type": "text", "text": "Hello"}
    assert streamed.content[0].type == "text"
    assert streamed.content[0].text == "Hello"


def test_blocks_of_all_kinds(served: Served) -> None:
    script = [
        says(ReasoningDelta("Hm"), TextDelta("Let me see.")),
        *call(0, "a", "add", '{"x":', " 1}"),
        *call(1, "b", "look"),
        says(finish("tool_calls")),
    ]
    served.answers(script, script)
    whole = served.sdk.messages.create(**ASK)
    with served.sdk.messages.stream(**ASK) as stream:
        kinds = [event.type for event in stream]
        streamed = stream.get_final_message()
    assert [block.type for block in whole.content] == ["thinking", "text", "tool_use", "tool_use"]
    assert {"thinking", "signature", "text", "input_json"} <= set(kinds)
    assert [block.to_dict() for block in streamed.content] == [block.to_dict() for block in whole.content]
    assert streamed.stop_reason == whole.stop_reason == "tool_use"


def test_what_the_sdk_sends_back_is_understood(served: Served) -> None:
    first = [says(ReasoningDelta("Hm"), TextDelta("See.")), *call(0, "a", "add", '{"x": 1}')]
    served.answers([*first, says(finish("tool_calls"))], text("3"))
    message = served.sdk.messages.create(**ASK)
    result: Any = {"type": "tool_result", "tool_use_id": "a", "content": "3"}
    history: Any = [*ASK["messages"], message.to_param(), {"role": "user", "content": [result]}]
    served.sdk.messages.create(**ASK | {"messages": history})
    roles = [each.role for each in served.chat.request.messages]
    kinds = [type(part).__name__ for part in served.chat.request.messages[1].parts]
    assert roles == ["user", "assistant", "tool"]
    assert kinds == ["ReasoningPart", "TextPart", "ToolCallPart"]


class Place(pydantic.BaseModel):
    city: str
    country: str


def test_parse(served: Served) -> None:
    pieces = ['{"city": "Paris",', ' "country": "France"}']
    served.answers(text(*pieces), text(*pieces))
    parsed = served.sdk.messages.parse(**ASK, output_format=Place)
    with served.sdk.messages.stream(**ASK, output_format=Place) as stream:
        streamed = stream.get_final_message()
    assert parsed.parsed_output == streamed.parsed_output == Place(city="Paris", country="France")
    asked = served.chat.request.output_format
    assert asked is not None
    assert asked.kind == "json_schema"
    assert isinstance(asked.source, dict)
    assert set(asked.source["properties"]) == {"city", "country"}


def test_count_tokens(served: Served) -> None:
    counted = served.sdk.messages.count_tokens(model="m", messages=ASK["messages"], system="s")
    assert counted.input_tokens == 42
    beta = served.sdk.beta.messages.count_tokens(model="m", messages=ASK["messages"])
    assert beta.input_tokens == 42


@pytest.mark.parametrize("stream", [False, True])
def test_the_tool_runner_goes_on_without_threads(served: Served, stream: bool) -> None:
    """It would leave the conversation to the server; told that this is not possible, it sends all of it."""
    heard = []

    @anthropic.beta_tool
    def add(x: int, y: int) -> str:
        """Adds."""
        heard.append((x, y))
        return str(x + y)

    served.answers(
        [*call(0, "a", "add", '{"x": 1, "y": 2}'), says(finish("tool_calls"))],
        text("It is 3."),
    )
    runner = served.sdk.beta.messages.tool_runner(**ASK, tools=[add], stream=stream)
    last = runner.until_done()
    assert heard == [(1, 2)]
    assert last.content[0].to_dict()["text"] == "It is 3."
    assert [message.role for message in served.chat.request.messages] == ["user", "assistant", "tool"]
    assert [tool.name for tool in served.chat.request.tools] == ["add"]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("error", "kind", "name"),
    [
        (PromptTooLong(600, 512), anthropic.BadRequestError, "invalid_request_error"),
        (QueueFull("full"), anthropic.RateLimitError, "rate_limit_error"),
        (EngineDied("dead"), anthropic.InternalServerError, "overloaded_error"),
    ],
)
def test_errors(
    served: Served, error: Exception, kind: type[anthropic.APIStatusError], name: str, stream: bool
) -> None:
    served.answers([], refusal=error)
    with pytest.raises(kind) as caught:
        served.sdk.messages.create(**ASK, stream=stream)
    assert caught.value.type == name
    assert (caught.value.request_id or "").startswith("req_")


def test_an_error_in_the_middle_of_a_stream(served: Served) -> None:
    served.answers([says(TextDelta("Hello")), EngineDied("the engine died")])
    with pytest.raises(anthropic.APIStatusError, match="the engine died") as caught:
        list(served.sdk.messages.create(**ASK, stream=True))
    assert caught.value.type == "overloaded_error"


def test_models(served: Served) -> None:
    (model,) = list(served.sdk.models.list())
    assert (model.id, model.max_input_tokens) == (MODEL, 512)
    assert served.sdk.models.retrieve(MODEL) == model
    assert served.sdk.beta.models.retrieve(MODEL).id == MODEL
    with pytest.raises(anthropic.NotFoundError):
        served.sdk.models.retrieve("other")


def test_chatlas(served: Served) -> None:
    chatlas = pytest.importorskip("chatlas", reason="the chatlas extra is not installed")
    chat = chatlas.ChatAnthropic(model="m", api_key="any", kwargs={"base_url": served.url, "max_retries": 0})
    served.answers(text("1", "1"))
    assert str(chat.chat("hi", echo="none")) == "11"
