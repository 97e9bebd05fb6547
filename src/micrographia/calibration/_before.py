"""Print right before a text: digits that its reading may lack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from micrographia.calibration._glyphs import has_character, level_of
from micrographia.calibration._parse import is_round
from micrographia.calibration._types import Box
from micrographia.calibration._votes import read_again

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.calibration._match import Pair

__all__ = ["lacks_digits"]

_NEAR = 0.4  # of the contrast, by which print may differ from its bar
_GAP = 0.6  # heights without print before the first digit
_MORE = 0.3  # heights of print before the text, from which it is read again with them
_FARTHEST = 6.0  # heights that are followed
_INNER = 0.15  # of the height, left out above and below
_CERTAIN = 3  # pictures that agree on a text, from which it needs another length to doubt it
_INK = 2  # pixels of a column that print has at least


def lacks_digits(grey: NDArray[np.float32], pair: Pair) -> bool:
    """Whether print goes on before a text, and with it another length is read.

    Where none is read with it, a text that fewer than three pictures agreed on is doubted too.

    Parameters
    ----------
    grey : ndarray of shape (rows, cols), grey levels 0 … 255
    pair : Pair

    Returns
    -------
    lacking : bool
    """
    box = pair.label.line.box()
    first = _first_column(grey, pair, box)
    if first is None or first > box.left - max(_MORE * box.height, 3):
        return False
    wider = Box(box.top, max(first - 2, 0), box.bottom, box.right)
    vote = read_again(grey, wider, pair.bar)
    if vote is None:
        return pair.label.line.readings < _CERTAIN
    lengths = vote.token.length_nm, pair.label.token.length_nm
    if is_round(lengths[1]) and not is_round(lengths[0]):
        return has_character(grey, pair.bar, wider, box.left)  # else the edge of a box
    return abs(lengths[0] / lengths[1] - 1) > 1e-6


def _first_column(grey: NDArray[np.float32], pair: Pair, box: Box) -> int | None:
    """Where print of the bar's grey level begins that runs up to a text.

    None where it goes on too far to be a number, as a line of the specimen does.
    """
    bar, level = pair.bar, level_of(grey, pair.bar)
    margin = round(_INNER * box.height)
    rows = slice(max(box.top + margin, 0), max(box.bottom - margin, box.top + margin + 1))
    farthest = box.left - round(_FARTHEST * box.height)
    if bar.hole is not None:
        farthest = max(farthest, int(bar.hole[0]) + 3)
    elif bar.stop < box.left + 4 and bar.box.top < rows.stop and rows.start < bar.box.bottom:
        farthest = max(farthest, int(bar.stop) + 3)
    start = max(farthest, 0)
    part = grey[rows, start : max(box.left, start)]
    if part.shape[1] == 0:
        return None
    ground = float(np.median(grey[rows, start : box.right]))
    near = max(_NEAR * abs(level - ground), 12.0)
    inked = np.flatnonzero((np.abs(part - level) <= near).sum(axis=0) >= _INK)
    first = box.left
    for column in inked[::-1].tolist():
        if first - (start + column) > _GAP * box.height:
            return first
        first = start + column
    return None if first <= farthest + _GAP * box.height and start == farthest else first
