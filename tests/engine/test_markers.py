"""Markers in a grammar become token references where they are control tokens, and nowhere else."""

from __future__ import annotations

import pytest
from llguidance import LLMatcher, LLTokenizer

from llamar_server.engine.markers import refer_to_tokens

MARKERS = {"<|call|>": 7, "[ARGS]": 8, "<|call|>x": 9, "<|end|>": 1}
EOG = {1}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('start: "<|call|>"', "start: (<[7]>)"),
        ('start: "a<|call|>b[ARGS]" x', 'start: ("a" <[7]> "b" <[8]>) x'),
        ('start: "<|call|>x"', "start: (<[9]>)"),
        ('start: "x<|end|>"', 'start: ("x" "")'),
        ('start: a\n | "<|call|>"', "start: a\n | (<[7]>)"),
        ('start: "\\u005bARGS]"', "start: (<[8]>)"),
        ('p::_: "<|call|>" %if true', "p::_: (<[7]>) %if true"),
        ('x[capture="[ARGS]"]: "[ARGS]"', 'x[capture="[ARGS]"]: (<[8]>)'),
        ('until[lazy]: TEXT "<|call|>"', 'until: TEXT <[7]> ""'),
        ('until[lazy]: TEXT "\\n<|call|>go"', 'until: TEXT <[7]> "go"'),
        ('until[lazy]: VALUE_2 "a[ARGS]b<|call|>"', 'until: VALUE_2 <[8]> ("b" <[7]>)'),
        ('until[lazy]: TEXT "<|end|>"', 'until[lazy]: TEXT "<" "|" "e" "n" "d" "|" ">"'),
        (
            'until[lazy, max_tokens=5]: TEXT "[ARGS]"',
            'until: until_text <[8]> ""\nuntil_text[max_tokens=5]: TEXT',
        ),
    ],
)
def test_in_rules(before: str, after: str) -> None:
    assert refer_to_tokens(before, MARKERS, EOG) == after


@pytest.mark.parametrize(
    "grammar",
    [
        'start: "a" "<|other|>"',
        'T: "<|call|>"\n | "[ARGS]"',
        'start: %json {"const": "<|call|>"}',
        'start: %json {\n  "enum": [\n"[ARGS]"\n]}',
        r'start: /"<|call|>"/',
        '# "<|call|>"\nstart: "a" // "[ARGS]"',
        'start: "<|CALL|>"i',
        'until[lazy]: TEXT "</think>"',
        r'start: "\x3c|call|>"',
        'start: %json {"broken"',
    ],
)
def test_everything_else_stays(grammar: str) -> None:
    assert refer_to_tokens(grammar, MARKERS, EOG) == grammar


def test_what_follows_json_is_a_rule_again() -> None:
    grammar = 'start: %json {"const": "[ARGS]"} "[ARGS]"'
    assert refer_to_tokens(grammar, MARKERS, EOG) == 'start: %json {"const": "[ARGS]"} (<[8]>)'


def test_the_result_compiles() -> None:
    grammar = """
start: (until "[ARGS]"? "x")* T
until[lazy, max_tokens=9]: T "<|call|>"
T: /(?s:.*)/
"""
    matcher = LLMatcher(LLTokenizer("byte"), refer_to_tokens(grammar, MARKERS, EOG), log_level=0)
    assert matcher.get_error() == ""
    assert matcher.try_consume_tokens([*b"ab", 7, 8, *b"x", 7]) == 6
