"""What texts have in common at their ends, without cutting a tag in two.

Templates are built of tags such as ``<tool_call>`` or ``[ARGS]``; two of them may share ``<`` or ``_call>``
by chance, which is no common marker.
"""

from __future__ import annotations

import re
from typing import Final

_OPENED: Final = re.compile(r"(?:<[^<>]*|\[/?[A-Z_ ]*)\Z")
_CLOSING: Final = re.compile(r"[^<>\[\]\n]*>|[A-Z_ ]+\]")
_TAG: Final = re.compile(r"<[^<>\s]+>|\[/?[A-Z_ ]+\]")
_EMPTY: Final = re.compile(r"(<[^<>\s/]+>|\[[A-Z_ ]+\])(\s*)(<[^<>\s]+>|\[/[A-Z_ ]+\])(\s*)\Z")


def shared_prefix(first: str, second: str) -> str:
    """The longest common beginning, character by character."""
    pairs = enumerate(zip(first, second, strict=False))
    return first[: next((n for n, (one, two) in pairs if one != two), min(len(first), len(second)))]


def common_prefix(first: str, second: str) -> str:
    """The longest common beginning that does not end inside a tag of either text."""
    prefix = shared_prefix(first, second)
    opened = None if prefix == first == second else _OPENED.search(prefix)
    return prefix[: opened.start()] if opened else prefix


def common_suffix(first: str, second: str) -> str:
    """The longest common end that does not begin inside a tag of either text."""
    suffix = shared_prefix(first[::-1], second[::-1])[::-1]
    closing = None if suffix == first == second else _CLOSING.match(suffix)
    return suffix[closing.end() :] if closing else suffix


def first_tag(text: str) -> str:
    """The first tag in ``text``; empty if there is none."""
    match = _TAG.search(text)
    return match.group() if match else ""


def last_tag(text: str) -> str:
    """The tag that ``text`` ends with, white space aside; empty if there is none."""
    tags = list(_TAG.finditer(text))
    return tags[-1].group() if tags and not text[tags[-1].end() :].strip() else ""


def counterpart(tag: str) -> str:
    """The tag that closes ``tag``, by the customs of templates; empty if there is no custom."""
    if tag.startswith("<|START_"):
        return tag.replace("START", "END", 1)
    if re.fullmatch(r"<[\w:]+>", tag) or re.fullmatch(r"\[[A-Z_]+\]", tag):
        return tag[0] + "/" + tag[1:]
    return ""


def empty_pair(text: str) -> tuple[str, str]:
    """A tag and its counterpart with nothing between them at the end of ``text``, white space shared out."""
    match = _EMPTY.search(text)
    if match is None or counterpart(match[1]) != match[3]:
        return "", ""
    half = (len(match[2]) + 1) // 2
    return match[1] + match[2][:half], match[2][half:] + match[3] + match[4]


def removed(text: str, *tags: str) -> str:
    """``text`` without the tags, where they stand at its beginning, in this order, and nothing between."""
    rest = text
    for tag in tags:
        rest = rest.lstrip()
        if not tag or not rest.startswith(tag):
            return text
        rest = rest[len(tag) :]
    return rest
