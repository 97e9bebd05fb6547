"""Sharpening."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from micrographia.preprocessing._base import StepBase, check_image

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Sharpen"]

_KERNEL = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]], np.float32)


class Sharpen(StepBase):
    """Convolution with [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]: the image less its Laplacian.

    It widens the difference between a narrow gap and the particles beside it, and raises the
    noise by a factor of √29 ≈ 5.4, so it comes after denoising. The result is not clipped.

    Examples
    --------
    >>> image = np.zeros((5, 5), np.float32); image[2, 2] = 1
    >>> Sharpen().apply(image)[2]
    array([ 0., -1.,  5., -1.,  0.], dtype=float32)
    """

    name: Literal["sharpen"] = "sharpen"

    def apply(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """Sharpen the image."""
        import cv2

        check_image(image)
        return np.asarray(cv2.filter2D(image, cv2.CV_32F, _KERNEL), np.float32)
