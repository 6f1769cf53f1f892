"""The arguments of a call, in whatever way a format writes them, turned into one JSON object.

Each routine reads from a ``Reader`` and passes JSON text to a sink as early as it is certain: JSON as
it is, strings while they are written, other values once they are complete. It raises ``Mismatch``
where the text cannot be read on or ends; what was passed on until then is a beginning of the JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from ..formats.spec import Span, ToolFormat
from .json_scanner import json_value
from .literals import MAX_DEPTH, escaped, literal
from .reader import Markers, Mismatch, Reader, Sink, Step, markers
from .value_types import ANY, as_json, item_schema, property_schema, value_types

_MAX_KEY: Final = 256
_CDATA: Final = Span("<![CDATA[", "]]>")
_STRING: Final = frozenset({"string"})
_CONTAINERS: Final = frozenset({"object", "array"})


@dataclass(frozen=True, slots=True)
class Source:
    """What all routines need: the text, its format, what may follow the arguments, the tool's schema."""

    reader: Reader
    format: ToolFormat
    closers: tuple[str, ...]
    schema: dict[str, Any]

    def types(self, schema: object) -> frozenset[str]:
        return ANY if schema is None else value_types(schema, self.schema)


def read_arguments(source: Source, sink: Sink) -> Step[None]:
    """Reads the arguments of one call, up to what closes them."""
    yield from _STYLES[source.format.arguments_style](source, sink)


def _json(source: Source, sink: Sink) -> Step[None]:
    reader = source.reader
    yield from reader.take_pieces(source.format.arguments.start, optional=True)
    yield from reader.skip_space()
    if (yield from reader.peek()) == "{":
        if not (yield from json_value(reader, sink)):
            raise Mismatch
    elif (yield from reader.first_of(source.closers)):
        sink("{}")
    else:
        raise Mismatch


def _tagged(source: Source, sink: Sink) -> Step[None]:
    yield from source.reader.take_pieces(source.format.arguments.start, optional=True)
    sink("{")
    first = True
    while (yield from _another(source)):
        key = yield from _key(source)
        sink(("" if first else ", ") + json.dumps(key, ensure_ascii=False) + ": ")
        schema = property_schema(source.schema, key, source.schema)
        types = yield from _hinted(source, source.types(schema))
        if source.format.arguments_style == "nested":
            yield from _nested(source, key, schema, sink, 0)
        else:
            yield from _value(source, _value_end(source.format, key), types, sink)
        first = False
    sink("}")


def _another(source: Source) -> Step[bool]:
    """Whether another argument begins; its start is read."""
    reader, start = source.reader, source.format.argument_name.start.strip()
    yield from reader.skip_space()
    separator = source.format.argument_separator.strip()
    if separator and (yield from reader.take_if(separator)):
        yield from reader.skip_space()
    found = yield from reader.first_of((*source.closers, start))
    if found == start:
        yield from reader.expect(start)
        return True
    if found is None and not (yield from reader.peek()):
        reader.check_end()
    return False


def _key(source: Source) -> Step[str]:
    name, value = source.format.argument_name, source.format.argument_value
    key = yield from source.reader.short_until(markers(name.end.strip() or value.start.strip()), _MAX_KEY)
    return key.strip()


def _hinted(source: Source, types: frozenset[str]) -> Step[frozenset[str]]:
    """Reads what stands between a key and its value; the types it leaves."""
    start = source.format.argument_value.start
    if not source.format.hints:
        if source.format.argument_name.end.strip():
            yield from source.reader.take_pieces(start)
        return types
    text = yield from source.reader.short_until(markers(start.strip()), _MAX_KEY)
    hint = next((kind for kind, written in source.format.hints if written.strip() == text.strip()), None)
    if hint is None:
        return types
    return _STRING if hint == "string" else (types - _STRING) or ANY - _STRING


def _value_end(f: ToolFormat, key: str) -> str:
    end = f.argument_value.end.strip()
    return end + key + f.argument_name.end.strip() if f.value_end_has_name else end


def _value(source: Source, end: str, types: frozenset[str], sink: Sink) -> Step[None]:
    """Reads one value up to its end marker. White space that the format writes around it is no part of it."""
    f, reader = source.format, source.reader
    before = f.argument_name.end + f.argument_value.start
    lead = before[len(before.rstrip()) :]
    trail = f.argument_value.end[: -len(f.argument_value.end.lstrip()) or None]
    if lead:
        yield from reader.take_if(lead)
    ends = markers(end, trail + end)
    if types == _STRING:
        yield from _string(source, ends, sink)
        return
    parts: list[str] = []
    found = yield from reader.until(ends, parts.append)
    text = "".join(parts)
    if found is None:
        reader.check_end()
        sink('"' + escaped(text) if "string" in types else text.strip())
        raise Mismatch
    reader.take(len(found))
    if f.cdata and text.strip().startswith(_CDATA.start) and text.strip().endswith(_CDATA.end):
        text = text.strip()[len(_CDATA.start) : -len(_CDATA.end)]
    sink(as_json(text, types))


def _string(source: Source, ends: Markers, sink: Sink) -> Step[None]:
    reader = source.reader
    sink('"')
    if source.format.cdata and (yield from reader.take_if(_CDATA.start)):
        found = yield from reader.until(markers(_CDATA.end), lambda text: sink(escaped(text)))
    else:
        found = yield from reader.until(ends, lambda text: sink(escaped(text)))
    if found is None:
        raise Mismatch
    reader.take(len(found))
    sink('"')
    if found == _CDATA.end:
        yield from reader.take_pieces(ends.literals[-1], optional=True)


def _nested(source: Source, key: str, schema: object, sink: Sink, depth: int) -> Step[None]:
    """Reads the value of ``key``: text, or tags where it may be an array or object."""
    end, types = _value_end(source.format, key), source.types(schema)
    if depth >= MAX_DEPTH:
        raise Mismatch
    if "string" in types and types != ANY:
        yield from _value(source, end, types, sink)
        return
    yield from source.reader.skip_space()
    start = source.format.argument_name.start.strip()
    found = yield from source.reader.first_of((end, start))
    if found == start and types & _CONTAINERS:
        yield from _container(source, end, schema, types, sink, depth)
    elif found == end and types & _CONTAINERS and types != ANY:
        yield from source.reader.expect(end)
        sink("[]" if "array" in types else "{}")
    else:
        yield from _value(source, end, types, sink)


def _container(
    source: Source, end: str, schema: object, types: frozenset[str], sink: Sink, depth: int
) -> Step[None]:
    """Reads the tags of an array or object; which of the two, the name of the first tag tells."""
    reader, start = source.reader, source.format.argument_name.start.strip()
    is_array = False
    first = True
    while True:
        yield from reader.skip_space()
        if (yield from reader.first_of((end, start))) == end:
            break
        yield from reader.expect(start)
        key = yield from _key(source)
        if first:
            is_array = "array" in types and key == source.format.item_name
            sink("[" if is_array else "{")
        else:
            sink(", ")
        first = False
        if is_array:
            inner = item_schema(schema, source.schema)
        else:
            sink(json.dumps(key, ensure_ascii=False) + ": ")
            inner = property_schema(schema, key, source.schema)
        yield from _nested(source, key, inner, sink, depth + 1)
    yield from reader.expect(end)
    sink("]" if is_array else "}")


def _keywords(source: Source, sink: Sink) -> Step[None]:
    reader, around = source.reader, source.format.arguments
    yield from reader.expect(around.start.strip())
    sink("{")
    first = True
    while True:
        yield from reader.skip_space()
        if (yield from reader.take_if(around.end.strip())):
            break
        if not first:
            yield from reader.expect(source.format.argument_separator.strip())
            yield from reader.skip_space()
        key = yield from reader.short_until(markers(source.format.argument_name.end.strip()), _MAX_KEY)
        sink(("" if first else ", ") + json.dumps(key.strip(), ensure_ascii=False) + ": ")
        yield from literal(reader, Span(), sink)
        first = False
    sink("}")


def _bare(source: Source, sink: Sink) -> Step[None]:
    yield from source.reader.skip_space()
    if (yield from source.reader.peek()) != "{":
        raise Mismatch
    yield from literal(source.reader, source.format.quote, sink)


_STYLES: Final[dict[str, Callable[[Source, Sink], Step[None]]]] = {
    "json": _json,
    "tagged": _tagged,
    "nested": _tagged,
    "keywords": _keywords,
    "bare": _bare,
}
