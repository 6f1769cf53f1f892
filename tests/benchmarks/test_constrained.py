"""The benchmark of grammars runs, on a model as small as can be: its figures mean nothing here."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import constrained


def test_every_case_keeps_to_its_script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert constrained.main(["--size", "tiny", "--repeats", "1", "--cache", str(tmp_path)]) in (0, 1)
    printed = capsys.readouterr().out
    assert "20 tools" in printed
    assert printed.count(" (") == len(constrained.CASES) + 1  # a range in each row, and in the heading
