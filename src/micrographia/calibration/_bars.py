"""Candidates for the scale bar: drawn, even, straight, with sharp ends, whatever their colour."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from micrographia.calibration._ends import measure_ends
from micrographia.calibration._graduated import find_graduated
from micrographia.calibration._grey import to_grey
from micrographia.calibration._runs import Group, find_groups
from micrographia.calibration._split import find_split
from micrographia.calibration._thin import find_thin
from micrographia.calibration._ticks import find_ticks
from micrographia.calibration._types import Bar, Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["find_bars"]

_EXTREME = 3.0  # grey levels from black or white
_FLAT = 3.0  # grey levels of mean deviation within a bar
_BOTH_TICKS = 0.75  # exponent that raises the score of a faint bar with two ticks alike
_TICKED = 0.3  # score of a bar with ticks, between which no other bar is drawn
_THICK = 3  # rows of a bar that has an outline which may seem to have ticks
_OUTLINE = 4.0  # px, by which an outline is longer than its bar
_SHARP = 1.5  # px, 10-90 width of an end that is not blurred
_BLEND = 0.4  # of the contrast, from which a row's grey level is a blend with those beside it
_CLEAR_ENDS = 6  # px at an end, without its ticks, that may be touched
_FOLLOWS = (4, 9)  # px beyond an end, where the line does not go on
_SAME = 0.2  # of the contrast, within which what follows is of its grey level
_LAST = (3, 14)  # px from an end, between which a bar stands out, unless
_TOUCHED = 0.5  # it keeps but this of its score
_CROSSED = 0.3  # what a line that goes on keeps of its score
_THINNEST = 0.2  # score of a thin line that no even run was found of
_LONG = 20  # px; what is shorter must stand out all along

_SHORTEST = 3.0
"""Least length of a bar [px]; the ends of a smaller find may even have changed places."""


def find_bars(pixels: NDArray[Any], limit: int = 12) -> list[Bar]:
    """Everything that looks like a scale bar, the likeliest first.

    A bar is a horizontal rectangle at least 2.5 times as long as thick, of one grey level, that
    differs from what lies left and right of it, above and below it, in the same sense.

    Parameters
    ----------
    pixels : ndarray of shape (rows, cols)
    limit : int
        At most so many, and as many that are broken for their text.

    Returns
    -------
    bars : list of Bar

    Examples
    --------
    >>> image = np.random.default_rng(0).normal(120, 20, (200, 300)).clip(0, 255).astype(np.uint8)
    >>> image[170:175, 30:130] = 255
    >>> [bar.length_px for bar in find_bars(image)]
    [100.0]
    """
    return bars_of(to_grey(pixels), limit)


def bars_of(grey: NDArray[np.float32], limit: int = 12) -> list[Bar]:
    """The same for grey levels 0 … 255."""
    bars = [bar for group in find_groups(grey) if (bar := _judge(grey, group)) is not None]
    thin = [bar for group in find_thin(grey) if (bar := _judge(grey, group)) is not None]
    bars += [bar for bar in thin if bar.score >= _THINNEST and not _is_part(bar, bars)]
    bars = _without_doubles(_without_frames(grey, bars))
    bars += _without_doubles(find_graduated(grey))
    split = [bar for bar in find_split(grey, bars) if bar.length_px >= _SHORTEST]
    bars = [bar for bar in bars if bar.length_px >= _SHORTEST]
    best = [sorted(group, key=lambda bar: -bar.score)[:limit] for group in (bars, split)]
    return sorted([*best[0], *best[1]], key=lambda bar: -bar.score)


def _judge(grey: NDArray[np.float32], found: Group) -> Bar | None:
    rows, cols = grey.shape
    group = _without_blends(grey, found)
    top, bottom = group.top, group.bottom
    sign = 1.0 if group.polarity == "bright" else -1.0
    ends = measure_ends(grey, group)
    if ends is None:
        return None
    start, stop, blur = ends.start, ends.stop, ends.blur
    length, height = stop - start, bottom - top
    if length < 2.5 * height:
        return None
    inside = grey[top:bottom, group.start : group.stop]
    level = float(np.median(inside))
    above = _cover(grey, range(top - 3, top), group, level, sign)
    below = _cover(grey, range(bottom, bottom + 3), group, level, sign)
    if above is None or below is None:
        return None
    contrast = min(ends.contrast, float(np.median(above)), float(np.median(below)))
    ticks = find_ticks(grey, group, (start, stop), contrast, blur <= _SHARP)
    whole = [_covers(side, height, ticks is not None) for side in (above, below)]
    marked = ticks is not None or _is_drawn(inside, level)
    if not all(whole) and not (
        (any(whole) or marked) and _mostly(above, height) and _mostly(below, height)
    ):
        return None
    if contrast < 20:
        return None
    spread = float(inside.std())
    score = (
        min(contrast / 70, 1.0) ** 0.5
        * max(0.0, 1 - 2.5 * spread / contrast)
        * max(0.0, 1 - 0.12 * max(blur - 1.5, 0))
        * max(0.2, 1 - 0.15 * group.ragged)
        * float(((above > 0.35 * contrast).mean() + (below > 0.35 * contrast).mean()) / 2)
        * min(1.0, (length / height) / 4)
    )
    if not all(_ends_stand_out(grey, row, group, sign) for row in (top - 2, bottom + 1)):
        score *= _TOUCHED
    if _goes_on(grey, group, (start, stop), level, contrast):
        score *= _CROSSED
    uncertainty = float(np.hypot(0.41, 0.25 * max(blur - 1, 0)))
    up, down = (ticks.up, ticks.down) if ticks else (0, 0)
    left, right = max(int(np.floor(start)), 0), min(int(np.ceil(stop)), cols)
    box = Box(max(top - up, 0), left, min(bottom + down, rows), right)
    style: Literal["plain", "ticks"] = "ticks" if ticks else "plain"
    if ticks:
        start, stop = ticks.left, ticks.right
        uncertainty = float(np.hypot(uncertainty, 0.3 * ticks.width))
        score **= _BOTH_TICKS
    score = round(score, 4)
    return Bar(
        box, start, stop, uncertainty, group.polarity, style, score, level=level, rows=(top, bottom)
    )


def _ends_stand_out(grey: NDArray[np.float32], row: int, group: Group, sign: float) -> bool:
    """Whether a bar is as thin near its ends as elsewhere, so that no wire makes it longer.

    `row` lies two rows above the bar, or two below.
    """
    if not 0 <= row < grey.shape[0]:
        return True
    columns = slice(group.start, group.stop)
    level = np.median(grey[group.top : group.bottom, columns])
    margin = sign * (level - grey[row, columns])
    out = margin > max(12.0, 0.35 * float(np.median(margin)))
    near, far = _LAST[0], max(_LAST[1], 3 * (group.bottom - group.top))
    ends = out[near:far], out[::-1][near:far]
    return len(out) < 2 * far or all(end.mean() >= 0.5 for end in ends)


def _goes_on(
    grey: NDArray[np.float32],
    group: Group,
    ends: tuple[float, float],
    level: float,
    contrast: float,
) -> bool:
    """Whether a line of the same grey level follows beyond an end, as of a wire under a tick."""
    rows = slice(group.top, group.bottom)
    near, far = _FOLLOWS
    for columns in (
        slice(max(int(ends[0]) - far, 0), max(int(ends[0]) - near, 0)),
        slice(int(np.ceil(ends[1])) + near, int(np.ceil(ends[1])) + far),
    ):
        beyond = grey[rows, columns]
        if beyond.shape[1] and np.abs(beyond.mean(axis=0) - level).max() <= _SAME * contrast:
            return True
    return False


def _without_blends(grey: NDArray[np.float32], group: Group) -> Group:
    """A group without its outermost rows where these are blends of a thin bar with its ground."""
    if group.bottom - group.top < 2:
        return group
    sign = 1.0 if group.polarity == "bright" else -1.0
    first, last = max(group.top - 2, 0), min(group.bottom + 2, grey.shape[0])
    levels = sign * np.median(grey[first:last, group.start : group.stop], axis=1)
    inner = levels[group.top - first : group.bottom - first]
    least = inner.max() - _BLEND * (inner.max() - levels.min())
    kept = np.flatnonzero(inner >= least)
    return dataclasses.replace(
        group, top=group.top + int(kept[0]), bottom=group.top + int(kept[-1]) + 1
    )


def _cover(
    grey: NDArray[np.float32], rows: range, group: Group, level: float, sign: float
) -> NDArray[np.float32] | None:
    """For each column, by how much the bar stands out against the rows beside it."""
    inside = [row for row in rows if 0 <= row < grey.shape[0]]
    if not inside:
        return None
    beside = grey[inside, group.start : group.stop]
    margin: NDArray[np.float32] = ((level - beside) * sign).max(axis=0)
    return margin


def _covers(margin: NDArray[np.float32], height: int, ticks: bool) -> bool:
    """Whether the bar stands out along its length, but for ticks at its ends."""
    out = margin > max(15.0, 0.35 * float(np.median(margin)))
    if out.mean() >= 0.9:
        return True
    held = np.flatnonzero(out)
    if len(held) == 0:
        return False
    width = max(3, 2 * height) if ticks else min(max(4, height), 0.12 * len(out))
    return bool(
        held[0] <= width
        and len(out) - 1 - held[-1] <= width
        and out[held[0] : held[-1] + 1].mean() >= 0.9
    )


def _is_drawn(inside: NDArray[np.float32], level: float) -> bool:
    """Whether a rectangle is black or white without any noise, as specimens hardly are."""
    return min(level, 255 - level) <= _EXTREME and float(np.abs(inside - level).mean()) <= _FLAT


def _is_flat(grey: NDArray[np.float32], bar: Bar) -> bool:
    """Whether most of a bar is of one grey level, as what was drawn is, also after JPEG."""
    inside = grey[slice(*bar.line), int(bar.start) + 1 : max(int(bar.stop) - 1, int(bar.start) + 2)]
    return float(np.median(np.abs(inside - np.median(inside)))) <= _FLAT


def _mostly(margin: NDArray[np.float32], height: int) -> bool:
    """Whether the bar stands out but where something of its own grey level touches its middle."""
    out = margin > max(15.0, 0.35 * float(np.median(margin)))
    held = np.flatnonzero(out)
    if len(out) < _LONG or out.mean() < 0.7:
        return False
    width = max(_CLEAR_ENDS, 2 * height)
    return bool(held[0] <= width and len(out) - 1 - held[-1] <= width)


def _is_same(bar: Bar, other: Bar) -> bool:
    """Whether two candidates are of the same rectangle."""
    return (
        abs(bar.start - other.start) <= 3
        and abs(bar.stop - other.stop) <= 3
        and bar.box.top <= other.box.bottom + 3
        and other.box.top <= bar.box.bottom + 3
    )


def _is_part(thin: Bar, bars: list[Bar]) -> bool:
    """Whether a thin line is the middle of a bar that was found whole."""
    return any(_is_same(thin, bar) and bar.score >= 0.5 * thin.score for bar in bars)


def _without_doubles(bars: list[Bar]) -> list[Bar]:
    """Of candidates for the same rectangle, the best."""
    kept: list[Bar] = []
    for bar in sorted(bars, key=lambda item: -item.score):
        if not any(_is_same(bar, other) for other in kept):
            kept.append(bar)
    return kept


def _is_inside(outline: Bar, inner: Bar) -> bool:
    """Whether a bar fills all that lies between the sides of its outline."""
    thick = inner.line[1] - inner.line[0]
    return thick >= _THICK and outline.length_px - inner.length_px <= _OUTLINE


def _without_frames(grey: NDArray[np.float32], bars: list[Bar]) -> list[Bar]:
    """Leave out the margin of a box, or the outline, around a bar, and what its ticks enclose."""

    def frames(outer: Bar, inner: Bar) -> bool:
        gap = max(inner.line[0] - outer.line[1], outer.line[0] - inner.line[1])
        return (
            (outer.style == "plain" or _is_flat(grey, inner) or _is_inside(outer, inner))
            and outer.polarity != inner.polarity
            and outer.start <= inner.start + 0.5
            and inner.stop <= outer.stop + 0.5
            and outer.length_px > inner.length_px + 0.5
            and gap <= 3
            and inner.length_px >= 0.5 * outer.length_px
            and inner.score >= 0.5 * outer.score
        )

    def holds(ticked: Bar, inner: Bar) -> bool:
        box, part = ticked.box, inner.box
        return (
            ticked.style == "ticks"
            and inner is not ticked
            and not frames(ticked, inner)
            and inner.style == "plain"
            and ticked.score >= _TICKED
            and not _is_flat(grey, inner)
            and box.top <= part.top
            and part.bottom <= box.bottom
            and box.left - 1 <= part.left
            and part.right <= box.right + 1
        )

    return [
        bar for bar in bars if not any(frames(bar, other) or holds(other, bar) for other in bars)
    ]
