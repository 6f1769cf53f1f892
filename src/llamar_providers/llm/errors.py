"""Failures as ``llm`` shows them: one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
import llm


class LlamarError(llm.ModelError, click.ClickException):
    """What went wrong. It is click's, too: ``llm embed`` shows all others with a traceback."""


@contextmanager
def model_errors() -> Iterator[None]:
    """Raises whatever a request may fail with as LlamarError."""
    import httpx2
    import openai

    from ..http import ServerUnreachable
    from ..process import ServerStartError
    from ..settings import ConfigurationError

    try:
        yield
    except (ConfigurationError, ServerStartError, ServerUnreachable) as error:
        raise LlamarError(str(error)) from error
    except (openai.APIConnectionError, httpx2.HTTPError) as error:
        raise LlamarError(f"the llamar server cannot be reached, or ended: {error}") from error
    except openai.APIError as error:
        body = error.body
        message = body.get("message") if isinstance(body, dict) else None
        raise LlamarError(str(message or error)) from error
