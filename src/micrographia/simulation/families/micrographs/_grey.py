"""From recorded intensities to the picture that is kept: contrast, sharpening, bits, JPEG."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["to_grey"]


def to_grey(
    image: NDArray[np.float32], bits: int, strength: float, random: np.random.Generator
) -> tuple[NDArray[np.uint8] | NDArray[np.uint16], dict[str, float]]:
    """Turn intensities into grey values as microscopists' programs do.

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
        Gamma, sharpening and JPEG quality that were applied.
    """
    sharpen = gamma = 0.0
    quality = 0
    if strength > 0:
        if random.random() < 0.3:
            sharpen = random.uniform(0.3, 2.5) * strength
            wide = cv2.GaussianBlur(image, (0, 0), random.uniform(0.7, 2.0))
            image = image + np.float32(sharpen) * (image - wide)
        elif random.random() < 0.06:
            image = cv2.medianBlur(image, 3)
    some = image[::2, ::2] if image.size > 2**17 else image
    clip = 0.0 if random.random() < 0.3 else math.exp(random.uniform(-3.5, 0.7))
    low, high = np.percentile(some, (clip * random.random(), 100 - clip * random.random()))
    spare = random.uniform(0, 0.35, 2) * (high - low) if random.random() < 0.6 else np.zeros(2)
    low, high = low - spare[0], high + spare[1]
    image = np.clip((image - np.float32(low)) / np.float32(max(high - low, 1e-6)), 0, 1)
    if random.random() < 0.4:
        gamma = math.exp(random.normal(0, 0.3))
        image = image ** np.float32(gamma)
    parameters = {"gamma": gamma or 1.0, "sharpening": sharpen}
    if bits == 16:
        return (image * np.float32(65535) + np.float32(0.5)).astype(np.uint16), parameters
    grey = (image * np.float32(255) + np.float32(0.5)).astype(np.uint8)
    if strength > 0 and random.random() < 0.45:
        quality = int(random.integers(55, 97))
        _, coded = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])
        grey = np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)
    parameters["jpeg_quality"] = quality
    return grey, parameters
