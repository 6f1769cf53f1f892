"""What is done with vectors once they are computed: length 1, fewer dimensions, logits to relevance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import InvalidRequest

Vectors = NDArray[np.float32]


def normalized(rows: Vectors) -> Vectors:
    """Each row with length 1; a row of zeros has no direction and stays as it is."""
    lengths = np.linalg.norm(rows.astype(np.float64), axis=-1, keepdims=True)
    return (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def shortened(vectors: Vectors, dimensions: int) -> Vectors:
    """The first ``dimensions`` components of each row, with length 1 again, as models trained for that mean
    it (Matryoshka representation learning, https://arxiv.org/abs/2205.13147). Raises ``InvalidRequest``
    where there are fewer."""
    if not 1 <= dimensions <= vectors.shape[-1]:
        raise InvalidRequest(
            f"dimensions must be between 1 and {vectors.shape[-1]}, which is what the model gives",
            param="dimensions",
        )
    return normalized(vectors[..., :dimensions])


def probabilities(logits: Vectors) -> Vectors:
    """The logistic function of each."""
    return (0.5 + 0.5 * np.tanh(logits.astype(np.float64) / 2)).astype(np.float32)
