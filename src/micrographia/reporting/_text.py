"""Text in pictures: outlines from one font file, the same on every machine, with a thin halo.

OpenCV's own letters change between its versions and lack µ; the font here is DejaVu Sans, which
Matplotlib brings along. Strings are put together from cached letters, so that a thousand ids cost
milliseconds.
"""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["put_text", "text_size"]

RGB = tuple[int, int, int]


@functools.lru_cache(maxsize=65536)
def text_size(text: str, size: int) -> tuple[int, int]:
    """Rows and columns that a text takes, halo left out.

    Parameters
    ----------
    text : str
    size : int [px]
        Height of the font.

    Examples
    --------
    >>> rows, cols = text_size("128", 12)
    >>> rows <= 12 < cols
    True
    """
    if not text:
        return 0, 0
    letters = [_letter(letter, size) for letter in text]
    return _ascent(size), sum(step for _, step in letters)


def put_text(
    image: NDArray[np.uint8],
    text: str,
    place: tuple[float, float],
    size: int,
    colour: RGB,
    halo: RGB | None = None,
) -> None:
    """Write text into an image, in place; what falls outside is cut.

    Parameters
    ----------
    image : ndarray of shape (rows, cols, 3), uint8
    text : str
    place : tuple of float, (row, col) [px]
        Middle of the text.
    size : int [px]
        Height of the font.
    colour : tuple of int
    halo : tuple of int or None
        Colour of a thin rim around the letters.
    """
    if not text:
        return
    pad = max(1, round(size / 12)) if halo is not None else 0
    mask, rim = _assemble(text, size, pad)
    rows, cols = mask.shape
    top = round(place[0] - pad - _ascent(size) / 2)  # so that capitals and digits are centred
    left = round(place[1] - cols / 2)
    height, width = image.shape[:2]
    r0, c0 = max(top, 0), max(left, 0)
    r1, c1 = min(top + rows, height), min(left + cols, width)
    if r0 >= r1 or c0 >= c1:
        return
    window = (slice(r0 - top, r1 - top), slice(c0 - left, c1 - left))
    target = image[r0:r1, c0:c1]
    if halo is not None:
        _blend(target, rim[window], halo)
    _blend(target, mask[window], colour)


def _blend(target: NDArray[np.uint8], mask: NDArray[np.uint8], colour: RGB) -> None:
    alpha = cv2.merge([mask, mask, mask])
    ink = cv2.multiply(alpha, (*colour, 0), scale=1 / 255)
    rest = cv2.multiply(target, cv2.bitwise_not(alpha), scale=1 / 255)
    target[:] = cv2.add(ink, rest)


def _assemble(text: str, size: int, pad: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Letters side by side on one mask with a margin of `pad` on every side, and their rim."""
    letters = [_letter(letter, size) for letter in text]
    rows = size + 2
    cols = sum(step for _, step in letters) + 2
    mask = np.zeros((rows + 2 * pad, cols + 2 * pad), np.uint8)
    at = pad
    for letter, step in letters:
        part = mask[pad : pad + rows, at : at + letter.shape[1]]
        cv2.max(part, letter, dst=part)
        at += step
    return mask, (cv2.dilate(mask, _kernel(pad)) if pad else mask)


@functools.cache
def _kernel(pad: int) -> NDArray[np.uint8]:
    kernel: NDArray[np.uint8] = cv2.getStructuringElement(
        cv2.MORPH_ELLIPSE, (2 * pad + 1, 2 * pad + 1)
    )
    return kernel


@functools.lru_cache(maxsize=1024)
def _letter(letter: str, size: int) -> tuple[NDArray[np.uint8], int]:
    """Coverage of one letter and the step to the next."""
    from PIL import Image, ImageDraw

    font = _font(size)
    step = max(1, round(font.getlength(letter)))
    canvas = Image.new("L", (step + 2, size + 2), 0)
    ImageDraw.Draw(canvas).text((0, _ascent(size)), letter, font=font, fill=255, anchor="ls")
    return np.asarray(canvas, np.uint8), step


def _ascent(size: int) -> int:
    """Height of a capital above the line it stands on."""
    return round(0.76 * size)


@functools.lru_cache(maxsize=64)
def _font(size: int) -> Any:
    from PIL import ImageFont

    spec = importlib.util.find_spec("matplotlib")
    if spec is not None and spec.origin is not None:
        path = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"
        if path.is_file():
            return ImageFont.truetype(str(path), size)
    return ImageFont.load_default(size)
