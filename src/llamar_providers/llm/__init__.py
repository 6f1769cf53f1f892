"""The ``llm`` plugin: ``llm -m llamar-local "..."`` on a local model.

``llamar-local`` is what the arguments, the environment or the configuration file name, and
``llamar/NAME`` each model of the configuration file. The server is shared between calls, so that only
the first one loads the model. Nothing is read, started or imported beyond ``llm`` until a model is
used; an error in the configuration never breaks other commands.

llm: https://llm.datasette.io/en/stable/plugins/
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click
import llm

from ..settings import ConfigurationError, configured_models
from .models import AsyncLlamarModel, LlamarModel

LOCAL = "llamar-local"


@llm.hookimpl
def register_models(register: Callable[..., None]) -> None:
    register(LlamarModel(LOCAL, None), AsyncLlamarModel(LOCAL, None))
    try:
        models = configured_models()
    except ConfigurationError as error:
        print(f"llamar: {error}", file=sys.stderr)
        return
    for name, launch in models.items():
        model_id = f"llamar/{name}"
        register(LlamarModel(model_id, launch), AsyncLlamarModel(model_id, launch))


@llm.hookimpl
def register_commands(cli: Any) -> None:
    assert isinstance(cli, click.Group)
    from .commands import llamar

    cli.add_command(llamar)
