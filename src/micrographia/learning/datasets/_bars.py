"""Data bars, scale bars and their text kept out of what a classifier learns from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import cv2
import numpy as np

from micrographia.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.learning.datasets._dataset import Dataset
    from micrographia.micrograph import Micrograph

__all__ = [
    "Bars",
    "covered",
    "cut",
    "free_rectangle",
    "kept_bars_note",
    "without_bars",
    "without_strips",
]

Bars = Literal["keep", "crop", "fill"]

_LEAST = 0.25  # share of the image that must remain
_LOOKED_AT = 20
_WORTH_SAYING = 0.1  # share of those that have a bar
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
    excluded = covered(micrograph, read=read)
    if not excluded.any():
        return micrograph
    return micrograph.with_pixels(cut(micrograph.pixels, excluded, how, micrograph.name))


def covered(micrograph: Micrograph, *, read: bool = True) -> NDArray[np.bool_]:
    """Where data bar, scale bar and their text are; text is read only beside a bar in the picture.

    Parameters
    ----------
    micrograph : Micrograph
    read : bool
        As in `without_bars`.

    Returns
    -------
    covered : ndarray of shape (rows, cols), bool
    """
    from micrographia.calibration import CalibrationSettings, calibrate

    excluded = calibrate(micrograph, CalibrationSettings(read_bar="never")).excluded
    top, bottom = _strips(excluded)
    if read and excluded[top:bottom].any():
        excluded = calibrate(micrograph, CalibrationSettings(read_bar="always")).excluded
    return excluded


def kept_bars_note(dataset: Dataset) -> str | None:
    """What to tell a person whose images have bars that a classifier is about to learn from.

    `micrographia classify` takes bars away before the model looks, so that a model which learned
    with them sees something else there.

    Parameters
    ----------
    dataset : Dataset
        At most 20 of its images are looked at, spread over all of them.

    Returns
    -------
    note : str or None
        None where bars are taken away, or hardly any image has one.
    """
    from micrographia.errors import MicrographiaError
    from micrographia.io import read

    if dataset.settings.bars != "keep" or not len(dataset):
        return None
    rows = np.unique(np.linspace(0, len(dataset) - 1, _LOOKED_AT).astype(int))
    frames = dataset.table.get("frame")
    found = 0
    for row in rows:
        frame = None if frames is None else int(frames.iloc[row])
        try:
            found += bool(covered(read(dataset.paths[row], frame=frame), read=False).any())
        except MicrographiaError:
            continue
    if found < max(2, _WORTH_SAYING * len(rows)):
        return None
    return (
        f"{found} of {len(rows)} images looked at have a data bar or scale bar, and the model "
        "learns from it; 'micrographia classify' takes bars away first, so give dataset.bars = "
        "'crop' or 'fill' to learn without them, or classify with --keep-bars"
    )


def cut(
    pixels: NDArray[Any], excluded: NDArray[np.bool_], how: Bars, name: str = "image"
) -> NDArray[Any]:
    """Cut off or fill in what is excluded.

    Parameters
    ----------
    pixels : ndarray of shape (rows, cols) or (rows, cols, 3)
    excluded : ndarray of shape (rows, cols), bool
    how : {"keep", "crop", "fill"}
    name : str
        What messages call the image.

    Returns
    -------
    pixels : ndarray of the same type

    Raises
    ------
    InputError
        If less than a quarter of the image would remain.
    """
    if how == "keep" or not excluded.any():
        return pixels
    top, bottom = _strips(excluded)
    left, right = 0, excluded.shape[1]
    if how == "crop":
        top, bottom, left, right = free_rectangle(excluded)
    if (bottom - top) * (right - left) < _LEAST * excluded.size:
        raise InputError(
            f"{name}: without data bar and scale bar only {bottom - top} × {right - left} of "
            f"{excluded.shape[0]} × {excluded.shape[1]} pixels would remain; fill the bar instead "
            "of cropping, or keep it (bars = 'keep')"
        )
    pixels, hole = pixels[top:bottom, left:right], excluded[top:bottom, left:right]
    return _filled(pixels, hole) if hole.any() else pixels


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


def _strips(excluded: NDArray[np.bool_]) -> tuple[int, int]:
    """First and last but one of the rows between the strips at the top and at the bottom."""
    free = np.flatnonzero(~excluded.all(axis=1))
    return (int(free[0]), int(free[-1]) + 1) if free.size else (0, 0)


def _filled(pixels: NDArray[Any], hole: NDArray[np.bool_]) -> NDArray[Any]:
    kept = pixels.dtype in (np.uint8, np.uint16)
    if pixels.ndim == 3 and pixels.dtype != np.uint8:  # OpenCV fills colours of 8 bits only
        return np.stack([_filled(pixels[..., k], hole) for k in range(pixels.shape[2])], axis=2)
    image = np.ascontiguousarray(pixels if kept else pixels.astype(np.float32))
    filled = cv2.inpaint(image, hole.astype(np.uint8), _RADIUS, cv2.INPAINT_TELEA)
    result = pixels.copy()
    result[hole] = filled[hole]
    return result
