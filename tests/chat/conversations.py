"""Random conversations for property tests, as clients send them: legal and less so."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "The weather",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        },
    },
    {"type": "function", "function": {"name": "noop", "parameters": {"type": "object"}}},
]

words = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), max_size=12)
contents = st.one_of(
    words, st.none(), st.lists(words.map(lambda text: {"type": "text", "text": text}), max_size=2)
)
arguments = st.one_of(
    st.dictionaries(words, st.one_of(words, st.integers(), st.none())).map(json.dumps),
    words,
    st.sampled_from(["", "{", '{"city": "Par', '{"city": "Paris", "da', "[1]", "null", '"x"', "}{"]),
)


def calls(number: int) -> st.SearchStrategy[list[dict[str, Any]]]:
    def call(index: int, text: str) -> dict[str, Any]:
        name = ("get_weather", "noop")[index % 2]
        return {
            "id": f"call_{number}_{index}",
            "type": "function",
            "function": {"name": name, "arguments": text},
        }

    return st.lists(arguments, min_size=1, max_size=2).map(
        lambda texts: [call(index, text) for index, text in enumerate(texts)]
    )


@st.composite
def orderly(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Turns as an agent makes them: user, perhaps calls with all their results, answer; system anywhere."""
    messages: list[dict[str, Any]] = []
    if draw(st.booleans()):
        messages.append({"role": draw(st.sampled_from(["system", "developer"])), "content": draw(contents)})
    for turn in range(draw(st.integers(1, 4))):
        messages.append({"role": "user", "content": draw(contents)})
        if draw(st.booleans()):
            made = draw(calls(turn))
            messages.append({"role": "assistant", "content": draw(contents), "tool_calls": made})
            messages += [
                {"role": "tool", "tool_call_id": call["id"], "content": draw(contents)} for call in made
            ]
        if draw(st.integers(0, 4)) == 0:
            messages.append({"role": "system", "content": draw(words)})
        answer = {"role": "assistant", "content": draw(contents)}
        if draw(st.booleans()):
            answer["reasoning_content"] = draw(words)
        messages.append(answer)
    return messages


anything = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {"role": st.sampled_from(["system", "user", "assistant"]), "content": contents}
        ),
        calls(0).map(lambda made: {"role": "assistant", "content": None, "tool_calls": made}),
        st.fixed_dictionaries({"role": st.just("tool"), "content": contents}),
    ),
    min_size=1,
    max_size=6,
)
"""Messages in any order."""
