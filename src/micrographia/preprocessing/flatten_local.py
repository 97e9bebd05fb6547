"""Flattening of a background that is itself structured, at the scale of small particles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from micrographia.preprocessing._base import StepBase, check_image

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FlattenLocal"]

_CELLS = 9


class FlattenLocal(StepBase):
    """Subtraction of the median of a window around each pixel.

    For small particles on a support that is brighter or darker than they are. The median follows
    the support and passes over what fills less than half of the window: choose a window of three
    particle diameters or more; larger particles lose their inside. The image is averaged to nine
    cells a window first, and the mean of the background is put back.

    Examples
    --------
    >>> image = np.zeros((64, 96), np.float32)
    >>> image[:, 48:] = 100  # a support
    >>> image[30:34, 70:74] += 20  # a particle
    >>> flat = FlattenLocal(window_px=24).apply(image)
    >>> round(float(flat[32, 72] - flat[32, 84]))
    20
    """

    name: Literal["flatten-local"] = "flatten-local"
    window_px: int = Field(default=101, ge=9, description="edge of the window [px]")

    def apply(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """Subtract the local median."""
        import cv2
        from scipy.ndimage import median_filter

        check_image(image)
        rows, cols = image.shape
        cell = self.window_px / _CELLS
        size = (max(1, round(cols / cell)), max(1, round(rows / cell)))
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        middle = median_filter(small, size=_CELLS, mode="nearest")
        middle = cv2.blur(middle, (3, 3), borderType=cv2.BORDER_REPLICATE)
        surface = np.asarray(
            cv2.resize(middle, (cols, rows), interpolation=cv2.INTER_LINEAR), np.float32
        )
        flat: NDArray[np.float32] = image - surface
        flat += np.float32(surface.mean(dtype=np.float64))
        return flat
