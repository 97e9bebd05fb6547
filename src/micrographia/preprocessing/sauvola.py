"""Sauvola's local threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from micrographia.preprocessing._base import BinarizerBase, check_image
from micrographia.preprocessing._local import local_mean_and_deviation

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Sauvola"]


class Sauvola(BinarizerBase):
    """A threshold for every pixel from the mean m and standard deviation s around it.

    T = m·(1 + k·(s/R − 1)) (Sauvola and Pietikäinen 2000, Eq. 5). It was published for dark
    writing on bright paper, so it is evaluated on the negative of the image: particles are where
    1 − f ≤ T. Where nothing varies in the window, nothing is a particle, so the window must be
    wider than a particle.

    Examples
    --------
    >>> image = np.zeros((40, 40), np.float32); image[10:20, 10:20] = 1
    >>> int(Sauvola(window_px=41).apply(image).sum())
    100
    """

    name: Literal["sauvola"] = "sauvola"
    window_px: int = Field(default=101, ge=3, description="edge of the window, odd [px]")
    k: float = Field(default=0.2, gt=0, lt=1, description="weight of the deviation")
    r: float = Field(default=0.5, gt=0, description="range R of the deviation, image range = 1")

    def apply(
        self, image: NDArray[np.float32], valid: NDArray[np.bool_] | None = None
    ) -> NDArray[np.bool_]:
        """Tell particles from background."""
        check_image(image)
        negative = _negative(image)
        mean, deviation = local_mean_and_deviation(negative, self.window_px | 1)
        threshold = mean * (1 + self.k * (deviation / self.r - 1))
        return np.asarray((negative <= threshold) & (deviation > 0))


def _negative(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """1 − f, with the range brought to [0, 1]; a constant image becomes 1."""
    low, high = float(image.min()), float(image.max())
    if not high > low:
        return np.ones_like(image)
    return (np.float32(high) - image) * np.float32(1 / (high - low))
