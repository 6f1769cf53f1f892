"""Windows and steps smaller than the number of slots: llama.cpp asserts where these are not told apart."""

from __future__ import annotations

from typing import Any

import pytest

from llamar_server.engine import Engine
from llamar_server.errors import ModelLoadError
from llamar_server.models import find_model


@pytest.mark.parametrize(
    "settings", [{"n_ctx": 8}, {"n_ctx": 40}, {"n_ctx": 64, "n_batch": 1}, {"n_parallel": 256}]
)
def test_a_model_runs_with_any_small_setting(settings: dict[str, Any]) -> None:
    with Engine(find_model(None).path, threads=1, **settings) as engine:
        assert engine.generate("Hello", max_tokens=2, temperature=0, ignore_eos=True)


def test_more_sequences_than_llama_cpp_allows_are_refused() -> None:
    with pytest.raises(ModelLoadError, match="at most 256 sequences"):
        Engine(find_model(None).path, threads=1, n_parallel=300)
