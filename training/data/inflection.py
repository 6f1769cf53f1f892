"""Forms of English verbs, also of those with a particle: "put away" is "putting away"."""

from __future__ import annotations

from typing import Final

_PAST: Final = {
    "get": "got", "find": "found", "send": "sent", "make": "made", "put": "put", "pay": "paid", "give": "given", "buy": "bought", "sell": "sold", "set": "set", "shut": "shut", "hold": "held", "write": "written",
    "freeze": "frozen", "bring": "brought", "take": "taken", "throw": "thrown", "keep": "kept", "let": "let", "read": "read", "sum": "summed", "wrap": "wrapped", "drop": "dropped", "stop": "stopped", "tag": "tagged",
    "plan": "planned", "scan": "scanned", "ship": "shipped", "log": "logged", "pin": "pinned", "cancel": "cancelled", "draw": "drawn", "rent": "rented", "go": "gone", "roll": "rolled", "run": "run", "blow": "blown",
    "show": "shown", "tell": "told", "have": "had", "look": "looked", "begin": "begun", "fire": "fired", "hunt": "hunted", "sign": "signed", "turn": "turned", "submit": "submitted", "patch": "patched",
}  # fmt: skip
_DOUBLED: Final = frozenset(["get", "put", "set", "shut", "let", "sum", "wrap", "drop", "stop", "tag", "plan", "scan", "ship", "log", "pin", "begin", "run", "submit"])


def past(verb: str) -> str:
    """The past participle: "cancelled", "put away"."""
    head, rest = _parts(verb)
    if head in _PAST:
        return _PAST[head] + rest
    if head.endswith("e"):
        return f"{head}d{rest}"
    return (f"{head[:-1]}ied" if _ends_in_y(head) else f"{head}ed") + rest


def gerund(verb: str) -> str:
    """The form in -ing."""
    head, rest = _parts(verb)
    if head in _DOUBLED:
        head += head[-1]
    elif head.endswith("e") and not head.endswith("ee"):
        head = head[:-1]
    return f"{head}ing{rest}"


def third(verb: str) -> str:
    """What he, she or it does."""
    head, rest = _parts(verb)
    if _ends_in_y(head):
        return f"{head[:-1]}ies{rest}"
    if head == "have":
        return f"has{rest}"
    return f"{head}{'es' if head.endswith(('s', 'x', 'ch', 'sh', 'o', 'z')) else 's'}{rest}"


def _parts(verb: str) -> tuple[str, str]:
    head, space, rest = verb.partition(" ")
    return head, space + rest


def _ends_in_y(word: str) -> bool:
    return word.endswith("y") and word[-2:-1] not in "aeiou"
