"""The plate under a scale bar and its text: a box of one grey level, drawn into the image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from micrographia.calibration._types import Box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["plate_of"]

_RING = 2
"""Width of the frame round the marks whose grey level is the plate's [px]."""

_ALIKE = 0.03
"""Grey levels this close are the same; JPEG blurs what was drawn."""

_UNIFORM = 0.85
"""Least share of the frame that has the level."""

_FILLED = 0.9
"""Least share of the plate's rectangle that it fills, together with the marks."""

_REACH = 1.0
"""The plate ends no farther from the marks than this [of their longer side]."""


def plate_of(grey: NDArray[np.float32], marks: Sequence[Box]) -> Box | None:
    """The plate on which marks lie, if they lie on one.

    Parameters
    ----------
    grey : ndarray of shape (rows, cols), float32
        Between 0 and 1.
    marks : sequence of Box
        The bar and its text.

    Returns
    -------
    plate : Box or None
        None where the marks lie on the image itself, or on ground of one grey level that goes on.

    Examples
    --------
    >>> grey = np.random.default_rng(0).random((80, 120), np.float32)
    >>> grey[50:75, 60:110] = 0
    >>> grey[60:63, 70:100] = 1
    >>> plate_of(grey, [Box(60, 70, 63, 100)])
    Box(top=50, left=60, bottom=75, right=110)
    """
    shape = (grey.shape[0], grey.shape[1])
    hull = Box(
        min(mark.top for mark in marks), min(mark.left for mark in marks),
        max(mark.bottom for mark in marks), max(mark.right for mark in marks),
    )  # fmt: skip
    frame = np.zeros(shape, bool)
    frame[hull.grown(_RING, shape).slices()] = True
    frame[hull.slices()] = False
    if not frame.any():
        return None
    level = float(np.median(grey[frame]))
    if (np.abs(grey[frame] - level) <= _ALIKE).mean() < _UNIFORM:
        return None
    window = hull.grown(round(_REACH * max(hull.width, hull.height)), shape)
    part = (np.abs(grey[window.slices()] - level) <= _ALIKE).astype(np.uint8)
    part = np.asarray(cv2.morphologyEx(part, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)))
    inner = (
        slice(hull.top - window.top, hull.bottom - window.top),
        slice(hull.left - window.left, hull.right - window.left),
    )
    part[inner] = 1
    _, numbers, stats, _ = cv2.connectedComponentsWithStats(part, connectivity=4)
    left, top, width, height, area = stats[numbers[inner][0, 0]].tolist()
    plate = Box(
        window.top + top, window.left + left, window.top + top + height, window.left + left + width
    )
    goes_on = any(
        end == limit and limit not in edges
        for end, limit, edges in (
            (plate.top, window.top, (0,)), (plate.left, window.left, (0,)),
            (plate.bottom, window.bottom, (shape[0],)), (plate.right, window.right, (shape[1],)),
        )
    )  # fmt: skip
    if goes_on or area < _FILLED * width * height:
        return None
    return plate
