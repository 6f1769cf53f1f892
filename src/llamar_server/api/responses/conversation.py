"""The whole conversation of a request: what the store remembers of it, and what the request adds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from pydantic import TypeAdapter

from ...errors import InvalidRequest
from ..errors import NotFound, UnknownPrevious
from ..json import encode
from .items import Placed
from .schema import Item, PromptFields
from .store import Kept, ResponseStore

_ITEMS: Final = TypeAdapter(list[Item])


def conversation(body: PromptFields, store: ResponseStore) -> list[Placed]:
    """The items before the request and its own, each with its place in the request.

    Raises NotFound for an answer or an item that is not kept.
    """
    placed = [("previous_response_id", item) for item in _before(body.previous_response_id, store)]
    for i, item in enumerate(body.input or ()):
        param = f"input[{i}]"
        placed.append((param, item if item.type != "item_reference" else _referred(item.id, store, param)))
    return placed


def remember(store: ResponseStore, items: Iterable[Placed], response: dict[str, Any]) -> None:
    """Keeps ``response``, which answers ``items``."""
    output = _ITEMS.validate_python(response["output"])
    whole = _ITEMS.dump_json([*(item for _, item in items), *output], exclude_none=True)
    kept = Kept(encode(response), whole, tuple(item.id for item in output if item.id))
    store.put(response["id"], kept)


def _before(response_id: str | None, store: ResponseStore) -> list[Item]:
    if response_id is None:
        return []
    kept = store.get(response_id)
    if kept is None:
        message = f"Previous response with id {response_id!r} not found."
        raise UnknownPrevious(message, param="previous_response_id")
    return _ITEMS.validate_json(kept.items)


def _referred(item_id: str | None, store: ResponseStore, param: str) -> Item:
    if item_id is None:
        raise InvalidRequest(f"{param}.id is required", param=f"{param}.id")
    kept = store.with_item(item_id)
    if kept is None:
        raise NotFound(f"Item with id {item_id!r} not found.", param=param)
    return next(item for item in _ITEMS.validate_json(kept.items) if item.id == item_id)
