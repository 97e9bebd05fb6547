"""Text in pictures: outlines from one font file, the same on every machine, with a thin halo.

OpenCV's own letters change between its versions, and Pillow's own font has no µ, Å, ², ³, – or σ;
the font here is DejaVu Sans, which Matplotlib brings along. Strings are put together from cached
letters, so that a thousand ids cost milliseconds.
"""

from __future__ import annotations

import functools
import importlib.util
import math
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from micrographia.errors import MissingDependencyError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["put_text", "text_size"]

RGB = tuple[int, int, int]


@functools.lru_cache(maxsize=65536)
def text_size(text: str, size: int) -> tuple[int, int]:
    """Height of a capital, and the columns that a text takes, halo left out.

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
    return _ascent(size), sum(step for _, step in _letters(text, size))


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
    above = _above(size) - _ascent(size)
    # so that capitals and digits are centred, whatever they carry above
    top = round(place[0] - pad - _ascent(size) / 2) - above
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
    letters = _letters(text, size)
    rows = letters[0][0].shape[0]
    cols = sum(step for _, step in letters) + 2 + 2 * _beside(size)
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


def _letters(text: str, size: int) -> list[tuple[NDArray[np.uint8], int]]:
    """Every letter with its step; a letter and the accent after it count as one."""
    return [_letter(letter, size) for letter in unicodedata.normalize("NFC", text)]


@functools.lru_cache(maxsize=1024)
def _letter(letter: str, size: int) -> tuple[NDArray[np.uint8], int]:
    """Coverage of one letter, with room for what reaches out of its step, and the step."""
    from PIL import Image, ImageDraw

    font = _font(size)
    step = max(1, round(font.getlength(letter)))
    beside, above = _beside(size), _above(size)
    canvas = Image.new("L", (step + 2 + 2 * beside, above + math.ceil(0.3 * size)), 0)
    ImageDraw.Draw(canvas).text((beside, above), letter, font=font, fill=255, anchor="ls")
    return np.asarray(canvas, np.uint8), step


def _ascent(size: int) -> int:
    """Height of a capital above the line it stands on."""
    return round(0.76 * size)


def _above(size: int) -> int:
    """Room above that line: capitals with a ring or dots reach higher than others."""
    return math.ceil(1.1 * size)


def _beside(size: int) -> int:
    """Room on both sides of a letter: some, such as j, reach out of their step."""
    return math.ceil(0.08 * size)


@functools.lru_cache(maxsize=64)
def _font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.truetype(_font_file(), size)


@functools.cache
def _font_file() -> str:
    """Where DejaVu Sans lies.

    Raises
    ------
    MissingDependencyError
        If Matplotlib, or the font in it, is not there; no other font is sure to have all letters.
    """
    spec = importlib.util.find_spec("matplotlib")
    if spec is not None and spec.origin is not None:
        own = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"
        if own.is_file():
            return str(own)
        import matplotlib as mpl  # a distribution may keep its data elsewhere

        moved = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
        if moved.is_file():
            return str(moved)
    raise MissingDependencyError(
        "Matplotlib's font DejaVuSans.ttf, with which pictures are labelled, is not there; "
        "get it by pip install --force-reinstall matplotlib"
    )
