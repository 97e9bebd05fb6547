"""Otsu's threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from micrographia.preprocessing._base import BinarizerBase, check_image
from micrographia.preprocessing._histogram import histogram

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Otsu", "otsu_threshold"]


class Otsu(BinarizerBase):
    """One threshold for the image: the one that best separates two classes (Otsu 1979).

    Examples
    --------
    >>> image = np.float32([[0, 0.1, 0.8, 1.0]])
    >>> Otsu().apply(image)
    array([[False, False,  True,  True]])
    """

    name: Literal["otsu"] = "otsu"
    bins: int = Field(default=1024, ge=2, le=65536, description="bins of the histogram")

    def apply(
        self, image: NDArray[np.float32], valid: NDArray[np.bool_] | None = None
    ) -> NDArray[np.bool_]:
        """Tell particles from background."""
        check_image(image)
        threshold = otsu_threshold(image if valid is None else image[valid], self.bins)
        return np.zeros(image.shape, bool) if threshold is None else image > threshold


def otsu_threshold(values: NDArray[np.float32], bins: int = 1024) -> float | None:
    """Threshold that maximises the variance between two classes.

    Where several do equally well (an empty stretch of the histogram), the middle one is taken.

    Parameters
    ----------
    values : ndarray, float32
        Finite intensities.
    bins : int
        Bins of the histogram between the least and the greatest value.

    Returns
    -------
    threshold : float or None
        None where there are fewer than two different values.

    References
    ----------
    N. Otsu, "A threshold selection method from gray-level histograms", IEEE Transactions on
    Systems, Man, and Cybernetics 9 (1979) 62-66, doi:10.1109/TSMC.1979.4310076.

    Examples
    --------
    >>> otsu_threshold(np.float32([0, 0, 1, 1]))
    0.5
    """
    found = histogram(values, bins)
    if found is None:
        return None
    counts, edges = found
    centres = (edges[:-1] + edges[1:]) / 2
    weight = np.cumsum(counts) / counts.sum()
    moment = np.cumsum(counts * centres) / counts.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        # Otsu (1979), Eq. (18)
        between = (moment[-1] * weight - moment) ** 2 / (weight * (1 - weight))
    between = np.nan_to_num(between[:-1], nan=0, posinf=0)
    best = np.flatnonzero(between >= between.max() * (1 - 1e-9))
    return float(edges[best[0] + 1] / 2 + edges[best[-1] + 1] / 2)
