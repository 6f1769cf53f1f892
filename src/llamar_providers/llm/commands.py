"""``llm llamar``: what is configured, what runs, starting and stopping it.

What these commands need is imported when they run, as every call of ``llm`` imports this.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ..settings import Launch, Remote


@click.group()
def llamar() -> None:
    """Local models through llamar."""


@llamar.command()
def models() -> None:
    """List the models that can be used."""
    from ..settings import ConfigurationError, choose, choose_for_embeddings, configured_models

    with _plain_errors():
        target = choose()
        configured = configured_models()
    click.echo(f"llamar-local: {_said(target, 'model') or 'llamar-tiny, the bundled toy'}")
    for name, launch in configured.items():
        click.echo(f"llamar/{name}: {launch.model}")
    with suppress(ConfigurationError):  # there need not be any
        click.echo(f"llamar-embed: {_said(choose_for_embeddings(), 'embedding_model')}")
    for name, launch in configured.items():
        if launch.embedding_model is not None:
            click.echo(f"llamar-embed/{name}: {launch.embedding_model}")


def _said(target: Remote | Launch, model: str) -> str | None:
    url: str | None = getattr(target, "base_url", None)
    found: str | None = getattr(target, model, None)
    return f"the server at {url}" if url else found


@llamar.command()
def status() -> None:
    """List the servers that run for these models."""
    from ..shared import running

    servers = running()
    for server in servers:
        click.echo(f"{server.model_id} on {server.url} (pid {server.pid})")
    if not servers:
        click.echo("no server runs; the next prompt starts one")


@llamar.command()
@click.argument("name", required=False)
def start(name: str | None) -> None:
    """Start the server of llamar-local, or of llamar/NAME, ahead of the first prompt."""
    from ..server import LlamarServer
    from ..settings import (
        ConfigurationError,
        Launch,
        config_path,
        configured_models,
        idle_seconds,
        load_seconds,
    )

    with _plain_errors():
        configured = configured_models()
        if name is not None and name not in configured:
            raise ConfigurationError(f"{config_path()} has no model {name!r}")
        idle = idle_seconds()
        if not idle:
            raise ConfigurationError("servers are not shared (idle_timeout is 0): each prompt starts its own")
        launch = configured[name] if name is not None else Launch()
        server = LlamarServer.launching(launch, timeout=load_seconds(), idle_timeout=idle)
        endpoint = server.connect()
        click.echo(f"{endpoint.model_name()} on {endpoint.url}")


@llamar.command()
def stop() -> None:
    """Stop the servers that run for these models."""
    from .. import shared

    servers = shared.running()
    for server in servers:
        if shared.stop(server):
            click.echo(f"stopped {server.model_id} (pid {server.pid})")
    if not servers:
        click.echo("no server runs")


@llamar.command()
def config() -> None:
    """Say where the configuration file is, and what may stand in it."""
    from ..settings import config_path

    path = config_path()
    click.echo(f"{path}{'' if path.exists() else ' (does not exist yet)'}")
    click.echo(
        "\n"
        'model = "/models/some.gguf"      # what llamar-local is; or base_url = "http://..."\n'
        'embedding_model = "/models/e.gguf"  # what llamar-embed is\n'
        "n_ctx = 8192\n"
        "timeout = 180                    # seconds that a server may take to load\n"
        "idle_timeout = 300               # seconds that it stays after the last prompt\n"
        "\n"
        "[models]                         # further ones, as llamar/NAME and llamar-embed/NAME\n"
        'small = "/models/small.gguf"\n'
        'big = { model = "/models/big.gguf", embedding_model = "/models/e.gguf", n_ctx = 16384 }'
    )


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Errors as one sentence."""
    from ..http import ServerUnreachable
    from ..process import ServerStartError
    from ..settings import ConfigurationError

    try:
        yield
    except (ConfigurationError, ServerStartError, ServerUnreachable) as error:
        raise click.ClickException(str(error)) from error
