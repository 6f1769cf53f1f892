"""Whatever JSON is sent for vectors is answered or refused by name: nothing is the server's mistake."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.api.asgi import app_of, client_of
from tests.api.embedding import embedder, reranker

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | st.integers(-5, 2**33) | FLOATS | st.text(max_size=5)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["text", "a"]), inner),
    max_leaves=6,
)
TEXTS = st.lists(st.text(max_size=5), max_size=4)
PATHS = ["/v1/embeddings", "/v1/rerank", "/rerank", "/api/embed"]
NAMES = ["input", "query", "documents", "texts", "top_n", "dimensions", "truncate", "options", "model"]
BODIES = st.dictionaries(st.sampled_from(NAMES), JSON | TEXTS)


@settings(max_examples=150)
@given(path=st.sampled_from(PATHS), body=BODIES)
async def test_it_is_answered_or_refused(path: str, body: dict[str, Any]) -> None:
    async with client_of(app_of(embedders=[embedder(), reranker()])) as client:
        response = await client.post(path, json=body)
    assert response.status_code in (200, 400)
    assert ("error" in response.json()) == (response.status_code == 400)
