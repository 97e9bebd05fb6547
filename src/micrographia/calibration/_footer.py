"""Data bars: strips of one grey level across the image, with text, printed by microscopes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.calibration._grey import to_grey

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["find_footer", "find_header"]

_LARGEST = 0.25  # of the rows
_SMALLEST = 8  # rows
_TOLERANCES = (4.0, 14.0)  # grey levels around the strip's own: exact, after JPEG
_LINE_ROWS = 6  # rows of a frame or separator in a strip, or left over below it
_BLOCKS = 16


def find_footer(pixels: NDArray[Any]) -> int | None:
    """First row of the data bar at the bottom of a micrograph.

    A data bar is a strip of one grey level across the whole width, with text or graphics on it,
    that begins at one row in all columns. A dark band of the specimen has no such straight edge
    and no such even ground.

    Parameters
    ----------
    pixels : ndarray of shape (rows, cols)

    Returns
    -------
    row : int or None
        The strip covers `row` to the last row; None where there is none.

    Examples
    --------
    >>> image = np.random.default_rng(0).normal(120, 20, (200, 300)).clip(0, 255).astype(np.uint8)
    >>> image[180:] = 0
    >>> image[186:194, 20:280:4] = 255
    >>> find_footer(image)
    180
    """
    return footer_of(to_grey(pixels))


def find_header(pixels: NDArray[Any]) -> int | None:
    """Number of rows of a data bar at the top of a micrograph.

    Parameters
    ----------
    pixels : ndarray of shape (rows, cols)

    Returns
    -------
    rows : int or None
        The strip covers rows 0 to ``rows - 1``; None where there is none.

    Examples
    --------
    >>> find_header(np.random.default_rng(0).normal(120, 20, (200, 300))) is None
    True
    """
    return header_of(to_grey(pixels))


def header_of(grey: NDArray[np.float32]) -> int | None:
    """The same for grey levels 0 … 255."""
    first = footer_of(grey[::-1])
    return None if first is None else grey.shape[0] - first


def footer_of(grey: NDArray[np.float32]) -> int | None:
    """First row of the data bar at the bottom, for grey levels 0 … 255."""
    rows, cols = grey.shape
    if rows < 4 * _SMALLEST or cols < 64:
        return None
    for tolerance in _TOLERANCES:
        first = _strip_at(grey, tolerance)
        if first is not None:
            return first
    return None


def _strip_at(grey: NDArray[np.float32], tolerance: float) -> int | None:
    rows = grey.shape[0]
    reach = int(rows * _LARGEST) + 8
    part = grey[rows - reach :]
    ground = _ground(part[-max(_SMALLEST, rows // 40) :])
    share = (np.abs(part - ground) <= tolerance).mean(axis=1)
    first, strange = len(part), 0
    for row in range(len(part) - 1, -1, -1):
        if share[row] >= 0.4:
            first, strange = row, 0
        elif strange < _LINE_ROWS and (first == len(part) or _is_line(part[row], tolerance)):
            strange += 1  # a frame's line, or rows of the image below the strip
        else:
            break
    if len(part) - first < _SMALLEST - _LINE_ROWS:
        return None
    above = [
        bool(share[row] < 0.4) and _is_line(part[row], tolerance)
        for row in range(first - 1, max(first - _LINE_ROWS, 0) - 1, -1)
    ]
    frame = len(above) if all(above) else above.index(False)
    if 0 < frame < first:
        inner, outer = np.median(part[[first - 1, first - frame - 1]], axis=1)
        if abs(inner - outer) >= 30:
            first -= frame  # the frame's upper line belongs to the strip
    height = len(part) - first
    if not _SMALLEST <= height <= rows * _LARGEST or first < 4:
        return None
    if not (_is_straight(part, first, ground, tolerance) and _has_text(part[first:], ground)):
        return None
    return int(rows - height)


def _is_line(row: NDArray[np.float32], tolerance: float) -> bool:
    """Whether a row is of one grey level for the most part."""
    low, high = np.percentile(row, [10, 90])
    return bool(high - low <= 2 * tolerance)


def _ground(strip: NDArray[np.float32]) -> float:
    counts = np.bincount(strip.round().astype(np.int64).ravel(), minlength=256)
    return float(counts.argmax())


def _is_straight(part: NDArray[np.float32], first: int, ground: float, tolerance: float) -> bool:
    """Whether the strip begins at this row in nearly all columns."""
    near = np.abs(part - ground) <= tolerance
    above = np.array([b.mean() for b in np.array_split(near[first - 4 : first], _BLOCKS, axis=1)])
    strip = near[first : first + 8]
    even = strip[strip.mean(axis=1) >= 0.4]
    if len(even) == 0:
        return False
    below = np.array([block.mean() for block in np.array_split(even, _BLOCKS, axis=1)])
    return bool(((below - above) > 0.4).mean() >= 0.75)


def _has_text(strip: NDArray[np.float32], ground: float) -> bool:
    """Whether something is printed on the strip: many sharp steps along its rows."""
    steps = np.abs(np.diff(strip, axis=1)) > 40
    printed = np.abs(strip - ground) > 40
    return bool(steps.sum() >= 40 and 0.002 < printed.mean() < 0.5)
