"""The ``llm`` plugin: ``llm -m llamar-local "..."`` on a local model.

``llamar-local`` is what the environment or the configuration file names, and ``llamar/NAME`` each model
of the configuration file; ``llamar-embed`` and ``llamar-embed/NAME`` are the embedding models beside them.
The server is shared between calls, so that only the first one loads the models. Nothing is read, started
or imported until a model or a command of ours is asked for; and as whatever a plugin raises breaks every
command of ``llm``, no error leaves this module.

llm: https://llm.datasette.io/en/stable/plugins/
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

try:
    import llm
except ImportError as error:
    raise ImportError("llm is not installed; pip install 'llamar[llm]'") from error

LOCAL: Final = "llamar-local"
EMBED: Final = "llamar-embed"


@llm.hookimpl
def register_models(register: Callable[..., None]) -> None:
    with _no_harm_to_llm():
        from ..settings import Launch, configured_models
        from .models import AsyncLlamarModel, LlamarModel

        register(LlamarModel(LOCAL, Launch()), AsyncLlamarModel(LOCAL, Launch()))
        for name, launch in configured_models().items():
            model_id = f"llamar/{name}"
            register(LlamarModel(model_id, launch), AsyncLlamarModel(model_id, launch))


@llm.hookimpl
def register_embedding_models(register: Callable[..., None]) -> None:
    with _no_harm_to_llm():
        from ..settings import Launch, configured_models
        from .embeddings import LlamarEmbeddingModel

        register(LlamarEmbeddingModel(EMBED, Launch()))
        for name, launch in configured_models().items():
            if launch.embedding_model is not None:
                register(LlamarEmbeddingModel(f"{EMBED}/{name}", launch))


@llm.hookimpl
def register_commands(cli: Any) -> None:
    with _no_harm_to_llm():
        from .commands import llamar

        cli.add_command(llamar)


@contextmanager
def _no_harm_to_llm() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        print(f"llamar: {error}", file=sys.stderr)
