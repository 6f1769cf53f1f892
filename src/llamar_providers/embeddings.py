"""Vectors of texts from a llamar server: what every adapter that embeds stands on.

It knows batches, prefixes and connections, and no framework.
https://platform.openai.com/docs/api-reference/embeddings
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from openai.types import CreateEmbeddingResponse

from .clients import Clients, saying_where, timeouts
from .server import LlamarServer
from .settings import LOAD_SECONDS, Launch, choose, is_model_file

BATCH_SIZE: Final = 256

Vector = list[float]


class Embeddings:
    """The vectors that the embedding model of ``server`` makes, each of length 1.

    ``model`` is the name to ask for, by default the server's first embedding model. ``query_prefix`` and
    ``document_prefix`` go before each text, as many models were trained with them ("search_query: ").
    ``dimensions``: only that many first components, for models that were trained to be cut. ``truncate``
    cuts a text that is too long for the model instead of refusing it. ``batch_size`` texts go in one
    request, each of which may take ``timeout`` seconds (None: any time) and is sent again ``max_retries``
    times where that may help.

    Constructing asks and starts nothing. Any thread and any event loop may use it; a copy, also a pickled
    one, is another user of the same server. Each call may raise ServerStartError, ServerUnreachable and the
    SDK's errors: openai.BadRequestError for a text that is too long, openai.NotFoundError where the server
    has no embedding model.
    """

    def __init__(
        self,
        server: LlamarServer,
        *,
        model: str | None = None,
        dimensions: int | None = None,
        query_prefix: str = "",
        document_prefix: str = "",
        truncate: bool = False,
        batch_size: int = BATCH_SIZE,
        timeout: float | None = None,
        max_retries: int = 2,
    ) -> None:
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, not {batch_size}")
        self.server = server
        self.model = model
        self.dimensions = dimensions
        self.query_prefix = query_prefix
        self.document_prefix = document_prefix
        self.truncate = truncate
        self.batch_size = batch_size
        self.timeout = timeout
        self._clients = Clients(max_retries=max_retries)

    @classmethod
    def of(
        cls,
        model: str | os.PathLike[str] | None = None,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        launch: Launch | None = None,
        start_timeout: float = LOAD_SECONDS,
        idle_timeout: float = 0.0,
        **settings: Any,
    ) -> Embeddings:
        """Those of ``model``, or of what the environment or the configuration file name.

        A GGUF file is one to start a server with. Another name is that of a model of the server that runs,
        and only where none is named it is one to start with, too. ``launch`` says how it is started,
        ``start_timeout`` how many seconds it may take; ``settings`` are the constructor's others. Raises
        ConfigurationError.
        """
        launch = launch or Launch()
        name = None if model is None else os.fspath(model)
        if name is not None and (is_model_file(name) or _starts(base_url, api_key, launch)):
            launch, name = replace(launch, embedding_model=name), None
        server = LlamarServer.for_embeddings(
            launch, base_url=base_url, api_key=api_key, timeout=start_timeout, idle_timeout=idle_timeout
        )
        return cls(server, model=name, **settings)

    # --- vectors ---

    def embed(self, texts: Sequence[str]) -> list[Vector]:
        """A vector for each text, without any prefix. Raises TypeError for a single string."""
        if len(_several(texts)) == 0:
            return []
        endpoint = self.server.connect()
        client = self._clients.sync(endpoint.base_url, endpoint.api_key)
        with saying_where(endpoint.url):
            answers = [client.embeddings.create(**each) for each in self._requests(texts)]
        return [vector for answer in answers for vector in _vectors(answer)]

    async def aembed(self, texts: Sequence[str]) -> list[Vector]:
        """As ``embed``."""
        if len(_several(texts)) == 0:
            return []
        endpoint = await asyncio.to_thread(self.server.connect)
        client = self._clients.asynchronous(endpoint.base_url, endpoint.api_key)
        with saying_where(endpoint.url):
            answers = [await client.embeddings.create(**each) for each in self._requests(texts)]
        return [vector for answer in answers for vector in _vectors(answer)]

    def embed_documents(self, texts: Sequence[str]) -> list[Vector]:
        """A vector for each text that is to be found."""
        return self.embed(_prefixed(self.document_prefix, texts))

    def embed_queries(self, texts: Sequence[str]) -> list[Vector]:
        """A vector for each text that is looked for."""
        return self.embed(_prefixed(self.query_prefix, texts))

    def embed_query(self, text: str) -> Vector:
        """The vector of what is looked for."""
        return self.embed_queries([text])[0]

    async def aembed_documents(self, texts: Sequence[str]) -> list[Vector]:
        """As ``embed_documents``."""
        return await self.aembed(_prefixed(self.document_prefix, texts))

    async def aembed_query(self, text: str) -> Vector:
        """As ``embed_query``."""
        return (await self.aembed([self.query_prefix + text]))[0]

    # --- the end ---

    def close(self) -> bool:
        """Close the connections and give up the server, until it is used again. True if that ended one that
        was started."""
        self._clients.close()
        return self.server.stop()

    async def aclose(self) -> bool:
        """As ``close``, also for the connections of the running event loop."""
        await self._clients.aclose()
        return await asyncio.to_thread(self.server.stop)

    # --- requests ---

    def _requests(self, texts: Sequence[str]) -> Iterator[dict[str, Any]]:
        """The arguments of the SDK, which asks for base64 by itself: a quarter of the bytes."""
        fixed: dict[str, Any] = {"model": self.model or "", "timeout": timeouts(self.timeout)}
        if self.dimensions is not None:
            fixed["dimensions"] = self.dimensions
        if self.truncate:
            fixed["extra_body"] = {"truncate": True}
        for start in range(0, len(texts), self.batch_size):
            yield {"input": list(texts[start : start + self.batch_size]), **fixed}


def _prefixed(prefix: str, texts: Sequence[str]) -> list[str]:
    return [prefix + text for text in _several(texts)]


def _several(texts: Sequence[str]) -> Sequence[str]:
    if isinstance(texts, str):
        raise TypeError("texts must be a list of them, not one string")
    return texts


def _vectors(answer: CreateEmbeddingResponse) -> list[Vector]:
    """In the order of the request."""
    return [each.embedding for each in sorted(answer.data, key=lambda each: each.index)]


def _starts(base_url: str | None, api_key: str | None, launch: Launch) -> bool:
    """Whether a server is to be started: none runs that anybody names."""
    return isinstance(choose(base_url=base_url, api_key=api_key, launch=launch), Launch)
