"""The model files as fixtures for every test: made once in a run, or kept from an earlier one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.embedding_models import package, random_models
from tests.embedding_models.minilm import Quantization, minilm


@pytest.fixture(scope="session")
def minilm_f16() -> Path:
    """all-MiniLM-L6-v2, a real model: BERT, mean pooling, 384 dimensions, at most 512 tokens."""
    return _minilm("f16")


@pytest.fixture(scope="session")
def minilm_q8() -> Path:
    """The same in 8 bits."""
    return _minilm("q8_0")


def _minilm(quantization: Quantization) -> Path:
    if package.folder() is None:
        pytest.skip(package.MISSING)
    return minilm(quantization)


@pytest.fixture(scope="session")
def random_reranker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT reranker without meaning."""
    return random_models.reranker(tmp_path_factory.mktemp("models") / "random-reranker.gguf")


@pytest.fixture(scope="session")
def random_decoder_reranker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reranker of Qwen3-Reranker's kind without meaning."""
    return random_models.decoder_reranker(tmp_path_factory.mktemp("models") / "random-decoder-reranker.gguf")


@pytest.fixture(scope="session")
def random_decoder_embedder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An embedding model of Qwen3-Embedding's kind (last token) without meaning."""
    return random_models.decoder_embedder(tmp_path_factory.mktemp("models") / "random-decoder-embedder.gguf")


@pytest.fixture(scope="session")
def random_nomic_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An embedding model of nomic-embed's kind without meaning."""
    return random_models.nomic_encoder(tmp_path_factory.mktemp("models") / "random-nomic-encoder.gguf")
