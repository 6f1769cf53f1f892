"""The grammar of a call's arguments, in whatever way a format writes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ..formats.spec import ToolFormat
from ..schema import Prepared
from .lark import NOTHING, SPACE, Lark, Member, either, marked, quoted, repeated, sequence
from .literals import KEY, BareLiterals, PythonLiterals, other_keys
from .values import Members, SchemaReader, Texts

_CDATA_START: Final = "<![CDATA["
_CDATA_END: Final = "]]>"
_PYTHON_WORDS: Final = {"boolean": ("True", "False"), "null": ("None",)}
_MAX_DEPTH: Final = 8
_ANYTHING: Final = Members({}, frozenset(), {})


def arguments_grammar(lark: Lark, tool_format: ToolFormat, prepared: Prepared) -> str:
    """The arguments of one tool, with what stands around them."""
    start, end = marked(tool_format.arguments.start), marked(tool_format.arguments.end)
    return sequence(start, SPACE, _inside(lark, tool_format, prepared), SPACE, end)


def _inside(lark: Lark, tool_format: ToolFormat, prepared: Prepared) -> str:
    schemas = SchemaReader(prepared.schema)
    if tool_format.arguments_style == "json":
        return lark.shared("arguments", f"%json {prepared.rule}")
    if tool_format.arguments_style == "keywords":
        return _keywords(lark, tool_format, schemas)
    if tool_format.arguments_style == "bare":
        return BareLiterals(lark, schemas, tool_format.quote).members(schemas.root)
    return _Tagged(lark, tool_format, schemas).arguments()


def _keywords(lark: Lark, tool_format: ToolFormat, schemas: SchemaReader) -> str:
    literals = PythonLiterals(lark, schemas)
    members = schemas.members(schemas.root) or _ANYTHING

    def keyword(key: str, schema: Any) -> str:
        return sequence(key, SPACE, marked(tool_format.argument_name.end), SPACE, literals.value(schema))

    listed = [
        Member(keyword(quoted(key), schema), key in members.required)
        for key, schema in members.possible.items()
    ]
    others = NOTHING
    if members.others is not None:
        others = keyword(other_keys(lark, members.properties), members.others)
    separator = sequence(SPACE, quoted(tool_format.argument_separator.strip()), SPACE)
    return lark.in_any_order("keywords", listed, separator, others)


class _Tagged:
    """Arguments as tags around plain text (``tagged``), or around further tags (``nested``)."""

    def __init__(self, lark: Lark, tool_format: ToolFormat, schemas: SchemaReader) -> None:
        self._lark = lark
        self._format = tool_format
        self._schemas = schemas
        self._texts = Texts(lark, schemas)
        before = tool_format.argument_name.end + tool_format.argument_value.start
        self._lead = before[len(before.rstrip()) :]
        after = tool_format.argument_value.end
        self._trail = after[: len(after) - len(after.lstrip())]
        self._depth = 0

    def arguments(self) -> str:
        return self._members("arguments", self._schemas.members(self._schemas.root) or _ANYTHING)

    def _members(self, name: str, members: Members) -> str:
        listed = [
            Member(self._argument(key, schema), key in members.required)
            for key, schema in members.possible.items()
        ]
        separator = self._format.argument_separator.strip()
        return self._lark.in_any_order(
            name,
            listed,
            sequence(SPACE, quoted(separator)) if separator else NOTHING,
            self._other(members),
        )

    def _argument(self, key: str, schema: Any) -> str:
        """One argument; with hints, as many ways as there are hints for its types."""
        end = self._format.argument_value.end.strip()
        if self._format.value_end_has_name:
            end += key + self._format.argument_name.end.strip()
        openings = (self._opening(key, hint) for hint, _ in self._by_hint(schema))
        values = (self._value(narrowed, end) for _, narrowed in self._by_hint(schema))
        return either(*(sequence(SPACE, *each) for each in zip(openings, values, strict=True)))

    def _opening(self, key: str, hint: str) -> str:
        """Everything before a value, but for white space at its end: that is the value's affair."""
        f = self._format
        named = f.argument_name.start + key + f.argument_name.end
        if hint or not f.argument_value.start.strip():
            return marked((named + hint + f.argument_value.start).rstrip())
        return sequence(marked(named), marked(f.argument_value.start.rstrip()))

    def _other(self, members: Members) -> str:
        """An argument that the schema does not name. Where its end repeats its name it may be any text, and
        is only possible if none is named: no grammar can tell whether the two names are the same."""
        f, end = self._format, self._format.argument_value.end.strip()
        if members.others is None or (f.value_end_has_name and members.properties):
            return NOTHING
        start = sequence(SPACE, marked(f.argument_name.start), other_keys(self._lark, members.properties))
        if f.value_end_has_name:
            name = sequence(self._lark.shared("KEY", KEY), marked(f.argument_name.end))
            return sequence(start, marked(f.argument_name.end), self._lark.until(end), name)
        values = (
            sequence(
                marked((f.argument_name.end + hint + f.argument_value.start).rstrip()), self._value(each, end)
            )
            for hint, each in self._by_hint(members.others)
        )
        return sequence(start, either(*values))

    def _by_hint(self, schema: Any) -> Iterator[tuple[str, Any]]:
        """The hints for the types of ``schema``, each with what it leaves of the schema."""
        texts = dict(self._format.hints)
        types = self._schemas.types(schema)
        groups: dict[str, set[str]] = {}
        for name in sorted(types):
            nearest = texts.get(name, texts.get("number") if name == "integer" else None)
            groups.setdefault(texts.get("*", "") if nearest is None else nearest, set()).add(name)
        for text, group in groups.items():
            yield text, schema if group == types else self._schemas.narrowed(schema, frozenset(group))

    def _value(self, schema: Any, end: str) -> str:
        """A value and its end."""
        types = self._schemas.types(schema)
        if "string" in types:
            return self._text(schema, end)
        if self._format.arguments_style == "nested" and types & {"object", "array"}:
            return self._container(schema, types, end)
        return sequence(SPACE, self._json(schema, types), SPACE, quoted(end))

    def _text(self, schema: Any, end: str) -> str:
        text = self._texts.up_to(end, schema, lead=self._lead, trail=self._trail)
        if not self._format.cdata:
            return text
        lead = f"{quoted(self._lead)}? " if self._lead else ""
        opened = self._lark.shared("cdata", f"{lead}{quoted(_CDATA_START)}", "[lazy]")
        wrapped = self._texts.up_to(_CDATA_END, schema)
        return either(sequence(opened, wrapped, SPACE, quoted(end)), text)

    def _json(self, schema: Any, types: frozenset[str]) -> str:
        words = [quoted(word) for name in sorted(types) for word in _PYTHON_WORDS.get(name, ())]
        if self._schemas.values(schema) is not None:
            words = []
        return either(self._lark.shared("value", f"%json {self._schemas.rule(schema)}"), *words)

    def _container(self, schema: Any, types: frozenset[str], end: str) -> str:
        """An object or array as tags; deep inside, anything up to the end."""
        if self._depth == _MAX_DEPTH:
            return self._lark.until(end)
        self._depth += 1
        options = []
        if "object" in types:
            options.append(self._members("members", self._schemas.members(schema) or _ANYTHING))
        if "array" in types:
            array = self._schemas.plain(schema)
            item = self._argument(self._format.item_name, array.get("items", {}))
            limits = array.get("minItems", 0), array.get("maxItems")
            options.append(repeated(item, at_least=limits[0], at_most=limits[1]))
        self._depth -= 1
        if scalars := types - {"object", "array"}:
            options.append(self._json(self._schemas.narrowed(schema, scalars), scalars))
        return self._lark.shared("container", sequence(SPACE, either(*options), SPACE, quoted(end)))
