"""``llamar embed`` in a terminal: how far it is, and a stop in the middle."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("Python has no pseudo-terminals on Windows", allow_module_level=True)

from tests.cli.terminal import CTRL_C, Terminal
from tests.fakes.embedding import BACKEND, write_hash

SHOW_CURSOR = "\x1b[?25h"


def terminal(*arguments: str) -> Terminal:
    return Terminal("embed", "--backend", BACKEND, *arguments, env=dict(os.environ))


def texts_in(directory: Path, count: int) -> str:
    file = directory / "texts.txt"
    file.write_text("\n".join(map(str, range(count))), encoding="utf-8")
    return str(file)


def test_how_far_it_is(tmp_path: Path) -> None:
    model = write_hash(tmp_path, step_delay=0.1, max_texts=8)
    output = tmp_path / "x.npy"
    here = terminal("-m", model, "--file", texts_in(tmp_path, 32), "--lines", "-o", str(output))
    try:
        assert "embedding" in here.wait_for("/32")
        assert here.wait() == 0
    finally:
        here.close()
    assert output.exists()


def test_lines_have_the_terminal_for_themselves(tmp_path: Path) -> None:
    here = terminal("-m", write_hash(tmp_path), "--dimensions", "1", "a text")
    try:
        shown = here.wait_for("}")
    finally:
        here.close()
    assert "embedding " not in shown
    assert '{"index":0,"text":"a text","embedding":[' in shown


@pytest.mark.parametrize("when", ["loading", "embedding"])
def test_a_stop_in_the_middle(tmp_path: Path, when: str) -> None:
    delays = {"load_delay": 60.0} if when == "loading" else {"step_delay": 0.2, "max_texts": 1}
    output = tmp_path / "x.jsonl"
    arguments = ["-m", write_hash(tmp_path, **delays), "--file", texts_in(tmp_path, 300), "--lines"]
    here = terminal(*arguments, "-o", str(output))
    try:
        here.wait_for(when)
        here.type(CTRL_C)
        shown = here.wait_for("Aborted!")
        assert here.wait() == 1
    finally:
        here.close()
    assert SHOW_CURSOR in shown
    assert "Traceback" not in shown
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith("x.")] == []


def test_no_text_at_all(tmp_path: Path) -> None:
    here = terminal("-m", write_hash(tmp_path))
    try:
        here.wait_for("there is no text")
        assert here.wait() == 2
    finally:
        here.close()
