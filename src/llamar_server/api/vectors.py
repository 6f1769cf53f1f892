"""What the APIs for embeddings have in common: what is to be embedded, and embedding it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic_core import PydanticCustomError

from ..embedding.results import Embeddings
from ..embedding.vectors import shortened
from ..errors import InvalidRequest
from .errors import about
from .served import ServedEmbedder

Input = str | list[int]


def inputs(value: Any) -> Any:
    """What is to be embedded is a text or a list of token ids; there may be a list of either, also mixed.
    For pydantic."""
    if isinstance(value, str) or (value and _are_tokens(value)):
        return [value]
    if not isinstance(value, list):
        raise PydanticCustomError("input", "must be a string, a list of token ids, or a list of such")
    if not value:
        raise PydanticCustomError("input", "must not be empty")
    for place, each in enumerate(value):
        if not isinstance(each, str) and not _are_tokens(each):
            message = "element {place} must be a string or a list of token ids"
            raise PydanticCustomError("input", message, {"place": place})
    return value


def _are_tokens(value: Any) -> bool:
    # By C loops: there may be millions. A bool is an int to Python, but no token.
    if not isinstance(value, list) or not set(map(type, value)) <= {int}:
        return False
    return not value or (min(value) >= 0 and max(value) < 2**31)


async def embed(
    model: ServedEmbedder, texts: Sequence[Input], *, dimensions: int | None, truncate: bool
) -> Embeddings:
    """A vector of length 1 for each of ``texts``, of ``dimensions`` components (None: all).

    Raises InvalidRequest, InputTooLong, QueueFull, EngineError.
    """
    available = model.engine.info.dimensions
    if dimensions is not None and dimensions > available:
        message = f"dimensions must be at most {available}, which is what {model.model_id} has"
        raise InvalidRequest(message, param="dimensions")
    with about("input"):
        found = await model.engine.embed(texts, truncate=truncate)
    if dimensions is None:
        return found
    return Embeddings(shortened(found.vectors, dimensions), found.n_tokens)
