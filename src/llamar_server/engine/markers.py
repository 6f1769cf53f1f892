"""Markers in a grammar: text for its author, perhaps one control token for the model.

A control token has no text, so that a string literal never matches it. This file knows that much of
Lark's syntax (https://github.com/guidance-ai/llguidance/blob/main/docs/syntax.md) as is needed to
put token references in place of such literals. It compiles nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Final

_STRING: Final = r'"(?:[^"\\\n]|\\.)*"'
_LEXEME: Final = re.compile(
    rf"""
      (?P<head> ^ [!?]? _? (?P<initial>[A-Za-z]) [\w-]* (?: \[ (?: [^\]"] | {_STRING} )* \] )?
                (?: ::\w+ )? [ \t]* : (?!:) )
    | (?P<literal> {_STRING} ) (?!i)
    | / (?: [^/\\\n] | \\. )+ /
    | (?: // | \# ) [^\n]*
    | (?P<json> % (?:json|regex|llguidance) \s* )
    """,
    re.VERBOSE | re.MULTILINE,
)
_LAZY_RULE: Final = re.compile(
    rf"^(?P<name>\w+)\[lazy(?:, (?P<options>[^\]]*))?\]: (?P<text>[A-Z][A-Z0-9_]*) (?P<end>{_STRING})$",
    re.MULTILINE,
)
_decoder: Final = json.JSONDecoder()


def refer_to_tokens(grammar: str, markers: Mapping[str, int], eog: Collection[int]) -> str:
    """``grammar`` with the ``markers`` in string literals of its rules written as token references.

    The rule ``x[lazy]: TEXT "marker"``, "text up to and including the marker", loses its laziness: text
    cannot contain a control token, and what the marker begins with before that is text, too. Terminals
    cannot hold tokens and stay as they are.

    A marker that ends the generation is never referred to: the sequence is over before the grammar would
    see it, and may only be over where the grammar is satisfied. Such a marker vanishes; where a lazy rule
    waits for it, it waits for its spelled text.
    """
    longest_first = sorted(markers, key=len, reverse=True)
    split = re.compile("(" + "|".join(map(re.escape, longest_first)) + ")").split

    def part(text: str) -> str:
        token = markers.get(text)
        return json.dumps(text) if token is None else '""' if token in eog else f"<[{token}]>"

    def of_literal(literal: str) -> str:
        parts = split(_unquoted(literal))
        return literal if len(parts) == 1 else f"({' '.join(part(text) for text in parts if text)})"

    def of_lazy_rule(rule: re.Match[str]) -> str:
        _, *found = split(_unquoted(rule["end"]), maxsplit=1)
        if not found:
            return rule[0]
        if markers[found[0]] in eog:
            spelled = " ".join(map(json.dumps, _unquoted(rule["end"])))
            return rule[0].removesuffix(rule["end"]) + spelled
        body = f"<[{markers[found[0]]}]> {json.dumps(found[1])}"
        if rule["options"] is None:
            return f"{rule['name']}: {rule['text']} {body}"
        text = f"{rule['name']}_text"
        return f"{rule['name']}: {text} {body}\n{text}[{rule['options']}]: {rule['text']}"

    return _map_literals(_LAZY_RULE.sub(of_lazy_rule, grammar), of_literal)


def _map_literals(grammar: str, replace: Callable[[str], str]) -> str:
    """``grammar`` with the string literals of its rules replaced, those of terminals and JSON kept."""
    parts, at, in_terminal = [], 0, False
    while lexeme := _LEXEME.search(grammar, at):
        end = lexeme.end()
        parts.append(grammar[at : lexeme.start()])
        if lexeme["head"]:
            in_terminal = lexeme["initial"].isupper()
        elif lexeme["json"]:
            end = _end_of_json(grammar, end)
        text = grammar[lexeme.start() : end]
        parts.append(replace(text) if lexeme["literal"] and not in_terminal else text)
        at = end
    return "".join(parts) + grammar[at:]


def _end_of_json(grammar: str, start: int) -> int:
    try:
        return _decoder.raw_decode(grammar, start)[1]
    except ValueError:
        return start  # the compiler will say what is wrong with it


def _unquoted(literal: str) -> str:
    try:
        return str(json.loads(literal))
    except ValueError:
        return ""  # Lark's \x escapes: no marker is written so
