"""What would overflow the compiler's stack never reaches it. The largest of what does is compiled here."""

from __future__ import annotations

import json
import sys
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llguidance import LLMatcher, LLTokenizer

from llamar_server.engine.nesting import (
    MAX_OBJECTS,
    MAX_RULES,
    longest_path,
    nesting_of,
    refuse_if_too_deep,
)
from llamar_server.errors import InvalidGrammar

STACK = 2 * 1024 * 1024
"""Bytes; the least that a thread has on the usual systems."""


def rules(n: int, *, terminal: bool = False) -> str:
    name = "R" if terminal else "r"
    chain = "\n".join(f'{name}{i}: "a" {name}{i + 1}' for i in range(n))
    return f'start: {name}0\n{chain}\n{name}{n}: "x"'


def references(n: int, link: Any = None) -> dict[str, Any]:
    """A schema whose definitions refer to each other in a chain of ``n``."""
    link = link or (lambda inner: {"type": "object", "properties": {"a": inner}, "required": ["a"]})
    chain = {f"d{i}": link({"$ref": f"#/$defs/d{i + 1}"}) for i in range(n)}
    return {"$ref": "#/$defs/d0", "$defs": {**chain, f"d{n}": {"type": "integer"}}}


LINKS = [
    None,
    lambda inner: inner,
    lambda inner: {"anyOf": [inner, {"type": "null"}]},
    lambda inner: {"allOf": [inner, {"type": "integer"}]},
    lambda inner: {"type": "array", "items": {"type": "array", "items": inner}},
]


def compiles(grammar: str) -> None:
    """In a thread with little stack; too deep a recursion would end the process."""
    errors: list[str] = []

    def compile_it() -> None:
        matcher = LLMatcher(LLTokenizer("byte"), grammar, log_level=0)
        matcher.compute_bitmask()
        errors.append(matcher.get_error())

    before = threading.stack_size(STACK)
    try:
        thread = threading.Thread(target=compile_it)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    assert errors == [""]


@pytest.mark.parametrize("terminal", [False, True])
def test_rules_may_refer_to_each_other_only_so_deep(terminal: bool) -> None:
    deepest = rules(MAX_RULES - 3, terminal=terminal)
    refuse_if_too_deep(deepest)
    compiles(deepest)
    with pytest.raises(InvalidGrammar, match=f"more than {MAX_RULES} deep"):
        refuse_if_too_deep(rules(MAX_RULES, terminal=terminal))


@pytest.mark.parametrize("link", LINKS)
def test_definitions_may_refer_to_each_other_only_so_deep(link: Any) -> None:
    n = next(n for n in range(1, 1000) if nesting_of(references(n + 1, link)) > MAX_OBJECTS)
    grammar = f"start: %json {json.dumps(references(n, link))}"
    refuse_if_too_deep(grammar)
    compiles(grammar)
    with pytest.raises(InvalidGrammar, match="nested too deeply"):
        refuse_if_too_deep(f"start: %json {json.dumps(references(n + 1, link))}")


def test_many_rules_side_by_side_are_not_deep() -> None:
    wide = " | ".join(f"r{i}" for i in range(5 * MAX_RULES))
    refuse_if_too_deep(f"start: {wide}\n" + "\n".join(f'r{i}: "{i}"' for i in range(5 * MAX_RULES)))
    many = {f"d{i}": {"type": "object", "properties": {"a": {"$ref": "#/$defs/last"}}} for i in range(500)}
    assert nesting_of({"anyOf": [{"$ref": f"#/$defs/{name}"} for name in many], "$defs": many}) < 20


def test_names_in_texts_are_no_references() -> None:
    others = "\n".join(f'r{i}: "r{i + 1}" /r{i + 1}/ // r{i + 1}' for i in range(2 * MAX_RULES))
    refuse_if_too_deep(f"start: r0\n{others}")


def test_recursion_is_no_depth() -> None:
    tree = {"type": "object", "properties": {"children": {"type": "array", "items": {"$ref": "#"}}}}
    assert nesting_of(tree) < 10
    refuse_if_too_deep('start: a\na: "x" b | "y"\nb: "z" a')


def test_nonsense_is_left_to_the_compiler() -> None:
    for grammar in ("", "start: %json {", "start: %json " + "[" * 5000, 'start: "', "start: %json {} x"):
        refuse_if_too_deep(grammar)
    assert nesting_of({"$ref": "#/nowhere"}) == 1
    assert nesting_of(None) == 0


graphs = st.dictionaries(st.sampled_from("abcdef"), st.sets(st.sampled_from("abcdef")), min_size=1)


@given(graphs)
def test_no_path_is_heavier_than_the_longest(graph: dict[str, set[str]]) -> None:
    edges = {node: following & graph.keys() for node, following in graph.items()}
    weights = {node: ord(node) - 96 for node in edges}

    def heaviest(node: str, seen: frozenset[str]) -> int:
        further = (heaviest(each, seen | {each}) for each in edges[node] - seen)
        return weights[node] + max(further, default=0)

    exact = max(heaviest(node, frozenset({node})) for node in edges)
    found = longest_path(edges, weights)
    assert found >= exact
    if not has_circle(edges):
        assert found == exact


def has_circle(edges: dict[str, set[str]]) -> bool:
    left = dict(edges)
    while ends := [node for node, following in left.items() if not following & left.keys()]:
        for node in ends:
            del left[node]
    return bool(left)


def test_the_python_stack_is_not_the_limit() -> None:
    n = sys.getrecursionlimit() * 2
    with pytest.raises(InvalidGrammar):
        refuse_if_too_deep(rules(n))
    assert nesting_of(references(n)) > MAX_OBJECTS
