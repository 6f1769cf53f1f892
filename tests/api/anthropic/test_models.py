"""Pages of models."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from llamar_server.api.anthropic.models import model_page
from llamar_server.errors import InvalidRequest
from tests.fakes.chat import INFO

ENGINE = SimpleNamespace(info=INFO)
MODELS = {name: SimpleNamespace(model_id=name, created=0, engine=ENGINE) for name in "abcde"}


@pytest.mark.parametrize(
    ("query", "page", "more"),
    [
        ({}, "abcde", False),
        ({"limit": "2"}, "ab", True),
        ({"limit": "2", "after_id": "b"}, "cd", True),
        ({"limit": "2", "after_id": "c"}, "de", False),
        ({"after_id": "e"}, "", False),
        ({"limit": "2", "before_id": "d"}, "bc", True),
        ({"limit": "3", "before_id": "d"}, "abc", False),
    ],
)
def test_pages(query: dict[str, str], page: str, more: bool) -> None:
    answer = model_page(MODELS, query)  # type: ignore[arg-type]
    assert [each["id"] for each in answer["data"]] == list(page)
    assert answer["has_more"] == more
    assert (answer["first_id"], answer["last_id"]) == ((page[0], page[-1]) if page else (None, None))


def test_an_unknown_place() -> None:
    with pytest.raises(InvalidRequest, match="after_id"):
        model_page(MODELS, {"after_id": "x"})  # type: ignore[arg-type]
