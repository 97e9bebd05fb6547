"""Where lines of print lie beside a bar, found by their grey level: that of the bar."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import cv2
import numpy as np

from micrographia.calibration._types import Bar, Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "has_character",
    "has_level",
    "is_drawn_ground",
    "keyed",
    "level_of",
    "print_of",
    "text_boxes",
]

_MOST = 3  # lines of print beside one bar
_SHORTEST = 5  # px, height of a character
_NEAR = 0.3  # of the contrast, by which print may differ from its bar
_RING = (3, 7)  # rows from a bar, to whose grey level its contrast is taken
_FLAT = 8.0  # range of grey levels of a ground that was drawn, as a strip or a box
_GROUND = 20.0  # grey levels within which a row between the ends of the bar is of that ground, in
_CLEAR = 0.3  # so much of it, text or not
_NEAR_FAINT = 0.4  # of the contrast, by which print on such a ground may differ from its bar
_FARTHEST = 4.0  # heights of the line between it and the bar
_THIN = 3  # rows; a bar of fewer may have lost contrast to blurring
_GAP = 1.4  # heights between the characters of one line
_WORD_GAP = 0.7  # heights, from which a gap parts words, and
_BASE = 0.3  # heights by which the feet of two words of one line may differ
_INK = 0.5  # of the contrast, by which thin print may differ from its bar after blurring
_OWN_GROUND = 20.0  # grey levels from its ground that print has at least
_INKED = 4.0  # percent of the box of a line that is print, at least
_DIGIT = 0.4  # heights of a line that its digits have at least
_STROKES = 0.25  # heights between the strokes of one character
_TALLER = 1.7  # heights of the larger part that a character of two may have
_EXACT = 30.0  # grey levels, by which print without a bar may differ from its level
_CHARACTERS = 3  # of a line of print without a bar
_TEXTURE = 400  # pieces; more are the specimen's texture


@dataclasses.dataclass
class _Piece:
    """A connected piece of the bar's grey level, or a line of them."""

    top: int
    left: int
    bottom: int
    right: int
    count: int = 1

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left


def level_of(grey: NDArray[np.float32], bar: Bar) -> float:
    """The grey level that a bar is drawn in."""
    if bar.level is not None:
        return bar.level
    part = grey[bar.box.slices()]
    return float(np.percentile(part, 85 if bar.polarity == "bright" else 15))


def keyed(part: NDArray[np.float32], level: float) -> NDArray[np.uint8]:
    """A picture of how near pixels are to a grey level: 255 at the level, 0 far from it.

    Parameters
    ----------
    part : ndarray of shape (rows, cols), grey levels 0 … 255
    level : float

    Returns
    -------
    picture : ndarray of shape (rows, cols), uint8
        What was drawn in that level is bright, whatever lies under it dark.
    """
    contrast = max(abs(level - float(np.median(part))), 40.0)
    share = 1.2 - np.abs(part - level) / contrast
    return np.asarray(np.clip(share * 255, 0, 255), np.uint8)


def has_level(grey: NDArray[np.float32], box: Box, level: float) -> bool:
    """Whether a part of the picture has print of a grey level, or near it after blurring."""
    part = grey[box.slices()]
    if part.size == 0:
        return True
    ground = float(np.median(part))
    if abs(ground - level) < _OWN_GROUND:
        return False
    sign = 1.0 if level > ground else -1.0
    print_level = float(np.percentile(part, 50 + sign * (50 - _INKED)))
    return (level - print_level) * sign <= max(_INK * abs(ground - level), 20.0)


def text_boxes(grey: NDArray[np.float32], bar: Bar, region: Box) -> list[Box]:
    """Lines of print in the bar's own grey level within a region, the nearest first.

    Parameters
    ----------
    grey : ndarray of shape (rows, cols), grey levels 0 … 255
    bar : Bar
    region : Box

    Returns
    -------
    boxes : list of Box
        In pixels of the whole picture; at most three.
    """
    found = _print(grey, bar, region)
    size = (grey.shape[0], grey.shape[1])
    if any(_is_cut(box, region, size) for box in found):
        more = round(0.15 * max(size))
        region = region.grown(more, size)
        found = _print(grey, bar, region)
    near = [(away, box) for box in found if (away := _distance(box, bar)) <= _FARTHEST]
    return [box for _, box in sorted(near, key=lambda item: item[0])[:_MOST]]


def _is_cut(box: Box, region: Box, size: tuple[int, int]) -> bool:
    return (box.left <= region.left + box.height and region.left > 0) or (
        box.right >= region.right - box.height and region.right < size[1]
    )


def _print(grey: NDArray[np.float32], bar: Bar, region: Box) -> list[Box]:
    """Lines of print in the bar's grey level, in pixels of the whole picture.

    On a ground that was drawn, as a strip, thin strokes may be fainter than their bar: they are
    looked for first.
    """
    lines: list[_Piece] = []
    for faint in (True, False) if is_drawn_ground(grey, bar) else (False,):
        mask = _mask(grey, bar, region, faint)
        _rub_out(mask, bar, region)
        lines += _lines(_pieces(mask))
    return list(dict.fromkeys(_moved(line, region) for line in lines))


def has_character(grey: NDArray[np.float32], bar: Bar, line: Box, stop: int) -> bool:
    """Whether a character in the bar's grey level stands in a line before a column.

    Parameters
    ----------
    grey : ndarray of shape (rows, cols), grey levels 0 … 255
    bar : Bar
    line : Box
    stop : int

    Returns
    -------
    there : bool
        False also where what stands there goes on beyond the line, as the edge of a box does.
    """
    around = line.grown(line.height // 2, (grey.shape[0], grey.shape[1]))
    region = Box(around.top, around.left, around.bottom, line.right)
    mask = _mask(grey, bar, region)
    _rub_out(mask, bar, region)
    return any(
        box.top > around.top
        and box.bottom < around.bottom
        and box.left > around.left
        and box.right <= stop + _STROKES * line.height
        and box.height >= _DIGIT * line.height
        for box in (_moved(piece, region) for piece in _pieces(mask))
    )


def _mask(
    grey: NDArray[np.float32], bar: Bar, region: Box, faint: bool = False
) -> NDArray[np.uint8]:
    """Where a part of the picture is of the bar's grey level, or near it."""
    part = grey[region.slices()]
    level = level_of(grey, bar)
    ground = float(np.median(part))
    if is_drawn_ground(grey, bar):
        ground = float(np.median(np.concatenate([side.ravel() for side in _sides(grey, bar)])))
    contrast = abs(level - ground)
    near = np.clip((_NEAR_FAINT if faint else _NEAR) * contrast, 12, 100 if faint else 60)
    if bar.line[1] - bar.line[0] < _THIN:  # print is of the same colour, but less blurred
        sign = 1 if bar.polarity == "bright" else -1
        mask = ((level - part) * sign <= near).astype(np.uint8)
    else:
        mask = (np.abs(part - level) <= near).astype(np.uint8)
    if faint:
        under = grey[region.top : region.bottom, int(bar.start) : int(bar.stop)]
        mask[(np.abs(under - ground) <= _GROUND).mean(axis=1) < _CLEAR] = 0  # beyond the strip
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)), np.uint8)


def _sides(grey: NDArray[np.float32], bar: Bar) -> list[NDArray[np.float32]]:
    """What lies right above and below a bar, as the ground of a strip across the picture."""
    top, bottom = bar.line
    columns = slice(int(bar.start) + 1, max(int(bar.stop) - 1, int(bar.start) + 2))
    sides = [grey[max(top - _RING[1], 0) : max(top - _RING[0], 0), columns]]
    sides.append(grey[bottom + _RING[0] : bottom + _RING[1], columns])
    return [side for side in sides if side.size]


def is_drawn_ground(grey: NDArray[np.float32], bar: Bar) -> bool:
    """Whether the ground right above and below a bar is of one grey level, as a strip or a box."""
    sides = _sides(grey, bar)
    if not sides:
        return False
    low, high = np.percentile(np.concatenate([side.ravel() for side in sides]), [10, 90])
    return bool(high - low <= _FLAT)


def print_of(grey: NDArray[np.float32], level: float, region: Box) -> list[Box]:
    """Lines of at least three characters in one grey level within a region, the longest first.

    Parameters
    ----------
    grey : ndarray of shape (rows, cols), grey levels 0 … 255
    level : float
    region : Box

    Returns
    -------
    boxes : list of Box
        In pixels of the whole picture.
    """
    mask = (np.abs(grey[region.slices()] - level) <= _EXACT).astype(np.uint8)
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)))
    found = [line for line in _lines(_pieces(mask)) if line.count >= _CHARACTERS]
    found = [line for line in found if line.width > 1.5 * line.height]
    return [_moved(line, region) for line in sorted(found, key=lambda line: -line.count)]


def _moved(line: _Piece, region: Box) -> Box:
    """The place of a line in the whole picture."""
    return Box(
        line.top + region.top,
        line.left + region.left,
        line.bottom + region.top,
        line.right + region.left,
    )


def _rub_out(mask: NDArray[np.uint8], bar: Bar, region: Box) -> None:
    """Remove the bar itself, but not what stands in its gap."""
    top, bottom = bar.box.top - 1 - region.top, bar.box.bottom + 1 - region.top
    spans = [(bar.box.left, bar.box.right)]
    if bar.hole is not None:
        spans = [(bar.box.left, int(bar.hole[0])), (int(np.ceil(bar.hole[1])), bar.box.right)]
    for left, right in spans:
        mask[max(top, 0) : bottom, max(left - 1 - region.left, 0) : right + 1 - region.left] = 0


def _pieces(mask: NDArray[np.uint8]) -> list[_Piece]:
    """Pieces that may be characters, or parts of them."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    left, top, width, height, area = np.asarray(stats)[1:].T
    keep = (height >= _SHORTEST) & (height <= 0.45 * mask.shape[0]) & (width <= 5 * height)
    keep &= (area >= 0.12 * width * height) & (area >= 6)
    rows = np.stack([top, left, top + height, left + width], 1)[keep]
    if len(rows) > _TEXTURE:
        return []
    return [_Piece(*row) for row in rows.tolist()]


def _lines(pieces: list[_Piece]) -> list[_Piece]:
    """Pieces beside each other joined, again and again, until none follows another."""
    lines = sorted(pieces, key=lambda piece: piece.left)
    joined = True
    while joined:
        joined = False
        for index, one in enumerate(lines):
            partner = next((other for other in lines[index + 1 :] if _belong(one, other)), None)
            if partner is not None:
                lines.remove(partner)
                one.top, one.bottom = min(one.top, partner.top), max(one.bottom, partner.bottom)
                one.left, one.right = min(one.left, partner.left), max(one.right, partner.right)
                one.count += partner.count
                joined = True
                break
    return [line for line in lines if line.count >= 2 or line.width >= 1.3 * line.height]


def _belong(one: _Piece, other: _Piece) -> bool:
    rows = min(one.bottom, other.bottom) - max(one.top, other.top)
    cols = min(one.right, other.right) - max(one.left, other.left)
    low, high = sorted((one.height, other.height))
    if cols >= 0.6 * min(one.width, other.width):  # one above the other: parts of a character
        return -rows <= _STROKES * high and low + high - rows <= _TALLER * high
    if -cols > _WORD_GAP * high and abs(one.bottom - other.bottom) > _BASE * high:
        return False  # words of two lines
    return rows >= 0.6 * low and high <= 2.6 * low and -cols <= _GAP * (low + high) / 2


def _distance(line: Box, bar: Bar) -> float:
    """Distance of a line from the bar in heights of the line."""
    height = max(line.height, 1)
    over = max(line.top - bar.box.bottom, bar.box.top - line.bottom, 0) / height
    if bar.hole is not None:
        side = max(bar.hole[0] - line.left, line.right - bar.hole[1], 0.0) / height
    else:
        side = max(line.left - bar.stop, bar.start - line.right, 0.0) / height
    if over > 0 and side > 0:
        return 99.0
    return float(over + side)
