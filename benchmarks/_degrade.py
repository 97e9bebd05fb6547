"""Images made hard to tell: small, blurred, noisy."""

import cv2
import numpy as np

LEVELS = {
    "9 px, noise": (9, 0.0, 0.8),
    "8 px, noise": (8, 0.5, 1.0),
    "7 px, noise": (7, 0.5, 1.3),
    "16 px, noise": (16, 0.8, 1.8),
    "16 px, more noise": (16, 0.8, 2.6),
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
