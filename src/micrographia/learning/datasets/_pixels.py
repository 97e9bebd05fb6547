"""Pixels of a dataset's images: read as recorded, in grey or colour, with or without bars."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.classification.cropping import covered, cut
from micrographia.io import read, read_colours

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.classification.cropping import Bars

__all__ = ["read_pixels", "stretch_to_bytes"]


def read_pixels(
    path: Path, channels: int = 1, frame: int | None = None, bars: Bars = "keep"
) -> NDArray[Any]:
    """Read an image as recorded.

    Parameters
    ----------
    path : Path
    channels : {1, 3}
        Grey, where colours become luminance; or red, green and blue, where grey is repeated.
    frame : int, optional
        Which image of a stack.
    bars : {"keep", "crop", "fill"}
        What is done to data bars and scale bars.

    Returns
    -------
    pixels : ndarray of shape (rows, cols) or (rows, cols, 3)

    Raises
    ------
    InputError
        As `micrographia.io.read` does, or if little but the bars would remain.
    """
    micrograph = read(path, frame=frame)
    pixels = np.asarray(micrograph.pixels)
    if channels == 3:
        colours = read_colours(path, frame=frame)
        pixels = np.repeat(pixels[..., None], 3, axis=2) if colours is None else colours
    return pixels if bars == "keep" else cut(pixels, covered(micrograph), bars, micrograph.name)


def stretch_to_bytes(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Grey levels as bytes: those of 8 bits as they are, others from least to most.

    Examples
    --------
    >>> stretch_to_bytes(np.array([[0, 1000]], np.uint16))
    array([[  0, 255]], dtype=uint8)
    """
    if pixels.dtype == np.uint8:
        return pixels
    values = np.nan_to_num(pixels.astype(np.float32), posinf=0, neginf=0)
    low, high = float(values.min()), float(values.max())
    grey = (values - low) * (255 / max(high - low, 1e-30))
    return np.asarray(np.rint(grey), np.uint8)
