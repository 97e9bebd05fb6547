"""Whether a bar beside its text may be one half of a bar that is broken for the text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from micrographia.calibration._glyphs import is_drawn_ground, level_of
from micrographia.calibration._standing import known, standing, stretches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.calibration._match import Label, Pair
    from micrographia.calibration._types import Bar

__all__ = ["may_be_half"]

_DASH = re.compile(r"\d\D{0,3}[mÅ]\s?[-—–_|]+$|^[-—–_|]+\s?\d")  # a half of a bar read with it
_STANDS = 0.5  # of what a bar stands out, that its other half would
_ALIKE = 0.25  # of a bar's length, by which its other half may be shorter
_VISIBLE = 0.4  # share of such a stretch that stands out where the specimen hides the rest
_COVERED = 0.9  # share of it that does, or is hidden
_ABSENT = 0.25  # share of the columns that may do so by chance where there is no other half
_KNOWN = 0.6  # share of the columns in which it would be seen, wanted to say that there is none
_FLAT = 8.0  # grey levels around its own, within which a ground is even,
_EVEN = 0.55  # and the share of it that is
_APART = 40.0  # grey levels between such a ground and the bar
_LONG = 0.5  # share of the other half's length that stands out without a break on such a ground
_GLIMPSE = 0.25  # share of such a stretch that stands out where a line of the specimen hides it
_OUTSIDE = 0.7  # share of the other half's place, within the picture, from which it is looked for
_ROWS = 0.6  # heights of the text between its middle and the bar's rows, if the two share a line


def may_be_half(grey: NDArray[np.float32], pair: Pair) -> bool:
    """Whether the text stands at a bar's own rows and the bar may go on beyond it.

    Parameters
    ----------
    grey : ndarray of shape (rows, cols), grey levels 0 … 255
    pair : Pair

    Returns
    -------
    possible : bool
        False only where the other half would be seen and is not there, or has no room.
    """
    bar, label = pair.bar, pair.label
    if bar.hole is not None or not _is_beside(bar, label):
        return False
    if _DASH.search(label.line.text):
        return True
    if _is_in_line(grey, bar, label):
        return True
    place = _place(bar, label)
    wanted = place.stop - place.start
    first, last = max(place.start, 0), min(place.stop, grey.shape[1])
    if last - first < _OUTSIDE * wanted:
        return False
    columns = slice(first, last)
    stands = standing(grey, bar, columns) > _STANDS
    part = grey[max(int(label.top), 0) : int(label.bottom) + 1, columns]
    if _is_even(part, bar) or is_drawn_ground(grey, bar):
        # what hides other columns is print, as on a data bar, which is broken between its letters
        covered = stands | ~known(grey, bar, columns, level_of(grey, bar))
        return covered.mean() >= _COVERED or any(
            stop - start >= _LONG * wanted and stands[start:stop].mean() >= _GLIMPSE
            for start, stop in stretches(covered, 0.0)
        )
    seen = known(grey, bar, columns, level_of(grey, bar)) | stands
    return float(seen.mean()) < _KNOWN or float(stands[seen].mean()) > _ABSENT


def _is_even(part: NDArray[np.float32], bar: Bar) -> bool:
    """Whether a part of the picture is of one grey level, not the bar's, but for some print."""
    ground = float(np.median(part))
    apart = bar.level is not None and abs(ground - bar.level) > _APART
    return apart and float((np.abs(part - ground) <= _FLAT).mean()) >= _EVEN


def _is_in_line(grey: NDArray[np.float32], bar: Bar, label: Label) -> bool:
    """Whether a stretch as long as the bar lies in the place of its text, which took it in."""
    columns = slice(max(int(label.left), 0), int(label.right) + 2)
    if label.left > bar.stop - 4:
        columns = slice(max(int(bar.stop) + 4, 0), columns.stop)
    else:
        columns = slice(columns.start, int(bar.start) - 4)
    stands = standing(grey, bar, columns) > _STANDS
    hidden = ~known(grey, bar, columns, level_of(grey, bar))
    width = round((1 - _ALIKE) * bar.length_px)
    if len(stands) < width or width < 1:
        return False
    window = np.ones(width) / width
    there = np.convolve(stands, window, "valid")
    covered = np.convolve(stands | hidden, window, "valid")
    return bool(((there >= _VISIBLE) & (covered >= _COVERED)).any())


def _is_beside(bar: Bar, label: Label) -> bool:
    row = sum(bar.line) / 2
    if abs(label.middle[0] - row) > _ROWS * max(label.height, 1.0):
        return False
    return label.left > bar.stop - 4 or label.right < bar.start + 4


def _place(bar: Bar, label: Label) -> slice:
    """Columns of the other half: as long as this one, as far beyond the text as this one is."""
    length = bar.length_px
    if label.left > bar.stop - 4:
        start = label.right + max(label.left - bar.stop, 2.0)
    else:
        start = label.left - max(bar.start - label.right, 2.0) - length
    return slice(int(start) + 2, int(start + length) - 2)
