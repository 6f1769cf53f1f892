"""The dialect of chat templates, and the limits of a render."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import jinja2
import pytest

from llamar_server.chat.sandbox import RenderLimit, TemplateRefusal, compile_template, render


def rendered(source: str, *, max_chars: int = 10_000, max_seconds: float = 10.0, **variables: Any) -> str:
    template = compile_template(source)
    now = datetime(2026, 11, 20, 12, 30)
    return render(template, variables, lambda: now, max_chars=max_chars, max_seconds=max_seconds)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ x | tojson }}", '{"a": "<é&\'>", "b": [1, null, true]}'),
        ("{{ x | tojson(indent=1) }}", '{\n "a": "<é&\'>",\n "b": [\n  1,\n  null,\n  true\n ]\n}'),
        ("{{ x.b | select | tojson }}", "[1, true]"),
        ("{{ x.nothing | tojson }}", "null"),
        ("{{ x | tojson | safe }}", '{"a": "<é&\'>", "b": [1, null, true]}'),
        ("{{ ('[1, 2]' | from_json)[1] }}", "2"),
        ("{{ strftime_now('%d %b %Y') }}", "20 Nov 2026"),
        ("{% generation %}a{{ x.b[0] }}{% endgeneration %}b", "a1b"),
        ("{% for i in x.b %}{% if i is none %}{% break %}{% endif %}{{ i }}{% endfor %}", "1"),
        ("{% set l = [] %}{% set _ = l.append(3) %}{{ l }}", "[3]"),
        ("{{ x.nothing.at.all }}|{{ 'a' + x.nothing }}|{{ x.nothing + 'b' }}", "|a|b"),
        ("{% if x.nothing is defined %}no{% endif %}{% for i in x.nothing %}no{% endfor %}", ""),
        ("  {% if true %}\n  line\n  {% endif %}\n", "  line\n"),
    ],
)
def test_dialect(source: str, expected: str) -> None:
    assert rendered(source, x={"a": "<é&'>", "b": [1, None, True]}) == expected


def test_raise_exception_is_a_refusal_in_the_templates_words() -> None:
    with pytest.raises(TemplateRefusal, match=r"^roles must alternate$"):
        rendered("{{ raise_exception('roles must alternate') }}")


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ messages.append.__globals__ }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ '%s' | attr('__class__') }}",
    ],
)
def test_python_is_out_of_reach(source: str) -> None:
    try:
        text = rendered(source, messages=[])
    except jinja2.TemplateError:
        return
    assert "class" not in text
    assert "module" not in text


@pytest.mark.parametrize(
    "source",
    [
        "{% for i in range(99999) %}{% for j in range(99999) %}{% set x = j %}{% endfor %}{% endfor %}",
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
        "{% set tick = 1 %}{% macro llamar_tick() %}{% endmacro %}"
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
        "{% set out %}{% for i in range(99999) %}{% for j in range(99999) %}x{% endfor %}{% endfor %}"
        "{% endset %}{{ out | length }}",
    ],
    ids=["silent loops", "macros", "other names", "captured output"],
)
def test_time_is_limited(source: str) -> None:
    with pytest.raises(RenderLimit, match="longer than"):
        rendered(source, max_seconds=0.05)


@pytest.mark.parametrize(
    "source",
    [
        "{% for i in range(5000) %}abc{% endfor %}",
        "{{ 'x' * 100000000000 }}",
        "{{ 100000000000 * [1] }}",
        "{{ 10 ** 1000000000 }}",
        "{% set n = namespace(x='ab') %}{% for i in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
        "{% set n = namespace(x='ab') %}{% for i in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}",
        "{% set n = namespace(x=[1]) %}{% for i in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}",
    ],
)
def test_output_is_limited(source: str) -> None:
    with pytest.raises(RenderLimit):
        rendered(source)


def test_arithmetic_within_the_limits_is_left_alone() -> None:
    source = "{{ 'ab' * 3 }} {{ 6 * 7 }} {{ 2 ** 10 }} {{ 2.5 * 2 }} {{ [1] + [2] }} {{ 'a' ~ 1 ~ none }}"
    assert rendered(source) == "ababab 42 1024 5.0 [1, 2] a1None"
