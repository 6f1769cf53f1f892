"""docs/api-embeddings.md, and the page on the OpenAI API, tell the truth about requests for vectors."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ollama._types import EmbedRequest
from openai.types.embedding_create_params import EmbeddingCreateParams
from pydantic import BaseModel

from llamar_server.api.ollama.embed import EmbedBody
from llamar_server.api.openai.embeddings import EmbeddingsRequest
from llamar_server.api.openai.refused import EMBEDDINGS
from llamar_server.api.rerank import REFUSED, RerankRequest

DOCS = Path(__file__).parents[2] / "docs"
ROW = re.compile(r"^\| `(\w+)` \| (supported|refused|ignored) \|", re.MULTILINE)

CASES = pytest.mark.parametrize(
    ("page", "section", "model", "refused", "client"),
    [
        (
            "api-openai.md",
            "Embeddings",
            EmbeddingsRequest,
            set(EMBEDDINGS),
            set(EmbeddingCreateParams.__annotations__),
        ),
        ("api-embeddings.md", "Rerank", RerankRequest, set(REFUSED), set()),
        ("api-embeddings.md", "Ollama", EmbedBody, set(), set(EmbedRequest.model_fields)),
    ],
    ids=["OpenAI", "rerank", "Ollama"],
)


def fields(page: str, section: str) -> dict[str, str]:
    """What a page says of each field of a section."""
    text = (DOCS / page).read_text(encoding="utf-8").split(f"\n## {section}\n")[1].split("\n## ")[0]
    return dict(ROW.findall(text))


@CASES
def test_every_field_is_decided(
    page: str, section: str, model: type[BaseModel], refused: set[str], client: set[str]
) -> None:
    told = set(fields(page, section))
    assert client <= told
    assert set(model.model_fields) | refused <= told


@CASES
def test_what_it_says_is_true(
    page: str, section: str, model: type[BaseModel], refused: set[str], client: set[str]
) -> None:
    for name, said in fields(page, section).items():
        assert (said == "refused") == (name in refused)
        assert (said == "supported") == (name in model.model_fields)
