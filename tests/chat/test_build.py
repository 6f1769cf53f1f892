"""``build_chat``: everything that generating and reading one answer needs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llamar_server.chat.chat import BuiltChat, build_chat
from llamar_server.chat.chatml import CHATML
from llamar_server.chat.formats.spec import ChatFormat
from llamar_server.chat.parser import parse_chat
from llamar_server.chat.template import ChatTemplate
from llamar_server.errors import InvalidGrammar, InvalidRequest
from tests.chat.conversations import TOOLS, anything
from tests.chat.vectors import chat_cases, needs_vectors, template, template_names

HELLO = [{"role": "user", "content": "Hello"}]
CALL = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Oslo"}}\n</tool_call>'


@pytest.fixture(scope="module")
def chatml() -> ChatTemplate:
    return ChatTemplate(CHATML)


# --- the vectors ---


def build_case(inputs: dict[str, Any]) -> dict[str, Any]:
    """The arguments of ``build_chat`` for the inputs of a case."""
    inputs = dict(inputs)
    return {"template_kwargs": inputs.pop("chat_template_kwargs"), **inputs}


@needs_vectors
@pytest.mark.parametrize("case", chat_cases("generation_prompt"), ids=lambda case: case["id"])
def test_generation_prompts(case: dict[str, Any]) -> None:
    built = build_chat(template(case["template"]), **build_case(case["inputs"]))
    assert built.prompt.endswith(case["expected_generation_prompt"])


@needs_vectors
@pytest.mark.parametrize("name", template_names())
def test_every_template_is_built_for_tools(name: str) -> None:
    """The model is told of the tools, a grammar guards its calls, and what was built survives as JSON."""
    built = build_chat(template(name), HELLO, TOOLS, enable_thinking=False)
    assert all(tool["function"]["name"] in built.prompt for tool in TOOLS)
    assert built.grammar is not None
    assert built.grammar_lazy
    assert "get_weather" in built.grammar
    assert ChatFormat.from_json(built.format.to_json()) == built.format


@needs_vectors
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(template_names() or ("",)),
    messages=anything,
    choice=st.sampled_from(["auto", "none", "required", {"function": {"name": "noop"}}]),
    thinking=st.booleans(),
    more=st.sampled_from([{}, {"continue_final_message": True}, {"json_schema": {"type": "object"}}]),
)
def test_no_conversation_breaks_a_build(
    name: str, messages: list[dict[str, Any]], choice: Any, thinking: bool, more: dict[str, Any]
) -> None:
    chosen = template(name)
    try:
        built = build_chat(chosen, messages, TOOLS, tool_choice=choice, enable_thinking=thinking, **more)
    except InvalidRequest:
        assert chosen.warnings == ()
        return
    assert chosen.warnings == ()
    assert built.grammar is not None
    assert built.prompt.endswith(built.format.prefill)


# --- what is built ---


def test_plain_chat_is_free(chatml: ChatTemplate) -> None:
    built = build_chat(chatml, HELLO)
    assert built.prompt == "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n"
    assert built.grammar is None
    assert not built.grammar_lazy
    assert built.trigger_patterns == built.trigger_tokens == ()
    assert built.additional_stops == ("<|im_end|>",)
    assert not built.thinking_forced_open


def test_markers_reach_the_text_and_headers_do_not(chatml: ChatTemplate) -> None:
    preserved = build_chat(chatml, HELLO, TOOLS).preserved_tokens
    assert {"<tool_call>", "</tool_call>", "<think>", "</think>"} <= set(preserved)
    assert "<|im_start|>" not in preserved


@needs_vectors
@pytest.mark.parametrize(
    ("name", "tokens"),
    [
        ("openai-gpt-oss-120b.jinja", {"<|channel|>", "<|message|>", "<|end|>", "<|call|>"}),
        ("mistralai-Ministral-3-14B-Reasoning-2512.jinja", {"[TOOL_CALLS]", "[ARGS]", "[THINK]", "[/THINK]"}),
        ("deepseek-ai-DeepSeek-R1-Distill-Qwen-32B.jinja", {"<｜tool▁calls▁begin｜>", "<｜tool▁sep｜>"}),
        ("google-gemma-4-31B-it.jinja", {"<|tool_call>", "<tool_call|>", '<|"|>', "<|channel>"}),
        ("Kimi-K2-Instruct.jinja", {"<|tool_calls_section_begin|>", "<|tool_call_argument_begin|>"}),
        ("LFM2-8B-A1B.jinja", {"<|tool_call_start|>", "<|tool_call_end|>"}),
    ],
)
def test_control_tokens_of_the_families_are_preserved(name: str, tokens: set[str]) -> None:
    assert tokens - set(build_chat(template(name), HELLO, TOOLS).preserved_tokens) == set()


@needs_vectors
def test_what_begins_a_call_does_not_end_the_answer() -> None:
    """GigaChat writes the end of a turn in front of a call."""
    built = build_chat(template("GigaChat3-10B-A1.8B.jinja"), HELLO, TOOLS)
    assert any("message_sep" in pattern for pattern in built.trigger_patterns)
    assert built.additional_stops == ()


def test_tool_choice(chatml: ChatTemplate) -> None:
    def built(choice: Any) -> BuiltChat:
        return build_chat(chatml, HELLO, TOOLS, tool_choice=choice)

    auto, none, required = built("auto"), built("none"), built("required")
    named = built({"type": "function", "function": {"name": "noop"}})
    assert auto.prompt == none.prompt == required.prompt == named.prompt
    assert auto.grammar_lazy
    assert auto.trigger_tokens == ("<tool_call>",)
    assert none.grammar is not None
    assert "tool_call" in none.grammar  # which cannot be written
    assert not none.grammar_lazy
    assert required.grammar is not None
    assert named.grammar is not None
    assert not required.grammar_lazy
    assert not named.grammar_lazy
    assert "get_weather" in required.grammar
    assert "get_weather" not in named.grammar


def test_without_a_choice_of_tools_calls_are_text(chatml: ChatTemplate) -> None:
    raw = CALL
    assert parse_chat(raw, build_chat(chatml, HELLO, TOOLS).format).tool_calls[0].name == "get_weather"
    none = parse_chat(raw, build_chat(chatml, HELLO, TOOLS, tool_choice="none").format)
    assert none.tool_calls == ()
    assert "get_weather" in none.content


@pytest.mark.parametrize(
    ("arguments", "message", "param"),
    [
        ({"tool_choice": "maybe"}, "'maybe' is not one of", "tool_choice"),
        ({"tool_choice": {"type": "function"}}, "must name a function", "tool_choice"),
        ({"tools": TOOLS, "tool_choice": {"function": {"name": "other"}}}, "'other'", "tool_choice"),
        ({"tool_choice": "required"}, "no tools", "tool_choice"),
        ({"tools": [{"type": "function"}]}, r"tools\[0\]", "tools"),
        ({"json_schema": {"type": "object"}, "regex": "a"}, "exclude each other", "grammar"),
        ({"messages": []}, "must not be empty", "messages"),
    ],
)
def test_what_cannot_be_built(
    chatml: ChatTemplate, arguments: dict[str, Any], message: str, param: str
) -> None:
    with pytest.raises(InvalidRequest, match=message) as caught:
        build_chat(chatml, **{"messages": HELLO, **arguments})
    assert caught.value.param == param


def test_a_strict_tool_that_cannot_be_enforced_is_named(chatml: ChatTemplate) -> None:
    schema = {"type": "object", "properties": {"x": {"not": {"type": "string"}}}}
    function = {"name": "odd", "parameters": schema, "strict": True}
    with pytest.raises(InvalidGrammar, match=r"'odd'.*not"):
        build_chat(chatml, HELLO, [{"type": "function", "function": function}])
    loose = build_chat(chatml, HELLO, [{"type": "function", "function": {**function, "strict": False}}])
    assert loose.grammar is not None
    assert any("odd" in warning for warning in loose.warnings)


@pytest.mark.parametrize(
    "form", [{"json_schema": {"type": "object"}}, {"grammar": 'root ::= "a"'}, {"regex": "[ab]+"}]
)
def test_the_form_of_the_answer(chatml: ChatTemplate, form: dict[str, Any]) -> None:
    built = build_chat(chatml, HELLO, **form)
    assert built.grammar is not None
    assert not built.grammar_lazy
    assert built.format.json_content is ("json_schema" in form)


def test_the_form_of_a_continued_answer_is_refused(chatml: ChatTemplate) -> None:
    messages = [*HELLO, {"role": "assistant", "content": '{"a": '}]
    with pytest.raises(InvalidRequest, match="continued"):
        build_chat(chatml, messages, json_schema={"type": "object"}, continue_final_message=True)


# --- reasoning ---

THINKING = CHATML.replace("assistant\\n' }}{%- endif -%}", "assistant\\n<think>\\n' }}{%- endif -%}")


def test_reasoning_that_the_prompt_opens() -> None:
    built = build_chat(ChatTemplate(THINKING), HELLO)
    assert built.thinking_forced_open
    parsed = parse_chat("Well.\n</think>\n\nYes.", built.format)
    assert (parsed.reasoning.strip(), parsed.content) == ("Well.", "Yes.")


@pytest.mark.parametrize(
    ("reasoning_format", "splits"), [("auto", True), ("deepseek", True), ("none", False)]
)
def test_reasoning_format(chatml: ChatTemplate, reasoning_format: Any, splits: bool) -> None:
    built = build_chat(chatml, HELLO, reasoning_format=reasoning_format)
    parsed = parse_chat("<think>\nWell.\n</think>\n\nYes.", built.format)
    assert bool(parsed.reasoning) is splits
    assert ("<think>" in parsed.content) is not splits


def test_a_budget_needs_a_grammar(chatml: ChatTemplate) -> None:
    assert build_chat(chatml, HELLO, reasoning_budget=20).grammar is not None


# --- the conversation ---


def test_ids_of_the_conversation_are_not_drawn_again(chatml: ChatTemplate) -> None:
    calls = [{"id": "call_7", "type": "function", "function": {"name": "noop", "arguments": "{}"}}]
    messages = [
        *HELLO,
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "tool_call_id": "call_7", "content": "done"},
    ]
    assert build_chat(chatml, messages, TOOLS).format.used_ids == ("call_7",)


def test_the_variant_for_tools_is_used_with_tools() -> None:
    both = ChatTemplate("{% for m in messages %}{{ m.content }}{% endfor %}", tool_use_source=CHATML)
    assert build_chat(both, HELLO).prompt == "Hello"
    assert build_chat(both, HELLO, TOOLS).prompt.endswith("<|im_start|>assistant\n")


@needs_vectors
def test_a_template_without_tools_tells_them_in_text() -> None:
    calls = [
        {"id": "1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Oslo"}'}}
    ]
    messages = [
        {"role": "system", "content": "Be brief."},
        *HELLO,
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "tool_call_id": "1", "content": "rain"},
    ]
    built = build_chat(template("google-gemma-2-2b-it.jinja"), messages, TOOLS)
    prompt = built.prompt
    assert built.format.used_ids == ("1",)
    assert prompt.startswith("<start_of_turn>user\nBe brief.\n\nYou can call these tools:")
    assert all(json.dumps(tool["function"]) in prompt for tool in TOOLS)
    assert f"<start_of_turn>model\n{CALL}<end_of_turn>" in prompt
    assert prompt.endswith("<tool_response>\nrain\n</tool_response><end_of_turn>\n<start_of_turn>model\n")
