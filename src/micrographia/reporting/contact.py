"""The contact sheet: small pictures side by side, each with a line under it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from micrographia.reporting._canvas import limits, stretch
from micrographia.reporting._palette import INK, PAPER
from micrographia.reporting._text import put_text, text_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["draw_contact_sheet", "thumbnail"]

_CELL = 160
_LINE = 20
_GAP = 6


def thumbnail(pixels: NDArray[Any], side: int = _CELL) -> NDArray[np.uint8]:
    """A small picture of an image.

    Parameters
    ----------
    pixels : ndarray of shape (rows, cols)
    side : int [px]
        Of its longer side at most.

    Returns
    -------
    picture : ndarray of shape (rows, cols), uint8

    Examples
    --------
    >>> thumbnail(np.eye(400), 100).shape
    (100, 100)
    """
    factor = min(1.0, side / max(pixels.shape))
    shape = [max(1, round(n * factor)) for n in pixels.shape]
    grey = stretch(pixels, *limits(pixels, 0.2))
    small = cv2.resize(grey, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def draw_contact_sheet(
    pictures: Sequence[NDArray[np.uint8] | None],
    captions: Sequence[tuple[str, ...]],
    title: str,
) -> NDArray[np.uint8]:
    """Lay pictures out side by side.

    Parameters
    ----------
    pictures : sequence of ndarray of shape (rows, cols) uint8, or None
        Shrunk to 160 px where they are larger; None where there is none.
    captions : sequence of tuple of str
        Lines under each picture.
    title : str
        Above all.

    Returns
    -------
    sheet : ndarray of shape (sheet rows, sheet cols, 3), uint8
        RGB.

    Examples
    --------
    >>> draw_contact_sheet([np.zeros((90, 160), np.uint8)], [("a", "0.98")], "spheres").shape[2]
    3
    """
    lines = max((len(caption) for caption in captions), default=1)
    height, width = _CELL + lines * _LINE + _GAP, _CELL + _GAP
    across = max(4, math.ceil(math.sqrt(1.4 * max(1, len(pictures)))))
    down = max(1, math.ceil(len(pictures) / across))
    head = 2 * _LINE
    sheet = np.full((head + down * height + _GAP, across * width + _GAP, 3), INK, np.uint8)
    put_text(sheet, title, (_LINE, _GAP + text_size(title, 16)[1] / 2), 16, PAPER)
    for at, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
        row, col = head + at // across * height, _GAP + at % across * width
        if picture is not None:
            _place(sheet, picture, row, col)
        for number, text in enumerate(caption):
            middle = row + _CELL + (number + 0.5) * _LINE
            put_text(sheet, _shortened(text), (middle, col + _CELL / 2), 12, PAPER)
    return sheet


def _place(sheet: NDArray[np.uint8], picture: NDArray[np.uint8], row: int, col: int) -> None:
    """Draw a picture in the middle of its cell."""
    small = thumbnail(picture) if max(picture.shape) > _CELL else picture
    top, left = row + (_CELL - small.shape[0]) // 2, col + (_CELL - small.shape[1]) // 2
    sheet[top : top + small.shape[0], left : left + small.shape[1]] = small[..., None]


def _shortened(text: str) -> str:
    """The text with its middle left out where it is too long for a cell."""
    if text_size(text, 12)[1] <= _CELL:
        return text
    for kept in range(len(text) - 2, 2, -1):
        short = f"{text[: (kept + 1) // 2]}…{text[len(text) - kept // 2 :]}"
        if text_size(short, 12)[1] <= _CELL:
            return short
    return text[:1]
