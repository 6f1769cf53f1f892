"""Names of models as Ollama's clients write them."""

from __future__ import annotations


def plain_name(name: str | None) -> str | None:
    """``name`` without the tag that its clients add where there is none."""
    return None if name is None else name.removesuffix(":latest")
