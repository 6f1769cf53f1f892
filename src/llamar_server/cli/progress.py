"""How far something long has come, shown on a terminal and nowhere else."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskProgressColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


@contextlib.contextmanager
def loading_progress(model_id: str) -> Iterator[Callable[[float], None]]:
    """Yields what to call with the part (0 to 1) that is loaded; the display goes when the context ends."""
    columns = ("loading {task.description}", BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with _shown(*columns) as shown:
        task = shown.add_task(model_id, total=1.0)
        yield lambda loaded: shown.update(task, completed=loaded)


@contextlib.contextmanager
def embedding_progress(count: int, *, seen: bool) -> Iterator[Callable[[int], None]]:
    """Yields what to call with the number of texts, of ``count``, that are done; likewise, and only if it is
    to be ``seen``: among lines on the same terminal it would be in their way."""
    columns = ("embedding", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with _shown(*columns, wanted=seen) as shown:
        task = shown.add_task("", total=count)
        yield lambda done: shown.update(task, completed=done)


def _shown(*columns: str | ProgressColumn, wanted: bool = True) -> Progress:
    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=not (wanted and console.is_terminal))
