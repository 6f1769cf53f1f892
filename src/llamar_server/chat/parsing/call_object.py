"""A call written as one JSON object: ``{"name": …, "arguments": {…}}`` and its many spellings.

Members come in any order. Beside the keys of the format the common ones are understood, and the OpenAI
wrapper ``{"type": "function", "function": {…}}``; any other member is passed over.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from ..formats.spec import ToolFormat
from .call import Call
from .json_scanner import json_value
from .reader import Mismatch, Reader, Step

_ARGUMENT_KEYS: Final = frozenset({"arguments", "parameters"})


class ObjectReader:
    """Reads calls of ``tools`` in one format. Every routine raises ``Mismatch`` where the text is none."""

    def __init__(self, reader: Reader, tool_format: ToolFormat, tools: Mapping[str, Any]) -> None:
        self._reader = reader
        self._tools = tools
        self._name_key = tool_format.name_key
        self._name_is_key = not tool_format.name_key
        self._id_key = tool_format.id_key
        self._argument_keys = _ARGUMENT_KEYS | {tool_format.arguments_key}
        order = tool_format.key_order
        self._bare = tool_format.calls_at_start_only
        self._id_is_last = "id" in order and order.index("id") > order.index("arguments")

    def read(self, call: Call) -> Step[None]:
        """Reads the object; a call without arguments has none of them."""
        yield from self._reader.skip_space()
        yield from self._members(call)
        if not call.name:
            raise Mismatch
        if not call.complete:
            call.say("{}")
            call.end()
        if not call.begun:
            call.begin()

    def _members(self, call: Call, wrapped: bool = False) -> Step[None]:
        reader = self._reader
        yield from reader.expect("{")
        first = True
        while True:
            yield from reader.skip_space()
            if (yield from reader.take_if("}")):
                return
            if not first:
                yield from reader.expect(",")
                yield from reader.skip_space()
            key = yield from self._string()
            yield from reader.skip_space()
            yield from reader.expect(":")
            yield from reader.skip_space()
            opening = yield from reader.peek()
            if key == "function" and opening == "{" and not wrapped:
                yield from self._members(call, wrapped=True)
            else:
                yield from self._member(call, key, opening)
            first = False

    def _member(self, call: Call, key: str, opening: str) -> Step[None]:
        """Reads the value of ``key``, which begins with ``opening``."""
        if self._name_is_key and not call.name and key in self._tools:
            call.name = key
            yield from self._arguments(call, opening)
        elif not call.name and opening == '"' and key in (self._name_key, "name", "function"):
            yield from self._name(call)
        elif self._id_key and key in (self._id_key, "id"):
            call.id = str((yield from self._plain_value()))
            self._begin_if_known(call)
        elif key in self._argument_keys and not (call.complete or call.has_arguments):
            yield from self._arguments(call, opening)
        elif self._bare and not call.name and key not in ("type", "id"):
            raise Mismatch
        else:
            yield from self._plain_value()

    def _name(self, call: Call) -> Step[None]:
        name = yield from self._string()
        if name not in self._tools:
            raise Mismatch
        call.name = name
        self._begin_if_known(call)

    def _begin_if_known(self, call: Call) -> None:
        if call.name and not call.begun and (call.id or not self._id_key):
            call.begin()

    def _arguments(self, call: Call, opening: str) -> Step[None]:
        if call.name and not call.begun and not self._id_is_last:
            call.begin()
        if opening == "{":
            if not (yield from json_value(self._reader, call.say)):
                raise Mismatch
        else:
            call.say(_object_text((yield from self._plain_value())))
        call.end()

    def _string(self) -> Step[str]:
        value = yield from self._plain_value()
        if not isinstance(value, str):
            raise Mismatch
        return value

    def _plain_value(self) -> Step[object]:
        parts: list[str] = []
        if not (yield from json_value(self._reader, parts.append)):
            raise Mismatch
        try:
            value: object = json.loads("".join(parts))
        except (ValueError, RecursionError) as error:  # an integer of thousands of digits
            raise Mismatch from error
        return value


def _object_text(value: object) -> str:
    """The JSON object that a model wrote as a string, or as null for no arguments."""
    if value is None or value == "":
        return "{}"
    if isinstance(value, str):
        try:
            if isinstance(json.loads(value), dict):
                return value
        except (ValueError, RecursionError):
            pass
    raise Mismatch
