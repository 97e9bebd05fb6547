"""Contrast and brightness set by hand, with saturation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from micrographia.preprocessing._base import StepBase, check_image

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ContrastBrightness"]


class ContrastBrightness(StepBase):
    """g = α·f + β, saturated at the ends of the range that the image had.

    β is given as a share of the range, so that one value serves 8-bit, 16-bit and float images:
    for an 8-bit image that fills its range, β = 0.1 adds 25.5.

    Examples
    --------
    >>> image = np.float32([[0, 100, 200]])
    >>> ContrastBrightness(alpha=2, beta=-0.25).apply(image)
    array([[  0., 150., 200.]], dtype=float32)
    """

    name: Literal["contrast-brightness"] = "contrast-brightness"
    alpha: float = Field(
        default=1.0, gt=0, description="contrast: factor on the intensity above the least"
    )
    beta: float = Field(
        default=0.0, ge=-10, le=10, description="brightness: added share of the range"
    )

    def apply(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """Adjust the image."""
        check_image(image)
        low, high = float(image.min()), float(image.max())
        shift = np.float32(self.beta * (high - low) + low)
        result = (image - np.float32(low)) * np.float32(self.alpha) + shift
        return np.clip(result, np.float32(low), np.float32(high), out=result)
