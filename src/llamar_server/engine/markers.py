"""Markers in a grammar: text for its author, perhaps one control token for the model.

A control token has no text, so that a string literal never matches it. This file puts token references
in place of such literals. It compiles nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Final

from .lark_text import STRING, lexemes, unquoted

_LAZY_RULE: Final = re.compile(
    rf"^(?P<name>\w+)\[lazy(?:, (?P<options>[^\]]*))?\]: (?P<text>[A-Z][A-Z0-9_]*) (?P<end>{STRING})$",
    re.MULTILINE,
)


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
        parts = split(unquoted(literal))
        return literal if len(parts) == 1 else f"({' '.join(part(text) for text in parts if text)})"

    def of_lazy_rule(rule: re.Match[str]) -> str:
        _, *found = split(unquoted(rule["end"]), maxsplit=1)
        if not found:
            return rule[0]
        if markers[found[0]] in eog:
            spelled = " ".join(map(json.dumps, unquoted(rule["end"])))
            return rule[0].removesuffix(rule["end"]) + spelled
        body = f"<[{markers[found[0]]}]> {json.dumps(found[1])}"
        if rule["options"] is None:
            return f"{rule['name']}: {rule['text']} {body}"
        text = f"{rule['name']}_text"
        return f"{rule['name']}: {text} {body}\n{text}[{rule['options']}]: {rule['text']}"

    with_lazy_rules = _LAZY_RULE.sub(of_lazy_rule, grammar)
    return "".join(
        of_literal(lexeme.text) if lexeme.kind == "literal" and not lexeme.in_terminal else lexeme.text
        for lexeme in lexemes(with_lazy_rules)
    )
