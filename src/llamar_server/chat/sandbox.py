"""The sandbox in which chat templates run: their dialect of Jinja, and the limits put on a render.

A chat template is a program that came with a model file. It gets copies of plain data, no access to
Python, a bound on its output and a bound on its time. The time is checked between outputs, at each
turn of a loop and at each call of a macro, the size of values where ``+``, ``~``, ``*`` and ``**`` make
them; what is not covered is the cost of one single filter or method (``center``, ``format`` with an
absurd width). Refuses to know what a message is.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import GeneratorType
from typing import Any, Final

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment
from jinja2.visitor import NodeTransformer

MAX_RENDERED_CHARS: Final = 64 * 1024 * 1024
MAX_RENDER_SECONDS: Final = 10.0
_MAX_VALUE: Final = 64 * 1024 * 1024
_SIZED: Final = (str, list, tuple)
_TICK: Final = "llamar tick"  # no name that a template could write
_TICKS_PER_CLOCK: Final = 256


class TemplateRefusal(Exception):
    """The template called ``raise_exception``: it does not accept these messages."""


class RenderLimit(Exception):
    """A render took too long or produced too much."""


class _Missing(jinja2.ChainableUndefined):
    """A value that is not there: empty text, also where text is joined with ``+``, and nothing inside it.

    Vendors test their templates with data that has every field; a client's tools and messages have not.
    """

    def __add__(self, other: Any) -> Any:
        return other

    __radd__ = __add__


class _Generation(Extension):
    """``{% generation %}…{% endgeneration %}`` marks what to train on; for rendering it is a plain block."""

    tags = {"generation"}  # noqa: RUF012 -- jinja2 declares it as an instance attribute

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class _Limits(NodeTransformer):
    """Puts the checks into a parsed template, in ways that the template cannot redefine."""

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802 -- jinja2 calls it by this name
        return self._ticking(node)

    def visit_Macro(self, node: nodes.Macro) -> nodes.Node:  # noqa: N802 -- jinja2 calls it by this name
        return self._ticking(node)

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802 -- jinja2 calls it by this name
        self.generic_visit(node)
        concat = nodes.EnvironmentAttribute("concat_within_limits")
        return nodes.Call(concat, node.nodes, [], None, None).set_lineno(node.lineno)

    def _ticking(self, node: nodes.For | nodes.Macro) -> nodes.Node:
        self.generic_visit(node)
        tick = nodes.EnvironmentAttribute("tick")
        call = nodes.Call(tick, [nodes.ContextReference()], [], None, None)
        node.body.insert(0, nodes.ExprStmt(call).set_lineno(node.lineno))
        return node


class _ChatEnvironment(SandboxedEnvironment):
    """Jinja as the templates of Hugging Face models expect it (``transformers`` chat templating).

    Not the immutable sandbox: some templates call ``list.append`` on their own data.
    """

    intercepted_binops = frozenset(["+", "*", "**"])

    def __init__(self) -> None:
        super().__init__(
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=_Missing,
            extensions=["jinja2.ext.loopcontrols", _Generation],
        )
        self.filters["tojson"] = _tojson
        self.filters["safe"] = lambda value: value
        self.filters["from_json"] = self.filters["fromjson"] = json.loads
        self.globals["raise_exception"] = _raise_exception

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree: nodes.Template = _Limits().visit(super()._parse(source, name, filename))
        return tree

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if _result_size(operator, left, right) > _MAX_VALUE:
            raise RenderLimit(f"the chat template computes a value beyond the limit with {operator}")
        return super().call_binop(context, operator, left, right)

    @staticmethod
    def concat_within_limits(*values: Any) -> str:
        """The operator ``~``."""
        texts = [str(value) for value in values]
        if sum(map(len, texts)) > _MAX_VALUE:
            raise RenderLimit("the chat template computes a value beyond the limit with ~")
        return "".join(texts)

    @staticmethod
    def tick(context: Context) -> None:
        """Called at each turn of a loop and each call of a macro."""
        context.parent[_TICK]()


def _result_size(operator: str, left: Any, right: Any) -> int:
    """How large the result would be: items, characters or bits; 0 for what cannot grow."""
    if operator == "**":
        whole = isinstance(left, int) and isinstance(right, int)
        return left.bit_length() * abs(right) if whole else 0
    if operator == "+":
        return len(left) + len(right) if isinstance(left, _SIZED) and isinstance(right, _SIZED) else 0
    for sequence, count in ((left, right), (right, left)):
        if isinstance(sequence, _SIZED) and isinstance(count, int):
            return len(sequence) * count
    return 0


def _raise_exception(message: object) -> None:
    raise TemplateRefusal(str(message))


def _tojson(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    """JSON as ``transformers`` writes it: not escaped for HTML, and plain text, not markup."""
    if isinstance(value, GeneratorType | map | filter):
        value = list(value)
    return json.dumps(
        value,
        ensure_ascii=ensure_ascii,
        indent=indent,
        separators=separators,
        sort_keys=sort_keys,
        default=_json_default,
    )


def _json_default(value: object) -> None:
    if not isinstance(value, jinja2.Undefined):
        raise TypeError(f"a {type(value).__name__} is no JSON value")


def compile_template(source: str) -> jinja2.Template:
    """``source`` as a template of the chat dialect. Raises ``jinja2.TemplateSyntaxError``."""
    return _ChatEnvironment().from_string(source)


def render(
    template: jinja2.Template,
    variables: Mapping[str, Any],
    now: Callable[[], datetime],
    *,
    max_chars: int,
    max_seconds: float,
) -> str:
    """The text of ``template``. ``now`` is the clock behind ``strftime_now``.

    Raises ``TemplateRefusal``, ``RenderLimit``, and whatever the template's own faults raise.
    """
    tick = _deadline(max_seconds)

    def strftime_now(pattern: str) -> str:
        return now().strftime(pattern)

    context = {**variables, "strftime_now": strftime_now, _TICK: tick}
    return _joined(template.generate(context), tick, max_chars)


def _joined(pieces: Iterable[str], tick: Callable[[], None], max_chars: int) -> str:
    kept, size = [], 0
    for piece in pieces:
        tick()
        kept.append(piece)
        size += len(piece)
        if size > max_chars:
            raise RenderLimit(f"the rendered prompt is longer than {max_chars} characters")
    return "".join(kept)


def _deadline(seconds: float) -> Callable[[], None]:
    """A function that raises ``RenderLimit`` when it is called too late; it reads the clock rarely."""
    end = time.monotonic() + seconds
    calls = 0

    def tick() -> None:
        nonlocal calls
        calls += 1
        if calls % _TICKS_PER_CLOCK == 0 and time.monotonic() > end:
            raise RenderLimit(f"rendering the chat template took longer than {seconds:g} seconds")

    return tick
