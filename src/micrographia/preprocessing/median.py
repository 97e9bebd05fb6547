"""Median filter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field, field_validator

from micrographia.preprocessing._base import StepBase, check_image

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Median"]


class Median(StepBase):
    """Median of a square window: takes away single bright and dark pixels, keeps edges.

    Windows of 3 and 5 px run in OpenCV on float32, larger ones in SciPy, which is slower.

    Examples
    --------
    >>> hot = np.ones((5, 5), np.float32); hot[2, 2] = 1e6
    >>> float(Median(size_px=3).apply(hot).max())
    1.0
    """

    name: Literal["median"] = "median"
    size_px: int = Field(default=3, ge=3, le=101, description="edge of the window, odd [px]")

    @field_validator("size_px")
    @classmethod
    def _odd(cls, value: int) -> int:
        if value % 2 == 0:
            raise ValueError("the window must be odd, so that it has a middle")
        return value

    def apply(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """Filter the image."""
        check_image(image)
        if self.size_px <= 5:
            import cv2

            return np.asarray(cv2.medianBlur(np.ascontiguousarray(image), self.size_px), np.float32)
        from scipy import ndimage

        return np.asarray(ndimage.median_filter(image, self.size_px, mode="nearest"), np.float32)
