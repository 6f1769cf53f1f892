"""``llamar embed``: texts to vectors, in this process or by a server that runs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final, get_args

import click
from click.core import ParameterSource

from ..config import Pooling
from ..models import find_model
from .progress import embedding_progress
from .texts import gather

SUFFIXES: Final = (".npy", ".jsonl")
"""What the names of files for vectors end in."""

_AT_A_TIME: Final = 256
"""Texts that are embedded before their vectors are written."""

_POOLINGS: Final = [kind for kind in get_args(Pooling) if kind not in ("none", "rank")]


@click.command(short_help="Turn texts into vectors.")
@click.argument("texts", metavar="[TEXT]...", nargs=-1)
@click.option(
    "-m",
    "--model",
    envvar="LLAMAR_EMBEDDING_MODEL",
    show_envvar=True,
    metavar="FILE",
    help="GGUF file of an embedding model.",
)
@click.option(
    "--file",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="File with a text; may be given several times.",
)
@click.option("--lines", is_flag=True, help="Take each line of the files for a text.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write a .npy or a .jsonl file instead of JSON lines on standard output.",
)
@click.option("--prefix", default="", metavar="TEXT", help="What the model wants before each text.")
@click.option("--dimensions", type=click.IntRange(min=1), metavar="N", help="Keep the first N only.")
@click.option("--truncate", is_flag=True, help="Cut what is too long instead of refusing it.")
@click.option("--pooling", type=click.Choice(_POOLINGS), help="How to make one vector of a text.")
@click.option("--n-ctx", type=click.IntRange(min=0), metavar="N", help="Most tokens of one text.")
@click.option("--threads", type=click.IntRange(min=1), metavar="N", help="CPU threads.")
@click.option("--n-gpu-layers", type=click.IntRange(min=-1), metavar="N", help="Layers on the GPU (-1: all).")
@click.option("--backend", hidden=True)
@click.option("--url", metavar="URL", help="Let the server at this address do it.")
@click.option("--api-key", envvar="LLAMAR_API_KEY", show_envvar=True, metavar="KEY", help="The server's key.")
@click.option(
    "--model-id", metavar="NAME", help="The server's model.", show_default="its first embedding model"
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    metavar="SECONDS",
    help="What the server at --url may take to be reached.",
)
def embed(
    texts: tuple[str, ...],
    files: tuple[Path, ...],
    lines: bool,
    output: Path | None,
    prefix: str,
    dimensions: int | None,
    truncate: bool,
    model: str | None,
    url: str | None,
    api_key: str | None,
    model_id: str | None,
    timeout: float,
    **settings: Any,
) -> None:
    """Turn each TEXT into a vector of length 1, with a model in a GGUF file or the server at --url.

    Without TEXT and --file, each line of standard input is a text. Each vector is printed as a line of
    JSON.

    \b
      llamar embed -m model.gguf "A text" "Another one"
      llamar embed -m model.gguf --prefix "search_document: " --file a.md --file b.md
      llamar embed -m model.gguf -o vectors.npy < lines.txt
      llamar embed --url http://127.0.0.1:11434 "A text"
    """
    given = {name: value for name, value in settings.items() if value is not None}
    _check(url, {"model": model, **given}, model_id)
    if output is not None and output.suffix not in SUFFIXES:
        raise click.UsageError(f"the name of --output must end in {' or '.join(SUFFIXES)}")
    if lines and not files:
        raise click.UsageError("--lines is for a --file; standard input is lines anyway")
    items = gather(texts, files, lines=lines)
    from .computing import Wanted, counted_from, local  # not at the top: NumPy, which --help can do without
    from .embedded import output_to

    wanted = Wanted(dimensions, truncate)
    if url is not None:
        from .computing_remotely import remote  # likewise: the SDK takes a second to import

        opened = remote(url, wanted, api_key=api_key, model_id=model_id, timeout=timeout)
    else:
        file = find_model(model)
        opened = local(file.path, file.model_id, wanted, **given)
    progress = embedding_progress(len(items), seen=output is not None or not sys.stdout.isatty())
    with output_to(output, len(items)) as written, opened as compute, progress as show:
        for start in range(0, len(items), _AT_A_TIME):
            some = items[start : start + _AT_A_TIME]
            with counted_from(start):
                vectors = compute([prefix + each.text for each in some], partial(_add, show, start))
            written.write(some, vectors)


def _check(url: str | None, settings: Mapping[str, object], model_id: str | None) -> None:
    """Raises click.UsageError for options that do not go together."""
    if url is None:
        if settings["model"] is None:
            raise click.UsageError("there is no model: give the GGUF file of one with --model, or a --url")
        if model_id is not None:
            raise click.UsageError("--model-id is for the server at a --url")
        return
    source = click.get_current_context().get_parameter_source
    for name in settings:
        if source(name) is ParameterSource.COMMANDLINE:
            option = f"--{name.replace('_', '-')}"
            raise click.UsageError(f"{option} is for a model that is loaded here; leave it out or --url")


def _add(show: Callable[[int], None], before: int, done: int) -> None:
    show(before + done)
