"""The openai SDK's Responses, and chatlas, against the application on a real port; the answers are given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import chatlas
import openai
import pydantic
import pytest

from llamar_server.chat.events import ReasoningDelta, TextDelta, ToolCallDelta, ToolCallEnd, ToolCallStart
from llamar_server.chat.types import ChatRequest, ReasoningPart
from llamar_server.errors import EngineDied, PromptTooLong, QueueFull
from tests.api.asgi import app_of, on_a_port
from tests.api.responses.asking import Json
from tests.fakes.chat import FakeChat, FakeStream, Step, finish, logprob, says, text

ASK: Any = {"model": "gpt-x", "input": "hi"}
ADD: Any = {
    "type": "function",
    "name": "add",
    "strict": True,
    "parameters": {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]},
}


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
        self.url = f"{url}/v1"
        http = openai.DefaultHttpxClient(trust_env=False)
        self.sdk = openai.OpenAI(base_url=self.url, api_key="any", max_retries=0, http_client=http)

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
    response = served.sdk.responses.create(**ASK, metadata={"a": "b"})
    assert response.output_text == "Hello you"
    assert (response.model, response.status, response.metadata) == ("gpt-x", "completed", {"a": "b"})
    assert response.usage is not None
    assert (response.usage.input_tokens_details.cached_tokens, response.usage.total_tokens) == (2, 10)
    assert response.usage.output_tokens_details.reasoning_tokens == 1
    assert (response._request_id or "").startswith("req_")


def test_streamed(served: Served) -> None:
    with served.sdk.responses.stream(**ASK) as stream:
        pieces = [event.delta for event in stream if event.type == "response.output_text.delta"]
        response = stream.get_final_response()
    assert pieces == ["Hello", " you"]
    assert response.output_text == "Hello you"


def test_raw_events(served: Served) -> None:
    kinds = [event.type for event in served.sdk.responses.create(**ASK, stream=True)]
    assert kinds[0] == "response.created"
    assert kinds[-1] == "response.completed"


async def test_async(served: Served) -> None:
    served.answers(text("Hello"), text("Hello"), text('{"city": "Oslo"}'))
    http = openai.DefaultAsyncHttpxClient(trust_env=False)
    async with openai.AsyncOpenAI(base_url=served.url, api_key="any", http_client=http) as sdk:
        assert (await sdk.responses.create(**ASK)).output_text == "Hello"
        async with sdk.responses.stream(**ASK) as stream:
            assert (await stream.get_final_response()).output_text == "Hello"
        parsed = await sdk.responses.parse(**ASK, text_format=Place)
        assert parsed.output_parsed == Place(city="Oslo")


def test_items_of_all_kinds(served: Served) -> None:
    script = [
        says(ReasoningDelta("Hm"), TextDelta("Let me see.")),
        *call(0, "a", "add", '{"x":', " 1}"),
        *call(1, "b", "add", '{"x": 2}'),
        says(finish("tool_calls")),
    ]
    served.answers(script, script)
    whole = served.sdk.responses.parse(**ASK, tools=[ADD])
    with served.sdk.responses.stream(**ASK, tools=[ADD]) as stream:
        kinds = {event.type for event in stream}
        streamed = stream.get_final_response()
    assert [item.type for item in whole.output] == ["reasoning", "message", "function_call", "function_call"]
    assert {"response.reasoning_text.delta", "response.function_call_arguments.delta"} <= kinds
    assert [plain(item) for item in streamed.output] == [plain(item) for item in whole.output]
    assert [item.parsed_arguments for item in whole.output if item.type == "function_call"] == [
        {"x": 1},
        {"x": 2},
    ]


def plain(item: Any) -> Json:
    return {**item.to_dict(warnings=False), "id": ""}


class Place(pydantic.BaseModel):
    city: str


def test_parse(served: Served) -> None:
    pieces = ['{"city":', ' "Paris"}']
    served.answers(text(*pieces), text(*pieces))
    parsed = served.sdk.responses.parse(**ASK, text_format=Place)
    with served.sdk.responses.stream(**ASK, text_format=Place) as stream:
        streamed = stream.get_final_response()
    assert parsed.output_parsed == streamed.output_parsed == Place(city="Paris")
    asked = served.chat.request.output_format
    assert asked is not None
    assert (asked.kind, asked.strict) == ("json_schema", True)
    assert isinstance(asked.source, dict)
    assert set(asked.source["properties"]) == {"city"}


def test_a_call_of_a_pydantic_tool(served: Served) -> None:
    served.answers([*call(0, "a", "Place", '{"city": "Oslo"}'), says(finish("tool_calls"))])
    response = served.sdk.responses.parse(**ASK, tools=[openai.pydantic_function_tool(Place)])
    (item,) = response.output
    assert item.type == "function_call"
    assert item.parsed_arguments == Place(city="Oslo")
    assert served.chat.request.tools[0].strict


def test_a_call_into_a_namespace(served: Served) -> None:
    namespace: Any = {"type": "namespace", "name": "maths", "description": "Sums.", "tools": [ADD]}
    script = [*call(0, "a", "maths__add", '{"x": 1}'), says(finish("tool_calls"))]
    served.answers(script, script)
    with served.sdk.responses.stream(**ASK, tools=[namespace]) as stream:
        (item,) = stream.get_final_response().output
    assert item.type == "function_call"
    assert (item.name, item.namespace, item.parsed_arguments) == ("add", "maths", {"x": 1})


@pytest.mark.parametrize("stateful", [True, False])
def test_a_conversation_with_a_tool(served: Served, stateful: bool) -> None:
    calls = [says(ReasoningDelta("Hm")), *call(0, "a", "add", '{"x": 1}'), says(finish("tool_calls"))]
    served.answers(calls, text("It is 2."), text("Yes."))
    store: Any = {"store": stateful, "tools": [ADD], "model": "gpt-x"}
    history: list[Any] = [{"role": "user", "content": "hi"}]
    previous: Any = {}
    output: list[Any] = []
    for items in ([], [{"type": "function_call_output", "call_id": "a", "output": "2"}], "Really?"):
        more = [{"role": "user", "content": items}] if isinstance(items, str) else items
        history += [*output, *more]
        response = served.sdk.responses.create(**store, **previous, input=history if not previous else more)
        if stateful:
            previous = {"previous_response_id": response.id}
        output = list(response.output)
    messages = served.chat.request.messages
    assert [each.role for each in messages] == ["user", "assistant", "tool", "assistant", "user"]
    kinds = [type(part).__name__ for part in messages[1].parts]
    assert kinds == ["ReasoningPart", "ToolCallPart"]
    assert response.output_text == "Yes."


def test_a_stateless_client_sends_thoughts_back(served: Served) -> None:
    served.answers([says(ReasoningDelta("Hm"), TextDelta("a")), says(finish())], text("b"))
    include: Any = {"include": ["reasoning.encrypted_content"], "store": False}
    reasoning: Any = {"summary": "auto"}
    first = served.sdk.responses.create(**ASK, **include, reasoning=reasoning)
    thought = first.output[0]
    assert thought.type == "reasoning"
    sent = {"type": "reasoning", "summary": [], "encrypted_content": thought.encrypted_content}
    served.sdk.responses.create(model="m", input=[sent, {"role": "user", "content": "x"}])  # type: ignore[list-item]
    (part,) = served.chat.request.messages[0].parts
    assert part.text == "Hm"  # type: ignore[union-attr]


def test_the_answer_is_kept_when_the_client_knows_that_it_is_complete(served: Served) -> None:
    served.answers(text("Hello"))
    for event in served.sdk.responses.create(**ASK, stream=True):
        if event.type == "response.completed":
            kept = served.sdk.responses.retrieve(event.response.id)
            assert kept.output_text == "Hello"
            served.sdk.responses.delete(kept.id)
            with pytest.raises(openai.NotFoundError):
                served.sdk.responses.retrieve(kept.id)


def test_input_tokens(served: Served) -> None:
    assert served.sdk.responses.input_tokens.count(model="m", input="hi").input_tokens == 42


def test_logprobs(served: Served) -> None:
    served.answers([says(TextDelta("Hi"), logprobs=[logprob("Hi")]), says(finish())])
    response = served.sdk.responses.create(**ASK, include=["message.output_text.logprobs"], top_logprobs=0)
    (item,) = response.output
    assert item.type == "message"
    (content,) = item.content
    assert content.type == "output_text"
    assert [each.token for each in content.logprobs or ()] == ["Hi"]


def test_an_incomplete_answer(served: Served) -> None:
    served.answers(text("Hel", reason="length"), text("Hel", reason="length"))
    response = served.sdk.responses.create(**ASK, max_output_tokens=16)
    assert (response.status, response.output_text) == ("incomplete", "Hel")
    assert response.incomplete_details is not None
    assert response.incomplete_details.reason == "max_output_tokens"
    kinds = [event.type for event in served.sdk.responses.create(**ASK, stream=True)]
    assert kinds[-1] == "response.incomplete"


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (PromptTooLong(600, 512), openai.BadRequestError, "context_length_exceeded"),
        (QueueFull("full"), openai.RateLimitError, "rate_limit_exceeded"),
        (EngineDied("gone"), openai.InternalServerError, "engine_unavailable"),
    ],
)
def test_errors(
    served: Served, error: Exception, kind: type[openai.APIStatusError], code: str, stream: bool
) -> None:
    served.answers([], refusal=error)
    with pytest.raises(kind) as caught:
        served.sdk.responses.create(**ASK, stream=stream)
    assert caught.value.code == code


def test_a_failure_in_a_stream(served: Served) -> None:
    served.answers([says(TextDelta("Hel")), EngineDied("gone")])
    events = list(served.sdk.responses.create(**ASK, stream=True))
    assert events[-1].type == "response.failed"
    assert events[-1].response.error is not None
    assert events[-1].response.error.message == "gone"


def test_chatlas(served: Served) -> None:
    """Its OpenAI client speaks Responses: text, thoughts and tools."""
    first = [says(ReasoningDelta("Hm")), *call(0, "a", "add", '{"x": 1}'), says(finish("tool_calls"))]
    served.answers(first, text("It is ", "2."))
    with pytest.warns(UserWarning, match="Responses API"):
        chat: Any = chatlas.ChatOpenAI(base_url=served.url, api_key="any", model="gpt-5", reasoning="low")

    def add(x: int) -> int:
        """Adds one."""
        return x + 1

    chat.register_tool(add)
    assert "It is 2." in "".join(str(piece) for piece in chat.stream("1 + 1?", echo="none"))
    roles = [message.role for message in served.chat.request.messages]
    assert roles == ["user", "assistant", "tool"]
    assert [tool.name for tool in served.chat.request.tools] == ["add"]
    assert served.chat.request.messages[1].parts[0] == ReasoningPart("Hm")
