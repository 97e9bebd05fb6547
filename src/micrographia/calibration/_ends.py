"""The ends of a bar to a fraction of a pixel, by the half-level crossing of its profile."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.calibration._runs import Group

__all__ = ["Ends", "measure_ends"]

_REACH = 7  # px beyond the even part within which an end must lie
_SLOPE = 0.03  # of the contrast, from pixel to pixel: less is no longer the edge


@dataclasses.dataclass(frozen=True)
class Ends:
    """Ends [px], the contrast at the weaker one, and the width of the softer edge [px]."""

    start: float
    stop: float
    contrast: float
    blur: float


def measure_ends(grey: NDArray[np.float32], group: Group) -> Ends | None:
    """Half-level crossings left and right of a group's even part.

    The profile is the mean over the bar's rows; the outer level is the first extremum beyond the
    edge, so that an outline or a halo around the bar does not move the crossing.

    Parameters
    ----------
    grey : ndarray of shape (rows, cols), grey levels 0 … 255
    group : Group

    Returns
    -------
    ends : Ends or None
        None where the level is not left within a few pixels of the even part.
    """
    top, bottom = group.top, group.bottom
    if bottom - top >= 5:  # the outer rows may be blends with what lies above and below
        top, bottom = top + 1, bottom - 1
    sign = 1.0 if group.polarity == "bright" else -1.0
    profile = grey[top:bottom].mean(axis=0) * sign
    level = float(np.median(profile[group.start : group.stop]))
    left = _crossing(profile[: group.start + 2][::-1], level)
    right = _crossing(profile[group.stop - 2 :], level)
    if left is None or right is None:
        return None
    return Ends(
        group.start + 2 - left[0],
        group.stop - 2 + right[0],
        min(left[1], right[1]),
        max(left[2], right[2]),
    )


def _crossing(profile: NDArray[np.float32], level: float) -> tuple[float, float, float] | None:
    """Distance from the profile's first edge to the crossing, contrast there, 10–90 % width."""
    near = profile[: _REACH + 2].astype(np.float64)
    if len(near) < 3:
        return None
    deepest = float(near.min())
    if level - deepest < 8:
        return None
    index = int(np.flatnonzero(near < (level + deepest) / 2)[0])
    slope = _SLOPE * (level - deepest)
    while index + 1 < len(near) and near[index] - near[index + 1] > slope:
        index += 1
    outside = float(near[index])
    half = (level + outside) / 2
    after = int(np.flatnonzero(near <= half)[0])
    if after == 0:
        return None
    before = after - 1
    step = near[before] - near[after]
    position = before + (near[before] - half) / step + 0.5
    span = level - outside
    inside_edge = np.flatnonzero(near[: index + 1] < level - 0.1 * span)
    blur = float(index - inside_edge[0] + 1) if len(inside_edge) else 1.0
    return float(position), span, blur
