"""Which models there are."""

from .reference import BUNDLED, ModelFile, find_model, is_model_reference

__all__ = ["BUNDLED", "ModelFile", "find_model", "is_model_reference"]
