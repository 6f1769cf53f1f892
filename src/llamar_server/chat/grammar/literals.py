"""The grammar of values that are written neither as JSON nor as plain text.

What a schema says is kept as far as its types, members, enumerations, bounds and lengths go; where it
combines schemas (``allOf``), the value is written as JSON, which both dialects contain.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from typing import Any, ClassVar, Final

from ..formats.spec import Span
from ..mending import Schema
from .lark import NOTHING, SPACE, Lark, Member, either, quoted, repeated, sequence
from .values import SchemaReader, Texts

KEY: Final = r"/[A-Za-z_][A-Za-z0-9_.\-]{0,63}/"
_JSON_STRING: Final = r'/"([^"\\\x00-\x1f]|\\(["\\\/bfnrt]|u[0-9a-fA-F]{4}))*"/'
_PYTHON_STRING: Final = r"/'([^'\\\x00-\x1f]|\\['\"\\abfnrtv])*'/"
_BOUNDS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_LENGTHS: Final = ("minLength", "maxLength", "pattern", "format")
_COMMA: Final = f'{SPACE} "," {SPACE}'
_COLON: Final = f'{SPACE} ":" {SPACE}'


class Literals(ABC):
    """Writes expressions for values of one dialect, for one tool."""

    WORDS: ClassVar[Mapping[bool | None, tuple[str, ...]]]

    def __init__(self, lark: Lark, schemas: SchemaReader) -> None:
        self.lark = lark
        self.schemas = schemas
        self._references: dict[str, str] = {}
        self._any = ""

    # --- the dialect ---

    @abstractmethod
    def key(self, name: str) -> str: ...

    @abstractmethod
    def other_key(self, names: Collection[str]) -> str:
        """Any key but ``names``."""

    @abstractmethod
    def text(self, value: str) -> str:
        """One string."""

    @abstractmethod
    def texts(self, schema: Schema) -> str:
        """All strings of ``schema``."""

    # --- values ---

    def value(self, schema: Any) -> str:
        reference = schema["$ref"] if isinstance(schema, dict) and schema.keys() == {"$ref"} else None
        if reference is None:
            return self._value(schema)
        if reference not in self._references:
            self._references[reference] = name = self.lark.reserve("value")
            self.lark.define(name, self._value(schema))
        return self._references[reference]

    def members(self, schema: Any) -> str:
        """The members of an object, without its braces; of any object if ``schema`` says nothing plain."""
        members = self.schemas.members(schema)
        if members is None:
            return self._pairs(self.other_key(()), self.any())
        listed = [
            Member(self._pair(self.key(name), self.value(each)), name in members.required)
            for name, each in members.possible.items()
        ]
        others = NOTHING
        if members.others is not None:
            others = self._pair(self.other_key(members.properties), self.value(members.others))
        return self.lark.in_any_order("members", listed, _COMMA, others)

    def any(self) -> str:
        """Any value."""
        if not self._any:
            self._any = self.lark.reserve("any")
            words = (quoted(word) for words in self.WORDS.values() for word in words)
            number = self._json("number", {"type": "number"})
            pairs = self._pairs(self.other_key(()), self._any)
            options = (self.texts({}), *words, number, self._list(self._any), _braced(pairs))
            self.lark.define(self._any, either(*options))
        return self._any

    def _value(self, schema: Any) -> str:
        values = self.schemas.values(schema)
        if values is not None:
            return self._one_of(map(self._constant, values))
        plain = self.schemas.plain(schema)
        if plain.keys() & {"allOf", "$ref", "patternProperties"}:
            return self._json("json", plain)
        if branches := plain.get("anyOf") or plain.get("oneOf"):
            return self._one_of(self.value(branch) for branch in branches if branch is not False)
        if not plain:
            return self.any()
        types = self.schemas.types(plain)
        names = types - {"integer"} if "number" in types else types
        return self._one_of(self._of_type(name, plain) for name in sorted(names))

    def _of_type(self, name: str, schema: Schema) -> str:
        if name == "string":
            return self.texts(schema)
        if name == "object":
            return _braced(self.members(schema))
        if name == "array":
            item = self.value(schema.get("items", {}))
            return self._list(item, schema.get("minItems", 0), schema.get("maxItems"))
        if name == "boolean":
            return either(*map(quoted, (*self.WORDS[True], *self.WORDS[False])))
        if name == "null":
            return either(*map(quoted, self.WORDS[None]))
        return self._json("number", {"type": name, **_only(schema, _BOUNDS)})

    def _constant(self, value: Any) -> str:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, bool) or value is None:
            return either(*map(quoted, self.WORDS[value]))
        if isinstance(value, list):
            return _bracketed(f" {_COMMA} ".join(map(self._constant, value)))
        if isinstance(value, dict):
            pairs = (self._pair(self.key(name), self._constant(each)) for name, each in value.items())
            return _braced(f" {_COMMA} ".join(pairs))
        return quoted(json.dumps(value))

    # --- pieces ---

    def _one_of(self, options: Iterable[str]) -> str:
        """A rule, since the compiler limits how deep the parentheses of one rule may get."""
        return self.lark.shared("value", either(*options))

    def _json(self, name: str, schema: Schema) -> str:
        return self.lark.shared(name, f"%json {self.schemas.rule(schema)}")

    def _pair(self, key: str, value: str) -> str:
        return sequence(key, _COLON, value)

    def _pairs(self, key: str, value: str) -> str:
        return repeated(self._pair(key, value), _COMMA)

    def _list(self, item: str, at_least: int = 0, at_most: int | None = None) -> str:
        return _bracketed(repeated(item, _COMMA, at_least=at_least, at_most=at_most))


class PythonLiterals(Literals):
    """As Python writes them, with JSON's words and strings allowed, too."""

    WORDS: ClassVar = {True: ("True", "true"), False: ("False", "false"), None: ("None", "null")}

    def key(self, name: str) -> str:
        return self.text(name)

    def other_key(self, names: Collection[str]) -> str:
        either_string = f"({_JSON_STRING} | {_PYTHON_STRING})"
        taken = " | ".join(form for name in names for form in self._forms(name))
        return self.lark.shared("OTHER", f"{either_string} & ~({taken})" if taken else either_string)

    def text(self, value: str) -> str:
        return either(*self._forms(value))

    def texts(self, schema: Schema) -> str:
        limits = _only(schema, _LENGTHS)
        double = self._json("string", {"type": "string", **limits})
        return double if limits else either(double, self.lark.shared("single", _PYTHON_STRING))

    def _forms(self, value: str) -> tuple[str, ...]:
        simple = value.isprintable() and "'" not in value and "\\" not in value
        return (quoted(json.dumps(value, ensure_ascii=False)), *([quoted(f"'{value}'")] if simple else []))


class BareLiterals(Literals):
    """Objects with bare keys, and strings in quotes of the format's own."""

    WORDS: ClassVar = {True: ("true",), False: ("false",), None: ("null",)}

    def __init__(self, lark: Lark, schemas: SchemaReader, quote: Span) -> None:
        super().__init__(lark, schemas)
        self._quote = quote
        self._texts = Texts(lark, schemas)

    def key(self, name: str) -> str:
        return quoted(name)

    def other_key(self, names: Collection[str]) -> str:
        return other_keys(self.lark, names)

    def text(self, value: str) -> str:
        return sequence(quoted(self._quote.start), quoted(value), quoted(self._quote.end))

    def texts(self, schema: Schema) -> str:
        limits = {"type": "string", **_only(schema, _LENGTHS)}
        return sequence(quoted(self._quote.start), self._texts.up_to(self._quote.end, limits))


def other_keys(lark: Lark, names: Collection[str]) -> str:
    """A bare key that is none of ``names``."""
    taken = " | ".join(map(quoted, names))
    return lark.shared("KEY", f"{KEY} & ~({taken})" if taken else KEY)


def _only(schema: Schema, keys: Collection[str]) -> Schema:
    return {key: value for key, value in schema.items() if key in keys}


def _braced(inner: str) -> str:
    return sequence('"{"', SPACE, inner, SPACE, '"}"')


def _bracketed(inner: str) -> str:
    return sequence('"["', SPACE, inner, SPACE, '"]"')
