"""Mean and standard deviation of a square window around every pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["local_mean_and_deviation"]


def local_mean_and_deviation(
    image: NDArray[np.float32], window: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and standard deviation of the window; the image is mirrored at its border.

    Parameters
    ----------
    image : ndarray of shape (rows, cols), float32
        Of the order of 1: squares are summed in float32.
    window : int
        Edge [px]; cut to the image's size.

    Returns
    -------
    mean, deviation : ndarray of shape (rows, cols), float32
    """
    import cv2

    size = (min(window, 2 * image.shape[1] - 1), min(window, 2 * image.shape[0] - 1))
    shift = np.float32(image.mean(dtype=np.float64))
    centred = image - shift
    mean = cv2.boxFilter(centred, cv2.CV_32F, size)
    square = cv2.sqrBoxFilter(centred, cv2.CV_32F, size)
    square -= mean * mean
    np.maximum(square, 0, out=square)
    return mean + shift, np.sqrt(square, out=square)
