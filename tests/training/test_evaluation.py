"""The evaluation: its hand-written set is sound and kept apart, and answers are judged as they should be."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import Any

import jsonschema
import pytest
from training.data.documents import documents
from training.evaluation.__main__ import table
from training.evaluation.asking import parsed
from training.evaluation.cases import Case, handwritten, tool_of
from training.evaluation.generated import generated
from training.evaluation.scoring import Answer, loops, right, right_names

ASK: list[dict[str, Any]] = [{"role": "user", "content": "?"}]


def call(name: str = "f", **arguments: Any) -> Answer:
    return Answer(calls=[(name, arguments)])


def first(value: Any) -> Any:
    return value[0] if isinstance(value, list) else value


def test_there_are_enough_hand_written_requests() -> None:
    cases = handwritten()
    assert len(cases) >= 150
    asked = Counter((str(case.messages), str(case.tools)) for case in cases)
    assert max(asked.values()) == 1


def test_hand_written_calls_fit_their_tools() -> None:
    for case in handwritten():
        schemas = {tool["function"]["name"]: tool["function"]["parameters"] for tool in case.tools}
        for name, wanted in case.calls:
            arguments = {key: first(value) for key, value in wanted.items() if first(value) != ""}
            jsonschema.validate(arguments, schemas[name])


def test_hand_written_requests_are_not_in_the_training_data() -> None:
    asked = {case.messages[-1]["content"] for case in handwritten() if len(case.messages[-1]["content"]) > 25}
    for chat in islice(documents(1), 2000):
        assert not asked & {message["content"] for message in chat.messages}


def test_generated_requests_are_the_same_each_time() -> None:
    cases = generated(4)
    assert cases == generated(4)
    assert set(Counter(case.skill for case in cases).values()) == {4}


def test_a_generated_answer_would_be_right() -> None:
    for case in generated(6):
        says = case.says[0] if case.says else ""
        calls = [(name, {key: first(value) for key, value in wanted.items()}) for name, wanted in case.calls]
        assert right_names(case, Answer(str(says), "thought", calls))
        if case.json is None and not case.tokens:
            assert right(case, Answer(str(says), "thought", calls))


@pytest.mark.parametrize(
    ("answer", "good"),
    [
        (call(city="Rome", n=2), True),
        (call(city=" rome.", n=2), True),
        (call(city="Roma", n=2), True),
        (call(city="Rome", n=3), False),
        (call(city="Rome", n="2"), False),
        (call(city="Rome"), False),
        (call(city="Rome", n=2, more=1), False),
        (call("g", city="Rome", n=2), False),
        (Answer("Rome"), False),
        (Answer(calls=[("f", None)]), False),
        (Answer(error="refused", calls=[("f", {"city": "Rome", "n": 2})]), False),
    ],
)
def test_calls_are_judged(answer: Answer, good: bool) -> None:
    assert right(Case("s", ASK, calls=[("f", {"city": ["Rome", "Roma"], "n": 2})]), answer) is good


def test_a_call_where_none_is_wanted_is_wrong() -> None:
    assert right(Case("s", ASK), Answer("Hello"))
    assert not right(Case("s", ASK), call())


def test_what_must_be_said() -> None:
    case = Case("s", ASK, says=["Paris", ["5", "five"]])
    assert right(case, Answer("In PARIS, five times."))
    assert not right(case, Answer("In Paris."))


def test_data_is_judged() -> None:
    case = Case("s", ASK, json={"name": "Ann", "tags": [["a", "b"]], "paid": True})
    assert right(case, Answer('{"paid": true, "name": "Ann", "tags": ["a", "b"]}'))
    assert not right(case, Answer('{"paid": 1, "name": "Ann", "tags": ["a", "b"]}'))
    assert not right(case, Answer('{"name": "Ann", "tags": ["a", "b"]}'))
    assert not right(case, Answer("Ann"))


def test_thinking_needs_a_thought() -> None:
    case = Case("s", ASK, thinking=True)
    assert right(case, Answer("Hello", "They greet."))
    assert not right(case, Answer("Hello", " \n"))


def test_loops_are_found() -> None:
    assert loops("and so on and on and on we go again " * 4)
    assert not loops("Once there was a fox who lived in a small house by the wide forest of the north.")


def test_raw_answers_are_read() -> None:
    answer = parsed(
        '<think>\nHm.\n</think>\n\n<tool_call>\n{"name": "f", "arguments": {"a": 1}}\n</tool_call>'
    )
    assert (answer.calls, answer.thought.strip(), answer.text) == ([("f", {"a": 1})], "Hm.", "")
    assert parsed("<tool_call>\n{oops}\n</tool_call>").calls == [("None", None)]
    assert parsed("plain") == Answer("plain")


def test_a_signature_is_a_tool() -> None:
    tool = tool_of("go(to: string, how?: car|bike, times: integer) Moves.")["function"]
    assert (tool["name"], tool["description"]) == ("go", "Moves.")
    assert tool["parameters"]["required"] == ["to", "times"]
    assert tool["parameters"]["properties"]["how"] == {"type": "string", "enum": ["car", "bike"]}


def test_the_table_names_every_skill() -> None:
    score = {"count": 4, "right": 3, "names": 4}
    text = table({"set": {"skills": {"memory": {"grammar": score, "raw": score}}, "wrong": []}})
    assert "memory" in text
    assert "0.750" in text
