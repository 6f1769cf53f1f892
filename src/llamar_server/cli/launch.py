"""``llamar launch``: a coding agent on a local model, with nothing to configure."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click

from llamar_providers.http import ServerUnreachable, get_json, root_of
from llamar_providers.process import LocalServer, ServerStartError

from ..models import is_model_reference
from .agents import AGENTS, NO_KEY, Agent, Target

_ANSWER_TOKENS = 4_000  # what is left for the work itself, at least


@click.command(short_help="Run a coding agent on a local model.")
@click.option("--url", metavar="URL", help="Use the server at this address instead of starting one.")
@click.option("--api-key", envvar="LLAMAR_API_KEY", show_envvar=True, metavar="KEY", help="Key for --url.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="N",
    show_default="any free one",
    help="Port of the started server.",
)
@click.option(
    "--n-ctx",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    show_default="what the model was trained for, at most 32768",
    help="Most tokens of one request.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=180.0,
    metavar="SECONDS",
    help="What the model may take to load.",
)
@click.option("--print-env", is_flag=True, help="Show the settings for a server at --url, and run nothing.")
@click.option(
    "--write-config",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write them as the agent's settings file, and run nothing.",
)
@click.argument("agent", type=click.Choice(list(AGENTS)))
@click.argument("model", required=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def launch(
    url: str | None,
    api_key: str | None,
    port: int,
    n_ctx: int,
    timeout: float,
    print_env: bool,
    write_config: Path | None,
    agent: str,
    model: str | None,
    arguments: tuple[str, ...],
) -> None:
    """Run AGENT on MODEL, a GGUF file, or on the server at --url. What follows "--" is the agent's.

    The server is started for the agent and goes with it. Your own keys are not passed on. With
    --print-env or --write-config the settings are for the server at --url, or at the default port.

    \b
      llamar launch claude model.gguf
      llamar launch codex model.gguf -- exec "Fix the failing test"
      llamar launch opencode --url http://127.0.0.1:11434
      llamar launch --print-env claude
    """
    chosen = AGENTS[agent]
    if model is not None and not is_model_reference(model):
        arguments, model = (model, *arguments), None
    if url is not None and model is not None:
        raise click.UsageError("MODEL is for a server that is started here; leave it out or --url")
    if print_env or write_config:
        target = _target(url or "http://127.0.0.1:11434", api_key)
        _show(chosen, target) if print_env else _write(chosen, target, write_config)
        return
    executable = shutil.which(chosen.command)
    if executable is None:
        raise click.ClickException(f"{chosen.title} is not installed; {chosen.install}")
    with _server(url, api_key, model, port, n_ctx, timeout) as target:
        _warn_if_small(chosen, target)
        command = [executable, *chosen.arguments(target), *arguments]
        status = _run(command, _environment(chosen, target))
    raise click.exceptions.Exit(status)


@contextlib.contextmanager
def _server(
    url: str | None, api_key: str | None, model: str | None, port: int, n_ctx: int, timeout: float
) -> Iterator[Target]:
    if url is not None:
        yield _target(url, api_key)
        return
    try:
        server = LocalServer.start(model, [f"--n-ctx={n_ctx}"], port=port, timeout=timeout)
    except ServerStartError as error:
        if error.exit_status == 1:  # it has said why, on the standard error that it shares with us
            raise click.exceptions.Exit(1) from error
        raise click.ClickException(str(error)) from error
    with server:
        yield _target(server.url, server.api_key)


def _target(url: str, api_key: str | None) -> Target:
    """What the server at ``url`` says of itself."""
    root = root_of(url)
    try:
        served = get_json(f"{root}/v1/models", api_key)["data"][0]
    except (ServerUnreachable, LookupError) as error:
        raise click.ClickException(str(error)) from error
    return Target(root, served["id"], served["context_length"], api_key or NO_KEY)


def _warn_if_small(agent: Agent, target: Target) -> None:
    if target.n_ctx < agent.prompt_tokens + _ANSWER_TOKENS:
        click.echo(
            f"llamar: {agent.title}'s own prompt takes about {agent.prompt_tokens} tokens, but "
            f"{target.model_id} has a window of {target.n_ctx}; it will be refused or soon full, so use a "
            "model with a longer one, or a larger --n-ctx",
            err=True,
        )


def _environment(agent: Agent, target: Target) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in agent.unset}
    return inherited | agent.env(target)


def _run(command: list[str], env: dict[str, str]) -> int:
    """The agent's exit status. Ctrl-C is the agent's to handle."""
    process = subprocess.Popen(command, env=env)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def _show(agent: Agent, target: Target) -> None:
    for name in agent.unset:
        click.echo(f"unset {name}")
    for name, value in agent.env(target).items():
        click.echo(f"export {name}={shlex.quote(value)}")
    if arguments := agent.arguments(target):
        click.echo(f"# {agent.command} {shlex.join(arguments)}")


def _write(agent: Agent, target: Target, path: Path | None) -> None:
    assert path is not None
    if path.exists():
        raise click.ClickException(f"{path} exists already; name another file, and merge the two yourself")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(agent.config(target), encoding="utf-8")
    click.echo(f"wrote {path}")
