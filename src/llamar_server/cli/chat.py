"""``llamar chat``: one question, or a conversation in the terminal."""

from __future__ import annotations

import contextlib
import secrets
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

import click

from llamar_providers.process import LocalServer, ServerStartError

from ..errors import LlamarError
from ..models import is_model_reference

if TYPE_CHECKING:
    from .conversation import Conversation, Piece

_CONTROL: Final = dict.fromkeys([*range(9), *range(11, 32), *range(127, 160)])
"""The control characters but tab and newline: what a model writes does not steer a terminal."""


@click.command(short_help="Talk to a model in the terminal.")
@click.argument("model", required=False)
@click.argument("prompt", required=False)
@click.option("--url", metavar="URL", help="Talk to the server at this address instead of starting one.")
@click.option("--api-key", envvar="LLAMAR_API_KEY", show_envvar=True, metavar="KEY", help="The server's key.")
@click.option("--system", metavar="TEXT", help="What the model is told before the conversation.")
@click.option("--n-ctx", type=click.IntRange(min=0), metavar="N", help="Most tokens of the conversation.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="N",
    show_default="any free one",
    help="Port of the started server.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=180.0,
    metavar="SECONDS",
    help="What the model may take to load, or the server at --url to be reached.",
)
def chat(
    model: str | None,
    prompt: str | None,
    url: str | None,
    api_key: str | None,
    system: str | None,
    n_ctx: int | None,
    port: int | None,
    timeout: float,
) -> None:
    """Talk to MODEL, a GGUF file, or to the server at --url.

    With PROMPT, or with text on standard input, the answer is printed and that is all. Otherwise it is
    a conversation: Ctrl-C stops an answer, an empty line or Ctrl-D ends the program.

    A single argument is the model if it ends in .gguf, is an existing file or is llamar-tiny, the
    bundled toy that is also used without a model; otherwise it is the prompt.

    \b
      llamar chat "What is the capital of France?"
      llamar chat model.gguf "What is the capital of France?"
      llamar chat model.gguf < question.txt
      llamar chat --url http://127.0.0.1:11434
    """
    if model is not None and prompt is None and not is_model_reference(model):
        model, prompt = None, model
    if url is not None:
        _refuse_beside_url({"MODEL": model, "--n-ctx": n_ctx, "--port": port})
    if prompt is None and not sys.stdin.isatty():
        prompt = _piped_prompt()
    with _server(url, api_key, model, n_ctx, port, timeout) as (address, key):
        # Not at the top: the SDK takes a second to import, which is no matter while a model loads.
        from .conversation import Conversation
        from .remote import connect, first_model

        client = connect(address, key, timeout)
        conversation = Conversation(client, first_model(client), system)
        if prompt is not None:
            _answer(conversation, prompt)
        else:
            _talk(conversation)


def _refuse_beside_url(arguments: Mapping[str, object]) -> None:
    for name, value in arguments.items():
        if value is not None:
            raise click.UsageError(f"{name} is for a server that is started here; leave it out or --url")


def _piped_prompt() -> str:
    prompt = sys.stdin.read().rstrip("\n")
    if not prompt:
        raise click.ClickException("there is no prompt: none was given and standard input is empty")
    return prompt


@contextlib.contextmanager
def _server(
    url: str | None,
    api_key: str | None,
    model: str | None,
    n_ctx: int | None,
    port: int | None,
    timeout: float,
) -> Iterator[tuple[str, str | None]]:
    """Address and key of the server at ``url``, or of one that runs as long as the context."""
    if url is not None:
        yield url, api_key
        return
    options = [] if n_ctx is None else [f"--n-ctx={n_ctx}"]
    # A port that was chosen is for others, too; one that nobody knows is for this program alone.
    key = api_key or (secrets.token_urlsafe() if port is None else None)
    try:
        server = LocalServer.start(model, options, port=port or 0, api_key=key, timeout=timeout)
    except ServerStartError as error:
        if error.exit_status == 1:  # it has said why, on the standard error that it shares with us
            raise click.exceptions.Exit(1) from error
        raise click.ClickException(str(error)) from error
    with server:
        yield server.url, server.api_key


def _talk(conversation: Conversation) -> None:
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401 - gives input() its line editing; Windows has its own
    while question := _question():
        try:
            _answer(conversation, question)
        except LlamarError as error:
            click.echo(f"Error: {error}", err=True)
        except KeyboardInterrupt:
            click.echo(" (stopped)")


def _question() -> str | None:
    """The next line that is typed; None at the end of input."""
    while True:
        try:
            return input("> ").strip()
        except EOFError:
            click.echo()
            return None
        except KeyboardInterrupt:
            click.echo()


def _answer(conversation: Conversation, question: str) -> None:
    with contextlib.closing(conversation.ask(question)) as pieces:
        for piece in pieces:
            _show(piece)
    click.echo()


def _show(piece: Piece) -> None:
    terminal = sys.stdout.isatty()
    if piece.thought and not terminal:
        return
    text = piece.text.translate(_CONTROL) if terminal else piece.text
    click.echo(click.style(text, dim=True) if piece.thought else text, nl=False)
