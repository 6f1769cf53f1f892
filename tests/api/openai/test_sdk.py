"""The openai SDK, and chatlas, against the application on a real port."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest

from llamar_server.chat.events import ReasoningDelta, TextDelta, ToolCallDelta, ToolCallEnd, ToolCallStart
from llamar_server.errors import EngineDied, PromptTooLong, QueueFull
from tests.api.asgi import MODEL, app_of, on_a_port
from tests.fakes.chat import FakeChat, FakeEngine, Step, finish, output, says, text

ASK: Any = {"model": "gpt-x", "messages": [{"role": "user", "content": "hi"}]}
TOOLS: Any = [
    {"type": "function", "function": {"name": "add", "parameters": {"type": "object", "properties": {}}}}
]


class Served:
    """One application on a port, whose model's script a test can set."""

    def __init__(self, chat: FakeChat, engine: FakeEngine, url: str) -> None:
        self.chat = chat
        self.engine = engine
        self.base = f"{url}/v1"
        self.sdk = openai.OpenAI(base_url=self.base, api_key="any", max_retries=0)

    def script(self, *steps: Step, refusal: Exception | None = None) -> None:
        self.chat.script, self.chat.refusal = list(steps), refusal


@pytest.fixture(scope="module")
def module_served() -> Iterator[Served]:
    chat, engine = FakeChat(), FakeEngine()
    with on_a_port(app_of(chat, engine, keepalive_interval=0.001)) as url:
        served = Served(chat, engine, url)
        yield served
        served.sdk.close()


@pytest.fixture
def served(module_served: Served) -> Served:
    module_served.script(*text("Hello", " you"))
    return module_served


def test_whole(served: Served) -> None:
    answer = served.sdk.chat.completions.create(**ASK)
    assert answer.choices[0].message.content == "Hello you"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == "gpt-x"
    assert answer.usage is not None
    assert answer.usage.prompt_tokens_details is not None
    assert answer.usage.prompt_tokens_details.cached_tokens == 2
    assert answer.usage.completion_tokens_details is not None
    assert answer.usage.completion_tokens_details.reasoning_tokens == 1


def test_streamed(served: Served) -> None:
    options: Any = {"include_usage": True}
    chunks = list(served.sdk.chat.completions.create(**ASK, stream=True, stream_options=options))
    assert "".join(each.choices[0].delta.content or "" for each in chunks[:-1]) == "Hello you"
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens == 10


async def test_async(served: Served) -> None:
    async with openai.AsyncOpenAI(base_url=served.base, api_key="any", max_retries=0) as sdk:
        answer = await sdk.chat.completions.create(**ASK)
        assert answer.choices[0].message.content == "Hello you"
        stream: Any = await sdk.chat.completions.create(**ASK, stream=True)
        assert "".join([each.choices[0].delta.content or "" async for each in stream]) == "Hello you"


def test_the_accumulator_of_the_sdk(served: Served) -> None:
    call = [
        ToolCallStart(0, "call_1", "add"),
        ToolCallDelta(0, '{"a":'),
        ToolCallDelta(0, "1}"),
        ToolCallEnd(0),
    ]
    served.script(*(says(event) for event in call), says(finish("tool_calls")))
    with served.sdk.chat.completions.stream(**ASK, tools=TOOLS) as stream:
        kinds = [event.type for event in stream]
        message = stream.get_final_completion().choices[0].message
    assert "tool_calls.function.arguments.done" in kinds
    assert message.tool_calls is not None
    assert message.tool_calls[0].function.arguments == '{"a":1}'
    assert message.tool_calls[0].id == "call_1"


def test_reasoning_is_beside_the_content(served: Served) -> None:
    served.script(says(ReasoningDelta("Hmm")), says(TextDelta("Yes")), says(finish()))
    message: Any = served.sdk.chat.completions.create(**ASK).choices[0].message
    assert (message.reasoning_content, message.content) == ("Hmm", "Yes")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (PromptTooLong(600, 512), openai.BadRequestError),
        (QueueFull("full"), openai.RateLimitError),
        (EngineDied("dead"), openai.InternalServerError),
    ],
)
def test_errors(served: Served, error: Exception, kind: type[openai.APIStatusError], stream: bool) -> None:
    served.script(refusal=error)
    with pytest.raises(kind) as caught:
        served.sdk.chat.completions.create(**ASK, stream=stream)
    assert caught.value.code
    assert caught.value.body["message"]


def test_an_error_in_the_middle_of_a_stream(served: Served) -> None:
    served.script(says(TextDelta("Hello")), EngineDied("the engine died"))
    heard: list[Any] = []
    with pytest.raises(openai.APIError, match="the engine died") as caught:
        heard.extend(served.sdk.chat.completions.create(**ASK, stream=True))
    assert caught.value.code == "engine_unavailable"


def test_models(served: Served) -> None:
    (model,) = served.sdk.models.list().data
    assert model.id == MODEL
    assert served.sdk.models.retrieve(MODEL) == model
    with pytest.raises(openai.NotFoundError):
        served.sdk.models.retrieve("other")


def test_completions(served: Served) -> None:
    served.engine.scripts = [[output("Hel"), output("lo", reason="eos")] for _ in range(2)]
    served.engine.streams.clear()
    assert served.sdk.completions.create(model="m", prompt="a").choices[0].text == "Hello"
    chunks = served.sdk.completions.create(model="m", prompt="a", stream=True)
    assert "".join(each.choices[0].text for each in chunks) == "Hello"


def test_counting_tokens(served: Served) -> None:
    body = served.sdk.post("/chat/completions/input_tokens", body=ASK, cast_to=object)
    assert body["input_tokens"] == 42
    assert served.chat.request.messages[0].role == "user"


@pytest.mark.parametrize(
    "pieces",
    [["1", "1"], ["11", "11"], ["1", "1", "11"], ["a", "a", "a", "a"], ["Hello", "Hello"], ["a\n", "a\n"]],
)
def test_chatlas_keeps_what_it_was_told(served: Served, pieces: list[str]) -> None:
    chatlas = pytest.importorskip("chatlas", reason="the chatlas extra is not installed")
    served.script(*text(*pieces))
    chat = chatlas.ChatOpenAICompletions(base_url=served.base, model="m", api_key="any")
    response = chat.chat("hi", echo="none")
    assert str(response) == "".join(pieces)
    assert chat.get_last_turn().text == "".join(pieces)
    assert [each["tokens_total"] for each in chat.get_tokens()]
