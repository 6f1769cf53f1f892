"""``llm llamar``: what is configured, what runs, and stopping it."""

from __future__ import annotations

import click

from ..process import ServerStartError
from ..server import LlamarServer
from ..settings import ConfigurationError, Launch, Remote, choose, config_path, configured_models


@click.group()
def llamar() -> None:
    """Local models through llamar."""


@llamar.command()
def models() -> None:
    """List the models that can be used."""
    click.echo(f"llamar-local: {_target()}")
    for name, launch in _configured().items():
        click.echo(f"llamar/{name}: {launch.model}")


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
    """Start the server of llamar-local, or of the model NAME, ahead of the first prompt."""
    from .models import idle_seconds

    configured = _configured()
    if name is not None and name not in configured:
        raise click.ClickException(f"{name!r} is not configured in {config_path()}")
    launch = configured[name] if name else Launch()
    try:
        server = LlamarServer.launching(launch, idle_timeout=idle_seconds())
        click.echo(f"serving on {server.start().url}")
    except (ConfigurationError, ServerStartError) as error:
        raise click.ClickException(str(error)) from error


@llamar.command()
def stop() -> None:
    """Stop the servers that run for these models."""
    from ..shared import running
    from ..shared import stop as stop_server

    for server in running():
        if stop_server(server):
            click.echo(f"stopped {server.model_id} (pid {server.pid})")


@llamar.command()
def config() -> None:
    """Say where the configuration file is, and what may stand in it."""
    path = config_path()
    click.echo(f"{path}{'' if path.exists() else ' (does not exist yet)'}")
    click.echo(
        "\n"
        'model = "/models/some.gguf"      # what llamar-local is; or base_url = "http://..."\n'
        "n_ctx = 8192\n"
        "\n"
        "[models]                         # further ones, as llamar/NAME\n"
        'small = "/models/small.gguf"\n'
        'big = { model = "/models/big.gguf", n_ctx = 16384 }'
    )


def _target() -> str:
    try:
        target = choose()
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from error
    if isinstance(target, Remote):
        return f"the server at {target.base_url}"
    return target.model or "llamar-tiny, the bundled toy"


def _configured() -> dict[str, Launch]:
    try:
        return configured_models()
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from error
