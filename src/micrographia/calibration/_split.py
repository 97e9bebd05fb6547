"""Bars whose text stands in a gap in their middle: |—— 5 µm ——|."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING

import numpy as np

from micrographia.calibration._runs import Group
from micrographia.calibration._ticks import find_ticks
from micrographia.calibration._types import Bar, Box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["find_split"]

_OFF = 4  # px, twice the distance between the middle rows of two halves


def find_split(grey: NDArray[np.float32], bars: Sequence[Bar]) -> list[Bar]:
    """Join two halves on the same rows, of one length and thickness, with a gap between them.

    Parameters
    ----------
    grey : ndarray of shape (rows, cols), grey levels 0 … 255
    bars : sequence of Bar
        Candidates, among them the halves.

    Returns
    -------
    joined : list of Bar
        With the gap as `hole`.
    """
    joined = []
    for one, other in itertools.combinations(
        [bar for bar in bars if bar.style in ("plain", "ticks")], 2
    ):
        left, right = sorted((one, other), key=lambda bar: bar.start)
        if _are_halves(left, right):
            joined.append(_join(grey, left, right))
    return joined


def _are_halves(left: Bar, right: Bar) -> bool:
    gap = right.start - left.stop
    shorter, longer = sorted((left.length_px, right.length_px))
    return (
        left.polarity == right.polarity
        and abs(left.box.top + left.box.bottom - right.box.top - right.box.bottom) <= _OFF
        and longer - shorter <= max(3.0, 0.3 * longer)
        and 0.2 * shorter < gap < 8 * longer
        and shorter >= 14
    )


def _join(grey: NDArray[np.float32], left: Bar, right: Bar) -> Bar:
    start, stop = left.start, right.stop
    thin = min((left, right), key=lambda bar: bar.box.height)
    group = Group(thin.box.top, thin.box.bottom, round(start), round(stop), thin.polarity, 0.0)
    level = float(np.median(grey[thin.box.slices()])) if thin.level is None else thin.level
    around = float(np.median(grey[thin.box.grown(4, grey.shape).slices()]))
    both = left.style == right.style == "ticks"  # their outer ends are the middles of ticks already
    ticks = None if both else find_ticks(grey, group, (start, stop), abs(level - around))
    up, down = (ticks.up, ticks.down) if ticks else (0, 0)
    box = Box(
        max(thin.box.top - up, 0),
        left.box.left,
        min(thin.box.bottom + down, grey.shape[0]),
        right.box.right,
    )
    return dataclasses.replace(
        left,
        box=box,
        start=ticks.left if ticks else start,
        stop=ticks.right if ticks else stop,
        style="split",
        score=min(left.score, right.score),
        hole=(left.stop, right.start),
    )
