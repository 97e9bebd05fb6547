"""Where text about the scale is looked for, and its reading there."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import cv2
import numpy as np

from micrographia.calibration._ocr import Line, read_lines
from micrographia.calibration._parse import parse_line
from micrographia.calibration._types import Bar, Box
from micrographia.calibration._words import complete, join_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["bar_regions", "edge_regions", "read_printed", "read_region"]

_WANTED = 640  # px, to which the longer side of a small region is enlarged
_WANTED_HEIGHT = 64  # px, to which a flat strip is enlarged
_LARGEST = 3.0  # enlargement
_PRINTED = 1024  # px, to which a data bar is reduced where its bar has been read already
_WORDS = 4.0  # heights, width of the shortest line that names an image's width
_LONGEST = 720  # px, to which a large region is reduced, where that leaves it this high:
_HIGH = 160  # px
_WEAKEST = 0.3  # score of a bar whose text is looked for
_TRY_AGAIN = 1.3  # enlargement from which a region is tried at its own size too
_STRIP = 0.12  # of the rows, read at the lower and upper edge where no bar was found


def bar_regions(shape: tuple[int, int], bars: Sequence[Bar], limit: int) -> list[tuple[Box, Bar]]:
    """Boxes around the likeliest bars that hold their text, wherever it stands.

    Parameters
    ----------
    shape : tuple of int, (rows, cols)
    bars : sequence of Bar
    limit : int

    Returns
    -------
    regions : list of (Box, Bar)
    """
    ranked = sorted(bars, key=lambda bar: -_rank(bar, shape))
    return [(_around(bar, shape), bar) for bar in ranked[:limit] if bar.score >= _WEAKEST]


def _rank(bar: Bar, shape: tuple[int, int]) -> float:
    rows, cols = shape
    middle = (bar.box.top + bar.box.bottom) / 2 / rows
    from_edge = min(middle, 1 - middle, bar.start / cols, 1 - bar.stop / cols)
    size = min(1.0, bar.length_px / (0.05 * cols)) ** 0.5
    return float(bar.score * size * (1.0 if from_edge < 0.15 else 0.6))


def _around(bar: Bar, shape: tuple[int, int]) -> Box:
    rows, cols = shape
    above = int(np.clip(0.5 * bar.length_px, max(56, 0.12 * rows), max(0.2 * rows, 56)))
    beside = int(np.clip(0.75 * bar.length_px, max(100, 0.15 * cols), max(0.25 * cols, 100)))
    return Box(
        max(bar.box.top - above, 0),
        max(int(bar.start) - beside, 0),
        min(bar.box.bottom + above, rows),
        min(int(bar.stop) + beside, cols),
    )


def edge_regions(shape: tuple[int, ...], footer: int | None) -> list[Box]:
    """The strip at the lower edge, where overlaid text stands if there is any."""
    if footer is not None:
        return []
    rows, cols = shape[0], shape[1]
    height = max(int(rows * _STRIP), min(rows, 48))
    return [Box(rows - height, 0, rows, cols)]


def read_region(
    grey: NDArray[np.float32], region: Box, bars: Sequence[Bar] = (), again: bool = True
) -> list[Line]:
    """Read the lines of text in a part of the picture.

    Parameters
    ----------
    grey : ndarray of shape (rows, cols), grey levels 0 … 255
    region : Box
        Widened once where a line runs out of it.
    bars : sequence of Bar
        Those with a gap for their text are painted over, as their halves look like dashes.
    again : bool
        Whether an enlarged region without a length is looked at once more in its own size.

    Returns
    -------
    lines : list of Line
        With their places in the whole picture.
    """
    lines = _with_and_without(grey, region, bars, again)
    wider = _widened(lines, region, (grey.shape[0], grey.shape[1]))
    if wider != region:
        region = wider
        lines = _with_and_without(grey, region, bars, again)
    return [line for line in lines if not any(_cut_sides(line, region, grey.shape))]


def read_printed(grey: NDArray[np.float32], region: Box) -> list[Line]:
    """Read the long lines of a data bar, which may name the image's width or the pixel's size.

    Parameters
    ----------
    grey : ndarray of shape (rows, cols), grey levels 0 … 255
    region : Box

    Returns
    -------
    lines : list of Line
    """
    part = grey[region.slices()].round().clip(0, 255).astype(np.uint8)
    return _read_at(part, region, min(1.0, _PRINTED / region.width), _WORDS)


def _with_and_without(
    grey: NDArray[np.float32], region: Box, bars: Sequence[Bar], again: bool
) -> list[Line]:
    """Lines with bars painted over; where that gives no length, without, as they may be strokes."""
    part = grey[region.slices()].round().clip(0, 255).astype(np.uint8)
    painted = _painted(grey, region, bars)
    lines = _lines(painted, region, again)
    if any(parse_line(line.text) for line in lines) or np.array_equal(part, painted):
        return lines
    return _lines(part, region, again) or lines


def _painted(grey: NDArray[np.float32], region: Box, bars: Sequence[Bar]) -> NDArray[np.uint8]:
    part = grey[region.slices()].round().clip(0, 255).astype(np.uint8)
    mask = np.zeros(grey.shape, np.uint8)
    for bar in bars:
        if bar.hole is not None:
            for left, right in ((bar.box.left, bar.hole[0]), (bar.hole[1], bar.box.right)):
                half = Box(bar.box.top, int(left), bar.box.bottom, int(np.ceil(right)))
                mask[half.grown(2, (grey.shape[0], grey.shape[1])).slices()] = 1
    if mask.any():
        part = np.asarray(cv2.inpaint(part, mask[region.slices()], 3, cv2.INPAINT_TELEA))
    return part


def _lines(part: NDArray[np.uint8], region: Box, again: bool) -> list[Line]:
    factor = _factor(part.shape)
    lines = _read_at(part, region, factor)
    if again and factor > _TRY_AGAIN and not any(parse_line(line.text) for line in lines):
        lines += _read_at(part, region, 1.0)  # faint text is found better when it is small
    return lines


def _read_at(
    part: NDArray[np.uint8], region: Box, factor: float, narrowest: float = 0.0
) -> list[Line]:
    picture = part
    if factor != 1:
        mode = cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA
        picture = np.asarray(cv2.resize(part, None, fx=factor, fy=factor, interpolation=mode))
    return [
        dataclasses.replace(
            line,
            top=line.top / factor + region.top,
            left=line.left / factor + region.left,
            bottom=line.bottom / factor + region.top,
            right=line.right / factor + region.left,
        )
        for line in (complete(picture, line) for line in join_words(read_lines(picture, narrowest)))
    ]


def _factor(shape: tuple[int, ...]) -> float:
    """How much a region is enlarged, or reduced, before its text is looked for."""
    longer, height = max(shape), shape[0]
    if longer > _LONGEST and height * _LONGEST / longer >= _HIGH:
        return _LONGEST / longer
    return float(np.clip(max(_WANTED / longer, _WANTED_HEIGHT / height), 1.0, _LARGEST))


def _widened(lines: Sequence[Line], region: Box, shape: tuple[int, int]) -> Box:
    """The region, larger on the sides where lines run out of it."""
    sides = [_cut_sides(line, region, shape) for line in lines if len(line.text) > 1]
    top, left, bottom, right = (
        (any(side) for side in zip(*sides, strict=True)) if sides else 4 * (False,)
    )
    down, along = shape[0] // 10, shape[1] // 5
    top = top and region.width < shape[1]  # nothing of a data bar lies above it
    return Box(
        max(region.top - top * down, 0),
        max(region.left - left * along, 0),
        min(region.bottom + bottom * down, shape[0]),
        min(region.right + right * along, shape[1]),
    )


def _cut_sides(line: Line, region: Box, shape: tuple[int, ...]) -> tuple[bool, bool, bool, bool]:
    """Whether a line runs out of the region, above, left, below, right, and so may be cut."""
    return (
        line.top <= region.top + 1 and region.top > 0,
        line.left <= region.left + 1 and region.left > 0,
        line.bottom >= region.bottom - 1 and region.bottom < shape[0],
        line.right >= region.right - 1 and region.right < shape[1],
    )
