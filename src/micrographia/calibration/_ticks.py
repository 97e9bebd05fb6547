"""End ticks of a bar: |—|, ⊏ or ⊔; the length is meant between the middles of its ticks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.calibration._runs import Group

__all__ = ["tick_reach", "tick_width"]

_KEEPS = 40.0  # grey levels by which a tick may differ from its bar


def tick_reach(grey: NDArray[np.float32], group: Group, level: float) -> tuple[int, int] | None:
    """How far ticks at both ends reach above and below the bar; None where there are none."""
    limit = max(4, int((group.stop - group.start) * 0.6))
    reach = []
    for column in (group.start, group.stop - 1):
        columns = slice(max(column - 2, 0), column + 3)
        up = _follow(grey[max(group.top - limit, 0) : group.top, columns][::-1], level)
        down = _follow(grey[group.bottom : group.bottom + limit, columns], level)
        reach.append((up, down))
    (left_up, left_down), (right_up, right_down) = reach
    up = min(left_up, right_up) if abs(left_up - right_up) <= 2 else 0
    down = min(left_down, right_down) if abs(left_down - right_down) <= 2 else 0
    if up >= limit or down >= limit:
        return None
    return (up, down) if max(up, down) >= 2 else None


def _follow(columns: NDArray[np.float32], level: float) -> int:
    """Number of rows, from the first, in which some column keeps the level."""
    keeps = (np.abs(columns - level) <= _KEEPS).any(axis=1)
    return int(len(keeps) if keeps.all() else np.argmin(keeps))


def tick_width(
    grey: NDArray[np.float32],
    group: Group,
    ends: tuple[float, float],
    reach: tuple[int, int],
) -> float:
    """Mean width of the two ticks [px], from the rows where they stand alone.

    Parameters
    ----------
    grey : ndarray of shape (rows, cols), grey levels 0 … 255
    group : Group
    ends : tuple of float
        Outer ends of the bar [px].
    reach : tuple of int
        Rows that the ticks reach above and below the bar.
    """
    up, down = reach
    rows = [*range(group.top - up, group.top - 1), *range(group.bottom + 1, group.bottom + down)]
    rows = rows or [*range(group.top - up, group.top), *range(group.bottom, group.bottom + down)]
    level = float(np.median(grey[group.top : group.bottom, group.start : group.stop]))
    limit = int(max(6, (ends[1] - ends[0]) / 6))
    profile = grey[rows].mean(axis=0)
    widths = []
    for piece in (
        profile[max(int(np.floor(ends[0])) - 1, 0) :][: limit + 2],
        profile[: int(np.ceil(ends[1])) + 1][::-1][: limit + 2],
    ):
        outside = float(np.median(piece[-3:]))
        share = np.clip((piece - outside) / (level - outside or 1.0), 0, 1)
        widths.append(float(share[: limit - 2].sum()))
    return float(np.clip(np.mean(widths), 0.5, limit / 2))
