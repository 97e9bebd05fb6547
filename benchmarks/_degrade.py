"""Images made hard to tell: small, blurred, noisy."""

import cv2
import numpy as np

LEVELS = {
    "small (7 px)": (7, 0.0, 0.3),
    "small, some noise (10 px)": (10, 0.0, 0.5),
    "small, noise (10 px)": (10, 0.0, 0.9),
    "blurred, some noise (16 px)": (16, 1.0, 0.6),
}
"""Side that the picture is shrunk to [px], blur before that as standard deviation [px of the
shrunk picture], standard deviation of the noise as multiple of the picture's own."""


def degrade(images, level, size=32, seed=0):
    """Shrink, blur and add noise, then bring back to `size`.

    Parameters
    ----------
    images : ndarray of shape (n, rows, cols)
    level : tuple of (side, blur, noise)
    size : int

    Returns
    -------
    degraded : ndarray of shape (n, size, size), float32
    """
    side, blur, noise = level
    rng = np.random.default_rng(seed)
    found = np.empty((len(images), size, size), np.float32)
    for target, image in zip(found, images, strict=True):
        small = image.astype(np.float32)
        if blur:
            small = cv2.GaussianBlur(small, (0, 0), blur * len(small) / side)
        small = cv2.resize(small, (side, side), interpolation=cv2.INTER_AREA)
        small += rng.normal(0, noise * float(small.std() or 1), small.shape)
        target[:] = cv2.resize(small, (size, size), interpolation=cv2.INTER_LINEAR)
    return found
