"""Bars whose text stands in a gap in their middle: |—— 5 µm ——|."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING

import numpy as np

from micrographia.calibration._ends import measure_ends
from micrographia.calibration._runs import Group
from micrographia.calibration._standing import standing, stretches
from micrographia.calibration._ticks import find_ticks
from micrographia.calibration._types import Bar, Box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["find_split"]

_OFF = 4  # px, twice the distance between the middle rows of two halves
_SHORTEST = 10  # px
_ALIKE = 0.3  # of the longer half, by which the other may be shorter
_GAPS = (0.2, 8.0)  # halves that the gap between them may be wide
_MOST = 8  # bars whose other half is looked for
_LIKELY = 0.4  # score of such a bar
_STANDS = 0.5  # of what a half stands out, that its other half must


def find_split(grey: NDArray[np.float32], bars: Sequence[Bar]) -> list[Bar]:
    """Join two halves on the same rows, of one length and thickness, with a gap between them.

    Where only one half is among the candidates, the other is looked for on its rows.

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
    joined: list[Bar] = []
    paired: set[int] = set()
    for one, other in itertools.combinations(
        [bar for bar in bars if bar.style in ("plain", "ticks")], 2
    ):
        left, right = sorted((one, other), key=lambda bar: bar.start)
        if _are_halves(left, right):
            joined.append(_join(grey, left, right))
            paired |= {id(one), id(other)}
    alone = [bar for bar in bars if id(bar) not in paired and _may_be_half(bar)]
    for bar in sorted(alone, key=lambda item: -item.score)[:_MOST]:
        for side in (-1, 1):
            other_half = _other_half(grey, bar, side)
            if other_half is not None:
                left, right = sorted((bar, other_half), key=lambda item: item.start)
                joined.append(_join(grey, left, right))
    return joined


def _may_be_half(bar: Bar) -> bool:
    return bar.style in ("plain", "ticks") and bar.score >= _LIKELY and bar.length_px >= _SHORTEST


def _are_halves(left: Bar, right: Bar) -> bool:
    gap = right.start - left.stop
    shorter, longer = sorted((left.length_px, right.length_px))
    return (
        left.polarity == right.polarity
        and abs(sum(left.line) - sum(right.line)) <= _OFF
        and longer - shorter <= max(3.0, _ALIKE * longer)
        and _GAPS[0] * shorter < gap < _GAPS[1] * longer
        and shorter >= _SHORTEST
    )


def _other_half(grey: NDArray[np.float32], bar: Bar, side: int) -> Bar | None:
    """The nearest stretch of a bar's rows to one side of it that stands out as the bar does."""
    length, cols = bar.length_px, grey.shape[1]
    far = int((_GAPS[1] + 1.5) * length)
    first, last = (
        (max(int(bar.start) - far, 0), int(bar.start) - 2)
        if side < 0
        else (int(bar.stop) + 2, min(int(bar.stop) + far, cols))
    )
    if last - first < _SHORTEST:
        return None
    runs = stretches(standing(grey, bar, slice(first, last)) > _STANDS, 0.1 * length)
    if side < 0:
        runs = runs[::-1]
    for start, stop in runs:
        if abs(stop - start - length) <= max(4.0, _ALIKE * length):
            return _measured(grey, bar, (start + first, stop + first))
    return None


def _measured(grey: NDArray[np.float32], bar: Bar, columns: tuple[int, int]) -> Bar | None:
    """A half with its ends, on the rows of the other one."""
    top, bottom = bar.line
    group = Group(top, bottom, columns[0] + 1, columns[1] - 1, bar.polarity, 0.0)
    ends = measure_ends(grey, group)
    if ends is None or abs(ends.stop - ends.start - bar.length_px) > max(
        3.0, _ALIKE * bar.length_px
    ):
        return None
    box = Box(top, max(int(ends.start), 0), bottom, min(int(np.ceil(ends.stop)), grey.shape[1]))
    return dataclasses.replace(bar, box=box, start=ends.start, stop=ends.stop, style="plain")


def _join(grey: NDArray[np.float32], left: Bar, right: Bar) -> Bar:
    start, stop = left.start, right.stop
    thin = min((left, right), key=lambda bar: bar.line[1] - bar.line[0])
    top, bottom = thin.line
    group = Group(top, bottom, round(left.start), round(left.stop), thin.polarity, 0.0)
    line = Box(top, thin.box.left, bottom, thin.box.right)
    level = float(np.median(grey[line.slices()])) if thin.level is None else thin.level
    around = float(np.median(grey[line.grown(4, grey.shape).slices()]))
    both = left.style == right.style == "ticks"  # their outer ends are the middles of ticks already
    ticks = None if both else find_ticks(grey, group, (start, stop), abs(level - around))
    up, down = (ticks.up, ticks.down) if ticks else (0, 0)
    if both:
        up, down = top - thin.box.top, thin.box.bottom - bottom
    box = Box(max(top - up, 0), left.box.left, min(bottom + down, grey.shape[0]), right.box.right)
    return dataclasses.replace(
        left,
        box=box,
        start=ticks.left if ticks else start,
        stop=ticks.right if ticks else stop,
        style="split",
        score=min(left.score, right.score),
        hole=(left.stop, right.start),
        rows=(top, bottom),
    )
