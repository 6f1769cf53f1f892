"""Making a conversation acceptable to one template, by what the template can do.

Works on messages in normal form (``messages.py``). What is changed depends on a message and those before
it only, so that a longer conversation renders to a longer text with the same start. Refuses to guess
from the template's name or source.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from .capabilities import Capabilities, ReasoningField
from .messages import JOIN

Messages = list[dict[str, Any]]

_SHORT_ID: Final = re.compile(r"[a-zA-Z0-9]{9}")
_BRIDGE: Final = {"role": "assistant", "content": "OK."}


def adapt(messages: Messages, can: Capabilities) -> Messages:
    """``messages`` as the template wants them."""
    for step in _steps(can):
        messages = step(messages)
    return messages


def _steps(can: Capabilities) -> Iterable[Callable[[Messages], Messages]]:
    yield _merge_leading_system
    if not can.system:
        yield _system_into_user
    elif not can.later_system:
        yield lambda messages: _later_system_into_user(messages, can.user_after_tool)
    if not can.no_user:
        yield _ensure_user
    if not can.parallel_calls:
        yield _one_call_each
    if not can.any_ids:
        yield _short_ids
    if not can.object_arguments:
        yield _arguments_as_text
    if not can.empty_answers:
        yield _fill_empty_answers
    if not can.repeated_users:
        yield _merge_neighbours
    if not can.user_after_tool:
        yield _bridge_results
    if not can.assistant_first:
        yield _user_first
    if not can.thought_beside_text:
        yield lambda messages: [_text_into_thought(message) for message in messages]
    if can.reasoning != "reasoning_content" and can.reasoning is not None:
        field = can.reasoning
        yield lambda messages: [_move_reasoning(message, field) for message in messages]
    if can.parts:
        yield lambda messages: [_as_parts(message) for message in messages]


def put_tools_in_system(messages: Messages, tools: Sequence[Mapping[str, Any]]) -> Messages:
    """``messages`` with the tools' functions as JSON text in the field ``tools`` of the system message."""
    text = json.dumps([tool.get("function", tool) for tool in tools], ensure_ascii=False)
    if messages[0]["role"] == "system":
        return [{**messages[0], "tools": text}, *messages[1:]]
    return [{"role": "system", "content": "", "tools": text}, *messages]


def _merge_leading_system(messages: Messages) -> Messages:
    count = next((i for i, m in enumerate(messages) if m["role"] != "system"), len(messages))
    if count < 2:
        return messages
    merged = {**messages[0], "content": JOIN.join(m["content"] for m in messages[:count])}
    return [merged, *messages[count:]]


def _system_into_user(messages: Messages) -> Messages:
    """No system role at all: the first system message goes in front of the first user's text."""
    return _fold(messages, keep_first=False, into_results=False)


def _later_system_into_user(messages: Messages, user_after_tool: bool) -> Messages:
    return _fold(messages, keep_first=True, into_results=not user_after_tool)


def _fold(messages: Messages, *, keep_first: bool, into_results: bool) -> Messages:
    """System messages become user text, where they stand: behind the user text before them, else (after
    an assistant's turn or at the start) in front of the user text after them."""
    folded: Messages = []
    open_system = False
    for position, message in enumerate(_results_together(messages)):
        last = folded[-1] if folded else None
        if message["role"] == "system" and not (keep_first and position == 0):
            if last is not None and (last["role"] == "user" or (into_results and last["role"] == "tool")):
                folded[-1] = _joined(last, message)
            else:
                folded.append({"role": "user", "content": message["content"]})
                open_system = True
                continue
        elif message["role"] == "user" and open_system and last is not None:
            folded[-1] = _joined(last, message)
        else:
            folded.append(message)
        open_system = False
    return folded


def _results_together(messages: Messages) -> Messages:
    """Moves a system message that stands between a call and its results behind the results."""
    ordered: Messages = []
    held: Messages = []
    for position, message in enumerate(messages):
        if message["role"] == "system" and _next_role(messages, position) == "tool":
            held.append(message)
            continue
        if message["role"] != "tool":
            ordered += held
            held = []
        ordered.append(message)
    return ordered + held


def _next_role(messages: Messages, position: int) -> str | None:
    rest = itertools.islice(messages, position, None)
    return next((message["role"] for message in rest if message["role"] != "system"), None)


def _joined(first: dict[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    contents = [text for text in (first["content"], second["content"]) if text]
    return {**first, "content": JOIN.join(contents)}


def _ensure_user(messages: Messages) -> Messages:
    if any(message["role"] == "user" for message in messages):
        return messages
    first = 1 if messages[0]["role"] == "system" else 0
    return [*messages[:first], {"role": "user", "content": ""}, *messages[first:]]


def _one_call_each(messages: Messages) -> Messages:
    """A turn with several calls becomes one turn for each call, each followed by its result."""
    split: Messages = []
    position = 0
    while position < len(messages):
        message = messages[position]
        position += 1
        calls = message.get("tool_calls", ())
        if len(calls) < 2:
            split.append(message)
            continue
        results = []
        while position < len(messages) and messages[position]["role"] == "tool":
            results.append(messages[position])
            position += 1
        split += _paired(message, results)
    return split


def _paired(message: dict[str, Any], results: Messages) -> Messages:
    turns: Messages = []
    rest = list(results)
    for number, call in enumerate(message["tool_calls"]):
        head = message if number == 0 else {"role": "assistant", "content": ""}
        turns.append({**head, "tool_calls": [call]})
        own = [r for r in rest if r.get("tool_call_id") == call["id"]] or rest[:1]
        turns += own
        rest = [r for r in rest if r not in own]
    return turns + rest


def _short_ids(messages: Messages) -> Messages:
    """Nine letters and digits for each id, the same for the same id."""
    short = []
    for message in messages:
        message = dict(message)
        if "tool_call_id" in message:
            message["tool_call_id"] = short_id(message["tool_call_id"])
        if message.get("tool_calls"):
            message["tool_calls"] = [{**call, "id": short_id(call["id"])} for call in message["tool_calls"]]
        short.append(message)
    return short


def short_id(call_id: str) -> str:
    """``call_id`` as nine letters and digits; itself if it has that shape already."""
    if _SHORT_ID.fullmatch(call_id):
        return call_id
    return hashlib.sha256(call_id.encode("utf-8", "surrogatepass")).hexdigest()[:9]


def _arguments_as_text(messages: Messages) -> Messages:
    return [_with_text_arguments(message) if message.get("tool_calls") else message for message in messages]


def _with_text_arguments(message: dict[str, Any]) -> dict[str, Any]:
    calls = []
    for call in message["tool_calls"]:
        text = json.dumps(call["function"]["arguments"], ensure_ascii=False)
        calls.append({**call, "function": {**call["function"], "arguments": text}})
    return {**message, "tool_calls": calls}


def _fill_empty_answers(messages: Messages) -> Messages:
    """A blank for an assistant's turn without anything: it stays a turn, and others stay as they are."""
    return [{**message, "content": " "} if _is_empty_answer(message) else message for message in messages]


def _is_empty_answer(message: Mapping[str, Any]) -> bool:
    said = message["content"] or message.get("tool_calls") or message.get("reasoning_content")
    return message["role"] == "assistant" and not said


def _merge_neighbours(messages: Messages) -> Messages:
    """User turns, and assistant turns without calls, that follow one another become one."""
    merged: Messages = []
    for message in messages:
        last = merged[-1] if merged else None
        same = last is not None and last["role"] == message["role"] in ("user", "assistant")
        if same and last is not None and "tool_calls" not in last:
            joined = _joined(last, message)
            merged[-1] = {**message, **joined}
        else:
            merged.append(message)
    return merged


def _bridge_results(messages: Messages) -> Messages:
    bridged: Messages = []
    for message in messages:
        if message["role"] == "user" and bridged and bridged[-1]["role"] == "tool":
            bridged.append(dict(_BRIDGE))
        bridged.append(message)
    return bridged


def _user_first(messages: Messages) -> Messages:
    first = 1 if messages[0]["role"] == "system" else 0
    if len(messages) > first and messages[first]["role"] == "assistant":
        return [*messages[:first], {"role": "user", "content": ""}, *messages[first:]]
    return messages


def _text_into_thought(message: dict[str, Any]) -> dict[str, Any]:
    """What was said before a call becomes the end of what was thought before it."""
    thought = message.get("reasoning_content")
    if not (thought and message["content"] and message.get("tool_calls")):
        return message
    return {**message, "content": "", "reasoning_content": JOIN.join((thought, message["content"]))}


def _move_reasoning(message: dict[str, Any], field: ReasoningField) -> dict[str, Any]:
    if "reasoning_content" not in message:
        return message
    moved = {key: value for key, value in message.items() if key != "reasoning_content"}
    reasoning = message["reasoning_content"]
    if field != "parts":
        return {**moved, field: reasoning}
    parts = [{"type": "thinking", "thinking": reasoning}]
    if message["content"]:
        parts.append({"type": "text", "text": message["content"]})
    return {**moved, "content": parts}


def _as_parts(message: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(message["content"], str):
        return message
    return {**message, "content": [{"type": "text", "text": message["content"]}]}
