"""LangChain's own tests of embedding models, whole: without sockets, and on a real server and model."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.embeddings import Embeddings
from langchain_tests.integration_tests import EmbeddingsIntegrationTests
from langchain_tests.unit_tests import EmbeddingsUnitTests

from llamar_providers.langchain import LlamarEmbeddings
from tests.servers import ServerProcess

URL = "http://127.0.0.1:9/v1"

EnvParams = tuple[dict[str, str], dict[str, Any], dict[str, Any]]


class UnitTests(EmbeddingsUnitTests):
    @property
    def embeddings_class(self) -> type[Embeddings]:
        return LlamarEmbeddings


class TestServerThatRuns(UnitTests):
    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"base_url": URL, "model": "some-model"}

    @property
    def init_from_env_params(self) -> EnvParams:
        told = {"base_url": URL, "api_key": "a key"}
        return {"LLAMAR_BASE_URL": URL, "LLAMAR_API_KEY": "a key"}, {"model": "some-model"}, told


@pytest.mark.usefixtures("nothing_configured")
class TestServerToStart(UnitTests):
    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"model": "some-model.gguf"}

    @property
    def init_from_env_params(self) -> EnvParams:
        return {"LLAMAR_EMBEDDING_MODEL": "a/file.gguf"}, {}, {"model": None, "base_url": None}


class TestOnTheServer(EmbeddingsIntegrationTests):
    base_url: str

    @pytest.fixture(autouse=True)
    def _server(self, embedding_server: ServerProcess) -> None:
        self.base_url = embedding_server.url

    @property
    def embeddings_class(self) -> type[Embeddings]:
        return LlamarEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"base_url": self.base_url}
