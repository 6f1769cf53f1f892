"""The items of an answer: what each gives to a stream while it is open, and what it is at any moment. Pure.

An item is begun, added to, and ended. What it tells is the name of an event, without the ``response.``
that all begin with, and the event's own fields.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic_core import from_json

from ...chat.events import ToolCallStart
from ..opaque import seal
from .tools import Offered, custom_input

Told = Iterator[tuple[str, dict[str, Any]]]
Logprobs = Sequence[dict[str, Any]]
Status = Literal["in_progress", "completed", "incomplete"]


@dataclass(frozen=True, slots=True)
class _Form:
    """How one kind of text is called: its part, its events, its index, its type."""

    part: str
    text: str
    index: str
    kind: str


_OUTPUT: Final = _Form("content_part", "output_text", "content_index", "output_text")
_THOUGHT: Final = _Form("content_part", "reasoning_text", "content_index", "reasoning_text")
_SUMMARY: Final = _Form("reasoning_summary_part", "reasoning_summary_text", "summary_index", "summary_text")


class _Text:
    """The one text of an item. Only that of the answer has log probabilities."""

    def __init__(self, form: _Form) -> None:
        self._form = form
        self._texts: list[str] = []
        self._logprobs: list[dict[str, Any]] = []

    @property
    def text(self) -> str:
        return "".join(self._texts)

    def part(self) -> dict[str, Any]:
        annotated = {"annotations": [], **self._scores(self._logprobs)} if self._form is _OUTPUT else {}
        return {"type": self._form.kind, **annotated, "text": self.text}

    def begin(self) -> Told:
        yield f"{self._form.part}.added", {self._form.index: 0, "part": self.part()}

    def add(self, text: str, logprobs: Logprobs) -> Told:
        self._texts.append(text)
        self._logprobs += logprobs
        yield f"{self._form.text}.delta", {self._form.index: 0, "delta": text, **self._scores(logprobs)}

    def end(self) -> Told:
        index = {self._form.index: 0}
        yield f"{self._form.text}.done", {**index, "text": self.text, **self._scores(self._logprobs)}
        yield f"{self._form.part}.done", {**index, "part": self.part()}

    def _scores(self, logprobs: Logprobs) -> dict[str, Any]:
        return {"logprobs": list(logprobs)} if self._form is _OUTPUT else {}


class MessageItem:
    def __init__(self) -> None:
        self.id = _new_id("msg")
        self._text = _Text(_OUTPUT)

    def begin(self) -> Told:
        return self._text.begin()

    def add(self, text: str, logprobs: Logprobs = ()) -> Told:
        return self._text.add(text, logprobs)

    def end(self) -> Told:
        return self._text.end()

    def whole(self, status: Status) -> dict[str, Any]:
        content = [] if status == "in_progress" else [self._text.part()]
        return {
            "id": self.id,
            "type": "message",
            "status": status,
            "role": "assistant",
            "content": content,
        }


class ReasoningItem:
    """``summarized`` tells the thought as its own summary, for clients that asked for one and show only
    that. ``sealed`` adds it in a form that a client without it can send back."""

    def __init__(self, *, summarized: bool, sealed: bool) -> None:
        self.id = _new_id("rs")
        self._text = _Text(_SUMMARY if summarized else _THOUGHT)
        self._summarized = summarized
        self._sealed = sealed

    def begin(self) -> Told:
        return self._text.begin()

    def add(self, text: str, logprobs: Logprobs = ()) -> Told:
        return self._text.add(text, ())

    def end(self) -> Told:
        return self._text.end()

    def whole(self, status: Status) -> dict[str, Any]:
        told = [] if status == "in_progress" else [self._text.part()]
        item: dict[str, Any] = {"id": self.id, "type": "reasoning", "status": status}
        item |= {"summary": told} if self._summarized else {"summary": [], "content": told}
        if self._sealed:
            item["encrypted_content"] = seal(self._text.text) if told else None
        return item


class CallItem:
    """``name`` and ``namespace`` are what the client calls the tool."""

    _type = "function_call"
    _prefix = "fc"

    def __init__(self, call: ToolCallStart, name: str, namespace: str | None) -> None:
        self.id = _new_id(self._prefix)
        self._call = {"call_id": call.id, "name": name}
        self._namespace = {} if namespace is None else {"namespace": namespace}
        self._pieces: list[str] = []

    @property
    def _arguments(self) -> str:
        return "".join(self._pieces)

    def begin(self) -> Told:
        return iter(())

    def add(self, text: str, logprobs: Logprobs = ()) -> Told:
        self._pieces.append(text)
        yield "function_call_arguments.delta", {"delta": text}

    def end(self) -> Told:
        done = {"name": self._call["name"], "arguments": self._arguments}
        yield "function_call_arguments.done", done

    def whole(self, status: Status) -> dict[str, Any]:
        item = {"id": self.id, "type": self._type, "status": status, **self._call, **self._namespace}
        return {**item, **self._said(status)}

    def _said(self, status: Status) -> dict[str, str]:
        return {"arguments": self._arguments}


class CustomCallItem(CallItem):
    """A call of a custom tool. Its input is known when the arguments are: the JSON around it must end."""

    _type = "custom_tool_call"
    _prefix = "ctc"

    def add(self, text: str, logprobs: Logprobs = ()) -> Told:
        self._pieces.append(text)
        return iter(())

    def end(self) -> Told:
        known = self._input()
        if known:
            yield "custom_tool_call_input.delta", {"delta": known}
        yield "custom_tool_call_input.done", {"input": known}

    def _said(self, status: Status) -> dict[str, str]:
        return {"input": "" if status == "in_progress" else self._input()}

    def _input(self) -> str:
        """The text in the arguments, as far as it came; the arguments themselves if there is none."""
        try:
            known = custom_input(from_json(self._arguments, allow_partial="trailing-strings"))
        except ValueError:
            known = None
        return self._arguments if known is None else known


OutputItem = MessageItem | ReasoningItem | CallItem


def call_item(call: ToolCallStart, offered: Offered | None) -> CallItem:
    """The item of a call, under the name by which the client knows the tool."""
    if offered is None:
        return CallItem(call, call.name, None)
    kind = CustomCallItem if offered.custom else CallItem
    return kind(call, offered.name, offered.namespace)


def _new_id(prefix: str) -> str:
    return f"{prefix}_{uuid.uuid4().hex}"
