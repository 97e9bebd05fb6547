"""Lengths printed far from the bar that was read, perhaps by a second bar that was not found."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from micrographia.calibration._glyphs import level_of, print_of
from micrographia.calibration._types import Box
from micrographia.calibration._votes import Vote, read_again

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from micrographia.calibration._match import Pair

__all__ = ["printed_elsewhere"]

_ROWS, _COLUMNS = 0.2, 0.4  # of the picture, that a corner takes
_LEVELS = (0.0, 255.0)  # that print is drawn in, as a rule; and that of the bar
_MOST = 4  # lines that are read
_LOWEST, _HIGHEST = 9, 0.1  # px, and share of the rows: height of print


def printed_elsewhere(
    grey: NDArray[np.float32], best: Pair, footer: int | None, seen: Sequence[Box]
) -> Iterator[tuple[Vote, Box]]:
    """Read black and white print in the picture's corners.

    Parameters
    ----------
    grey : ndarray of shape (rows, cols), grey levels 0 … 255
    best : Pair
        The bar and text that are believed; what stands near them is theirs.
    footer : int or None
        First row of the data bar.
    seen : sequence of Box
        Places that were read already.

    Yields
    ------
    vote : Vote
    box : Box
    """
    levels = {*_LEVELS, round(level_of(grey, best.bar))}
    tallest = _HIGHEST * grey.shape[0]
    places = list(seen)
    left = _MOST
    for region in _corners(grey.shape, grey.shape[0] if footer is None else footer):
        for level in levels:
            for box in print_of(grey, level, region):
                known = any(box.meets(place) for place in places)
                if left == 0 or known or not _LOWEST <= box.height <= tallest:
                    continue
                left -= 1
                places.append(box)
                vote = read_again(grey, box, dataclasses.replace(best.bar, level=level, hole=None))
                if vote is not None and vote.token.alone:
                    yield vote, box


def _corners(shape: tuple[int, ...], rows: int) -> list[Box]:
    """The four corners of the picture above its data bar."""
    cols = shape[1]
    down, along = int(_ROWS * rows), int(_COLUMNS * cols)
    return [
        Box(top, left, top + down, left + along)
        for top in (0, rows - down)
        for left in (0, cols - along)
    ]
