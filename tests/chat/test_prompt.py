"""The end of the prompt: what of the answer it already holds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamar_server.chat.chatml import CHATML
from llamar_server.chat.formats.spec import Span, ToolFormat
from llamar_server.chat.prompt import make_prompt, thinking_is_open
from llamar_server.chat.template import ChatTemplate
from llamar_server.errors import InvalidRequest

HEADER = "<|im_start|>assistant\n"
THINK = ToolFormat(turn_start=HEADER, thinking=Span("<think>\n", "\n</think>\n\n"))
PLAIN = ToolFormat(turn_start=HEADER)
USER = {"role": "user", "content": "Hi"}
ASKED = "<|im_start|>user\nHi<|im_end|>\n" + HEADER
OPENING = CHATML.replace("assistant\\n' }}{%- endif -%}", "assistant\\n<think>\\n' }}{%- endif -%}")
FORGETFUL = CHATML.replace("message.reasoning_content", "message.nothing")


def answer(content: str | None, reasoning: str | None = None) -> dict[str, Any]:
    return {"role": "assistant", "content": content, "reasoning_content": reasoning}


@pytest.mark.parametrize(
    ("source", "tool_format", "final", "wanted", "prefill"),
    [
        (CHATML, THINK, None, False, ""),
        (OPENING, THINK, None, False, "<think>\n"),
        (CHATML, THINK, answer("Hello, "), True, "Hello, "),
        (OPENING, THINK, answer("Hello, "), True, "Hello, "),
        (CHATML, THINK, answer("Hello", "Well."), True, "<think>\nWell.\n</think>\n\nHello"),
        (FORGETFUL, THINK, answer("Hello", "Well."), True, "<think>\nWell.\n</think>\n\nHello"),
        (OPENING, THINK, answer("Hello", "Well."), True, "<think>\nWell.\n</think>\n\nHello"),
        (CHATML, THINK, answer("", "Well"), True, "<think>\nWell"),
        (OPENING, THINK, answer(None, "Well"), True, "<think>\nWell"),
        (CHATML, THINK, answer("", "Well."), "content", "<think>\nWell.\n</think>\n\n"),
        (CHATML, THINK, answer("ignored", "Well"), "reasoning", "<think>\nWell"),
        (CHATML, PLAIN, answer("Hello", "Well."), True, "<think>\nWell.\n</think>\n\nHello"),
        (FORGETFUL, PLAIN, answer("Hello", "Well."), True, "Hello"),
        (FORGETFUL, PLAIN, answer("", "Well."), True, ""),
        (CHATML, THINK, answer("Hello"), "none", None),
    ],
)
def test_prefill(
    source: str, tool_format: ToolFormat, final: dict[str, Any] | None, wanted: Any, prefill: str | None
) -> None:
    messages = [USER, final] if final else [USER]
    made = make_prompt(ChatTemplate(source), tool_format, messages, continue_final_message=wanted)
    if prefill is None:
        assert made.text == f"{ASKED}Hello<|im_end|>\n{HEADER}"
        assert made.prefill == ""
    else:
        assert made.text == ASKED + prefill
        assert made.prefill == prefill


def test_no_generation_prompt() -> None:
    made = make_prompt(ChatTemplate(CHATML), THINK, [USER], add_generation_prompt=False)
    assert made.text == "<|im_start|>user\nHi<|im_end|>\n"
    assert made.prefill == ""


@pytest.mark.parametrize(
    "messages",
    [
        [USER],
        [answer("Hello")],
        [USER, {"role": "assistant", "tool_calls": [{"function": {"name": "f"}}]}],
        [USER, {"role": "system", "content": "x"}],
    ],
)
def test_nothing_to_continue(messages: list[dict[str, Any]]) -> None:
    with pytest.raises(InvalidRequest, match="assistant's message") as caught:
        make_prompt(ChatTemplate(CHATML), THINK, messages, continue_final_message=True)
    assert caught.value.param == "continue_final_message"


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_any_text_is_continued_as_it_is(text: str) -> None:
    made = make_prompt(ChatTemplate(CHATML), THINK, [USER, answer(text)], continue_final_message=True)
    assert made.text == ASKED + text
    assert made.prefill == text


@pytest.mark.parametrize(
    ("thinking", "prefill", "open_"),
    [
        (Span("<think>\n", "\n</think>\n\n"), "<think>\n", True),
        (Span("<think>\n", "\n</think>\n\n"), "<think>", True),
        (Span("<think>\n", "\n</think>\n\n"), "<think>\nWell", True),
        (Span("<think>\n", "\n</think>\n\n"), "<think>\n\n</think>\n\n", False),
        (Span("<think>\n", "\n</think>\n\n"), "Hello", False),
        (Span("<think>\n", "\n</think>\n\n"), "", False),
        (Span("", "[FINAL]"), "", True),
        (Span("", "[FINAL]"), "Well.[FINAL]", False),
        (Span(), "anything", False),
    ],
)
def test_thinking_is_open(thinking: Span, prefill: str, open_: bool) -> None:
    assert thinking_is_open(ToolFormat(thinking=thinking), prefill) is open_
