"""Tips and splinters that belong to the large particle beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from micrographia.segmentation._basins import find_saddles
from micrographia.segmentation._labels import areas_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["with_fragments"]

_SMALL = 0.1
"""A fragment has at most this share of the area of the particle beside it."""

_BORDER = (0.2, 0.7)
"""... and shares this much of its own outline with it: what lies over a particle is no fragment."""


def with_fragments(
    labels: NDArray[np.int32], certainty: NDArray[np.float32], sure: float
) -> NDArray[np.int32]:
    """Join fragments to the large, more certain particle that they touch.

    Parameters
    ----------
    labels : ndarray of shape (rows, cols), int32
        Gaps in the numbering are allowed.
    certainty : ndarray of shape (count + 1,), float32
    sure : float
        What is more certain than this is no fragment.

    Returns
    -------
    labels : ndarray of shape (rows, cols), int32
        A fragment has the label of its particle.

    Examples
    --------
    >>> labels = np.zeros((40, 40), np.int32)
    >>> labels[5:35, 5:30], labels[15:20, 30:36] = 1, 2
    >>> np.unique(with_fragments(labels, np.float32([0, 0.9, 0.6]), 0.8))
    array([0, 1], dtype=int32)
    """
    pairs = find_saddles(labels, labels.astype(np.float32))
    if not pairs.first.size:
        return labels
    areas = areas_of(labels, certainty.size - 1)
    around = _outlines(labels, certainty.size)
    to = np.arange(certainty.size, dtype=np.int32)
    longest = np.zeros(certainty.size)
    for one, other, length in zip(
        pairs.first.tolist(), pairs.second.tolist(), pairs.length.tolist(), strict=True
    ):
        small, large = (one, other) if areas[one] < areas[other] else (other, one)
        if (
            areas[small] <= _SMALL * areas[large]
            and certainty[small] < min(sure, certainty[large])
            and _BORDER[0] * around[small] <= length <= _BORDER[1] * around[small]
            and length > longest[small]
        ):
            to[small], longest[small] = large, length
    return to[to[labels]]


def _outlines(labels: NDArray[np.int32], size: int) -> NDArray[np.int64]:
    """Length of each outline in edges of pixels."""
    total = np.zeros(size, np.int64)
    for one, other in ((labels[:, 1:], labels[:, :-1]), (labels[1:], labels[:-1])):
        differ = one != other
        total += np.bincount(one[differ], minlength=size)
        total += np.bincount(other[differ], minlength=size)
    return total
