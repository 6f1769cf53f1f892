"""ellmer's Chat, method by method, as chatlas has it: conversations."""

from __future__ import annotations

import asyncio
import copy
from pathlib import Path
from typing import Any

import pytest
from chatlas import AssistantTurn, Chat, SystemTurn, UserTurn

from llamar_providers.chatlas import LlamarProvider, chat_llamar
from tests.providers.recorder import recorder
from tests.servers import ServerProcess

CAPITAL = "What is the capital of France?"
PARIS = "The capital of France is Paris."
MEETING = "Hi, my name is Ada and I am a data scientist."


def say(chat: Chat[Any, Any], prompt: str, **options: Any) -> str:
    return str(chat.chat(prompt, echo="none", **options))


@pytest.mark.parametrize("stream", [True, False])
def test_chat_and_its_turns(chat: Chat[Any, Any], stream: bool) -> None:
    assert say(chat, CAPITAL, stream=stream) == PARIS
    asked, answered = chat.get_turns()
    assert (asked.role, asked.text) == ("user", CAPITAL)
    assert (answered.role, answered.text) == ("assistant", PARIS)
    last = chat.get_last_turn()
    assert last is answered
    assert last.finish_reason == "success"
    assert chat.get_last_turn(role="user") is asked
    assert chat.get_last_turn(role="system") is None


def test_a_conversation_goes_on(chat: Chat[Any, Any]) -> None:
    assert say(chat, MEETING) == "Nice to meet you, Ada!"
    assert say(chat, "What's my name?") == "Your name is Ada."
    assert len(chat.get_turns()) == 4


def test_a_copy_is_a_branch(chat: Chat[Any, Any]) -> None:
    say(chat, MEETING)
    branch = copy.deepcopy(chat)
    assert say(chat, "What's my name?") == "Your name is Ada."
    assert say(branch, "What's my job?") == "You are a data scientist."
    assert [turn.text for turn in chat.get_turns()][:2] == [turn.text for turn in branch.get_turns()][:2]
    assert chat.get_turns()[2].text == "What's my name?"
    assert branch.get_turns()[2].text == "What's my job?"
    assert branch.provider is chat.provider


def test_set_turns_resets_and_restores(chat: Chat[Any, Any]) -> None:
    chat.system_prompt = "Be terse."
    say(chat, MEETING)
    turns = chat.get_turns()
    chat.set_turns([])
    assert chat.get_turns() == []
    assert chat.system_prompt == "Be terse."
    assert "Ada" not in say(chat, "What is the capital of Italy?")
    assert len(chat.get_turns()) == 2
    chat.set_turns(turns)
    assert "Ada" in say(chat, "What's my name?")
    with pytest.raises(ValueError, match="system"):
        chat.set_turns([SystemTurn("no")])


def test_add_turn(chat: Chat[Any, Any]) -> None:
    chat.add_turn(UserTurn(MEETING))
    chat.add_turn(AssistantTurn("Nice to meet you, Ada!"))
    assert say(chat, "What's my job?") == "You are a data scientist."


def test_the_system_prompt(server: ServerProcess, chat: Chat[Any, Any]) -> None:
    persona = chat_llamar(base_url=server.url, system_prompt="You are Zorbalat, a helpful assistant.")
    assert persona.system_prompt == "You are Zorbalat, a helpful assistant."
    assert say(persona, "What is your name?", kwargs={"temperature": 0}) == "I am Zorbalat."
    assert persona.get_turns(include_system_prompt=True)[0].role == "system"
    chat.system_prompt = "Be terse."
    assert say(chat, "What is the capital of Germany?") == "Berlin."
    chat.system_prompt = None
    assert chat.get_turns(include_system_prompt=True) == chat.get_turns()


def test_the_model(chat: Chat[Any, Any], server: ServerProcess) -> None:
    assert chat.model == "llamar-tiny"
    chat.model = "another name"  # which is told back by the server, and means the model that it has
    say(chat, "Hi")
    last = chat.get_last_turn()
    assert last is not None
    assert last.completion.model == "another name"
    assert copy.deepcopy(chat).model == "another name"
    assert chat_llamar(base_url=server.url, model_id="mine").model == "mine"


def test_the_provider(chat: Chat[Any, Any]) -> None:
    assert isinstance(chat.provider, LlamarProvider)
    assert chat.provider.name == "llamar"
    assert [model["id"] for model in chat.list_models()] == ["llamar-tiny"]


def test_a_conversation_can_be_named(chat: Chat[Any, Any]) -> None:
    chat.conversation_id = "tuesday"
    assert say(chat, CAPITAL) == PARIS
    assert chat.conversation_id == "tuesday"
    with pytest.raises(TypeError, match="must be a string"):
        chat.conversation_id = 2  # type: ignore[assignment]


def test_stream(chat: Chat[Any, Any]) -> None:
    pieces = list(chat.stream(CAPITAL))
    assert len(pieces) > 3
    assert "".join(pieces) == PARIS
    last = chat.get_last_turn()
    assert last is not None
    assert last.text == PARIS


@pytest.mark.parametrize("text", ["1, 2, 3", "11", "7777 7777", "a a a"])
def test_what_repeats_itself_is_kept_whole(chat: Chat[Any, Any], text: str) -> None:
    said = "".join(chat.stream(f"Say exactly: {text}"))
    last = chat.get_last_turn()
    assert last is not None
    assert last.text == said == say(chat_of(chat), f"Say exactly: {text}", stream=False)


def chat_of(chat: Chat[Any, Any]) -> Chat[Any, Any]:
    """The same chat, with nothing said yet."""
    fresh = copy.deepcopy(chat)
    fresh.set_turns([])
    return fresh


def test_parameters(chat: Chat[Any, Any]) -> None:
    chat.set_model_params(
        temperature=1.5, top_k=1, top_p=0.9, seed=7, max_tokens=3, frequency_penalty=0.1, presence_penalty=0.1
    )
    with pytest.warns(UserWarning, match="truncated"):
        assert PARIS.startswith(say(chat, CAPITAL))
    last = chat.get_last_turn()
    assert last is not None
    assert last.finish_reason == "max_tokens"
    assert last.tokens is not None
    assert last.tokens[1] == 3
    chat.set_model_params(max_tokens=None, stop_sequences=[" is"])
    assert say(chat_of(chat), CAPITAL) == "The capital of France"


def test_parameters_of_every_request(chat: Chat[Any, Any]) -> None:
    brief = Chat(chat.provider, kwargs_chat={"stop": [" is"], "temperature": 0})
    assert [say(brief, CAPITAL), say(brief, "What is the capital of Japan?")] == [
        "The capital of France",
        "The capital of Japan",
    ]
    assert say(brief, CAPITAL, kwargs={"stop": ["."]}) == PARIS[:-1]


def test_log_probabilities(chat: Chat[Any, Any]) -> None:
    chat.set_model_params(log_probs=True)
    assert say(chat, CAPITAL) == PARIS
    last = chat.get_last_turn()
    assert last is not None
    logprobs = last.completion.choices[0].logprobs
    tokens = logprobs["content"] if isinstance(logprobs, dict) else logprobs.content
    said = [each["token"] if isinstance(each, dict) else each.token for each in tokens]
    assert "".join(said) == PARIS


def test_parameters_of_llama_cpp_need_no_wrapping(chat: Chat[Any, Any]) -> None:
    chat.set_model_params(temperature=None, top_k=1)
    chosen = {"regex": "[0-9]{3}", "extra_body": {"min_p": 0.1}}
    assert say(chat, CAPITAL, kwargs=chosen).isdecimal()
    with pytest.raises(Exception, match="mirostat is not supported"):
        say(chat, CAPITAL, kwargs={"mirostat": 2})


def test_reasoning(chat: Chat[Any, Any]) -> None:
    prompt = "What is the capital of Japan?"
    pieces = list(chat.stream(prompt, content="all", kwargs={"enable_thinking": True}))
    thought = "".join(getattr(piece, "thinking", "") for piece in pieces)
    assert thought == "The user asks for the capital of Japan. It is Tokyo."
    last = chat.get_last_turn()
    assert last is not None
    assert [type(each).__name__ for each in last.contents] == ["ContentThinking", "ContentText"]
    assert last.text == "The capital of Japan is Tokyo."


@pytest.mark.parametrize("preserve", [True, False])
def test_earlier_reasoning_is_sent_only_if_wanted(preserve: bool) -> None:
    with recorder() as there:
        message = {"role": "assistant", "content": "15", "reasoning_content": "7 + 8 = 15"}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        there.answer = {
            "id": "1",
            "object": "chat.completion",
            "created": 0,
            "model": "m",
            "choices": [choice],
        }
        chat = chat_llamar(base_url=there.url, model_id="m", preserve_thinking=preserve, seed=7)
        say(chat, "What is 7 + 8?", stream=False)
        say(chat, "Thanks!", stream=False)
        body = there.asked[-1].body
    assert ("reasoning_content" in body["messages"][1]) is preserve
    assert body["seed"] == 7


# --- asyncio ---


@pytest.mark.parametrize("stream", [True, False])
async def test_chat_async(chat: Chat[Any, Any], stream: bool) -> None:
    response = await chat.chat_async(CAPITAL, echo="none", stream=stream)
    assert await response.get_content() == PARIS


async def test_stream_async(chat: Chat[Any, Any]) -> None:
    assert "".join([piece async for piece in await chat.stream_async(CAPITAL)]) == PARIS


def test_each_event_loop_may_ask(chat: Chat[Any, Any]) -> None:
    async def ask() -> str:
        return await (await chat.chat_async(CAPITAL, echo="none")).get_content()

    assert asyncio.run(ask()) == PARIS
    assert asyncio.run(ask()) == PARIS


async def test_close_async(server: ServerProcess, home: Path) -> None:
    async with chat_llamar(base_url=server.url) as chat:
        await (await chat.chat_async("Hi", echo="none")).get_content()
