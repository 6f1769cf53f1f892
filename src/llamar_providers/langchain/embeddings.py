"""The embedding model: LangChain's calls as ``Embeddings``' of the providers, with LangChain's errors."""

from __future__ import annotations

from typing import Any, Self

from langchain_core import embeddings as core
from langchain_core.load.serializable import Serializable
from pydantic import ConfigDict, Field, PrivateAttr, model_validator

from ..embeddings import BATCH_SIZE, Embeddings
from ..server import LlamarServer
from .errors import langchain_errors
from .settings import ServerSettings


class LlamarEmbeddings(Serializable, ServerSettings, core.Embeddings):
    """An embedding model on a local llamar server. Texts are sent as they are; vectors have length 1.

        embeddings = LlamarEmbeddings(model="embedding-model.gguf")
        embeddings.embed_query("What is the capital of France?")

    ``base_url`` is a server that runs, and ``model`` then the name to ask it for, its first embedding model
    by default. Without it, ``model`` is the GGUF file that a server is started with on first use. Without
    both, it is what ``LLAMAR_BASE_URL``, ``LLAMAR_EMBEDDING_MODEL`` or the configuration file say; no
    embedding model is bundled. The started server is shared by all objects with the same settings, and goes
    with the last of them. Constructing asks and starts nothing.

    Raises, when it is used, the errors of ``errors.py`` and ServerStartError.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    dimensions: int | None = Field(default=None, ge=1, description="how many components; None: all")
    query_prefix: str = Field(default="", description="what the model wants before each query")
    document_prefix: str = Field(default="", description="what the model wants before each document")
    truncate: bool = Field(default=False, description="whether long texts are cut rather than refused")
    batch_size: int = Field(default=BATCH_SIZE, ge=1, description="how many texts are sent in one request")

    _made: tuple[dict[str, Any], Embeddings] | None = PrivateAttr(None)

    # --- vectors ---

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """A vector for each text that is to be found."""
        with langchain_errors():
            return self._embeddings().embed_documents(texts)

    def embed_query(self, text: str) -> list[float]:
        """The vector of what is looked for."""
        with langchain_errors():
            return self._embeddings().embed_query(text)

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """As ``embed_documents``."""
        with langchain_errors():
            return await self._embeddings().aembed_documents(texts)

    async def aembed_query(self, text: str) -> list[float]:
        """As ``embed_query``."""
        with langchain_errors():
            return await self._embeddings().aembed_query(text)

    # --- the server ---

    @property
    def server(self) -> LlamarServer:
        """The server, which may not have started."""
        return self._embeddings().server

    def close(self) -> bool:
        """Give up the server. True if that ended it; False if it is not this process's, or another
        object with the same settings still uses it."""
        return self._embeddings().close()

    @model_validator(mode="after")
    def _settle_llamar(self) -> Self:
        """What the environment says becomes one's own, and contradictions are found."""
        self._take_over(self.server)
        return self

    def _embeddings(self) -> Embeddings:
        """Those of the settings, which a copy may have changed."""
        arguments = {
            "model": self.model,
            "base_url": self.base_url,
            "api_key": self._key,
            "launch": self._launch,
            **{name: getattr(self, name) for name in _PASSED_ON},
        }
        if self._made is None or self._made[0] != arguments:
            self._made = arguments, Embeddings.of(**arguments)
        return self._made[1]

    # --- what LangChain wants to know ---

    @classmethod
    def is_lc_serializable(cls) -> bool:
        return True

    @property
    def lc_secrets(self) -> dict[str, str]:
        return {"api_key": "LLAMAR_API_KEY"}


_PASSED_ON = (
    "start_timeout",
    "dimensions",
    "query_prefix",
    "document_prefix",
    "truncate",
    "batch_size",
    "timeout",
    "max_retries",
)
