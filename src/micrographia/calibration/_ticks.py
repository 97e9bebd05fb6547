"""End ticks of a bar: |—|, ⊏ or ⊔; the length is meant between the middles of its ticks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.calibration._runs import Group

__all__ = ["tick_reach", "tick_width"]

_KEEPS = 0.4  # share of the bar's contrast by which a tick may differ from it


def tick_reach(
    grey: NDArray[np.float32], group: Group, level: float, contrast: float
) -> tuple[int, int] | None:
    """How far ticks at both ends reach above and below the bar; None where there are none."""
    limit = max(4, int((group.stop - group.start) * 0.6))
    reach = []
    for column in (group.start, group.stop - 1):
        columns = slice(max(column - 2, 0), column + 3)
        up = _follow(
            grey[max(group.top - limit, 0) : group.top, columns][::-1], level, _KEEPS * contrast
        )
        down = _follow(grey[group.bottom : group.bottom + limit, columns], level, _KEEPS * contrast)
        reach.append((up, down))
    (left_up, left_down), (right_up, right_down) = reach
    up = min(left_up, right_up) if abs(left_up - right_up) <= 2 else 0
    down = min(left_down, right_down) if abs(left_down - right_down) <= 2 else 0
    if up >= limit or down >= limit:
        return None
    shortest = max(3.0, 0.75 * (group.bottom - group.top))
    return (up, down) if max(up, down) >= shortest else None


def _follow(columns: NDArray[np.float32], level: float, tolerance: float) -> int:
    """Number of rows, from the first, in which some column keeps the level."""
    keeps = (np.abs(columns - level) <= tolerance).any(axis=1)
    return int(len(keeps) if keeps.all() else np.argmin(keeps))


def tick_width(
    grey: NDArray[np.float32],
    group: Group,
    ends: tuple[float, float],
    reach: tuple[int, int],
    level: float,
) -> float | None:
    """Mean width of the two ticks [px], from the rows where they stand alone.

    None where what stands there is no pair of ticks: too faint, too wide, or unequal.

    Parameters
    ----------
    grey : ndarray of shape (rows, cols), grey levels 0 … 255
    group : Group
    ends : tuple of float
        Outer ends of the bar [px].
    reach : tuple of int
        Rows that the ticks reach above and below the bar.
    level : float
        Grey level of the bar.
    """
    up, down = reach
    rows = [*range(group.top - up, group.top - 1), *range(group.bottom + 1, group.bottom + down)]
    rows = rows or [*range(group.top - up, group.top), *range(group.bottom, group.bottom + down)]
    limit = int(max(6, (ends[1] - ends[0]) / 6))
    profile = grey[rows].mean(axis=0)
    widths = []
    for piece in (
        profile[max(int(np.floor(ends[0])) - 1, 0) :][: limit + 2],
        profile[: int(np.ceil(ends[1])) + 1][::-1][: limit + 2],
    ):
        outside = float(np.median(piece[-3:]))
        if abs(level - outside) < 30 or (
            np.abs(piece[:5] - level).min() > _KEEPS * abs(level - outside)
        ):
            return None
        widths.append(_run_width((piece - outside) / (level - outside)))
    if max(widths) > limit / 2 or abs(widths[0] - widths[1]) > 2:
        return None
    return max(float(np.mean(widths)), 0.5)


def _run_width(share: NDArray[np.float32]) -> float:
    """Width at half level of the first peak of a profile that runs from 0 to 1."""
    high = np.flatnonzero(share > 0.5)
    if len(high) == 0:
        return 0.0
    first = int(high[0])
    last = first
    while last + 1 < len(share) and share[last + 1] > 0.5:
        last += 1
    width = float(last - first)
    for inner, outer in ((first, first - 1), (last, last + 1)):
        if 0 <= outer < len(share):
            width += float((share[inner] - 0.5) / (share[inner] - share[outer]))
    return width
