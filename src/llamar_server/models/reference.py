"""What a model reference means: the path of a GGUF file, or the name of the bundled model.

It finds files and names models. It refuses to load or download anything; whether a file is a model
that can be loaded is the engine's to say.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from ..errors import ModelLoadError

BUNDLED: Final = "llamar-tiny"
"""The name of the bundled model, a toy that proves the plumbing."""

_SHARD = re.compile(r"-\d{5}-of-\d{5}$")


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model on this machine. ``model_id`` is the name under which it is served."""

    path: Path
    model_id: str
    bundled: bool = False


def is_model_reference(text: str) -> bool:
    """Whether ``text``, which may also be a prompt, names a model: the bundled one, something ending in
    ``.gguf``, an existing file, or a repository (``hf:…``)."""
    return text == BUNDLED or _is_remote(text) or text.lower().endswith(".gguf") or os.path.isfile(text)


def find_model(reference: str | None) -> ModelFile:
    """The file that ``reference`` means; None means the bundled model.

    Raises ModelLoadError if there is no such file, or if the reference is of a kind that is not
    supported yet.
    """
    if reference is None or reference == BUNDLED:
        data = Path(str(files("llamar_server"))) / "data"
        return ModelFile(data / f"{BUNDLED}.gguf", BUNDLED, bundled=True)
    if _is_remote(reference):
        raise ModelLoadError(
            f"models are not downloaded yet: fetch the GGUF file of '{reference}' yourself and give its path"
        )
    path = Path(reference).expanduser()
    if path.is_dir():
        raise ModelLoadError(f"'{reference}' is a directory; give the path of a GGUF file in it")
    if not path.exists():
        raise ModelLoadError(f"there is no model file '{reference}'")
    return ModelFile(Path(os.path.abspath(path)), _SHARD.sub("", path.stem))


def _is_remote(reference: str) -> bool:
    return reference.startswith(("hf:", "https://", "http://"))
