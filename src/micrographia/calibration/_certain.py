"""Whether a candidate without a text was drawn beyond doubt, or may be a line in the specimen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from micrographia.calibration._types import Bar

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["is_drawn", "likeliest"]

_LIKELY = 0.6  # score of a bar that is told of though its text was not read
_PLAUSIBLE = 0.3  # the same where a person says that there is a bar
_SURE = 0.85  # score of a bar that nothing in a specimen looks like
_FLAT = 3.0  # grey levels, interquartile range within a bar drawn in one colour, after JPEG
_EXTREME = 8.0  # grey levels from black or white that drawn bars have, as a rule
_AT_EDGE = 0.2  # of the picture's rows, within which bars are drawn


def likeliest(bars: Sequence[Bar], asked: bool) -> Bar | None:
    """The best candidate.

    Parameters
    ----------
    bars : sequence of Bar
    asked : bool
        Whether a person says that there is a bar: then any that is plausible.
    """
    if not bars:
        return None
    best = max(bars, key=lambda bar: bar.score * bar.length_px**0.25)
    return best if best.score >= (_PLAUSIBLE if asked else _LIKELY) else None


def is_drawn(grey: NDArray[np.float32], bar: Bar, footer: int | None) -> bool:
    """Whether a bar was drawn beyond doubt, so that it may be kept out of the analysis.

    That is one in a data bar, one with marks or ticks, or one of a single, extreme grey level near
    the upper or lower edge. A nanowire is none of these.

    Parameters
    ----------
    grey : ndarray of shape (rows, cols), grey levels 0 … 255
    bar : Bar
    footer : int or None
        First row of the data bar.
    """
    if footer is not None and bar.box.top >= footer:
        return True
    if bar.score < _SURE:
        return False
    if bar.style in ("graduated", "split"):
        return True
    rows = grey.shape[0]
    middle = (bar.box.top + bar.box.bottom) / 2
    if min(middle, rows - middle) > _AT_EDGE * rows or bar.level is None:
        return False
    row = (bar.box.top + bar.box.bottom) // 2
    level = bar.level
    if bar.style == "plain":
        inside = grey[row, round(bar.start) + 2 : max(round(bar.stop) - 2, round(bar.start) + 3)]
        low, high = np.percentile(inside, [25, 75])
        if high - low > _FLAT:
            return False
    return min(level, 255 - level) <= _EXTREME or bar.style == "ticks"
