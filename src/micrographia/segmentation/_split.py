"""Touching particles parted: over-segmentation, then joining what forms one convex whole."""

from __future__ import annotations

import dataclasses
import heapq
from typing import TYPE_CHECKING

import numpy as np

from micrographia.segmentation._basins import (
    basins,
    find_saddles,
    join_basins,
    peaks_of,
)
from micrographia.segmentation._flood import distance_map, flood

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from micrographia.segmentation._foreground import Foreground
    from micrographia.segmentation.settings import AutoSettings

__all__ = ["split"]


@dataclasses.dataclass(eq=False)
class _Group:
    """Basins taken for one particle."""

    area: float
    hull: NDArray[np.int32]
    peak: float
    level: float
    neighbours: dict[int, _Border]


@dataclasses.dataclass
class _Border:
    """What two groups have between them."""

    saddle: float
    length: int
    level: float


def split(
    foreground: Foreground,
    options: AutoSettings,
    record: Callable[..., object],
) -> NDArray[np.int32]:
    """Divide a mask into particles.

    Parameters
    ----------
    foreground : Foreground
    options : AutoSettings
    record : callable

    Returns
    -------
    labels : ndarray of shape (rows, cols), int32
        Gaps in the numbering.
    """
    mask, smooth = foreground.mask, foreground.smooth
    distance = distance_map(mask)
    record("distance", distance)
    height = _smoothed(distance, 0.5)
    labels = _prejoin(basins(height, mask), height)
    record("seeds", labels)
    return _join(labels, distance, smooth, foreground, options)


def typical_radius(distance: NDArray[np.float32]) -> float:
    """Area-weighted median half-width of what a mask holds [px]."""
    import cv2

    peak = (cv2.dilate(distance, np.ones((7, 7), np.uint8)) <= distance) & (distance > 0)
    heights = np.sort(distance[peak])
    if heights.size == 0:
        return 0.0
    weight = np.cumsum(heights.astype(np.float64) ** 2)
    return float(heights[np.searchsorted(weight, weight[-1] / 2)])


def _smoothed(distance: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    import cv2

    return np.asarray(cv2.GaussianBlur(distance, (0, 0), sigma), np.float32)


def _prejoin(labels: NDArray[np.int32], height: NDArray[np.float32]) -> NDArray[np.int32]:
    """Join basins that only the pixel grid parts."""

    def may_join(_one: int, _other: int, saddle: float, peak: float) -> bool:
        return peak - saddle < max(0.5, 0.03 * peak)

    group = join_basins(find_saddles(labels, height), peaks_of(labels, height), may_join)
    return group.astype(np.int32)[labels]


def _join(
    labels: NDArray[np.int32],
    height: NDArray[np.float32],
    smooth: NDArray[np.float32],
    foreground: Foreground,
    options: AutoSettings,
) -> NDArray[np.int32]:
    """Join pairs in order of how convex their union is."""
    groups = _groups(labels, height, smooth)
    parent = np.arange(int(labels.max(initial=0)) + 1)
    queue: list[tuple[float, int, int]] = []

    def offer(one: int, other: int) -> None:
        fill = joint_fill(groups[one], groups[other])
        border = groups[one].neighbours[other]
        if _one_particle(groups[one], groups[other], border, fill, foreground, options):
            heapq.heappush(queue, (-fill, one, other))

    for number, group in groups.items():
        for other in group.neighbours:
            if number < other:
                offer(number, other)
    while queue:
        _, one, other = heapq.heappop(queue)
        if one not in groups or other not in groups or other not in groups[one].neighbours:
            continue
        fill = joint_fill(groups[one], groups[other])
        border = groups[one].neighbours[other]
        if not _one_particle(groups[one], groups[other], border, fill, foreground, options):
            continue
        _merge(groups, one, other)
        parent[other] = one
        for third in list(groups[one].neighbours):
            offer(one, third)
    for number in range(len(parent)):
        root = number
        while parent[root] != root:
            root = int(parent[root])
        parent[number] = root
    return parent.astype(np.int32)[labels]


def _one_particle(
    one: _Group,
    other: _Group,
    border: _Border,
    fill: float,
    foreground: Foreground,
    options: AutoSettings,
) -> bool:
    neck = border.saddle / max(min(one.peak, other.peak), 1e-6)
    return (fill > options.solidity and neck > 0.6) or neck > 0.97


def joint_fill(one: _Group, other: _Group) -> float:
    """Share of the union's convex hull that two groups fill."""
    import cv2

    hull = cv2.convexHull(np.concatenate([one.hull, other.hull]))
    return (one.area + other.area) / lattice_points(hull)


def lattice_points(hull: NDArray[np.int32]) -> float:
    """Pixels whose centres lie in a polygon with corners on pixel centres, by Pick's theorem.

    A digitally convex particle has exactly as many pixels as its hull has, at any size.

    Examples
    --------
    >>> lattice_points(np.int32([[[0, 0]], [[4, 0]], [[4, 2]], [[0, 2]]]))
    15.0
    """
    import cv2

    sides = np.abs(np.diff(hull[:, 0], axis=0, append=hull[:1, 0]))
    on_edge = int(np.gcd(sides[:, 0], sides[:, 1]).sum())
    return float(cv2.contourArea(hull)) + on_edge / 2 + 1


def _merge(groups: dict[int, _Group], one: int, other: int) -> None:
    import cv2

    kept, gone = groups[one], groups.pop(other)
    kept.hull = cv2.convexHull(np.concatenate([kept.hull, gone.hull]))
    total = kept.area + gone.area
    kept.level = (kept.level * kept.area + gone.level * gone.area) / total
    kept.area = total
    kept.peak = max(kept.peak, gone.peak)
    del kept.neighbours[other], gone.neighbours[one]
    for third, border in gone.neighbours.items():
        del groups[third].neighbours[other]
        mine = kept.neighbours.get(third)
        if mine is not None:
            length = mine.length + border.length
            level = (mine.level * mine.length + border.level * border.length) / length
            border = _Border(max(mine.saddle, border.saddle), length, level)
        kept.neighbours[third] = border
        groups[third].neighbours[one] = border


def _groups(
    labels: NDArray[np.int32], height: NDArray[np.float32], smooth: NDArray[np.float32]
) -> dict[int, _Group]:
    import cv2
    from scipy.ndimage import find_objects

    peaks = peaks_of(labels, height)
    flat = labels.ravel()
    areas = np.bincount(flat, minlength=len(peaks))
    sums = np.bincount(flat, smooth.ravel(), minlength=len(peaks))
    groups: dict[int, _Group] = {}
    for number, box in enumerate(find_objects(labels), 1):
        if box is None:
            continue
        rows, cols = np.nonzero(labels[box] == number)
        rows += box[0].start
        cols += box[1].start
        hull = cv2.convexHull(_ends_of_rows(rows, cols))
        groups[number] = _Group(
            float(areas[number]), hull, float(peaks[number]), sums[number] / areas[number], {}
        )
    saddles = find_saddles(labels, height)
    through = find_saddles(labels, smooth)
    levels = dict(
        zip(
            zip(through.first.tolist(), through.second.tolist(), strict=True),
            through.mean.tolist(),
            strict=True,
        )
    )
    for one, other, level, length in zip(
        saddles.first.tolist(),
        saddles.second.tolist(),
        saddles.height.tolist(),
        saddles.length.tolist(),
        strict=True,
    ):
        border = _Border(level, length, levels[one, other])
        groups[one].neighbours[other] = border
        groups[other].neighbours[one] = border
    return groups


def _ends_of_rows(rows: NDArray[np.int64], cols: NDArray[np.int64]) -> NDArray[np.int32]:
    """First and last pixel of every row, as (col, row)."""
    first = np.flatnonzero(np.concatenate([[True], rows[1:] != rows[:-1]]))
    last = np.concatenate([first[1:] - 1, [rows.size - 1]])
    ends = np.concatenate([first, last])
    return np.stack([cols[ends], rows[ends]], 1).astype(np.int32)
