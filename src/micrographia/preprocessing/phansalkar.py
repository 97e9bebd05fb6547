"""Phansalkar's local threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from micrographia.preprocessing._base import BinarizerBase, check_image
from micrographia.preprocessing._local import local_mean_and_deviation
from micrographia.preprocessing.sauvola import _negative

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Phansalkar"]


class Phansalkar(BinarizerBase):
    """Sauvola's threshold, mended for images of low contrast (Phansalkar et al. 2011).

    T = m·(1 + p·exp(−q·m) + k·(s/R − 1)), evaluated on the negative of the image, as Sauvola's is.

    References
    ----------
    N. Phansalkar, S. More, A. Sabale, M. Joshi, "Adaptive local thresholding for detection of
    nuclei in diversity stained cytology images", ICCSP 2011, 218-220,
    doi:10.1109/ICCSP.2011.5739305.

    Examples
    --------
    >>> image = np.zeros((40, 40), np.float32); image[10:20, 10:20] = 1
    >>> int(Phansalkar(window_px=41).apply(image).sum())
    100
    """

    name: Literal["phansalkar"] = "phansalkar"
    window_px: int = Field(default=101, ge=3, description="edge of the window, odd [px]")
    k: float = Field(default=0.25, gt=0, lt=1, description="weight of the deviation")
    r: float = Field(default=0.5, gt=0, description="range R of the deviation, image range = 1")
    p: float = Field(default=2.0, ge=0, description="size of the correction where the mean is low")
    q: float = Field(default=10.0, gt=0, description="how fast that correction fades with the mean")

    def apply(
        self, image: NDArray[np.float32], valid: NDArray[np.bool_] | None = None
    ) -> NDArray[np.bool_]:
        """Tell particles from background."""
        check_image(image)
        negative = _negative(image)
        mean, deviation = local_mean_and_deviation(negative, self.window_px | 1)
        threshold = mean * (1 + self.p * np.exp(-self.q * mean) + self.k * (deviation / self.r - 1))
        return np.asarray((negative <= threshold) & (deviation > 0))
