"""How noisy an image is, from itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from micrographia.preprocessing._base import check_image

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["estimate_noise"]

# Immerkær's mask; it is blind to anything linear in rows and columns.
_MASK = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
_SAMPLE = 1 << 20


def estimate_noise(image: NDArray[np.float32]) -> float:
    """Standard deviation of the noise that differs from pixel to pixel.

    The image is convolved with the mask of Immerkær (1996), which answers to noise and not to
    slopes; the median of its absolute response is used in place of the mean, so that edges do not
    count as noise. Noise that is correlated between pixels (a scintillator, JPEG, an enlarged
    image) is underestimated.

    Parameters
    ----------
    image : ndarray of shape (rows, cols), float32

    Returns
    -------
    sigma : float
        In the image's own intensity; 0 for a constant image and for one with fewer than 3 rows or
        columns.

    References
    ----------
    J. Immerkær, "Fast noise variance estimation", Computer Vision and Image Understanding 64
    (1996) 300-302, doi:10.1006/cviu.1996.0060.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(100, 5, (200, 300)).astype(np.float32)
    >>> round(estimate_noise(noise))
    5
    """
    check_image(image)
    if min(image.shape) < 3:
        return 0.0
    import cv2

    response = np.abs(cv2.filter2D(image, cv2.CV_32F, _MASK)[1:-1, 1:-1]).ravel()
    response = response[:: max(1, response.size // _SAMPLE)]
    # The mask multiplies the standard deviation by √36; a normal median is 0.6745 σ.
    return float(np.median(response)) / (6 * 0.6745)
