"""The command ``llamar``: what is typed, and the exit status.

Every error that is meant for the user is one sentence on standard error and exit status 1 (2 for a
command line that makes no sense). Nothing heavy is imported before a command runs.
"""

from __future__ import annotations

import click

from ..errors import LlamarError
from .chat import chat
from .embed import embed
from .launch import launch
from .serve import serve
from .shared import ps, stop


class _Llamar(click.Group):
    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except LlamarError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Llamar, context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.version_option(package_name="llamar", message="llamar %(version)s")
def main() -> None:
    """Serve local GGUF models over the APIs that your programs already speak."""


main.add_command(serve)
main.add_command(chat)
main.add_command(embed)
main.add_command(launch)
main.add_command(ps)
main.add_command(stop)
