"""Formats read off from templates that no family's code knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from llamar_server.chat.formats import Span, ToolFormat, detect
from llamar_server.chat.formats.affixes import common_prefix, common_suffix, counterpart, empty_pair
from llamar_server.chat.template import ChatTemplate
from tests.chat.tool_formats import (
    ACTIONS,
    BARE,
    CDATA,
    CODER,
    FENCED,
    HERMES,
    ID_BETWEEN,
    ID_FIRST,
    ID_LAST,
    KEYS_AND_VALUES,
    LINES,
    LIST,
    NAME_IS_KEY,
    NAME_THEN_JSON,
    OWN_QUOTES,
    PYTHON_LINES,
    PYTHON_LIST,
    WRAPPED,
)
from tests.chat.writing import Written, write_answer

HEADER = "<|im_start|>assistant\n"
END = "<|im_end|>"


class Model:
    """A template that writes answers as ``tool_format`` says, told as a ``Render``."""

    def __init__(self, tool_format: ToolFormat, *, end: str = END, quiet: str = "", calls: int = 9) -> None:
        self._format = tool_format
        self._end = end
        self._quiet = quiet
        self._calls = calls

    def __call__(
        self,
        messages: list[Mapping[str, Any]],
        tools: object = None,
        *,
        add_generation_prompt: bool,
        enable_thinking: bool,
    ) -> str | None:
        text = "".join(self._turn(message) for message in messages)
        if not add_generation_prompt:
            return text
        return text + HEADER + ("" if enable_thinking else self._quiet)

    def _turn(self, message: Mapping[str, Any]) -> str:
        if message["role"] != "assistant":
            return f"<|im_start|>{message['role']}\n{message['content']}<|im_end|>\n"
        calls = [
            Written(call["function"]["name"], call["function"]["arguments"], call["id"])
            for call in message.get("tool_calls", ())
        ]
        if len(calls) > self._calls:
            raise ValueError("too many calls")
        reasoning = message.get("reasoning_content", "") if self._format.thinking else ""
        return HEADER + write_answer(self._format, reasoning, message["content"], calls) + self._end + "\n"


def compared(tool_format: ToolFormat) -> dict[str, Any]:
    """What inference can tell; shapes of ids and habits of models are not rendered."""
    ignored = {
        "family",
        "id_shape",
        "thinking_closed_by_calls",
        "call_starts",
        "cdata",
        "noise",
        "turn_start",
    }
    return {name: getattr(tool_format, name) for name in tool_format.__slots__ if name not in ignored}


@pytest.mark.parametrize(
    "tool_format",
    [
        HERMES,
        LIST,
        ACTIONS,
        ID_LAST,
        LINES,
        NAME_IS_KEY,
        WRAPPED,
        BARE,
        CODER,
        CDATA,
        KEYS_AND_VALUES,
        NAME_THEN_JSON,
        FENCED,
        ID_FIRST,
        ID_BETWEEN,
        PYTHON_LINES,
        PYTHON_LIST,
        OWN_QUOTES,
    ],
)
def test_what_a_template_writes_is_found(tool_format: ToolFormat) -> None:
    found = detect("", Model(tool_format))
    assert compared(found) == compared(tool_format)
    assert found.family == "inferred"
    assert found.turn_start == HEADER


def test_without_any_call_the_generic_format_is_used() -> None:
    found = detect("", Model(HERMES, calls=0))
    assert (found.family, found.style, found.call) == ("generic", "object", HERMES.call)
    assert (found.thinking, found.turn_ends) == (HERMES.thinking, (END,))
    mentioned = detect("answer with <|tool_call|>[...]<|/tool_call|>", Model(LIST, calls=0))
    assert mentioned.section == Span("<|tool_call|>", "<|/tool_call|>")


def test_one_call_alone() -> None:
    found = detect("", Model(CODER, calls=1))
    assert (found.call, found.name) == (CODER.call, CODER.name)
    assert (found.argument_name, found.argument_value) == (CODER.argument_name, CODER.argument_value)


def test_turns_that_do_not_belong_together() -> None:
    """Some renderers write in another way what a template refuses."""
    model, other = Model(CODER, calls=1), Model(LIST)

    def render(messages: list[Mapping[str, Any]], tools: object = None, **options: bool) -> str | None:
        try:
            return model(messages, tools, **options)
        except ValueError:
            return other(messages, tools, **options)

    assert detect("", render) == detect("", model)


def test_reasoning_in_the_generation_prompt_alone() -> None:
    plain = ToolFormat(style="object", call=HERMES.call, separator="\n", turn_ends=(END,))
    found = detect("… </think> …", Model(plain, quiet="<think>\n\n</think>\n\n"))
    assert found.thinking == Span("<think>\n", "\n</think>\n\n")
    assert found.turn_start == HEADER
    assert detect("<think> … </think>", Model(plain)).thinking == Span("<think>", "</think>")
    assert detect("<think>", Model(plain)).thinking == Span()


def test_reasoning_that_only_its_end_tells() -> None:
    found = detect("", Model(ToolFormat(thinking=Span("", "\n[BEGIN ANSWER]\n"))))
    assert found.thinking == Span("", "\n[BEGIN ANSWER]\n")
    assert found.thinking_closed_by_calls


def test_a_turn_without_an_end() -> None:
    assert detect("", Model(HERMES, end="")).turn_ends == ()


def test_a_template_that_fails_is_no_failure() -> None:
    def render(*_: object, **__: object) -> str:
        raise RuntimeError

    assert detect("", render).family == "generic"
    assert detect("", lambda *_, **__: None).family == "generic"
    assert detect("", lambda *_, **__: "nothing of what was said").style == "object"


MESSAGES = (
    "{% for m in messages %}<|{{ m.role }}|>"
    "{% if m.reasoning_content %}<reason>{{ m.reasoning_content }}</reason>{% endif %}{{ m.content }}"
    "CALLS<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def each_call(written: str) -> str:
    return "{% for c in m.tool_calls or [] %}" + written + "{% endfor %}"


NAMED = "{{ {c.function.name: c.function.arguments} | tojson }}{% if not loop.last %},{% endif %}"
ARGUMENTS = "{% for k, v in c.function.arguments.items() %}<arg name='{{ k }}'>{{ v }}</arg>{% endfor %}"


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        (
            each_call("<call>{{ c.function | tojson }}</call>"),
            {"style": "object", "call": Span("<call>", "</call>"), "section": Span()},
        ),
        (
            "{% if m.tool_calls %}<calls>[" + each_call(NAMED) + "]</calls>{% endif %}",
            {
                "style": "object",
                "section": Span("<calls>", "</calls>"),
                "array": Span("[", "]"),
                "name_key": "",
            },
        ),
        (
            each_call("<fn:{{ c.function.name }}>{{ c.function.arguments | tojson }}</fn>"),
            {"style": "tag", "call": Span("", "</fn>"), "name": Span("<fn:", ">")},
        ),
        (
            each_call("<fn name='{{ c.function.name }}'>" + ARGUMENTS + "</fn>"),
            {
                "style": "tag",
                "arguments_style": "tagged",
                "name": Span("<fn name='", "'>"),
                "argument_name": Span("<arg name='", "'>"),
                "argument_value": Span("", "</arg>"),
            },
        ),
    ],
)
def test_real_templates(calls: str, expected: dict[str, Any]) -> None:
    template = ChatTemplate(MESSAGES.replace("CALLS", calls))
    found = detect(template.source, template.render)
    assert {name: getattr(found, name) for name in expected} == expected
    assert (found.turn_start, found.turn_ends) == ("<|assistant|>", ("<|end|>",))
    assert found.thinking == Span("<reason>", "</reason>")


def test_tags_are_not_cut_in_two() -> None:
    assert common_prefix("<a><bc>", "<a><bd>") == "<a>"
    assert common_prefix("x [TOOL", "x [TOOLS") == "x "
    assert common_suffix("<x_call>\n<f=", "</y_call>\n<f=") == "\n<f="
    assert common_suffix("abc", "abc") == "abc"


@pytest.mark.parametrize(
    ("tag", "closing"),
    [
        ("<think>", "</think>"),
        ("<seed:think>", "</seed:think>"),
        ("[THINK]", "[/THINK]"),
        ("<|START_THINKING|>", "<|END_THINKING|>"),
        ("<|assistant|>", ""),
        ("", ""),
    ],
)
def test_counterparts(tag: str, closing: str) -> None:
    assert counterpart(tag) == closing


def test_empty_pairs() -> None:
    assert empty_pair("x<think>\n\n</think>\n\n") == ("<think>\n", "\n</think>\n\n")
    assert empty_pair("x<think></think>") == ("<think>", "</think>")
    assert empty_pair("<a></b>") == ("", "")
