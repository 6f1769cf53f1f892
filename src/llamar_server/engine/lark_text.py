"""As much of Lark's syntax as is needed to read a grammar without compiling it.

https://github.com/guidance-ai/llguidance/blob/main/docs/syntax.md
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

STRING: Final = r'"(?:[^"\\\n]|\\.)*"'
_LEXEME: Final = re.compile(
    rf"""
      (?P<head> ^ [!?]? (?P<name> _? [A-Za-z] [\w-]* ) (?: \[ (?: [^\]"] | {STRING} )* \] )?
                (?: ::\w+ )? [ \t]* : (?!:) )
    | (?P<literal> {STRING} ) (?!i)
    | / (?: [^/\\\n] | \\. )+ /
    | (?: // | \# ) [^\n]*
    | (?P<json> % (?:json|regex|llguidance) \s* )
    """,
    re.VERBOSE | re.MULTILINE,
)
_decoder: Final = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Lexeme:
    """A piece of a grammar, in the definition of ``name``. All pieces together are its text.

    ``head`` begins a definition, ``literal`` is a string, ``json`` a keyword with its JSON, ``opaque`` a
    regular expression, a comment or a string that ignores case; ``code`` is everything else.
    """

    kind: Literal["head", "literal", "json", "opaque", "code"]
    text: str
    name: str

    @property
    def in_terminal(self) -> bool:
        return self.name.lstrip("_")[:1].isupper()


def lexemes(grammar: str) -> Iterator[Lexeme]:
    """The pieces of ``grammar``, in order."""
    name, at = "", 0
    while found := _LEXEME.search(grammar, at):
        if found.start() > at:
            yield Lexeme("code", grammar[at : found.start()], name)
        at, kind = found.end(), found.lastgroup
        if found["head"]:
            name = found["name"]
            yield Lexeme("head", found[0], name)
        elif found["json"]:
            at = _end_of_json(grammar, at)
            yield Lexeme("json", grammar[found.start() : at], name)
        else:
            yield Lexeme("literal" if kind == "literal" else "opaque", found[0], name)
    if at < len(grammar):
        yield Lexeme("code", grammar[at:], name)


def unquoted(literal: str) -> str:
    """The text of a string literal; empty for Lark's own escapes, which JSON does not have."""
    try:
        return str(json.loads(literal))
    except ValueError:
        return ""


def _end_of_json(grammar: str, start: int) -> int:
    try:
        return _decoder.raw_decode(grammar, start)[1]
    except (ValueError, RecursionError):
        return start  # the compiler will say what is wrong with it
