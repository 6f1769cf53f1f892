"""The parser's decisions, one by one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from llamar_server.chat import ChatParser, ParsedMessage, parse_chat
from llamar_server.chat.events import (
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
)
from llamar_server.chat.formats import ChatFormat, ToolFormat
from tests.chat.streams import read
from tests.chat.tool_formats import (
    ACTIONS,
    BARE,
    CDATA,
    CODER,
    DELIMITER,
    FENCED,
    FORMATS,
    HERMES,
    ID_BETWEEN,
    ID_FIRST,
    ID_LAST,
    KEYS_AND_VALUES,
    LINES,
    LIST,
    NAME_THEN_JSON,
)

TYPES: dict[str, Any] = {
    "s": {"type": "string"},
    "i": {"type": "integer"},
    "b": {"type": "boolean"},
    "null_or_s": {"type": ["null", "string"]},
    "i_or_null": {"type": ["integer", "null"]},
    "s_or_o": {"anyOf": [{"type": "string"}, {"type": "object"}]},
    "a": {"type": "array"},
    "o": {"type": "object"},
    "unit": {"enum": ["c", "f"]},
    "level": {"enum": [1, 2]},
    "ref": {"$ref": "#/$defs/number"},
    "any": {},
}
TOOLS: dict[str, dict[str, Any]] = {
    "f": {"type": "object", "properties": TYPES, "$defs": {"number": {"type": "number"}}},
    "f2": {"type": "object", "properties": {}},
    "Calendar.add": {},
}


def fmt(tool_format: ToolFormat, **more: Any) -> ChatFormat:
    return ChatFormat(tool_format, TOOLS, id_seed="seed", **more)


def parse(tool_format: ToolFormat, text: str, is_partial: bool = False, **more: Any) -> ParsedMessage:
    return parse_chat(text, fmt(tool_format, **more), is_partial)


def calls(message: ParsedMessage) -> list[tuple[str, str]]:
    return [(call.name, call.arguments) for call in message.tool_calls]


# --- text and reasoning ---


def test_only_what_may_be_a_marker_is_held() -> None:
    parser = ChatParser(fmt(HERMES))
    assert parser.feed("Hello <b>wor") == [TextDelta("Hello <b>wor")]
    assert parser.feed("ld <tool") == [TextDelta("ld")]
    assert parser.feed("box> is") == [TextDelta(" <toolbox> is")]
    assert parser.feed(" <tool_call") == []
    assert parser.finish() == [TextDelta(" <tool_call")]


def test_what_was_held_when_an_answer_is_cut_off_is_dropped() -> None:
    assert parse(HERMES, "Hello <tool_ca", is_partial=True).content == "Hello"
    assert parse(HERMES, 'Hello <tool_call>\n{"na', is_partial=True).content == "Hello"
    assert parse(HERMES, 'Hello <tool_call>\n{"na').content == 'Hello <tool_call>\n{"na'


def test_white_space_beside_markers_is_markup() -> None:
    text = "<think>\n\nhm\n</think>\n\nHi there.\n\n" + '<tool_call>\n{"name": "f2"}\n</tool_call>\n\nDone. '
    message = parse(HERMES, text)
    assert (message.reasoning, message.content) == ("hm", "Hi there.Done. ")
    assert calls(message) == [("f2", "{}")]


def test_parts_are_in_the_order_of_writing() -> None:
    text = '<think>\nhm\n</think>\n\nA<tool_call>\n{"name": "f2"}\n</tool_call>B'
    kinds = [type(part).__name__ for part in parse(HERMES, text).parts]
    assert kinds == ["ReasoningPart", "TextPart", "ToolCallPart", "TextPart"]


@pytest.mark.parametrize(
    ("prefill", "text", "reasoning", "content"),
    [
        ("", "<think>\nhm\n</think>\n\nHi", "hm", "Hi"),
        ("", "Hi", "", "Hi"),
        ("", "</think>\n\nHi", "", "Hi"),
        ("", "Use <think> and </think>.", "", "Use <think> and </think>."),
        ("", "<think></think>Hi", "", "Hi"),
        ("<think>\n", "hm\n</think>\n\nHi", "hm", "Hi"),
        ("<think>\n", "<think>\nhm</think>Hi", "<think>\nhm", "Hi"),
        ("<think>\n", "still thinking", "still thinking", ""),
        ("<think>\n\n</think>\n\n", "Hi", "", "Hi"),
        ("<think>\nI", "'m in\n</think>\n\nHi", "I'm in", "Hi"),
        ("<think>\nhm\n</think>\n\nHel", "lo", "hm", "Hello"),
        ("Hello, ", "world", "", "Hello, world"),
    ],
)
def test_reasoning_is_split(prefill: str, text: str, reasoning: str, content: str) -> None:
    message = parse(HERMES, text, prefill=prefill)
    assert (message.reasoning, message.content) == (reasoning, content)


@pytest.mark.parametrize(
    ("prefill", "text", "content"),
    [
        ("", "<think>\nhm\n</think>\n\nHi", "<think>\nhm\n</think>\n\nHi"),
        ("<think>\n", "hm\n</think>\n\nHi", "<think>\nhm\n</think>\n\nHi"),
        ("<think>\n", "\n</think>\n\nHi", "<think>\n\n</think>\n\nHi"),
        ("<think>\n\n</think>\n\n", "Hi", "Hi"),
        ("", "Hi", "Hi"),
    ],
)
def test_reasoning_is_left_where_it_is(prefill: str, text: str, content: str) -> None:
    message = parse(HERMES, text, prefill=prefill, split_reasoning=False)
    assert (message.reasoning, message.content) == ("", content)


def test_the_prefill_is_not_echoed() -> None:
    for prefill in ("Hello, ", "Hello <", "Hello <tool", "Hello"):
        assert parse(HERMES, "b> world", prefill=prefill, echo_prefill=False).content == "b> world"
    assert parse(HERMES, "</think>Hi", prefill="<think>\nhm", echo_prefill=False) == parse(HERMES, "Hi")
    assert parse(HERMES, "k></think>Hi", prefill="<thin", echo_prefill=False).content == "Hi"


def test_a_call_ends_reasoning_only_where_models_do_so() -> None:
    call = "<tool_call>\n<function=f>\n</function>\n</tool_call>"
    assert calls(parse(CODER, f"hm {call}", prefill="<think>\n")) == [("f", "{}")]
    message = parse(KEYS_AND_VALUES, "hm <tool_call>f\n</tool_call></think>", prefill="<think>\n")
    assert (message.reasoning, calls(message)) == ("hm <tool_call>f\n</tool_call>", [])


def test_reasoning_that_mentions_a_call_goes_on() -> None:
    message = parse(CODER, "I could <tool_call> or\n</think>\n\nnot", prefill="<think>\n")
    assert (message.reasoning, message.content) == ("I could <tool_call> or", "not")


def test_reasoning_without_a_start() -> None:
    assert parse(DELIMITER, "hm\n[FINAL]\nHi").reasoning == "hm"
    assert parse(DELIMITER, "hm\n[FINAL]\nHi").content == "Hi"
    message = parse(DELIMITER, 'hm\n<TOOLS>[{"name": "f2", "arguments": {}}]</TOOLS>')
    assert (message.reasoning, calls(message)) == ("hm", [("f2", "{}")])


def test_content_wrappers_and_ends_of_turn_are_dropped() -> None:
    text = "<|START_TEXT|>Hello, world<|END_TEXT|><|im_end|>"
    assert parse(ACTIONS, text).content == "Hello, world"


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ('```json\n{"a": 1}\n```', '{"a": 1}'),
        ('```\n{"a": 1}\n```\n', '{"a": 1}'),
        ('{"a": "```"}', '{"a": "```"}'),
        ('```json\n{"a": "```b```"}\n```', '{"a": "```b```"}'),
        ('<think>\nhm\n</think>\n\n```json\n{"a": 1}\n```', '{"a": 1}'),
        ('{"a": 1}', '{"a": 1}'),
    ],
)
def test_a_fence_around_json_is_dropped_where_json_is_demanded(text: str, content: str) -> None:
    assert parse(HERMES, text, json_content=True).content == content
    assert read(fmt(HERMES, json_content=True), text)[-1] == TextDelta(content)
    assert "```" in parse(HERMES, "```json\n1\n```").content


# --- calls in JSON ---


def test_arguments_stream_while_they_are_written() -> None:
    parser = ChatParser(fmt(HERMES))
    assert parser.feed('<tool_call>\n{"name": "f') == []
    (start,) = parser.feed('", "argu')
    assert isinstance(start, ToolCallStart)
    assert (start.index, start.name) == (0, "f")
    assert parser.feed('ments": {"s": "Hel') == [ToolCallDelta(0, '{"s": "Hel')]
    assert parser.feed("lo wor") == [ToolCallDelta(0, "lo wor")]
    assert parser.feed('ld"}') == [ToolCallDelta(0, 'ld"}'), ToolCallEnd(0)]
    assert parser.feed("}\n</tool_call>") == []
    assert parser.finish() == []


@pytest.mark.parametrize(
    ("written", "arguments"),
    [
        ('{"name": "f", "arguments": {"s": "a"}}', '{"s": "a"}'),
        ('{"arguments": {"s": "a"}, "name": "f"}', '{"s": "a"}'),
        ('{"name": "f", "parameters": {"s": "a"}}', '{"s": "a"}'),
        ('{"type": "function", "function": {"name": "f", "arguments": {"s": "a"}}}', '{"s": "a"}'),
        ('{"function": "f", "arguments": {}}', "{}"),
        ('{"name": "f"}', "{}"),
        ('{"name": "f", "arguments": null}', "{}"),
        ('{"name": "f", "arguments": "{\\"s\\": 1}"}', '{"s": 1}'),
        ('{"why": ["x", {"y": null}], "name": "f", "arguments": {}, "more": 1.5}', "{}"),
        ('[{"name": "f", "arguments": {}}]', "{}"),
        ('{"name":"f","arguments":{"i":-1.5e3,"b":true}}', '{"i":-1.5e3,"b":true}'),
        ('{"name": "f", "arguments": {"s": "a\nb"}}', '{"s": "a\\nb"}'),
        ('{"name": "f", "arguments": {"s": "\\d+\\u00e9\\uZ"}}', '{"s": "\\\\d+\\u00e9\\\\uZ"}'),
    ],
)
def test_spellings_of_a_call(written: str, arguments: str) -> None:
    message = parse(HERMES, f"<tool_call>\n{written}\n</tool_call>")
    assert (calls(message), message.content) == ([("f", arguments)], "")
    json.loads(arguments)


@pytest.mark.parametrize(
    "text",
    [
        '<tool_call>\n{"name": "unknown", "arguments": {}}\n</tool_call>',
        '<tool_call>\n{"arguments": {"name": "f"}}\n</tool_call>',
        '<tool_call>\n{"name": f, "arguments": {}}\n</tool_call>',
        "<tool_call>\nHello\n</tool_call>",
        '<tool_call>\n{"name": 5}',
        "<tool_call><tool_call>",
        "a <tool_call> b",
    ],
)
def test_what_is_no_call_is_text(text: str) -> None:
    message = parse(HERMES, text)
    assert (calls(message), message.content) == ([], text)


def test_nothing_is_too_deep() -> None:
    for opening in (
        '{"function": ',
        '{"arguments": {"a": ',
        "[",
        '{"name": "f", "arguments": {"a": [',
        '{"x": [',
    ):
        text = "<tool_call>\n" + opening * 20_000
        assert parse(HERMES, text).content + "".join(a for _, a in calls(parse(HERMES, text)))
    assert calls(parse(FORMATS["lfm2"], "<|tool_call_start|>[f(a=" + "[" * 20_000))[0][0] == "f"
    assert calls(parse(FORMATS["minimax_m3"], _deep_tags(20_000)))[0][0] == "f"


def _deep_tags(depth: int) -> str:
    mark = "]<]minimax[>["
    return f'{mark}<tool_call>\n{mark}<invoke name="f">{mark}<o>' + f"{mark}<k>" * depth


def test_a_call_behind_what_is_none() -> None:
    message = parse(HERMES, '<tool_call> x\n<tool_call>\n{"name": "f2", "arguments": {}}\n</tool_call>')
    assert (calls(message), message.content) == ([("f2", "{}")], "<tool_call> x")


def test_without_tools_calls_are_text() -> None:
    text = '<tool_call>\n{"name": "f", "arguments": {}}\n</tool_call>'
    assert parse(HERMES, text, parse_tools=False).content == text
    assert parse_chat(text, ChatFormat(HERMES)).content == text


def test_broken_arguments_stay_arguments_of_an_unfinished_call() -> None:
    events = read(fmt(HERMES), ['<tool_call>\n{"name": "f", "arguments": {"i": oops}}\n</tool_call>Hi'])
    assert [type(event) for event in events] == [ToolCallStart, ToolCallDelta, TextDelta]
    assert events[1] == ToolCallDelta(0, '{"i": oops}}\n')


@pytest.mark.parametrize("truncated", [False, True])
def test_truncated_arguments_are_what_there_is(truncated: bool) -> None:
    events = read(fmt(HERMES), ['<tool_call>\n{"name": "f", "arguments": {"s": "Hel'], truncated=truncated)
    assert [type(event) for event in events] == [ToolCallStart, ToolCallDelta]
    assert events[1] == ToolCallDelta(0, '{"s": "Hel')


def test_several_calls() -> None:
    one, two = '{"name": "f", "arguments": {"i": 1}}', '{"name": "f2", "arguments": {}}'
    wanted = [("f", '{"i": 1}'), ("f2", "{}")]
    each = f"<tool_call>\n{one}\n</tool_call>\n<tool_call>\n{two}\n</tool_call>"
    assert calls(parse(HERMES, each)) == wanted
    assert calls(parse(HERMES, f"<tool_call>\n[{one}, {two}]\n</tool_call>")) == wanted
    assert calls(parse(LIST, f"<TOOLS>[{one}, {two}]</TOOLS>")) == wanted
    assert calls(parse(LIST, f"<TOOLS> [ {one} ,\n{two} ]\n</TOOLS>")) == wanted
    assert calls(parse(LINES, f"<tool_calls>\n{one}\n{two}\n</tool_calls>")) == wanted
    assert calls(parse(BARE, one + "\n" + two)) == wanted


def test_a_bare_call_stands_where_the_answer_begins() -> None:
    call = '{"name": "f2", "parameters": {}}'
    assert calls(parse(BARE, call)) == [("f2", "{}")]
    assert calls(parse(BARE, f"<think>\nhm\n</think>\n\n{call}")) == [("f2", "{}")]
    assert calls(parse(BARE, f"<|python_tag|>{call}")) == [("f2", "{}")]
    assert parse(BARE, f"Like this: {call}").content == f"Like this: {call}"
    assert parse(BARE, '{"answer": {"name": "f2"}}').content == '{"answer": {"name": "f2"}}'


# --- ids ---


def test_ids_of_the_model_are_kept_if_they_are_new() -> None:
    text = '<|START_ACTION|>[{"tool_call_id": "0", "tool_name": "f2", "parameters": {}}]<|END_ACTION|>'
    assert parse(ACTIONS, text).tool_calls[0].id == "0"
    assert parse(ACTIONS, text, used_ids=("0", "1")).tool_calls[0].id == "2"
    text = '[TOOL_CALLS][{"name": "f2", "arguments": {}, "id": "abc123DEF"}]'
    assert parse(ID_LAST, text).tool_calls[0].id == "abc123DEF"
    again = parse(ID_LAST, text, used_ids=("abc123DEF",)).tool_calls[0].id
    assert again != "abc123DEF"
    assert len(again) == 9
    assert again.isalnum()
    text = "<|tool_calls|><|call:begin|>call_7<|call:name|>f2<|call:args|>{}<|call:end|><|calls|>"
    assert parse(ID_FIRST, text).tool_calls[0].id == "call_7"
    assert parse(ID_BETWEEN, "[TOOL_CALLS]f2[CALL_ID]123456789[ARGS]{}").tool_calls[0].id == "123456789"
    assert parse(ID_BETWEEN, "[TOOL_CALLS]f2[ARGS]{}").tool_calls[0].id


def test_ids_are_different_and_the_same_for_the_same_answer() -> None:
    text = '<tool_call>\n{"name": "f2"}\n</tool_call>' * 3
    first = [call.id for call in parse(HERMES, text).tool_calls]
    assert len(set(first)) == 3
    assert first == [call.id for call in parse(HERMES, text).tool_calls]
    seeds = {ChatFormat(HERMES, TOOLS).id_seed for _ in range(3)}
    assert len(seeds) == 3
    used = parse(HERMES, text, used_ids=tuple(first)).tool_calls
    assert not set(first) & {call.id for call in used}


def test_an_id_behind_the_arguments_is_waited_for() -> None:
    parser = ChatParser(fmt(ID_LAST))
    assert parser.feed('[TOOL_CALLS][{"name": "f2", "arguments": {}, ') == []
    events = parser.feed('"id": "123456789"}')
    assert events == [ToolCallStart(0, "123456789", "f2"), ToolCallDelta(0, "{}"), ToolCallEnd(0)]
    cut_off = parse(ID_LAST, '[TOOL_CALLS][{"name": "f", "arguments": {"s": "a', is_partial=True)
    assert calls(cut_off) == [("f", '{"s": "a')]


def test_ids_with_the_name_in_them() -> None:
    kimi = FORMATS["kimi_k2"]
    text = "<|tool_call_begin|>functions.f2:3<|tool_call_argument_begin|>{}<|tool_call_end|>"
    assert parse(kimi, text).tool_calls[0].id == "functions.f2:3"
    used = tuple(f"functions.f2:{number}" for number in (0, 3))
    assert parse(kimi, text, used_ids=used).tool_calls[0].id == "functions.f2:1"


# --- calls with the name outside ---


def test_the_longest_name_counts() -> None:
    assert calls(parse(NAME_THEN_JSON, "[TOOL_CALLS]f2[ARGS]{}")) == [("f2", "{}")]
    assert calls(parse(NAME_THEN_JSON, "[TOOL_CALLS]f[ARGS]{}")) == [("f", "{}")]
    assert calls(parse(NAME_THEN_JSON, "[TOOL_CALLS]f3[ARGS]{}")) == []
    text = "<｜call｜>function<｜sep｜>Calendar.add\n```json\n{}\n```<｜end of call｜>"
    assert calls(parse(FENCED, text)) == [("Calendar.add", "{}")]


def test_missing_markers() -> None:
    argument = "<parameter=s>\na\n</parameter>\n"
    for text in (
        f"<tool_call>\n<function=f>\n{argument}</function>\n</tool_call>",
        f"<function=f>\n{argument}</function>\n</tool_call>",
        f"<function=f>{argument}</function>",
        f"<tool_call><function=f>{argument}</function></tool_call>",
        f"<tool_call>\n<function=f>\n{argument}",
        '<tool_call>\n{"name": "f", "arguments": {"s": "a"}}\n</tool_call>',
    ):
        assert calls(parse(CODER, text)) == [("f", '{"s": "a"}')], text


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("s", "42", "42"),
        ("s", '"quoted"', '"quoted"'),
        ("s", "  two\n lines\n", "  two\n lines\n"),
        ("s", "", ""),
        ("s", "</think> <tool_call> <b>", "</think> <tool_call> <b>"),
        ("i", "42", 42),
        ("i", " -7 ", -7),
        ("i", "many", "many"),
        ("b", "true", True),
        ("b", "True", True),
        ("null_or_s", "null", None),
        ("null_or_s", "None", None),
        ("null_or_s", "nothing", "nothing"),
        ("null_or_s", "123 Main St", "123 Main St"),
        ("null_or_s", "123", "123"),
        ("i_or_null", "None", None),
        ("s_or_o", '{"x": 1}', {"x": 1}),
        ("s_or_o", "x", "x"),
        ("s_or_o", "[1]", "[1]"),
        ("a", '["x", 1]', ["x", 1]),
        ("a", "['x', True, None]", ["x", True, None]),
        ("o", '{"x": {"y": [1]}}', {"x": {"y": [1]}}),
        ("o", "{broken", "{broken"),
        ("unit", "c", "c"),
        ("level", "2", 2),
        ("ref", "1.5", 1.5),
        ("any", "5", 5),
        ("any", "x", "x"),
        ("unknown", "[1]", [1]),
        ("unknown", "NaN", "NaN"),
    ],
)
def test_values_get_the_type_of_the_schema(key: str, text: str, value: object) -> None:
    written = f"<tool_call>\n<function=f>\n<parameter={key}>\n{text}\n</parameter>\n</function>\n</tool_call>"
    ((_, arguments),) = calls(parse(CODER, written))
    assert json.loads(arguments) == {key: value}


def test_tagged_strings_stream() -> None:
    parser = ChatParser(fmt(CODER))
    parser.feed("<tool_call>\n<function=f>\n<parameter=s>\n")
    assert parser.feed('say "hi"\n') == [ToolCallDelta(0, 'say \\"hi\\"')]
    assert parser.feed("now\n</param") == [ToolCallDelta(0, "\\nnow")]
    assert parser.feed("eter>\n</function>") == [ToolCallDelta(0, '"}'), ToolCallEnd(0)]
    assert calls(parse(CODER, "<function=f>\n<parameter=s>\nx", is_partial=True)) == [("f", '{"s": "x')]


def test_cdata() -> None:
    text = '<function name="f"><param name="s"><![CDATA[a < b </param>\n]]></param></function>'
    assert calls(parse(CDATA, text)) == [("f", '{"s": "a < b </param>\\n"}')]
    text = '<function name="f"><param name="o"><![CDATA[{"x": 1}]]></param></function>'
    assert calls(parse(CDATA, text)) == [("f", '{"o": {"x": 1}}')]


def test_text_between_arguments_ends_the_call() -> None:
    message = parse(CODER, "<function=f>\nwell <parameter=s>\na\n</parameter>")
    assert calls(message) == [("f", "{}")]
    assert message.content == "well <parameter=s>\na\n</parameter>"


# --- the families' dialects ---


@pytest.mark.parametrize(
    ("written", "arguments"),
    [
        ("s='a', i=-3, b=True", {"s": "a", "i": -3, "b": True}),
        ('s="a \\"b\\" \\\\ \\n \\t \\u00e9 \\x41 \\d"', {"s": 'a "b" \\ \n \t é A \\d'}),
        ("s='it\\'s'", {"s": "it's"}),
        ("null_or_s=None, b=false", {"null_or_s": None, "b": False}),
        ("a=['x', \"y\", (1, 2.5)]", {"a": ["x", "y", [1, 2.5]]}),
        ("o={'k': [], \"l\": {}}", {"o": {"k": [], "l": {}}}),
        ("unit=c", {"unit": "c"}),
        ("", {}),
    ],
)
def test_python_calls(written: str, arguments: dict[str, Any]) -> None:
    lfm2 = FORMATS["lfm2"]
    message = parse(lfm2, f"<|tool_call_start|>[f({written})]<|tool_call_end|>")
    assert [json.loads(call.arguments) for call in message.tool_calls] == [arguments]
    assert [json.loads(call.arguments) for call in parse(lfm2, f"[f({written})]").tool_calls] == [arguments]


def test_brackets_are_not_yet_a_call() -> None:
    text = "See [the link](https://example.org) and [f] and [g(x=1)]."
    assert parse(FORMATS["lfm2"], text).content == text


@pytest.mark.parametrize(
    ("written", "arguments"),
    [
        ('{s:<|"|>a "b" {c}<|"|>,i:-1.5e3}', {"s": 'a "b" {c}', "i": -1.5e3}),
        ('{o:{x:[1,<|"|>y<|"|>,{z:null}]},b:true}', {"o": {"x": [1, "y", {"z": None}]}, "b": True}),
        ('{"s":"json as well"}', {"s": "json as well"}),
        ("{unit:c}", {"unit": "c"}),
        ("{}", {}),
    ],
)
def test_bare_objects(written: str, arguments: dict[str, Any]) -> None:
    message = parse(FORMATS["gemma4"], f"<|tool_call>call:f{written}<tool_call|>")
    assert [json.loads(call.arguments) for call in message.tool_calls] == [arguments]


def test_stray_markers_of_gemma() -> None:
    gemma = FORMATS["gemma4"]
    text = "<|channel><|channel>thought\nhm<channel|>Hello<|channel>thought\n<channel|><channel|>"
    assert (parse(gemma, text).reasoning, parse(gemma, text).content) == ("hm", "Hello")


@pytest.mark.parametrize(
    ("text", "reasoning", "content", "wanted"),
    [
        ("<|channel|>final<|message|>Hi<|return|>", "", "Hi", []),
        (
            "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>Hi",
            "hm",
            "Hi",
            [],
        ),
        ("<|channel|>commentary<|message|>I look it up.<|end|>", "", "I look it up.", []),
        ("<|channel|>commentary to=functions.f2 <|constrain|>json<|message|>{}", "", "", [("f2", "{}")]),
        (" to=functions.f2<|channel|>commentary json<|message|>{}", "", "", [("f2", "{}")]),
        ("<|channel|>commentary to=f2<|message|>{}", "", "", [("f2", "{}")]),
        (
            "<|channel|>commentary to=functions.f2<|message|>{}<|call|><|start|>assistant"
            "<|channel|>commentary to=functions.f<|message|>{}",
            "",
            "",
            [("f2", "{}"), ("f", "{}")],
        ),
        ("Hello", "", "Hello", []),
        ("<|channel|>final<|message|>a <|channel|> b", "", "a <|channel|> b", []),
    ],
)
def test_harmony(text: str, reasoning: str, content: str, wanted: list[tuple[str, str]]) -> None:
    message = parse(FORMATS["harmony"], text)
    assert (message.reasoning, message.content, calls(message)) == (reasoning, content, wanted)


def test_harmony_with_an_unknown_tool_is_text() -> None:
    text = '<|channel|>commentary to=functions.g<|message|>{"x": 1}'
    assert parse(FORMATS["harmony"], text).content == text


def test_functionary() -> None:
    functionary = FORMATS["functionary"]
    message = parse(functionary, 'all\nHi there\n>>>f\n{"s": "a"}\n>>>f2\n{}')
    assert (message.content, calls(message)) == ("Hi there", [("f", '{"s": "a"}'), ("f2", "{}")])
    text = "In Python:\n>>> print(1)\n>>>all right"
    assert parse(functionary, "all\n" + text).content == text


def test_nested_tags() -> None:
    mark = "]<]minimax[>["
    m3 = FORMATS["minimax_m3"]
    body = (
        f"{mark}<a>{mark}<item>x{mark}</item>{mark}<item>5{mark}</item>{mark}</a>"
        f"{mark}<o>{mark}<k>{mark}<item>1{mark}</item>{mark}</k>{mark}<l>y z{mark}</l>{mark}</o>"
        f"{mark}<s>{mark}<b>{mark}</s>"
    )
    invoked = f'{mark}<invoke name="f">{body}{mark}</invoke>\n'
    message = parse(m3, f"{mark}<tool_call>\n{invoked}{mark}</tool_call>")
    ((_, arguments),) = calls(message)
    assert json.loads(arguments) == {"a": ["x", 5], "o": {"k": [1], "l": "y z"}, "s": f"{mark}<b>"}


def test_hints_decide_over_the_schema() -> None:
    mark = "｜DSML｜"

    def written(key: str, is_string: str, value: str) -> str:
        argument = f'<{mark}parameter name="{key}" string="{is_string}">{value}</{mark}parameter>\n'
        return f'<{mark}tool_calls>\n<{mark}invoke name="f">\n{argument}</{mark}invoke>\n</{mark}tool_calls>'

    dsml = FORMATS["dsml"]
    assert calls(parse(dsml, written("any", "true", "5"))) == [("f", '{"any": "5"}')]
    assert calls(parse(dsml, written("any", "false", "5"))) == [("f", '{"any": 5}')]
    assert calls(parse(dsml, written("null_or_s", "false", "null"))) == [("f", '{"null_or_s": null}')]
    assert calls(parse(dsml, written("i", "?", "5"))) == [("f", '{"i": 5}')]


def test_the_events_of_reasoning_and_text() -> None:
    events = read(fmt(HERMES), "<think>\nhm hm\n</think>\n\nHi")
    assert events == [ReasoningDelta("hm hm"), TextDelta("Hi")]
