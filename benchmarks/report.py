"""The figures as a table for people and as JSON for programs. Refuses to measure."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from .peers import OURS
from .stats import Sample, Spread, figures, ratio, spread

_PACKAGES = ("llamar", "llama-cpp-python", "xllamacpp")


def machine() -> dict[str, object]:
    """What the figures were measured on and with."""
    versions = {package: metadata.version(package) for package in _PACKAGES}
    return {
        "system": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        **versions,
    }


def print_tables(samples: Sequence[Sample], servers: Sequence[str], console: Console) -> None:
    """A table for each scenario: the median of every server, and ours over theirs with its range."""
    compared = OURS in servers
    console.print("Medians; times in ms." + f" Ratio: {OURS} over the server before it (range)." * compared)
    for scenario in dict.fromkeys(sample.scenario for sample in samples):
        table = Table(box=box.SIMPLE_HEAD)
        table.add_column(scenario, no_wrap=True)
        for server in servers:
            table.add_column(server, justify="right", no_wrap=True)
            if server != OURS and compared:
                table.add_column("ratio", no_wrap=True)
        of_scenario = [sample for sample in samples if sample.scenario == scenario]
        for metric in dict.fromkeys(name for sample in of_scenario for name in sample.values):
            table.add_row(metric, *_cells(of_scenario, scenario, servers, metric))
        console.print(table)


def write_json(
    path: Path, settings: dict[str, object], samples: Sequence[Sample], servers: Sequence[str]
) -> None:
    """Everything: the machine, the settings, each sample, and the ratios of the tables."""
    content = {
        "machine": machine(),
        "settings": settings,
        "ratios": _ratios(samples, servers),
        "samples": [asdict(sample) for sample in samples],
    }
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _cells(samples: Sequence[Sample], scenario: str, servers: Sequence[str], metric: str) -> list[str]:
    ours = figures(samples, scenario, OURS, metric)
    cells = []
    for server in servers:
        theirs = figures(samples, scenario, server, metric)
        cells.append(_figure(spread(list(theirs.values())).median) if theirs else "")
        if server != OURS and OURS in servers:
            cells.append(_ratio_cell(ratio(ours, theirs)))
    return cells


def _figure(value: float) -> str:
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}"


def _ratio_cell(value: Spread | None) -> str:
    return f"[bold]{value.median:.2f}[/] ({value.low:.2f}-{value.high:.2f})" if value else ""


def _ratios(samples: Sequence[Sample], servers: Sequence[str]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for scenario in dict.fromkeys(sample.scenario for sample in samples):
        metrics = dict.fromkeys(m for sample in samples if sample.scenario == scenario for m in sample.values)
        for metric in metrics:
            ours = figures(samples, scenario, OURS, metric)
            for server in servers:
                value = ratio(ours, figures(samples, scenario, server, metric))
                if server != OURS and value is not None:
                    rows.append({"scenario": scenario, "metric": metric, "peer": server, **asdict(value)})
    return rows
