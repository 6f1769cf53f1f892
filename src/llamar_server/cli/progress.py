"""How far the model is loaded, shown on a terminal and nowhere else."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TimeElapsedColumn


@contextlib.contextmanager
def loading_progress(model_id: str) -> Iterator[Callable[[float], None]]:
    """Yields what to call with the part (0 to 1) that is loaded; the display goes when the context ends."""
    console = Console(stderr=True)
    columns = ("loading {task.description}", BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(model_id, total=1.0)
        yield lambda loaded: progress.update(task, completed=loaded)
