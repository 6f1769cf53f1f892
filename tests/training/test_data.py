"""Generated conversations: the same for a seed, well formed, and free of what only the evaluation may use."""

from __future__ import annotations

from itertools import islice, pairwise
from typing import Any

import jsonschema
import pytest
from training.data import tool_turns, words
from training.data.documents import BEGINNING, MIXTURE, document, documents, held_out_documents
from training.data.families import FAMILIES
from training.data.world import World
from training.rendering import Renderer

MANY = 400
FOLLOWS = {"user": {"assistant"}, "assistant": {"user", "tool"}, "tool": {"assistant", "tool"}}


def calls_of(message: dict[str, Any]) -> list[dict[str, Any]]:
    return [call["function"] for call in message.get("tool_calls", ())]


def test_a_seed_gives_the_same_conversations() -> None:
    first, again, other = (list(islice(documents(seed), 50)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_the_beginning_is_a_part_of_the_mixture() -> None:
    assert set(BEGINNING) <= set(MIXTURE)


@pytest.mark.parametrize("kind", MIXTURE)
def test_turns_alternate(kind: str) -> None:
    world = World(3)
    for chat in (document(world, kind) for _ in range(40)):
        roles = [message["role"] for message in chat.messages if message["role"] != "system"]
        assert roles[0] == "user"
        assert roles[-1] == "assistant"
        for before, after in pairwise(roles):
            assert after in FOLLOWS[before]
        assert all(message["content"] or calls_of(message) for message in chat.messages)


def test_no_conversation_is_empty_where_every_request_has_a_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool_turns, "no_tool_turn", lambda *_: False)
    world = World(4)
    assert all(len(document(world, "tools").messages) > 2 for _ in range(100))


def test_calls_fit_the_tools_that_are_there() -> None:
    seen = 0
    for chat in islice(documents(5), MANY):
        schemas = {tool["function"]["name"]: tool["function"]["parameters"] for tool in chat.tools}
        for message in chat.messages:
            for call in calls_of(message):
                jsonschema.validate(
                    call["arguments"], {**schemas[call["name"]], "additionalProperties": False}
                )
                seen += 1
    assert seen > MANY / 2


def test_every_call_has_its_result() -> None:
    for chat in islice(documents(6), MANY):
        messages = chat.messages
        for position, message in enumerate(messages[:-1]):
            results = [
                each for each in messages[position + 1 :][: len(calls_of(message))] if each["role"] == "tool"
            ]
            assert len(results) == len(calls_of(message))


def test_marks_of_values_never_reach_a_message() -> None:
    for chat in islice(documents(7), MANY):
        assert not any(mark in message["content"] for message in chat.messages for mark in "\x02\x03")


def test_held_out_words_name_no_tool_in_training() -> None:
    verbs = words.split(list(words.VERBS), held_out=True)
    for chat in islice(documents(8), MANY):
        for tool in chat.tools:
            assert not any(tool["function"]["name"].startswith(f"{verb}_") for verb in verbs)
    for make in FAMILIES.values():
        for name in {make(World(seed)).name for seed in range(30)}:
            assert not any(name.startswith(f"{verb}_") for verb in verbs)


def test_held_out_words_name_tools_in_the_evaluation() -> None:
    verbs = tuple(words.split(list(words.VERBS), held_out=True))
    names = {tool["function"]["name"] for chat in islice(held_out_documents(8), MANY) for tool in chat.tools}
    assert any(name.startswith(verbs) for name in names)


@pytest.mark.parametrize("list_", [words.NOUNS, words.FIRST_NAMES, words.CITIES])
def test_a_word_is_in_one_part(list_: tuple[str, ...]) -> None:
    training, held = (set(words.split(list_, held_out=held)) for held in (False, True))
    assert training
    assert held
    assert training | held == set(list_)
    assert not training & held


def test_thoughts_are_there_exactly_if_the_model_thinks() -> None:
    for chat in islice(documents(9), MANY):
        last = chat.messages[-1]
        assert bool(last.get("reasoning_content")) is chat.thinking


def test_some_documents_reach_the_trained_context() -> None:
    render, world = Renderer(), World(10)
    lengths = [len(render(document(world, "long passages"))) for _ in range(60)]
    assert max(lengths) > 4000


def test_every_value_of_a_call_was_said() -> None:
    """Before it, by the user or a tool: otherwise the model would learn to make arguments up."""
    world = World(11)
    for chat in (document(world, "tools") for _ in range(MANY)):
        said = ""
        for message in chat.messages:
            for call in calls_of(message):
                for value in leaves(call["arguments"]):
                    spelled = (
                        words.NUMBER_WORDS[value] if type(value) is int and 0 <= value <= 20 else str(value)
                    )
                    assert str(value).lower() in said or spelled in said
            said += message["content"].lower() + " "


def leaves(value: Any) -> list[Any]:
    """The texts and numbers in ``value``."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [leaf for each in value for leaf in leaves(each)]
    return [] if isinstance(value, bool) else [value]
