"""``python -m training.evaluation MODEL``: a table of every skill, and everything as JSON."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .asking import Asker, serving
from .cases import Case, handwritten
from .generated import generated
from .scoring import Answer, right, right_names

Ask = Callable[[Case], Answer]


def main() -> None:
    options = _options()
    sets = {"hand-written": handwritten(), "generated": generated(options.count)}
    with serving(options.model) as asker:
        report = {name: _measure(asker, cases) for name, cases in sets.items() if cases}
    if options.json:
        options.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(table(report))


def _measure(asker: Asker, cases: Sequence[Case]) -> dict[str, Any]:
    """Scores by skill, and every request that went wrong."""
    found: dict[str, Any] = {"skills": {}, "wrong": []}
    ways: dict[str, Ask] = {"grammar": asker.chat, "raw": asker.raw}
    for way, ask in ways.items():
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(ask, cases))
        for case, answer in zip(cases, answers, strict=True):
            score = (
                found["skills"]
                .setdefault(case.skill, {})
                .setdefault(way, {"count": 0, "right": 0, "names": 0})
            )
            score["count"] += 1
            score["right"] += right(case, answer)
            score["names"] += right_names(case, answer)
            if not right(case, answer):
                found["wrong"].append({"way": way, "asked": _asked(case), "answer": asdict(answer)})
    return found


def _asked(case: Case) -> dict[str, Any]:
    wanted = {"calls": case.calls, "says": case.says, "json": case.json}
    return {
        "skill": case.skill,
        "last": case.messages[-1]["content"],
        **{key: value for key, value in wanted.items() if value},
    }


def table(report: dict[str, Any]) -> str:
    """The shares of right answers, for people."""
    lines = []
    for name, measured in report.items():
        lines.append(f"\n{name:<20} {'n':>4} {'grammar':>8} {'raw':>6} {'tool (grammar)':>15}")
        total: dict[str, list[int]] = {"grammar": [0, 0], "raw": [0, 0]}
        for skill, ways in measured["skills"].items():
            grammar, raw = ways["grammar"], ways["raw"]
            for way, score in ways.items():
                total[way][0] += score["right"]
                total[way][1] += score["count"]
            shares = (score["right"] / score["count"] for score in (grammar, raw))
            lines.append(
                "{:<20} {:>4} {:>8.3f} {:>6.3f} {:>15.3f}".format(
                    skill, grammar["count"], *shares, grammar["names"] / grammar["count"]
                )
            )
        lines.append(
            "{:<20} {:>4} {:>8.3f} {:>6.3f}".format(
                "all", total["grammar"][1], *(a / max(1, b) for a, b in total.values())
            )
        )
    return "\n".join(lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.evaluation", description=__doc__)
    parser.add_argument("model", type=Path, help="the GGUF file")
    parser.add_argument("--count", type=int, default=40, help="generated requests of each skill")
    parser.add_argument("--json", type=Path, help="where to write everything")
    return parser.parse_args()


if __name__ == "__main__":
    main()
