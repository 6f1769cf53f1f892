"""LangChain's own unit tests, whole. They run with sockets off: constructing a model reaches nothing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_tests.unit_tests import ChatModelUnitTests

from llamar_providers.langchain import ChatLlamar

URL = "http://127.0.0.1:9/v1"


class UnitTests(ChatModelUnitTests):
    @pytest.fixture(autouse=True)
    def _listed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """LangChain has a list of the classes that may be loaded without being named. It is LangChain's
        own, so another package's class must be named (see test_serialisation.py); here it is on it."""
        loading = import_module("langchain_core.load.load")
        path = tuple(ChatLlamar.lc_id())
        monkeypatch.setitem(loading.ALL_SERIALIZABLE_MAPPINGS, path, path)
        monkeypatch.setattr(loading, "_default_class_paths_cache", {})

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ChatLlamar


class TestServerThatRuns(UnitTests):
    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"base_url": URL, "model": "some-model"}

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        told = {"base_url": URL, "api_key": "a key"}
        return {"LLAMAR_BASE_URL": URL, "LLAMAR_API_KEY": "a key"}, {"model": "some-model"}, told


@pytest.mark.usefixtures("nothing_configured")
class TestServerToStart(UnitTests):
    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": "some-model.gguf"}

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        return {"LLAMAR_BASE_URL": URL}, {"model": "a/file.gguf"}, {"model": "a/file.gguf", "base_url": None}
