"""The chat vectors beside the checkout (``../shared/vectors``): templates, cases, reference prompts."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from llamar_server.chat.template import ChatTemplate

VECTORS = Path(__file__).parents[3] / "shared" / "vectors"

needs_vectors = pytest.mark.skipif(
    not VECTORS.is_dir(), reason="the chat vectors (../shared/vectors) are not beside this checkout"
)


@cache
def template_names() -> tuple[str, ...]:
    return tuple(sorted(path.name for path in (VECTORS / "templates").glob("*.jinja")))


@cache
def template(name: str, bos_token: str = "", eos_token: str = "") -> ChatTemplate:
    """A template of the vectors, at the date of the reference prompts."""
    source = (VECTORS / "templates" / name).read_text(encoding="utf-8")
    return ChatTemplate(source, bos_token, eos_token, clock=lambda: datetime(2026, 11, 20, 12))


@cache
def load(name: str) -> Any:
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))


def chat_cases(kind: str) -> list[dict[str, Any]]:
    """The cases of ``chat_cases.json`` of a kind ("parse", "generation_prompt"); none without the data."""
    if not VECTORS.is_dir():
        return []
    return [case for case in load("chat_cases.json")["cases"] if case["kind"] == kind]
