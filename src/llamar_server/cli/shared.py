"""``llamar ps`` and ``llamar stop``: the servers that programs have started to share."""

from __future__ import annotations

import time

import click

from llamar_providers import shared


@click.command(short_help="List the servers that programs share.")
def ps() -> None:
    """List the servers that programs have started and share, such as those of llm -m llamar-local."""
    servers = shared.running()
    for server in servers:
        minutes = (time.time() - server.started) / 60
        click.echo(f"{server.pid}  {server.model_id}  {server.url}  up {minutes:.0f} min")
    if not servers:
        click.echo("no shared server runs", err=True)


@click.command(short_help="Stop servers that programs share.")
@click.argument("which", metavar="[PID | MODEL]", required=False)
def stop(which: str | None) -> None:
    """Stop the shared server with this process id, those of this model, or all of them."""
    servers = [s for s in shared.running() if which is None or which in (str(s.pid), s.model_id)]
    for server in servers:
        if shared.stop(server):
            click.echo(f"stopped {server.model_id} (pid {server.pid})")
    if not servers:
        raise click.ClickException(f"no shared server runs{f' as {which!r}' if which else ''}")
