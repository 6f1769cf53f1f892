"""``llamar serve``: a model behind an HTTP server, until it is told to stop."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from typing import Any

import click

from ..config import EmbeddingConfig, EngineConfig, ServerConfig
from ..models import find_model
from .listener import listen, url_of
from .options import SECTIONS, SectionedCommand, build, build_embedding


def run(model: str | None, insecure: bool, log_level: str, exit_on_stdin_eof: bool, **options: Any) -> None:
    """Serve MODEL, a GGUF file, over the OpenAI and Anthropic APIs until Ctrl-C.

    Without MODEL it is llamar-tiny, the bundled toy. Once requests are answered, one line on standard
    output says where: "llamar: serving NAME on URL". Ctrl-C lets running requests finish first; a
    second Ctrl-C does not wait.
    """
    if log_level in ("info", "debug"):
        os.environ["LLAMAR_LOG_LEVEL"] = log_level  # for the engine process, which is silent otherwise
    logging.basicConfig(level=log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    file = find_model(model)
    model_id = options["model_id"] or file.model_id
    engine = build(EngineConfig, options, model_path=str(file.path), model_id=model_id)
    embedders = _embedders(options)
    _refuse_same_names([model_id, *(each.model_id for each in embedders)])
    server = build(ServerConfig, options)
    if not all(server.api_keys):
        raise click.UsageError("an --api-key must not be empty")
    with listen(server.host, server.port, open_to_all=insecure or bool(server.api_keys)) as listener:
        if file.bundled:
            click.echo(f"llamar: {file.model_id} is a toy; for real work give a GGUF file", err=True)
        url = url_of(listener)
        from .serving import run_server  # not at the top: the server's libraries, which --help can do without

        run_server(
            engine,
            embedders,
            server,
            listener,
            on_ready=lambda: click.echo(f"llamar: serving {model_id} on {url}"),
            exit_on_stdin_eof=exit_on_stdin_eof,
        )


def _embedders(options: Mapping[str, Any]) -> list[EmbeddingConfig]:
    """The settings of each embedding model. Raises ModelLoadError."""
    files = [find_model(reference) for reference in options["embedding_models"]]
    return [build_embedding(options, model_path=str(each.path), model_id=each.model_id) for each in files]


def _refuse_same_names(names: Sequence[str | None]) -> None:
    for place, name in enumerate(names):
        if name in names[:place]:
            raise click.UsageError(
                f"two models would be served as {name!r}; rename one of the files, "
                "or name the first model with --model-id"
            )


serve = SectionedCommand(
    "serve",
    callback=run,
    help=run.__doc__,
    short_help="Serve a model over HTTP.",
    params=[
        click.Argument(["model"], required=False),
        *(option for _, options in SECTIONS for option in options),
    ],
)
