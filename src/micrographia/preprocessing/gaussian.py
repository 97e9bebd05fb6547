"""Gaussian smoothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from micrographia.preprocessing._base import StepBase, check_image

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Gaussian"]


class Gaussian(StepBase):
    """Convolution with a Gaussian; the image is mirrored at its border.

    Examples
    --------
    >>> point = np.zeros((9, 9), np.float32); point[4, 4] = 1
    >>> round(float(Gaussian(sigma_px=1).apply(point)[4, 4]), 3)  # 1 / 2π
    0.159
    """

    name: Literal["gaussian"] = "gaussian"
    sigma_px: float = Field(default=1.0, gt=0, le=1000, description="standard deviation [px]")

    def apply(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """Smooth the image."""
        import cv2

        check_image(image)
        return np.asarray(cv2.GaussianBlur(image, (0, 0), self.sigma_px), np.float32)
