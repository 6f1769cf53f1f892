from __future__ import annotations

import os
from pathlib import Path

import pytest

from llamar_server.errors import ModelLoadError
from llamar_server.models import BUNDLED, find_model, is_model_reference


@pytest.mark.parametrize("reference", [None, BUNDLED])
def test_no_reference_or_its_name_is_the_bundled_model(reference: str | None) -> None:
    model = find_model(reference)
    assert model.bundled
    assert model.model_id == "llamar-tiny"
    assert model.path.read_bytes()[:4] == b"GGUF"


def test_a_path_is_a_model_named_after_its_file(tmp_path: Path) -> None:
    (tmp_path / "Some-Model.Q8_0.gguf").touch()
    model = find_model(str(tmp_path / "Some-Model.Q8_0.gguf"))
    assert model.model_id == "Some-Model.Q8_0"
    assert model.path == tmp_path / "Some-Model.Q8_0.gguf"
    assert not model.bundled


def test_the_first_of_several_shards_names_the_whole(tmp_path: Path) -> None:
    (tmp_path / "big-00001-of-00003.gguf").touch()
    assert find_model(str(tmp_path / "big-00001-of-00003.gguf")).model_id == "big"


def test_a_path_may_start_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "m.gguf").touch()
    assert find_model(os.path.join("~", "m.gguf")).path == tmp_path / "m.gguf"


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("missing.gguf", "there is no model file 'missing.gguf'"),
        (".", "'.' is a directory"),
        ("hf:owner/repo:Q4_K_M", "not downloaded yet"),
        ("https://host/m.gguf", "not downloaded yet"),
    ],
)
def test_what_cannot_be_found_is_refused_in_one_sentence(reference: str, said: str) -> None:
    with pytest.raises(ModelLoadError, match=said) as refusal:
        find_model(reference)
    assert "\n" not in str(refusal.value)


def test_a_model_is_told_from_a_prompt(tmp_path: Path) -> None:
    file = tmp_path / "model"
    file.touch()
    assert all(map(is_model_reference, ["llamar-tiny", "x.gguf", "DIR/X.GGUF", "hf:a/b", str(file)]))
    prompts = ["hello", "What is a .gguf file?", str(tmp_path), "a\0b", "x" * 5000]
    assert not any(map(is_model_reference, prompts))
