"""The served models in Anthropic's shape: https://docs.anthropic.com/en/api/models-list."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from ...errors import InvalidRequest
from ..served import ServedModel

_DEFAULT_LIMIT: Final = 20
_MAX_LIMIT: Final = 1000


def model_object(model: ServedModel) -> dict[str, Any]:
    """One model. Its limits are tokens; prompt and answer share one window."""
    n_ctx = model.engine.info.n_ctx
    return {
        "type": "model",
        "id": model.model_id,
        "display_name": model.model_id,
        "created_at": datetime.fromtimestamp(model.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "lifecycle": "active",
        "max_input_tokens": n_ctx,
        "max_tokens": n_ctx,
    }


def model_page(models: Mapping[str, ServedModel], query: Mapping[str, str]) -> dict[str, Any]:
    """The page that ``limit``, ``after_id`` and ``before_id`` ask for. Raises InvalidRequest."""
    ids = list(models)
    limit = _limit(query.get("limit"))
    if (after := query.get("after_id")) is not None:
        ids = ids[_place(ids, after, "after_id") + 1 :]
    page = ids[:limit]
    if (before := query.get("before_id")) is not None:
        ids = ids[: _place(ids, before, "before_id")]
        page = ids[-limit:]
    return {
        "data": [model_object(models[each]) for each in page],
        "has_more": len(page) < len(ids),
        "first_id": page[0] if page else None,
        "last_id": page[-1] if page else None,
    }


def _limit(text: str | None) -> int:
    if text is None:
        return _DEFAULT_LIMIT
    if not text.isdecimal() or not 1 <= int(text) <= _MAX_LIMIT:
        raise InvalidRequest(f"limit must be a number from 1 to {_MAX_LIMIT}", param="limit")
    return int(text)


def _place(ids: list[str], wanted: str, param: str) -> int:
    if wanted not in ids:
        raise InvalidRequest(f"{param}: there is no model {wanted!r}", param=param)
    return ids.index(wanted)
