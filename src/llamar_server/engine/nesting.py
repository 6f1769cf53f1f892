"""How deeply the rules of a grammar, or the parts of a JSON Schema, refer to each other.

The compiler follows such references by recursion, without a limit of its own: a chain of some thousand
overflows its stack, which ends the process. So what is too deep must not reach it.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Collection, Mapping
from typing import Any, Final
from urllib.parse import unquote

from ..errors import InvalidGrammar
from .lark_text import lexemes

MAX_RULES: Final = 300
MAX_OBJECTS: Final = 200
"""Each takes 3 kB (a rule) or 5 kB (an object of a schema) of stack, of which some systems have 2 MB."""

_NAME: Final = re.compile(r"_?[A-Za-z][\w-]*")


def refuse_if_too_deep(grammar: str) -> None:
    """Raises ``InvalidGrammar`` for a Lark grammar that cannot be compiled safely."""
    names: dict[str, set[str]] = {}
    for lexeme in lexemes(grammar):
        within = names.setdefault(lexeme.name, set())
        if lexeme.kind == "code":
            within.update(_NAME.findall(lexeme.text))
        elif lexeme.kind == "json" and nesting_of(_json_of(lexeme.text)) > MAX_OBJECTS:
            raise InvalidGrammar("a schema in the grammar is nested too deeply")
    references = {name: within & names.keys() for name, within in names.items()}
    if longest_path(references, dict.fromkeys(references, 1)) > MAX_RULES:
        raise InvalidGrammar(f"the rules of the grammar refer to each other more than {MAX_RULES} deep")


def nesting_of(schema: object) -> int:
    """How many objects deep a compiler may get into ``schema``, following its references."""
    depths: dict[str, int] = {}
    references: dict[str, set[str]] = {}
    waiting = {"": schema}
    while waiting:
        name, node = waiting.popitem()
        references[name] = set()
        depths[name] = _depth(node, references[name])
        new = references[name] - references.keys() - waiting.keys()
        waiting.update((reference, target_of(reference, schema)) for reference in new)
    return longest_path(references, depths)


def _depth(node: object, references: set[str]) -> int:
    """How many objects are within each other in ``node``; adds the references found in it."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            references.add(node["$ref"])
        return 1 + max((_depth(child, references) for child in node.values()), default=0)
    return max((_depth(child, references) for child in node), default=0) if isinstance(node, list) else 0


def _json_of(text: str) -> Any:
    try:
        return json.loads(text[text.index("{") :])
    except (ValueError, RecursionError):
        return None  # the compiler will refuse it


def target_of(reference: str, root: object) -> Any:
    """What a local reference (``#/$defs/Name``, ``#name``) refers to; None if nothing in ``root``."""
    pointer = unquote(reference)
    if pointer.startswith("#") and pointer[1:2] not in ("", "/"):
        return _anchored(pointer[1:], root)
    at: Any = root if pointer.startswith("#") else None
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(at, list):
            at = at[int(name)] if name.isdecimal() and int(name) < len(at) else None
        else:
            at = at.get(name) if isinstance(at, dict) else None
    return at


def _anchored(name: str, node: object) -> object:
    if isinstance(node, dict) and node.get("$anchor") == name:
        return node
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return next((found for child in children if (found := _anchored(name, child)) is not None), None)


def longest_path(edges: Mapping[str, Collection[str]], weights: Mapping[str, int]) -> int:
    """The weight of the heaviest path through ``edges`` that meets no node twice, or a little more: all
    nodes on circles, and between them, count together."""
    behind = _heaviest_paths(edges, weights)
    inner = {
        node: [each for each in edges[node] if each not in behind] for node in edges.keys() - behind.keys()
    }
    backwards: dict[str, list[str]] = {node: [] for node in inner}
    for node, following in inner.items():
        for each in following:
            backwards[each].append(node)
    before = _heaviest_paths(backwards, weights)
    circles = sum(weights[node] for node in inner.keys() - before.keys())
    return max(before.values(), default=0) + circles + max(behind.values(), default=0)


def _heaviest_paths(edges: Mapping[str, Collection[str]], weights: Mapping[str, int]) -> dict[str, int]:
    """The weight of the heaviest path from each node that leads into no circle."""
    preceding: dict[str, list[str]] = {node: [] for node in edges}
    for node, following in edges.items():
        for each in following:
            preceding[each].append(node)
    open_ends = {node: len(following) for node, following in edges.items()}
    ready = deque(node for node, n in open_ends.items() if n == 0)
    heaviest: dict[str, int] = {}
    while ready:
        node = ready.popleft()
        heaviest[node] = weights[node] + max((heaviest[each] for each in edges[node]), default=0)
        for each in preceding[node]:
            open_ends[each] -= 1
            if open_ends[each] == 0:
                ready.append(each)
    return heaviest
