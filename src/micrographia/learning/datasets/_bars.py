"""Data bars, scale bars and their text kept out of what a classifier learns from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import cv2
import numpy as np

from micrographia.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.micrograph import Micrograph

__all__ = ["Bars", "free_rectangle", "without_bars", "without_strips"]

Bars = Literal["keep", "crop", "fill"]

_LEAST = 0.25  # share of the image that must remain
_RADIUS = 5  # px around a filled pixel that its grey level comes from


def without_bars(micrograph: Micrograph, how: Bars = "fill", *, read: bool = True) -> Micrograph:
    """A micrograph without its data bar, scale bar and their text.

    Parameters
    ----------
    micrograph : Micrograph
    how : {"keep", "crop", "fill"}
        Nothing is done; or the largest rectangle without them is cut out; or strips across the
        whole image are cut off and what else there is, is filled in from around.
    read : bool
        Whether text beside a bar inside the picture is looked for, too (seconds for each image
        that has such a bar); a data bar is found without.

    Returns
    -------
    micrograph : Micrograph
        With as many rows and columns less as were cut off, else as recorded.

    Raises
    ------
    InputError
        If less than a quarter of the image would remain.

    Examples
    --------
    >>> from micrographia.micrograph import Micrograph
    >>> image = np.random.default_rng(0).normal(120, 20, (200, 300)).clip(0, 255).astype(np.uint8)
    >>> image[180:] = 0
    >>> image[186:194, 20:280:4] = 255
    >>> without_bars(Micrograph(image)).shape
    (180, 300)
    """
    if how == "keep":
        return micrograph
    excluded = _excluded(micrograph, read)
    if not excluded.any():
        return micrograph
    top, bottom = _strips(excluded)
    if how == "crop":
        top, bottom, left, right = free_rectangle(excluded)
    else:
        left, right = 0, excluded.shape[1]
    kept = slice(top, bottom), slice(left, right)
    if (bottom - top) * (right - left) < _LEAST * excluded.size:
        raise InputError(
            f"{micrograph.name}: without data bar and scale bar only {bottom - top} × "
            f"{right - left} of {excluded.shape[0]} × {excluded.shape[1]} pixels would remain; "
            "fill the bar instead of cropping, or keep it (bars = 'keep')"
        )
    pixels, hole = micrograph.pixels[kept], excluded[kept]
    return micrograph.with_pixels(_filled(pixels, hole) if hole.any() else pixels)


def without_strips(pixels: NDArray[Any]) -> NDArray[Any]:
    """An image without data bars at its bottom and top, found in milliseconds.

    Parameters
    ----------
    pixels : ndarray of shape (rows, cols)

    Returns
    -------
    pixels : ndarray of shape (fewer rows, cols)
        A view.
    """
    from micrographia.calibration import find_footer, find_header

    bottom, top = find_footer(pixels), find_header(pixels)
    return pixels[top or 0 : bottom]


def free_rectangle(excluded: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """The largest rectangle without an excluded pixel.

    Parameters
    ----------
    excluded : ndarray of shape (rows, cols), bool

    Returns
    -------
    top, bottom, left, right : int
        Half open; all 0 where nothing is free.

    Examples
    --------
    >>> mask = np.zeros((4, 5), bool)
    >>> mask[3, 1] = True
    >>> free_rectangle(mask)
    (0, 3, 0, 5)
    """
    best, place = 0, (0, 0, 0, 0)
    height = np.zeros(excluded.shape[1], np.int64)
    for row, line in enumerate(excluded):
        height = np.where(line, 0, height + 1)
        stack: list[tuple[int, int]] = []
        for col, tall in enumerate([*height.tolist(), 0]):
            start = col
            while stack and stack[-1][1] >= tall:
                start, over = stack.pop()
                if over * (col - start) > best:
                    best = over * (col - start)
                    place = (row + 1 - over, row + 1, start, col)
            stack.append((start, tall))
    return place


def _excluded(micrograph: Micrograph, read: bool) -> NDArray[np.bool_]:
    """Where data bar, scale bar and text are; text is read only where a bar lies in the picture."""
    from micrographia.calibration import CalibrationSettings, calibrate

    excluded = calibrate(micrograph, CalibrationSettings(read_bar="never")).excluded
    top, bottom = _strips(excluded)
    if read and excluded[top:bottom].any():
        excluded = calibrate(micrograph, CalibrationSettings(read_bar="always")).excluded
    return excluded


def _strips(excluded: NDArray[np.bool_]) -> tuple[int, int]:
    """First and last but one of the rows between the strips at the top and at the bottom."""
    free = np.flatnonzero(~excluded.all(axis=1))
    return (int(free[0]), int(free[-1]) + 1) if free.size else (0, 0)


def _filled(pixels: NDArray[Any], hole: NDArray[np.bool_]) -> NDArray[Any]:
    kept = pixels.dtype in (np.uint8, np.uint16)
    image = np.ascontiguousarray(pixels if kept else pixels.astype(np.float32))
    filled = cv2.inpaint(image, hole.astype(np.uint8), _RADIUS, cv2.INPAINT_TELEA)
    result = pixels.copy()
    result[hole] = filled[hole]
    return result
