"""How a model writes thinking, answers and tool calls, as data; grammar and parser both follow from it.

``ToolFormat`` belongs to a chat template and is found once (``detect``); ``ChatFormat`` adds what one
request brings. Both are frozen values and survive a round trip through JSON. No code of a family, no
rendering, no parsing lives here.

A turn is written as

    [thinking.start] reasoning [thinking.end] [content.start] text [content.end] calls

and ``calls``, with ``call`` repeated and joined by ``separator``, as

    section.start array.start  call separator call …  array.end section.end

where a call is, for ``style == "object"`` (one JSON object, its members in ``key_order``),

    call.start object.start "name": NAME, "arguments": ARGUMENTS, "id": ID object.end call.end

and for ``style == "tag"`` (the name stands outside the arguments)

    call.start [id] name.start NAME name.end [ordinal] [id] [repeated_name] ARGUMENTS call.end

with the id at ``id_place``. ``ARGUMENTS`` are, between ``arguments.start`` and ``arguments.end``,

    json      one JSON object
    tagged    argument_name.start KEY argument_name.end [hint] argument_value.start VALUE argument_value.end …
    nested    like tagged, but values that are arrays or objects are tags themselves
    keywords  KEY=VALUE, KEY=VALUE with Python or JSON literals
    bare      {KEY:VALUE,KEY:VALUE} with unquoted keys and strings in ``quote``, nested alike

each joined by ``argument_separator``. Markers are exactly what the template writes, white space
included: a grammar writes them as they are, a parser takes white space around them as it comes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import uuid4

import msgspec

CallStyle = Literal["none", "object", "tag"]
ArgumentStyle = Literal["json", "tagged", "nested", "keywords", "bare"]
IdPlace = Literal["none", "before_name", "after_name"]
IdShape = Literal["opaque", "alphanumeric9", "number", "named"]
Member = Literal["name", "arguments", "id"]


@dataclass(frozen=True, slots=True)
class Span:
    """What stands before and after something; either may be empty, both empty means there is nothing."""

    start: str = ""
    end: str = ""

    def __bool__(self) -> bool:
        return bool(self.start or self.end)


@dataclass(frozen=True, slots=True)
class Routing:
    """A turn of several messages, each with a header that says whom it is for (harmony and its kin).

    ``start`` opens every message; the generation prompt ends in the first one, so the model begins
    inside a header. ``body`` ends the header, any of ``ends`` (or the next ``start``) the message.
    In the header the recipient follows ``recipient`` (empty: the whole header is the recipient); one
    that starts with ``tool_prefix`` and goes on with the name of a tool makes the message a call.
    Else a header that holds one of ``thinking`` makes it reasoning, and any other header makes it
    content.

    The canonical headers, for writing, are in the ordinary fields: ``thinking``, ``content`` and
    ``name`` hold them up to and with ``body``, and end where the message ends.
    """

    start: str
    body: str
    ends: tuple[str, ...] = ()
    recipient: str = ""
    tool_prefix: str = ""
    thinking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolFormat:
    """The shape of what a model writes. See the module's text for how the parts follow each other."""

    family: str = "plain"
    """Where this came from, for logs: a family's name, ``inferred`` or ``generic``."""

    # --- the turn ---
    turn_start: str = ""
    """The header of an assistant turn, as the generation prompt writes it (``<|im_start|>assistant\\n``)."""
    turn_ends: tuple[str, ...] = ()
    """What may end a turn. Usually an end-of-generation token, which never reaches the text."""
    thinking: Span = Span()
    """Around reasoning. An empty start with an end: the turn begins in reasoning."""
    thinking_closed_by_calls: bool = False
    """Whether the start of a call or of the content ends reasoning that its own end marker did not."""
    thinking_anywhere: bool = False
    """Whether reasoning may start again after content; else ``thinking.start`` is then plain text."""
    content: Span = Span()
    """Around the answer's text, for families that wrap it."""
    noise: tuple[str, ...] = ()
    """Markers that mean nothing by themselves and never are text."""
    routing: Routing | None = None

    # --- the calls ---
    style: CallStyle = "none"
    section: Span = Span()
    """Around all calls of a turn."""
    array: Span = Span()
    """The brackets (with their white space) where the calls are elements of a list."""
    call: Span = Span()
    """Around each call."""
    separator: str = ""
    """Between two calls, where it is more than ``call.end`` and ``call.start``."""
    call_starts: tuple[str, ...] = ()
    """Further markers at which an unconstrained model is known to begin its calls (never written)."""
    calls_at_start_only: bool = False
    """Calls have no marker of their own (a bare JSON object) and are looked for where the answer begins."""

    # --- style "object" ---
    object: Span = Span("{", "}")
    """Around the members; holds wrappers such as ``{"type": "function", "function": {``."""
    name_key: str = "name"
    """Empty: the name itself is the key of the arguments, and there are no other members."""
    arguments_key: str = "arguments"
    id_key: str = ""
    key_order: tuple[Member, ...] = ("name", "arguments")
    compact_json: bool = False
    """Whether the JSON is written without spaces after ``,`` and ``:``."""

    # --- style "tag" ---
    name: Span = Span()
    ordinal: Span = Span()
    """Around the number of the call within the turn, directly after the name; absent if empty."""
    ordinal_base: int = 0
    repeated_name: Span = Span()
    """Around a second occurrence of the name, where the format writes it twice."""

    # --- the id of a call ---
    id_place: IdPlace = "none"
    """Where the model writes an id (``style == "tag"``; for objects see ``id_key``)."""
    id: Span = Span()
    id_shape: IdShape = "opaque"
    """What an id looks like, for those we draw and for grammars: ``alphanumeric9`` exactly nine letters
    and digits, ``number`` a decimal number, ``named`` the text from ``name.start`` to the ordinal
    (``functions.get_time:0``), ``opaque`` anything."""

    # --- the arguments ---
    arguments_style: ArgumentStyle = "json"
    arguments: Span = Span()
    argument_separator: str = ""
    argument_name: Span = Span()
    argument_value: Span = Span()
    value_end_has_name: bool = False
    """Whether ``argument_value.end`` is followed by the key and ``argument_name.end`` (``</city>``)."""
    hints: tuple[tuple[str, str], ...] = ()
    """What stands between a key and its value by JSON type, ``("string", ' string="true"')``; the type
    ``*`` is any other. Empty: nothing stands there."""
    item_name: str = ""
    """The tag of an array's elements (``nested``)."""
    quote: Span = Span()
    """Around strings (``bare``)."""
    cdata: bool = False
    """Whether a string value may be wrapped in ``<![CDATA[`` … ``]]>``."""

    @property
    def triggers(self) -> tuple[str, ...]:
        """The markers at which a call may begin, the canonical one first, without white space around."""
        if self.style == "none" or self.routing:
            return ()
        canonical = (self.section.start, self.call.start, self.name.start if self.style == "tag" else "")
        return tuple(dict.fromkeys(m.strip() for m in (*canonical, *self.call_starts) if m.strip()))

    def to_json(self) -> str:
        return msgspec.json.encode(self).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> ToolFormat:
        """Raises msgspec.ValidationError if ``text`` is not one."""
        return msgspec.json.decode(text, type=cls)


@dataclass(frozen=True, slots=True)
class ChatFormat:
    """All that parsing one answer needs: the template's format and what the request adds to it.

    ``tools`` maps the name of each tool to its parameters' JSON Schema; without tools, or with
    ``parse_tools`` false, calls are text. ``split_reasoning`` false leaves the thinking in the content as
    written. ``prefill`` is the part of the answer that the prompt already holds (an open ``<think>``, the
    message to continue) and ``echo_prefill`` whether it is part of the result. ``json_content`` says that
    the content is JSON by demand, so that a code fence around it is no part of it. ``used_ids`` are the
    call ids of the conversation so far; ``id_seed`` decides those that are drawn, so that parsing the
    same text twice gives the same ids.
    """

    tool_format: ToolFormat = ToolFormat()
    tools: dict[str, dict[str, Any]] = field(default_factory=dict)
    parse_tools: bool = True
    split_reasoning: bool = True
    prefill: str = ""
    echo_prefill: bool = True
    json_content: bool = False
    used_ids: tuple[str, ...] = ()
    id_seed: str = field(default_factory=lambda: uuid4().hex)

    def to_json(self) -> str:
        return msgspec.json.encode(self).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> ChatFormat:
        """Raises msgspec.ValidationError if ``text`` is not one."""
        return msgspec.json.decode(text, type=cls)
