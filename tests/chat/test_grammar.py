"""What an answer may be, by format, tools and demand. The formats here are made up or well known; those
of real templates are in ``test_grammar_vectors.py``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from llguidance import LLParserLimits

from llamar_server.chat.formats.spec import ChatFormat, Routing, Span, ToolFormat
from llamar_server.chat.grammar import Grammar, build, build_grammar
from llamar_server.chat.types import OutputFormat, Tool, ToolChoice
from llamar_server.errors import InvalidGrammar, InvalidRequest
from tests.chat.matching import match

HERMES = ToolFormat(
    thinking=Span("<think>\n", "\n</think>\n\n"),
    style="object",
    call=Span("<tool_call>\n", "\n</tool_call>"),
    separator="\n",
)
SECTIONS = ToolFormat(
    thinking=Span("<think>", "</think>"),
    thinking_closed_by_calls=True,
    style="tag",
    section=Span("<|calls|>", "<|end_calls|>"),
    call=Span("<|call|>", "<|end_call|>"),
    name=Span("functions.", ""),
    ordinal=Span(":", ""),
    arguments=Span("<|arguments|>", ""),
)
TAGS = ToolFormat(
    style="tag",
    call=Span("<tool_call>\n", "\n</tool_call>"),
    name=Span("<function=", ">\n"),
    arguments=Span("", "</function>"),
    arguments_style="tagged",
    argument_name=Span("<parameter=", ">\n"),
    argument_value=Span("", "\n</parameter>\n"),
)
HINTED = replace(
    TAGS,
    argument_name=Span('<parameter name="', '"'),
    hints=(("string", ' string="true"'), ("*", ' string="false"')),
    argument_value=Span(">", "</parameter>\n"),
)
NESTED = replace(
    TAGS,
    arguments_style="nested",
    argument_name=Span("<", ">"),
    argument_value=Span("", "</"),
    value_end_has_name=True,
    item_name="item",
)
PYTHON = ToolFormat(
    style="tag",
    section=Span("<|calls|>", "<|end_calls|>"),
    array=Span("[", "]"),
    separator=", ",
    arguments=Span("(", ")"),
    arguments_style="keywords",
    argument_name=Span("", "="),
    argument_separator=", ",
)
BARE = ToolFormat(
    style="tag",
    call=Span("<|call>", "<call|>"),
    name=Span("call:", ""),
    arguments=Span("{", "}"),
    arguments_style="bare",
    argument_separator=",",
    argument_name=Span("", ":"),
    quote=Span('<|"|>', '<|"|>'),
)
LIST = ToolFormat(
    style="object",
    section=Span("[CALLS]", ""),
    array=Span("[", "]"),
    separator=", ",
    id_key="id",
    id_shape="alphanumeric9",
    key_order=("name", "arguments", "id"),
)
WRAPPED = replace(HERMES, content=Span("<response>", "</response>"), noise=("<end_of_message>",))
WORDY = replace(LIST, section=Span("functools", ""), id_key="", key_order=("name", "arguments"))
JSON = ToolFormat(style="object", arguments_key="parameters", separator="; ", calls_at_start_only=True)
KEYED = ToolFormat(style="object", call=Span("<call>", "</call>"), name_key="")
HARMONY = ToolFormat(
    routing=Routing(
        "<|start|>assistant", "<|message|>", ("<|end|>", "<|call|>"), " to=", "functions.", ("analysis",)
    ),
    thinking=Span("<|channel|>analysis<|message|>", "<|end|>"),
    content=Span("<|channel|>final<|message|>", ""),
    style="tag",
    name=Span(" to=functions.", "<|channel|>commentary <|constrain|>json<|message|>"),
)
RECIPIENTS = ToolFormat(
    routing=Routing(">>>", "\n"), content=Span("all\n", ""), style="tag", name=Span("", "\n")
)

F = Tool("f", parameters={"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]})
G = Tool(
    "g", parameters={"type": "object", "properties": {"s": {"type": "string"}, "b": {"type": "boolean"}}}
)
F2 = Tool("f_two", parameters={"type": "object", "properties": {}})
TOOLS = (F, G, F2)
REQUIRED = ToolChoice("required")


def grammar(tool_format: ToolFormat, *tools: Tool, prefill: str = "", **demands: Any) -> str:
    return built(tool_format, *tools, prefill=prefill, **demands).text


def built(tool_format: ToolFormat, *tools: Tool, prefill: str = "", **demands: Any) -> Grammar:
    found = build_grammar(ChatFormat(tool_format=tool_format, prefill=prefill), tools, **demands)
    assert found is not None
    return found


def with_argument(schema: Any, required: bool = True) -> Tool:
    parameters = {"type": "object", "properties": {"x": schema}, "required": ["x"] if required else []}
    return Tool("t", parameters=parameters)


# --- whether there is one ---


@pytest.mark.parametrize("choice", [ToolChoice(), ToolChoice("none")])
def test_an_answer_that_nothing_is_demanded_of_is_free(choice: ToolChoice) -> None:
    assert build_grammar(ChatFormat(tool_format=HERMES), (), choice) is None


def test_tools_that_must_not_be_called_are_not() -> None:
    none = ToolChoice("none")
    text = grammar(WRAPPED, *TOOLS, tool_choice=none)
    assert match(text, "<think>maybe <tool_call></think><response>Say <tool_cal</response>").accepted
    assert match(text, "Say <tool_call>").rest == ">"
    assert match(text, "<response>Say <tool_call>").rest == ">"
    assert match(grammar(SECTIONS, *TOOLS, tool_choice=none), "A <|call|>").rest == ">"
    assert match(grammar(HARMONY, *TOOLS, tool_choice=none), "<|channel|>commentary to=").rest != ""
    assert match(grammar(HARMONY, *TOOLS, tool_choice=none), "<|channel|>final<|message|>Text").accepted
    assert build_grammar(ChatFormat(), TOOLS, none) is None


def test_a_grammar_that_waits_for_calls_is_lazy() -> None:
    assert built(HERMES, *TOOLS).lazy
    assert not built(HERMES, *TOOLS, tool_choice=REQUIRED).lazy
    assert not built(HERMES, output_format=OutputFormat("json_object")).lazy
    assert not built(HERMES, reasoning_budget=5).lazy


@pytest.mark.parametrize(
    ("tools", "choice", "message"),
    [
        ((), REQUIRED, "demands a tool call, but there are no tools"),
        ((), ToolChoice("named", "f"), "names 'f', which is no tool here"),
        (TOOLS, ToolChoice("named", "h"), "names 'h', which is no tool here"),
    ],
)
def test_an_impossible_choice_is_refused(tools: tuple[Tool, ...], choice: ToolChoice, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message) as caught:
        build_grammar(ChatFormat(tool_format=HERMES), tools, choice)
    assert caught.value.param == "tool_choice"


def test_a_format_without_calls_cannot_be_made_to_call() -> None:
    assert build_grammar(ChatFormat(), TOOLS) is None
    with pytest.raises(InvalidRequest, match="no way of calling tools"):
        build_grammar(ChatFormat(), TOOLS, REQUIRED)


# --- when calls may come ---


def test_text_is_free_up_to_a_call() -> None:
    text = grammar(HERMES, *TOOLS)
    assert match(text, "What is a <tool_cal? Or {'name': 'x'}?").accepted
    assert match(text, 'Wait. <tool_call>{"name": "f", "arguments": {"a": 1}}</tool_call> Done.').accepted
    assert match(text, "Wait. <tool_call>Hello").rest == "Hello"


@pytest.mark.parametrize(
    ("bad", "at"),
    [
        ('{"name": "h"', "h"),
        ('{"name": "f_t"', '"'),
        ('{"nom": "f"', "om"),
        ('{"name": "f", "arguments": {}', "}"),
        ('{"name": "f", "arguments": {"a": "1"', '"1'),
        ('{"name": "f", "arguments": {"a": 1, "b"', ', "b'),
        ('{"name": "f", "arguments": {"a": 1}, "x"', ', "x'),
        ('{"name": "g", "arguments": {"s": 5', "5"),
    ],
)
def test_a_call_fails_at_its_first_wrong_byte(bad: str, at: str) -> None:
    for demands in ({}, {"tool_choice": REQUIRED}):
        found = match(grammar(HERMES, *TOOLS, **demands), f"<tool_call>\n{bad}")
        assert found.rest.startswith(at)


def test_several_calls_only_if_they_may_be_parallel() -> None:
    call = '<tool_call>\n{"name": "f", "arguments": {"a": 1}}\n</tool_call>'
    for choice in (ToolChoice(), REQUIRED):
        assert match(grammar(HERMES, F, tool_choice=choice), f"{call}\n{call}").accepted
        single = grammar(HERMES, F, tool_choice=choice, parallel=False)
        assert match(single, call).accepted
        assert match(single, f"{call}\n{call}").rest.startswith("<tool")
    assert match(grammar(HERMES, F, parallel=False), f"Text. {call} more").rest == "more"


def test_a_demanded_call_comes_first() -> None:
    text = grammar(HERMES, *TOOLS, tool_choice=REQUIRED)
    assert match(text, "Hello").n == 0
    assert match(text, "").forced == ""
    assert not match(text, "").complete
    assert match(text, '\n<tool_call>{"name":"f_two","arguments":{}}</tool_call>').accepted


def test_a_named_tool_is_the_only_one() -> None:
    text = grammar(HERMES, *TOOLS, tool_choice=ToolChoice("named", "g"))
    assert match(text, '<tool_call>\n{"name": "g", "arguments": {}}</tool_call>').accepted
    assert match(text, '<tool_call>\n{"name": "f').rest == "f"


def test_white_space_in_calls_is_the_models() -> None:
    text = grammar(HERMES, F)
    assert match(text, '<tool_call>{"name":"f","arguments":{"a":1}}</tool_call>').accepted
    assert match(
        text, '<tool_call>\n\n{\n  "name" : "f",\n  "arguments": {\n    "a": 1\n  }\n}\n</tool_call>'
    ).accepted


# --- reasoning ---


def test_reasoning_may_come_first_and_hides_everything() -> None:
    call = '<tool_call>{"name": "f_two", "arguments": {}}</tool_call>'
    for text in (grammar(HERMES, *TOOLS), grammar(HERMES, *TOOLS, tool_choice=REQUIRED)):
        assert match(text, f"<think>\nI could <tool_call> or not.\n</think>\n\n{call}").accepted
        assert match(text, f"\n<think>no end <tool_call>x {call}").rest == ""
    assert match(grammar(HERMES, *TOOLS), "Say <think> and <tool_call>x").rest == "x"


def test_reasoning_may_be_open_in_the_prompt() -> None:
    for prefill, inside in (("<think>\n", True), ("<think>\n\n</think>\n\n", False), ("", False)):
        text = grammar(HERMES, *TOOLS, prefill=prefill)
        assert match(text, "about <tool_call>x").rest == ("" if inside else "x")
    text = grammar(HERMES, *TOOLS, prefill="<think>\n", tool_choice=REQUIRED)
    assert not match(text, "still thinking").complete
    assert match(text, "thought\n</think>\n\nText").rest == "Text"
    assert match(text, '</think><tool_call>{"name": "f_two", "arguments": {}}</tool_call>').accepted


@pytest.mark.parametrize(
    ("demands", "answer"),
    [
        ({"tool_choice": REQUIRED}, '<tool_call>{"name": "f_two", "arguments": {}}</tool_call>'),
        ({"output_format": OutputFormat("json_schema", {"type": "integer"})}, "3"),
    ],
    ids=["call", "schema"],
)
def test_reasoning_that_is_over_does_not_begin_again_before_what_is_demanded(
    demands: dict[str, Any], answer: str
) -> None:
    """A model that would rather talk would do it there, without end."""
    for prefill, again in (("<think>\n\n</think>\n\n", False), ("", True)):
        text = grammar(HERMES, *TOOLS, prefill=prefill, **demands)
        assert match(text, answer).accepted
        assert match(text, "</think>\n" + answer).accepted
        assert match(text, "<think>\nhm\n</think>\n\n" + answer).accepted is again


def test_reasoning_may_be_ended_by_a_call() -> None:
    for demands in ({}, {"tool_choice": REQUIRED}):
        text = grammar(SECTIONS, *TOOLS, prefill="<think>", **demands)
        assert match(
            text, 'Hm <|calls|><|call|>functions.f:0<|arguments|>{"a": 1}<|end_call|><|end_calls|>'
        ).accepted
        assert match(text, "Hm <|calls|>Hello").rest == "Hello"


def test_a_format_may_begin_in_reasoning() -> None:
    begins = replace(HERMES, thinking=Span("", "[ANSWER]"))
    text = grammar(begins, *TOOLS)
    assert match(text, "about <tool_call>x").rest == ""
    assert match(text, "about[ANSWER]<tool_call>x").rest == "x"


@pytest.mark.parametrize(
    "demands", [{}, {"tool_choice": REQUIRED}, {"output_format": OutputFormat("json_object")}]
)
@pytest.mark.parametrize("tool_format", [HERMES, SECTIONS, HARMONY])
def test_a_budget_ends_reasoning(tool_format: ToolFormat, demands: dict[str, Any]) -> None:
    start, end = tool_format.thinking.start, tool_format.thinking.end.strip()
    text = grammar(tool_format, F, prefill=start, reasoning_budget=20, **demands)
    found = match(text, "thinking for much too long, really")
    assert found.n == 20
    assert found.forced.startswith(end)
    assert match(text, f"short{end}").rest == ""
    none = grammar(tool_format, F, prefill=start, reasoning_budget=0, **demands)
    assert match(none, "x").n == 0
    assert match(none, end).rest == ""


def test_a_budget_is_for_reasoning_only() -> None:
    text = grammar(HERMES, reasoning_budget=20)
    assert match(text, "text without end and without any reasoning in it").accepted
    assert match(text, "<think>long long reasoning in many words").n == len("<think>") + 20
    assert match(text, "<think>short</think>and text that is longer than that").accepted
    assert build_grammar(ChatFormat(tool_format=TAGS), reasoning_budget=10) is None


# --- the markers around calls ---


def test_sections_ids_and_ordinals() -> None:
    text = grammar(SECTIONS, *TOOLS)
    two = "<|call|>functions.f_two:0<|arguments|>{}<|end_call|>"
    two += '<|call|>functions.f:1<|arguments|>{"a": 2}<|end_call|>'
    assert match(text, f"Text<|calls|>{two}<|end_calls|>").accepted
    assert match(text, f"Text{two}").accepted  # models leave the section out
    assert match(text, "<|call|>functions.f_three").rest == "hree"
    assert match(text, "some functions.f are math").accepted  # a name's prefix is no markup


def test_a_list_of_objects_with_ids() -> None:
    text = grammar(LIST, F)
    assert match(text, '[CALLS][{"name": "f", "arguments": {"a": 1}, "id": "abc12DEF9"}]').accepted
    assert match(text, '[CALLS][{"name": "f", "arguments": {"a": 1}, "id": "abc"').rest == '"'
    assert match(text, '[CALLS][{"name": "f", "arguments": {"a": 1}}').rest == "}"


def test_an_id_may_come_first_in_an_object() -> None:
    first = replace(
        LIST, key_order=("id", "name", "arguments"), id_shape="number", arguments_key="parameters"
    )
    assert match(grammar(first, F), '[CALLS][{"id": "0", "name": "f", "parameters": {"a": 1}}]').accepted


def test_an_id_may_stand_in_a_tag() -> None:
    before = replace(TAGS, id_place="before_name", id=Span("<id>", "</id>"))
    assert match(
        grammar(before, F2), "<tool_call><id>a-1</id><function=f_two></function></tool_call>"
    ).accepted
    after = replace(
        SECTIONS, ordinal=Span(), id_place="after_name", id=Span("<|id|>", ""), id_shape="alphanumeric9"
    )
    assert (
        match(grammar(after, F2), "<|calls|><|call|>functions.f_two<|id|>abcdefghi<|arguments|>{}").rest == ""
    )
    assert match(grammar(after, F2), "<|calls|><|call|>functions.f_two<|id|>abc<").rest == "<"


def test_a_wrapper_around_an_object() -> None:
    wrapped = replace(HERMES, object=Span('{"type": "function", "function": {', "}}"))
    call = '<tool_call>{"type": "function", "function": {"name": "f_two", "arguments": {}}}</tool_call>'
    assert match(grammar(wrapped, F2), call).accepted
    assert match(grammar(wrapped, F2), call.replace(" ", "")).accepted


def test_a_name_may_be_the_key() -> None:
    assert match(grammar(KEYED, *TOOLS), '<call>{"f": {"a": 1}}</call>').accepted
    assert match(grammar(KEYED, *TOOLS), '<call>{"h').rest == "h"


def test_a_name_may_be_written_twice() -> None:
    twice = replace(TAGS, repeated_name=Span("<again>", "</again>"))
    assert match(
        grammar(twice, F, F2), "<tool_call><function=f_two><again>f_two</again></function></tool_call>"
    ).accepted
    assert match(grammar(twice, F, F2), "<tool_call><function=f_two><again>f<").rest == "<"


def test_content_may_be_wrapped() -> None:
    text = grammar(WRAPPED, F2)
    call = '<tool_call>{"name": "f_two", "arguments": {}}</tool_call>'
    assert match(text, f"<response>Text.</response>{call}<end_of_message>").accepted
    demanded = grammar(WRAPPED, F2, tool_choice=REQUIRED)
    assert match(demanded, f"<response></response>{call}<end_of_message>").accepted
    assert match(demanded, "<response>Text").rest == "Text"
    json = grammar(WRAPPED, output_format=OutputFormat("json_object"))
    assert match(json, '<response>{"a": 1}</response>').accepted
    assert match(json, '{"a": 1}').accepted


def test_a_marker_within_another_one_does_not_hide_it() -> None:
    within = replace(HERMES, call=Span("<sep>call\n", "</call>"), turn_ends=("<sep>",))
    assert match(grammar(within, F), "Text<sep>callHello").rest == "Hello"
    assert match(grammar(within, F), "Text<sep>more").accepted
    thinking = replace(
        HERMES, thinking=Span("<sep>thought", "<end>"), thinking_anywhere=True, noise=("<sep>",)
    )
    for text in ("", "Text "):
        assert match(grammar(thinking, F), f"{text}<sep>thought about <tool_call>Hello<end>").accepted
        assert match(grammar(thinking, F), f"{text}<sep>thought<end><tool_call>Hello").rest == "Hello"


def test_words_alone_begin_no_call() -> None:
    text = grammar(WORDY, F2)
    assert match(text, "Python's functools is a module").accepted
    assert match(text, "functools[Hello").rest == "Hello"
    assert match(text, 'functools[{"name": "f_two", "arguments": {}}]').accepted


def test_calls_without_markers_begin_the_answer() -> None:
    text = grammar(JSON, *TOOLS)
    two = '{"name": "f_two", "parameters": {}}'
    assert match(text, two).accepted
    assert match(text, f'{two}; {{"name": "f", "parameters": {{"a": 1}}}}').accepted
    assert match(text, '{"name": "h').rest == "h"
    assert match(text, 'Like {"name": "h"}').accepted
    assert match(text, '{"other": 1}').accepted
    demanded = grammar(JSON, *TOOLS, tool_choice=REQUIRED)
    assert match(demanded, two).accepted
    assert match(demanded, "Like").n == 0


# --- messages with headers ---


def test_a_header_addresses_a_tool_or_nobody() -> None:
    text = grammar(HARMONY, *TOOLS)
    for header in (
        "<|channel|>commentary to=functions.f <|constrain|>json<|message|>",
        " to=functions.f<|channel|>commentary <|constrain|>json<|message|>",
        "<|channel|>analysis to=functions.f<|message|>",
    ):
        assert match(text, header + '{"a": 1}<|call|>').accepted
        assert match(text, header + "Hello").rest == "Hello"
    assert match(text, "<|channel|>final<|message|>Mail to=functions.h!").accepted
    assert (
        match(
            text, "<|channel|>commentary<|message|>First I look.<|end|><|start|>assistant to=functions."
        ).rest
        == ""
    )
    assert match(text, "<|channel|>commentary to=functions.h").rest == "h"
    assert match(text, "<|channel|>commentary to=user").rest == "user"


def test_messages_follow_each_other() -> None:
    text = grammar(HARMONY, *TOOLS)
    thought = "<|channel|>analysis<|message|>Hm, to=functions.h?<|end|><|start|>assistant"
    call = "<|channel|>commentary to=functions.f_two<|message|>{}<|call|>"
    assert match(text, f"{thought}{call}<|start|>assistant{call}").accepted
    single = grammar(HARMONY, *TOOLS, parallel=False)
    assert match(single, f"{thought}{call}").finished


def test_a_demanded_call_is_addressed() -> None:
    text = grammar(HARMONY, *TOOLS, tool_choice=REQUIRED, parallel=False)
    assert match(text, "<|channel|>final<|message|>").rest != ""
    thought = "<|channel|>analysis<|message|>Hm."
    assert not match(text, thought).complete
    assert match(
        text, f"{thought}<|end|><|start|>assistant to=functions.f_two<|message|>{{}}<|call|>"
    ).accepted


def test_a_demanded_form_is_for_the_user() -> None:
    text = grammar(HARMONY, output_format=OutputFormat("json_object"))
    assert match(text, '<|channel|>final <|constrain|>json<|message|>{"a": 1}').accepted
    assert match(text, "<|channel|>final<|message|>Text").rest == "Text"


def test_a_header_may_be_nothing_but_the_recipient() -> None:
    text = grammar(RECIPIENTS, *TOOLS)
    assert match(text, 'all\nHello>>>f\n{"a": 1}>>>f_two\n{}').accepted
    assert match(text, "f_three\n").rest == "hree\n"
    assert match(grammar(RECIPIENTS, *TOOLS, tool_choice=REQUIRED), "all").n == 0


# --- arguments in tags ---


def tagged(**values: str) -> str:
    body = "".join(f"<parameter={key}>\n{value}\n</parameter>\n" for key, value in values.items())
    return f"<tool_call>\n<function=t>\n{body}</function>\n</tool_call>"


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "string"}, ["", "a\nb", '"quoted"', "5", "<b>"], []),
        (
            {"type": "string", "enum": ["one", "two words"]},
            ["one", "two words"],
            ["three", "on", "one ", '"one"'],
        ),
        ({"type": "string", "minLength": 2, "maxLength": 3}, ["ab", "abc"], ["a", "abcd"]),
        ({"type": "string", "pattern": "^[a-z]+-\\d$"}, ["ab-1"], ["ab-", "1", "ab-12"]),
        ({"type": "string", "pattern": "b/c"}, ["ab/cd", "b/c"], ["bc"]),
        ({"type": "integer"}, ["5", "-1"], ["5.5", "x", '"5"']),
        ({"type": "boolean"}, ["true", "False"], ["yes"]),
        ({"type": ["integer", "null"]}, ["5", "null", "None"], ["x"]),
        ({"type": ["string", "null"]}, ["text", "null"], []),
        (
            {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}}]},
            ["[1, 2]"],
            ["x"],
        ),
        ({"type": "object", "properties": {"k": {"type": "integer"}}}, ['{"k": 1}'], ['{"k": "1"}']),
        ({"$ref": "#/$defs/d"}, ["7"], ["8"]),
        ({"const": 7}, ["7"], ["8"]),
        ({}, ["anything", "5", "[1"], []),
        (True, ["anything"], []),
    ],
)
def test_a_tagged_value_fits_its_schema(schema: Any, good: list[str], bad: list[str]) -> None:
    parameters = {**with_argument(schema).parameters, "$defs": {"d": {"enum": [7]}}}
    text = grammar(TAGS, Tool("t", parameters=parameters))
    for value in good:
        assert match(text, tagged(x=value)).accepted, value
    for value in bad:
        assert not match(text, tagged(x=value)).accepted, value


def test_tagged_arguments_come_in_any_order_and_once() -> None:
    properties = {key: {"type": "integer"} for key in "abcd"}
    text = grammar(
        TAGS, Tool("t", parameters={"type": "object", "properties": properties, "required": ["b", "c"]})
    )
    assert match(text, tagged(c="1", a="2", b="3")).accepted
    assert match(text, tagged(b="1", c="2", d="3", a="4")).accepted
    assert match(text, tagged(b="1", c="2") + "\n").accepted
    assert match(text, tagged(b="1", a="2")).rest.startswith("/function")
    twice = "<tool_call><function=t><parameter=b>1</parameter><parameter=b>"
    assert match(text, twice).rest == "b>"
    assert match(text, "<tool_call><function=t><parameter=e>").rest == "e>"


def test_very_many_tagged_arguments_are_only_told_apart_by_name() -> None:
    properties = {f"p{i}": {"type": "integer"} for i in range(100)}
    text = grammar(
        TAGS, Tool("t", parameters={"type": "object", "properties": properties, "required": ["p0"]})
    )
    assert match(text, tagged(p99="1", p0="2")).accepted
    assert not match(text, tagged(p100="1")).accepted


def test_arguments_that_a_schema_does_not_name() -> None:
    opened = {
        "type": "object",
        "properties": {"a": {"type": "integer"}},
        "additionalProperties": {"type": "integer"},
    }
    text = grammar(TAGS, Tool("t", parameters=opened))
    assert match(text, tagged(other="5", a="1", more="6")).accepted
    assert not match(text, tagged(other="x")).accepted
    assert not match(text, tagged(a="x")).accepted
    anything = grammar(TAGS, Tool("t", parameters={"type": "object"}))
    assert match(anything, tagged(other="x", more="6")).accepted
    assert match(anything, tagged()).accepted


def test_hints_tell_the_type() -> None:
    text = grammar(HINTED, with_argument({"type": ["string", "integer"]}))
    start = '<tool_call><function=t><parameter name="x"'
    assert match(text, f'{start} string="true">5</parameter></function></tool_call>').accepted
    assert match(text, f'{start} string="false">5</parameter></function></tool_call>').accepted
    assert match(text, f'{start} string="false">x').rest == "x"
    plain = grammar(HINTED, with_argument({"type": "integer"}))
    assert match(plain, f'{start} string="t').rest == "t"


def test_a_string_may_be_wrapped_as_cdata() -> None:
    text = grammar(replace(TAGS, cdata=True), with_argument({"type": "string"}))
    value = "<![CDATA[</parameter>]]>"
    assert match(text, tagged(x=value)).accepted
    assert match(grammar(TAGS, with_argument({"type": "string"})), tagged(x=value)).rest != ""


def test_nested_tags() -> None:
    schema = {
        "type": "object",
        "properties": {
            "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 2},
            "n": {
                "anyOf": [{"type": "integer"}, {"type": "object", "properties": {"max": {"type": "integer"}}}]
            },
        },
        "required": ["tags"],
    }
    text = grammar(NESTED, with_argument(schema))
    start, end = "<tool_call><function=t><x>", "</x></function></tool_call>"
    tags = "<tags><item>a</item><item>b</item></tags>"
    assert match(text, f"{start}{tags}<n>5</n>{end}").accepted
    assert match(text, f"{start}<n><max>5</max></n>{tags}{end}").accepted
    assert match(text, f"{start}<n>five").rest == "five"
    assert match(text, f"{start}<n>5</n></x>").rest.startswith("/x>")
    assert match(text, f"{start}{tags[:-7]}<item>").rest == "item>"
    assert match(grammar(NESTED, with_argument({"type": "string"})), f"{start}<b>text</b>{end}").accepted


# --- arguments as literals ---


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "string"}, ['"a"', "'it'", '"say \\"hi\\"\\n"', "'say \"hi\"'"], ["a", "5", '"a']),
        ({"type": "string", "maxLength": 2}, ['"ab"'], ['"abc"', "'ab'"]),
        ({"enum": ["one", 2, None, True]}, ['"one"', "'one'", "2", "None", "True"], ["'two'", "3", "False"]),
        ({"type": "boolean"}, ["True", "false"], ["1"]),
        ({"type": ["number", "null"], "minimum": 0}, ["1.5", "None"], ["-1", "'x'"]),
        (
            {"type": "array", "items": {"type": "integer"}, "maxItems": 2},
            ["[]", "[1, 2]"],
            ["[1, 2, 3]", "['a']"],
        ),
        ({"type": "object"}, ["{}", "{'a': True, \"b\": [null, {}]}"], ["{a: 1}", "[]"]),
        (
            {
                "type": "object",
                "properties": {"k": {"type": "integer"}},
                "required": ["k"],
                "additionalProperties": False,
            },
            ["{'k': 1}", '{"k": 1}'],
            ["{}", "{'k': '1'}", "{'k': 1, 'l': 2}", "{'k': 1,}"],
        ),
        (
            {"anyOf": [{"type": "integer"}, {"type": "object", "properties": {"q": {}}}]},
            ["1", "{'q': [1]}"],
            ["'x'"],
        ),
        ({"allOf": [{"type": "string"}, {"maxLength": 2}]}, ['"ab"'], ['"abc"']),
        ({"$ref": "#/$defs/tree"}, ["{'t': [{'t': []}]}"], ["{'t': [1]}"]),
        ({}, ["None", "[{'a': (1)}]"[:6] + "1}]", "'x'"], ["x"]),
    ],
)
def test_a_keyword_argument_fits_its_schema(schema: Any, good: list[str], bad: list[str]) -> None:
    tree = {
        "type": "object",
        "properties": {"t": {"type": "array", "items": {"$ref": "#/$defs/tree"}}},
        "additionalProperties": False,
    }
    parameters = {**with_argument(schema).parameters, "$defs": {"tree": tree}}
    text = grammar(PYTHON, Tool("t", parameters=parameters))
    for value in good:
        assert match(text, f"<|calls|>[t(x={value})]<|end_calls|>").accepted, value
    for value in bad:
        assert not match(text, f"<|calls|>[t(x={value})]<|end_calls|>").accepted, value


@pytest.mark.parametrize("tool_format", [NESTED, PYTHON, BARE])
def test_deep_values_stay_typed(tool_format: ToolFormat) -> None:
    schema: dict[str, Any] = {"type": "integer"}
    for i in range(20):
        schema = (
            {"type": "array", "items": schema} if i % 2 else {"type": "object", "properties": {"k": schema}}
        )
    found = built(tool_format, with_argument(schema))
    assert found.warnings == ()
    if tool_format is PYTHON:
        start, end = "<|calls|>[t(x=" + '[{"k": ' * 10, "}]" * 10 + ")]<|end_calls|>"
        assert match(found.text, f"{start}5{end}").accepted
        assert match(found.text, f"{start}five").rest == "five"


def test_keyword_arguments() -> None:
    text = grammar(PYTHON, *TOOLS)
    assert match(text, '<|calls|>[g(b=True, s="x"), f_two(), f(a=1)]<|end_calls|>').accepted
    assert match(text, "<|calls|>[f()").rest == ")"
    assert match(text, "<|calls|>[f(a=1, ").rest == ", "
    assert match(text, "<|calls|>[f_two(a").rest == "a"
    anything = grammar(PYTHON, Tool("t", parameters={"type": "object"}))
    assert match(anything, "<|calls|>[t(some=1, more='x')]<|end_calls|>").accepted


def test_bare_objects() -> None:
    schema = {
        "type": "object",
        "properties": {"theme": {"type": "string", "enum": ["dark"]}, "n": {"type": "integer"}},
        "additionalProperties": False,
    }
    text = grammar(BARE, with_argument(schema), G)
    assert match(text, '<|call>call:t{x:{theme:<|"|>dark<|"|>,n:3}}<call|>').accepted
    assert match(text, '<|call>call:t{x:{n:3, theme:<|"|>dark<|"|>}}<call|>').accepted
    assert match(text, '<|call>call:t{x:{theme:<|"|>light').rest == "light"
    assert match(text, "<|call>call:t{x:{n:x").rest == "x"
    assert match(text, "<|call>call:t{}").rest == "}"
    assert match(text, '<|call>call:g{s:<|"|>it\'s "quoted" {}<|"|>,b:true}<call|>').accepted
    assert match(text, "<|call>call:g{}<call|>").accepted
    assert match(text, "I call:h now").accepted


# --- the form of the answer ---


def test_any_json_object() -> None:
    text = grammar(HERMES, output_format=OutputFormat("json_object"))
    assert match(text, '{"a": [1, {"b": null}]}').finished
    assert match(text, "```json\n{}\n```").finished
    assert match(text, "[1]").n == 0
    assert match(text, "Here: {").n == 0
    assert match(text, "<think>\nFirst.\n</think>\n\n{}").accepted


def test_a_schema() -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/a"}},
        "required": ["a"],
        "$defs": {"a": {"enum": [1]}},
    }
    text = grammar(HERMES, output_format=OutputFormat("json_schema", schema, strict=True))
    assert match(text, '{"a": 1}').accepted
    assert match(text, '{"a": 2').rest == "2"
    with pytest.raises(InvalidGrammar, match="not"):
        grammar(HERMES, output_format=OutputFormat("json_schema", {"not": {}}, strict=True))
    assert built(HERMES, output_format=OutputFormat("json_schema", {"not": {}})).warnings


def test_a_schema_or_a_call() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
    text = grammar(HERMES, F2, output_format=OutputFormat("json_schema", schema))
    assert match(text, '{"a": 1}').accepted
    assert match(text, '<tool_call>{"name": "f_two", "arguments": {}}</tool_call>').accepted
    assert match(text, "Text").n == 0
    assert match(text, '{"b').rest == "b"


def test_a_regular_expression() -> None:
    text = grammar(HERMES, output_format=OutputFormat("regex", r"[a-z]+/\d{2}"))
    assert match(text, "ab/12").accepted
    assert match(text, " ab").rest == "ab"
    assert match(text, "<think>x</think>ab/12").accepted


def test_gbnf() -> None:
    text = grammar(
        HERMES, output_format=OutputFormat("gbnf", 'root ::= "yes" | "no" num # x\nnum ::= [0-9]+')
    )
    assert match(text, "yes").finished
    assert match(text, "no12").accepted
    assert match(text, "maybe").n == 0


def test_lark() -> None:
    source = 'start: start_of NUM\nstart_of: "a{"\nNUM: /[0-9]+/ // }'
    text = grammar(HERMES, output_format=OutputFormat("lark", source), prefill="<think>")
    assert match(text, "thought</think>a{12").accepted
    assert match(text, "thought</think>b").rest == "b"


@pytest.mark.parametrize(
    ("kind", "source", "message", "param"),
    [
        ("regex", "[a-z", "unclosed character class", "regex"),
        ("regex", "(?=a)", "look-around", "regex"),
        ("gbnf", 'root ::= "a', "not GBNF: Unexpected end of input", "grammar"),
        ("gbnf", 'rot ::= "a"', "No 'root' rule found", "grammar"),
        ("gbnf", "root ::= (" * 500, "not GBNF", "grammar"),
        ("gbnf", "root ::= " + "(" * 50_000, "not GBNF", "grammar"),
        ("gbnf", "root ::= x\n" * 1001, "too long", "grammar"),
        ("gbnf", f'root ::= "{"a" * 100_000}"', "too long", "grammar"),
        (
            "lark",
            "start: r0\n" + "".join(f"r{i}: r{i + 1}\n" for i in range(5000)),
            "more than 300 deep",
            "grammar",
        ),
        ("lark", "start: nothing", 'unknown name: "nothing"', "grammar"),
        ("json_schema", "text", "not a JSON object", "response_format"),
    ],
)
def test_a_bad_form_is_refused(kind: Any, source: str, message: str, param: str) -> None:
    with pytest.raises(InvalidGrammar, match=message) as caught:
        grammar(HERMES, output_format=OutputFormat(kind, source))
    assert caught.value.param == param


# --- whatever clients send ---


def test_what_a_tool_cannot_enforce_is_a_warning() -> None:
    bad = with_argument({"type": "string", "pattern": "(?=x)"})
    found = built(HERMES, bad, F)
    assert "tool 't': not enforced: #/properties/x/pattern" in found.warnings[0]
    assert match(found.text, '<tool_call>{"name": "t", "arguments": {"x": "y"}}</tool_call>').accepted
    with pytest.raises(InvalidGrammar, match="'t' cannot be strict"):
        built(HERMES, replace(bad, strict=True))


def test_only_the_tool_that_is_to_blame_loses_its_schema() -> None:
    impossible = {"type": "integer", "minimum": 2, "maximum": 1}  # which only JSON can leave out
    bad = replace(with_argument(impossible, required=False), name="bad")
    found = built(TAGS, F, bad, G)
    assert [warning.split(":")[0] for warning in found.warnings] == ["tool 'bad'"]
    assert match(
        found.text, "<tool_call><function=bad><parameter=any>thing</parameter></function></tool_call>"
    ).accepted
    assert match(found.text, "<tool_call><function=f><parameter=a>x").rest == "x"
    assert built(HERMES, F, bad).warnings == ()
    with pytest.raises(InvalidGrammar, match="'bad' cannot be strict"):
        built(TAGS, F, replace(bad, strict=True), G)


def test_tools_that_are_too_much_together_lose_the_largest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "LIMITS", LLParserLimits(initial_lexer_fuel=28_000))
    large = [with_argument({"enum": [f"{i}: {j}" for j in range(500 * i)]}) for i in range(1, 4)]
    tools = [replace(tool, name=f"large_{i}") for i, tool in enumerate(large, 1)]
    found = built(HERMES, F, *tools)
    assert [warning.split(":")[0] for warning in found.warnings] == ["tool 'large_3'"]
    assert match(found.text, '<tool_call>{"name": "large_3", "arguments": {"x": "any"}}</tool_call>').accepted
    assert match(found.text, '<tool_call>{"name": "large_2", "arguments": {"x": "any').rest == "any"


@pytest.mark.parametrize("name", ['a"b', "a\\b", "größe", "a b", "x" * 200, "a/b", "ünï☃"])
@pytest.mark.parametrize("tool_format", [HERMES, TAGS, PYTHON, BARE])
def test_odd_names_are_names(name: str, tool_format: ToolFormat) -> None:
    tool = Tool(name, parameters={"type": "object", "properties": {name: {"type": "integer"}}})
    assert match(grammar(tool_format, tool), "text").accepted


@pytest.mark.parametrize("value", ["</parameter>", '<|"|>', '"', "\\", "\n", "é☃", "\x7f\x01", "a" * 3000])
@pytest.mark.parametrize("tool_format", [HERMES, TAGS, HINTED, NESTED, PYTHON, BARE])
def test_odd_values_are_values(value: str, tool_format: ToolFormat) -> None:
    tool = with_argument({"enum": [value, [value], {value: value}]})
    assert match(grammar(tool_format, tool), "text").accepted
