"""Bilateral filter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from micrographia.preprocessing._base import StepBase, check_image
from micrographia.preprocessing._noise import estimate_noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Bilateral"]


class Bilateral(StepBase):
    """Smoothing that stops at edges (Tomasi and Manduchi 1998).

    A neighbour counts the less the farther it lies and the more its intensity differs. The
    tolerated difference is a multiple of the image's own noise, so that the step does the same at
    every intensity range.

    Examples
    --------
    >>> image = np.zeros((8, 8), np.float32); image[:, 4:] = 1
    >>> bool(np.array_equal(Bilateral().apply(image), image))  # no noise, nothing to smooth
    True
    """

    name: Literal["bilateral"] = "bilateral"
    sigma_px: float = Field(
        default=2.0, gt=0, le=50, description="reach in space, standard deviation [px]"
    )
    noise_multiple: float = Field(
        default=3.0,
        gt=0,
        description="reach in intensity, in standard deviations of the estimated noise",
    )

    def apply(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """Filter the image."""
        check_image(image)
        low, high = float(image.min()), float(image.max())
        if not high > low:
            return image.copy()
        import cv2

        # OpenCV tabulates the intensity weights over the range it finds: bring it to [0, 1].
        unit = (image - np.float32(low)) / np.float32(high - low)
        reach = self.noise_multiple * estimate_noise(unit)
        if reach <= 0:
            return image.copy()
        smooth = np.asarray(cv2.bilateralFilter(unit, 0, reach, self.sigma_px), np.float32)
        return smooth * np.float32(high - low) + np.float32(low)
