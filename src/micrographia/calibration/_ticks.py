"""End ticks of a bar: |—|, ⊏ or ⊔; the length is meant between the middles of its ticks."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.calibration._runs import Group

__all__ = ["Ticks", "find_ticks"]

_RISES = 0.25  # of the bar's contrast, by which a tick rises above both its sides
_LEAST = 15.0  # grey levels by which it does so at least
_FADES = 0.25  # of the bar's contrast, by which a tick may fade along its rows
_SHORTEST = 3.0  # px
_NEAR = 3  # px between a tick's middle and the bar's end, beside half the tick's width
_AT_END = 1.6  # px between a tick's outer edge and the bar's end, as measured
_NEAR_END = 5.0  # px, inside of an end that a wire or a fringe beyond it moved, of a clear tick
_THIN = 4.0  # px, width of such a tick; fringes are wider as a rule
_CLEAR = 0.5  # of the bar's contrast, by which a clear tick rises
_SIDES = (6, 24)  # px to both sides that a tick may be wide: fewest, most
_BLENDS = 3  # rows above and below a group of even runs that may be the bar's as well
_SAMPLE = 2  # rows next to the bar that show whether there is a tick
_BELOW = (0.4, 0.65)  # of the contrast, by which a tick is fainter than a sharp, or blurred, bar


@dataclasses.dataclass(frozen=True)
class Ticks:
    """Rows that two ticks reach above and below a bar; their middles and mean width [px]."""

    up: int
    down: int
    left: float
    right: float
    width: float


@dataclasses.dataclass(frozen=True)
class _Tick:
    reach: int
    middle: float
    width: float
    clear: bool
    off: float


def find_ticks(
    grey: NDArray[np.float32],
    group: Group,
    ends: tuple[float, float],
    contrast: float,
    sharp: bool = False,
) -> Ticks | None:
    """The ticks at both ends of a bar, above it, below it, or both; None where there are none.

    A tick is a ridge down the rows: it rises above what lies left and right of it, so that thin
    ones count after blurring although they do not quite reach the bar's grey level. Those of a bar
    with sharp ends do, or nearly; noise and fringes beside it do not.

    Parameters
    ----------
    grey : ndarray of shape (rows, cols), grey levels 0 … 255
    group : Group
    ends : tuple of float
        Outer ends of the bar [px].
    contrast : float
        Grey levels between the bar and its surroundings.
    sharp : bool
        Whether the bar's ends are sharp, so that its ticks are not blurred either.
    """
    limit = max(4, int((ends[1] - ends[0]) * 0.6))
    image = grey if group.polarity == "bright" else -grey
    sides = int(np.clip((ends[1] - ends[0]) / 10, *_SIDES))
    top, bottom = _whole_height(image, group, contrast)
    shortest = max(_SHORTEST, 0.75 * (bottom - top))
    level = float(np.median(image[group.top : group.bottom, group.start : group.stop]))
    faintest = level - _BELOW[0 if sharp else 1] * contrast
    pairs: list[tuple[_Tick, _Tick] | None] = []
    for rows in (
        image[max(top - limit - 1, 0) : top][::-1],
        image[bottom : bottom + limit + 1],
    ):
        left = _tick(rows, ends[0], sides, (contrast, faintest), outward=-1)
        right = _tick(rows, ends[1], sides, (contrast, faintest), outward=1)
        pairs.append(_pair(left, right, ends, limit) if left and right else None)
    reach = [0 if pair is None else min(pair[0].reach, pair[1].reach) for pair in pairs]
    if max(reach) < shortest:
        return None
    lefts, rights = zip(
        *(pair for pair, far in zip(pairs, reach, strict=True) if pair and far >= _SHORTEST),
        strict=True,
    )
    return Ticks(
        reach[0] + group.top - top,
        reach[1] + bottom - group.bottom,
        float(np.mean([tick.middle for tick in lefts])),
        float(np.mean([tick.middle for tick in rights])),
        float(np.mean([tick.width for tick in lefts + rights])),
    )


def _whole_height(image: NDArray[np.float32], group: Group, contrast: float) -> tuple[int, int]:
    """Rows of a bar with those that are blends, or that the group of even runs lacks."""
    columns = slice(group.start + 2, max(group.stop - 2, group.start + 3))
    rows = np.median(image[max(group.top - _BLENDS, 0) : group.bottom + _BLENDS, columns], axis=1)
    first = max(group.top - _BLENDS, 0)
    inner = rows[group.top - first : group.bottom - first]
    of_bar = rows >= float(np.median(inner)) - 0.5 * contrast
    top, bottom = group.top, group.bottom
    while top > first and of_bar[top - 1 - first]:
        top -= 1
    while bottom - first < len(rows) and of_bar[bottom - first]:
        bottom += 1
    return top, bottom


def _pair(
    left: _Tick, right: _Tick, ends: tuple[float, float], limit: int
) -> tuple[_Tick, _Tick] | None:
    """Two ticks that are alike; where a line of the specimen hides one, it is like the other."""
    if _alike(left, right, limit):
        return left, right
    sure, hidden = (left, right) if left.width <= right.width else (right, left)
    if not (sure.clear and hidden.clear and sure.off <= _AT_END and sure.reach < limit):
        return None
    if hidden.reach < sure.reach - 2 or sure.reach <= _SHORTEST or sure.width > _THIN:
        return None
    if sure is left:
        return left, dataclasses.replace(left, middle=ends[1] - left.width / 2)
    return dataclasses.replace(right, middle=ends[0] + right.width / 2), right


def _alike(left: _Tick, right: _Tick, limit: int) -> bool:
    return (
        abs(left.reach - right.reach) <= 2
        and max(left.reach, right.reach) < limit
        and abs(left.width - right.width) <= 2
        and (
            max(left.off, right.off) <= _AT_END
            or (
                left.clear
                and right.clear
                and min(left.off, right.off) <= _AT_END
                and max(left.width, right.width) <= _THIN
            )
        )
    )


def _tick(
    rows: NDArray[np.float32], end: float, sides: int, levels: tuple[float, float], outward: int
) -> _Tick | None:
    """A ridge at a bar's end, in rows counted from the bar; `outward` is the bar's outer side.

    `levels` are the bar's contrast and the level that a tick reaches at least.
    """
    contrast, faintest = levels
    rises = max(_RISES * contrast, _LEAST)
    first = int(np.floor(end)) - 2 * sides
    if len(rows) < 2:
        return None
    columns = np.clip(np.arange(first, first + 4 * sides), 0, rows.shape[1] - 1)
    window = rows[:, columns].astype(np.float64)
    sample = window[1 : 1 + _SAMPLE].mean(axis=0)
    peak = _ridge(sample, end - first, sides, rises)
    if peak is None or float(sample[peak - 1 : peak + 2].max()) < faintest:
        return None
    rise = _rise(sample, peak, sides)
    lasting, level = 0.5 * rise, float(sample[peak]) - max(_FADES * contrast, _LEAST)
    reach = 1
    while (
        reach < len(window)
        and _rise(window[reach], peak, sides) >= lasting
        and window[reach, peak - 1 : peak + 2].max() >= level
    ):
        reach += 1
    if reach < _SHORTEST:
        return None
    stop = max(reach - 1, 2)  # the last row may be half a tick
    edges = _edges(window[1:stop].mean(axis=0), peak, sides)
    outer = edges[0] if outward < 0 else edges[1]
    off = (outer + first - end) * outward
    if not -_NEAR_END <= off <= _AT_END:
        return None
    clear = rise >= _CLEAR * contrast
    return _Tick(reach, sum(edges) / 2 + first, edges[1] - edges[0], clear, abs(off))


def _ridge(profile: NDArray[np.float64], end: float, sides: int, rises: float) -> int | None:
    """The column of the highest ridge near a bar's end."""
    near = range(int(end) - _NEAR - sides // 3, int(end) + _NEAR + sides // 3 + 1)
    best = max(near, key=lambda column: profile[column])
    return best if _rise(profile, best, sides) >= rises else None


def _rise(profile: NDArray[np.float64], peak: int, sides: int) -> float:
    """By how much a column, or one beside it, stands above the lowest on either side of it."""
    high = float(profile[peak - 1 : peak + 2].max())
    left, right = profile[peak - sides : peak], profile[peak + 1 : peak + 1 + sides]
    return high - float(max(left.min(), right.min()))


def _edges(profile: NDArray[np.float64], peak: int, sides: int) -> tuple[float, float]:
    """Half-level crossings left and right of a ridge; column k covers k to k + 1."""
    peak += int(np.argmax(profile[peak - 1 : peak + 2])) - 1
    left = peak + 0.5 - _crossing(profile[peak - sides : peak + 1][::-1])
    return left, peak + 0.5 + _crossing(profile[peak : peak + sides + 1])


def _crossing(profile: NDArray[np.float64]) -> float:
    """Distance from the first value at which a profile falls to half of its way down."""
    half = (profile[0] + profile.min()) / 2
    after = int(np.flatnonzero(profile <= half)[0])
    if after == 0:
        return 0.0
    return float(after - 1 + (profile[after - 1] - half) / (profile[after - 1] - profile[after]))
