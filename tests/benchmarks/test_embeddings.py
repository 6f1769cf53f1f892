"""The benchmark of embeddings: what it compares, in which turns, and that it runs."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np
import pytest
from benchmarks.client import LoadError
from benchmarks.embeddings import Bench, in_process, make_texts, vectors_of
from rich.console import Console

ROWS = np.eye(3, dtype=np.float32)
SOME = {"few short": ["a"], "few long": ["b"]}


def bench(texts: dict[str, list[str]], repeats: int = 1) -> Bench:
    return Bench(texts, threads=1, repeats=repeats, encoding="float", console=Console(width=140))


def answer(*rows: tuple[int, object]) -> bytes:
    return json.dumps({"data": [{"index": index, "embedding": row} for index, row in rows]}).encode()


def test_vectors_come_in_the_order_of_their_texts() -> None:
    numbers = [row.tolist() for row in ROWS]
    packed = base64.b64encode(ROWS[2].tobytes()).decode()
    answers = [answer((1, numbers[1]), (0, numbers[0])), answer((0, packed))]
    assert (vectors_of(answers) == ROWS).all()


@pytest.mark.parametrize("indices", [(0, 0), (0, 2), (1,)], ids=str)
def test_an_answer_that_lacks_a_vector(indices: tuple[int, ...]) -> None:
    with pytest.raises(LoadError, match="one vector for each"):
        vectors_of([answer(*((index, [1.0]) for index in indices))])


def test_who_makes_other_vectors_is_not_measured(capsys: pytest.CaptureFixture[str]) -> None:
    bench(SOME).compare("f16", {"llamar": ROWS, "same": ROWS})
    assert "of same at least 1.0" in capsys.readouterr().out
    for other in (ROWS[::-1], ROWS * np.float32("nan")):
        with pytest.raises(LoadError, match="other makes other vectors"):
            bench(SOME).compare("f16", {"llamar": ROWS, "other": other})


def test_each_is_first_in_its_turn() -> None:
    asked: list[str] = []

    def measure(who: str, texts: list[str]) -> dict[str, float]:
        asked.append(who + texts[0])
        return {"texts/s": 1.0}

    measures = {who: lambda texts, who=who: measure(who, texts) for who in "xy"}
    samples = [*bench(SOME, repeats=2).in_turns("f16", measures)]
    assert asked == ["xa", "ya", "xb", "yb", "ya", "xa", "yb", "xb"]
    assert [sample.server + sample.scenario[len("f16, few ") :] for sample in samples[:2]] == [
        "xshort texts",
        "yshort texts",
    ]


def test_it_runs(minilm_f16: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = make_texts(minilm_f16, 5, 1)
    assert texts == make_texts(minilm_f16, 5, 1)
    assert {kind: len(some) for kind, some in texts.items()} == {"5 short": 5, "1 long": 1}
    assert all(5 <= len(text.split()) <= 20 for text in texts["5 short"])
    assert 190 <= len(texts["1 long"][0].split()) <= 250
    samples = in_process(bench(texts), "f16", minilm_f16)
    assert {sample.server for sample in samples} == {"llamar", "Llama", "Llama, flash"}
    assert "f16, in process, 1 long texts" in capsys.readouterr().out
