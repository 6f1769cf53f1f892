"""Whether an answer is right. Strings may differ in case, quotes and a full stop, nothing else."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from .cases import Case


@dataclass(frozen=True)
class Answer:
    """What the model said: text, thoughts, calls (arguments None where they are no object), tokens."""

    text: str = ""
    thought: str = ""
    calls: list[tuple[str, dict[str, Any] | None]] = field(default_factory=list)
    tokens: int = 0
    error: str = ""


def right(case: Case, answer: Answer) -> bool:
    """Whether ``answer`` is what ``case`` expects."""
    if answer.error or not _calls_match(case, answer) or (case.thinking and not answer.thought.strip()):
        return False
    if case.json is not None and not _json_matches(case.json, answer.text):
        return False
    if case.tokens and (answer.tokens < case.tokens or loops(answer.text)):
        return False
    return all(_says(wanted, answer.text) for wanted in case.says)


def right_names(case: Case, answer: Answer) -> bool:
    """Whether the right tools were called, whatever their arguments."""
    return [name for name, _ in case.calls] == [name for name, _ in answer.calls]


def loops(text: str, size: int = 8) -> bool:
    """Whether the same words come again and again."""
    words = text.split()
    runs = Counter(tuple(words[at : at + size]) for at in range(len(words) - size + 1))
    return bool(runs) and max(runs.values()) > 2


def _calls_match(case: Case, answer: Answer) -> bool:
    if not right_names(case, answer):
        return False
    return all(
        found is not None and _arguments_match(wanted, found)
        for (_, wanted), (_, found) in zip(case.calls, answer.calls, strict=True)
    )


def _arguments_match(wanted: dict[str, Any], found: dict[str, Any]) -> bool:
    """An argument for which "" is accepted may be missing, and may be added freely."""
    optional = {name for name, value in wanted.items() if isinstance(value, list) and "" in value}
    if set(wanted) - optional - set(found) or set(found) - set(wanted):
        return False
    return all(name in optional or _accepts(wanted[name], value) for name, value in found.items())


def _accepts(wanted: Any, value: Any) -> bool:
    return any(_same(each, value) for each in wanted) if isinstance(wanted, list) else _same(wanted, value)


def _same(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, str) and isinstance(value, str):
        return _plain(wanted) == _plain(value)
    if isinstance(wanted, list) and isinstance(value, list):
        return len(wanted) == len(value) and all(map(_same, wanted, value))
    if isinstance(wanted, bool) or isinstance(value, bool):
        return wanted is value
    return bool(wanted == value)


def _plain(text: str) -> str:
    return text.strip(" .!?\"'").casefold()


def _json_matches(wanted: dict[str, Any], text: str) -> bool:
    try:
        found = json.loads(text)
    except ValueError:
        return False
    return isinstance(found, dict) and set(found) == set(wanted) and _arguments_match(wanted, found)


def _says(wanted: str | list[str], text: str) -> bool:
    options = wanted if isinstance(wanted, list) else [wanted]
    return any(option.casefold() in text.casefold() for option in options)
