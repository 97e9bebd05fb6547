"""Brightness and contrast as operators set them, then bits and JPEG."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["to_grey"]

_UNCLIPPED = 0.7
"""Share of images that clip nothing."""


def to_grey(
    image: NDArray[np.float32], bits: int, strength: float, random: np.random.Generator
) -> tuple[NDArray[np.uint8] | NDArray[np.uint16], dict[str, float]]:
    """Turn intensities into grey values.

    Parameters
    ----------
    image : ndarray of shape (rows, cols), float32
    bits : {8, 16}
    strength : float
        Of the artefacts; 0: a plain linear stretch.
    random : Generator

    Returns
    -------
    grey : ndarray of shape (rows, cols), uint8 or uint16
    parameters : dict
        Black and white level (grey values that the darkest and brightest of the signal got, 0 to
        1, beyond which it is cut off), gamma, sharpening, JPEG quality (0: none).
    """
    sharpen, gamma, quality = 0.0, 1.0, 0
    if strength > 0 and random.random() < 0.2:
        sharpen = random.uniform(0.2, 1.8) * strength
        image = image + np.float32(sharpen) * (image - cv2.GaussianBlur(image, (0, 0), 1.0))
    black, white = 0.0, 1.0
    tails = (0.0, 100.0)
    if strength > 0:
        black = 0.01 + 0.3 * random.random() ** 1.5
        white = 0.99 - 0.45 * random.random() ** 2
        if random.random() > _UNCLIPPED:
            tails = (math.exp(random.uniform(-3, 0.7)), 100 - math.exp(random.uniform(-3, 1.2)))
            black, white = random.uniform(0, 0.05), random.uniform(0.97, 1.0)
    low, high = np.percentile(image[::2, ::2] if image.size > 2**17 else image, tails)
    image = (image - np.float32(low)) * np.float32(1 / max(float(high - low), 1e-6))
    if strength > 0 and random.random() < 0.3:
        gamma = math.exp(random.normal(0, 0.3))
        image = np.clip(image, 0, None) ** np.float32(gamma)
    image = np.clip(np.float32(black) + np.float32(white - black) * image, 0, 1)
    told = {"black": black, "white": white, "gamma": gamma, "sharpening": sharpen}
    if bits == 16:
        return (image * np.float32(65535) + np.float32(0.5)).astype(np.uint16), told
    grey = (image * np.float32(255) + np.float32(0.5)).astype(np.uint8)
    if strength > 0 and random.random() < 0.35:
        quality = int(random.integers(60, 97))
        _, coded = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])
        grey = np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)
    return grey, {**told, "jpeg_quality": quality}
