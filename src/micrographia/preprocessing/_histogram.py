"""A histogram that also holds for ranges as narrow as float32 resolves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["histogram"]

_BLOCK = 1 << 22


def histogram(
    values: NDArray[np.float32], bins: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]] | None:
    """Counts in equal bins from the least to the greatest value.

    Parameters
    ----------
    values : ndarray, float32
        Finite.
    bins : int

    Returns
    -------
    counts : ndarray of shape (bins,), int64
    edges : ndarray of shape (bins + 1,), float64
        None in place of both where all values are equal to the precision of float32.

    Examples
    --------
    >>> counts, edges = histogram(np.float32([0, 1, 1, 2]), 2)
    >>> counts.tolist(), edges.tolist()
    ([1, 3], [0.0, 1.0, 2.0])
    """
    flat = values.reshape(-1)
    if flat.size == 0:
        return None
    low, high = float(flat.min()), float(flat.max())
    if high - low <= 4e-7 * max(abs(low), abs(high)):
        return None
    counts = np.zeros(bins, np.int64)
    for start in range(0, flat.size, _BLOCK):
        place = (flat[start : start + _BLOCK].astype(np.float64) - low) * (bins / (high - low))
        counts += np.bincount(np.minimum(place.astype(np.int64), bins - 1), minlength=bins)
    return counts, np.linspace(low, high, bins + 1)
