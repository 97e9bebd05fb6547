"""What a picture shows of the microscope's bookkeeping taken away: data bar, scale bar, text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from micrographia.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.calibration import CalibrationSettings
    from micrographia.micrograph import Micrograph

__all__ = ["Bars", "covered", "cut", "free_rectangle", "without_bars"]

Bars = Literal["keep", "crop", "fill"]

_LEAST = 0.25  # share of the image that must remain


def without_bars(micrograph: Micrograph, how: Bars = "fill", *, read: bool = True) -> Micrograph:
    """A micrograph without its data bar, scale bar and their text.

    A model that learned from pictures with bars would tell microscopes apart, not specimens.

    Parameters
    ----------
    micrograph : Micrograph
    how : {"keep", "crop", "fill"}
        Nothing is done; or the largest rectangle without them is cut out; or strips across the
        whole image are cut off and what else there is, is covered with the texture beside it.
    read : bool
        Whether text beside a bar inside the picture is looked for, too (some tenths of a second
        for each image that has such a bar); a data bar is found without.

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


def covered(
    micrograph: Micrograph,
    settings: CalibrationSettings | None = None,
    *,
    read: bool = True,
    unread: NDArray[np.bool_] | None = None,
) -> NDArray[np.bool_]:
    """Where data bar, scale bar and their text are; text is read only beside a bar in the picture.

    Parameters
    ----------
    micrograph : Micrograph
    settings : CalibrationSettings, optional
        How bars are found; where these never read text, nothing is read.
    read : bool
        As in `without_bars`.
    unread : ndarray of shape (rows, cols), bool, optional
        Where bars are without text being read, if that is known.

    Returns
    -------
    covered : ndarray of shape (rows, cols), bool
    """
    from micrographia.calibration import CalibrationSettings, calibrate

    asked = settings or CalibrationSettings()
    excluded = unread
    if excluded is None:
        excluded = calibrate(micrograph, asked.model_copy(update={"read_bar": "never"})).excluded
    top, bottom = _strips(excluded)
    if read and asked.read_bar != "never" and excluded[top:bottom].any():
        always = asked.model_copy(update={"read_bar": "always"})
        excluded = calibrate(micrograph, always).excluded
    return excluded


def cut(
    pixels: NDArray[Any], excluded: NDArray[np.bool_], how: Bars, name: str = "image"
) -> NDArray[Any]:
    """Cut off or cover what is excluded.

    Parameters
    ----------
    pixels : ndarray of shape (rows, cols) or (rows, cols, 3)
    excluded : ndarray of shape (rows, cols), bool
    how : {"keep", "crop", "fill"}
        As in `without_bars`.
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
            f"{excluded.shape[0]} × {excluded.shape[1]} pixels would remain, wanted a quarter; "
            "take the image as it is (--keep-bars, in a dataset bars = 'keep'), or fill the bar "
            "instead of cropping"
        )
    pixels, hole = pixels[top:bottom, left:right], excluded[top:bottom, left:right]
    return _filled(pixels, hole) if hole.any() else pixels


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
    """Cover each excluded region with what lies above or below it, mirrored at its edge.

    What has nothing there takes the value of the nearest pixel that is not excluded.
    """
    from scipy.ndimage import distance_transform_edt, find_objects, label

    result, left = pixels.copy(), hole.copy()
    regions, _ = label(hole, np.ones((3, 3), int))
    for number, (rows, cols) in enumerate(find_objects(regions), 1):
        source = _mirrored(rows.start, rows.stop, len(hole))
        if source is None:
            continue
        where = (regions[rows, cols] == number) & ~left[source, cols]
        result[rows, cols][where] = result[source, cols][where]
        left[rows, cols][where] = False
    if left.any():
        nearest = distance_transform_edt(hole, return_distances=False, return_indices=True)
        result[left] = pixels[tuple(nearest[:, left])]
    return result


def _mirrored(top: int, bottom: int, rows: int) -> NDArray[np.intp] | None:
    """For each row from `top` to `bottom` the one that takes its place; None where none is left."""
    height, above, below = bottom - top, top, rows - bottom
    if above == below == 0:
        return None
    steps = np.arange(height)
    if above >= min(height, below):
        return top - 1 - steps % above
    return (bottom + steps % below)[::-1]
