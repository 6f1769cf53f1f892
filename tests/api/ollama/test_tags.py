"""``GET /api/tags``: the models as Ollama's clients want to hear of them."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from llamar_server.api.ollama.tags import model_object
from llamar_server.api.served import ServedModel
from tests.api.asgi import CREATED, MODEL, app_of, client_of
from tests.api.embedding import INFO, FakeEmbedding, embedder, reranker
from tests.fakes.chat import FakeChat, FakeEngine


def told(**info: Any) -> dict[str, Any]:
    return model_object(embedder(FakeEmbedding(msgspec.structs.replace(INFO, **info))))


async def test_all_kinds_of_models() -> None:
    async with client_of(app_of(embedders=[embedder(), reranker()])) as client:
        models = (await client.get("/api/tags")).json()["models"]
    assert [each["name"] for each in models] == [MODEL, "fake-embedder", "fake-reranker"]
    digest = models[1].pop("digest")
    assert len(bytes.fromhex(digest)) == 32
    assert models[1] == {
        "name": "fake-embedder",
        "model": "fake-embedder",
        "modified_at": datetime.fromtimestamp(CREATED, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "size": INFO.size,
        "details": {
            "parent_model": "",
            "format": "gguf",
            "family": "bert",
            "families": ["bert"],
            "parameter_size": "22.6M",
            "quantization_level": "F16",
        },
    }


def test_a_file_that_was_written_anew_is_another(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"x")
    before, again = told(path=str(file)), told(path=str(file))
    os.utime(file, (5, 5))
    after = told(path=str(file))
    assert before == again
    assert before["digest"] != after["digest"]
    assert after["modified_at"] == "1970-01-01T00:00:05Z"


@pytest.mark.parametrize(
    ("n_params", "short"), [(7_241_732_096, "7.24B"), (137_000_000, "137M"), (1_500, "1.5K"), (3, "3")]
)
def test_sizes(n_params: int, short: str) -> None:
    assert told(n_params=n_params)["details"]["parameter_size"] == short


@pytest.mark.parametrize(
    ("description", "level"),
    [
        ("bert 22M F16", "F16"),
        ("qwen3 ?B Q8_0", "Q8_0"),
        ("llama 7B Q4_K - Medium", "Q4_K"),
        ("llama 7B IQ3_XXS - 3.0625 bpw", "IQ3_XXS"),
        ("qwen3 4B BF16", "BF16"),
        ("a model of some kind", "unknown"),
    ],
)
def test_quantizations(description: str, level: str) -> None:
    assert told(description=description)["details"]["quantization_level"] == level


def test_a_path_that_is_no_text() -> None:
    assert told(path="/models/\udcff.gguf")["digest"]


def test_a_model_that_writes() -> None:
    model = model_object(ServedModel(MODEL, FakeEngine(), FakeChat(), CREATED))
    assert model["details"]["family"] == "fake"
