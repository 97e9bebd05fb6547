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
    size = typical_radius(distance)
    core = mask & ~gaps(foreground, size)
    height = _smoothed(distance_map(core), 0.5)
    record("distance", height)
    labels = basins(height, core)
    labels = _prejoin(labels, height)
    record("seeds", labels)
    labels = _join(labels, height, smooth, foreground, options)
    return flood(smooth, labels, mask) if core is not mask else labels


def typical_radius(distance: NDArray[np.float32]) -> float:
    """Area-weighted median half-width of what a mask holds [px]."""
    import cv2

    peak = (cv2.dilate(distance, np.ones((7, 7), np.uint8)) <= distance) & (distance > 0)
    heights = np.sort(distance[peak])
    if heights.size == 0:
        return 0.0
    weight = np.cumsum(heights.astype(np.float64) ** 2)
    return float(heights[np.searchsorted(weight, weight[-1] / 2)])


def gaps(foreground: Foreground, radius: float) -> NDArray[np.bool_]:
    """Narrow valleys between brighter parts: contacts that the threshold did not open."""
    import cv2

    width = int(min(max(radius / 2, 3), 15)) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    closed = cv2.morphologyEx(foreground.smooth, cv2.MORPH_CLOSE, kernel)
    depth = closed - foreground.smooth
    closed -= np.float32(foreground.background)
    floor = max(4 * foreground.deviation, 0.05 * foreground.contrast)
    return np.asarray((depth > np.float32(0.15) * closed) & (depth > floor))


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
    return float((one.area + other.area) / max(cv2.contourArea(hull), 1.0))


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
        corners = _corners(rows, cols)
        hull = cv2.convexHull(corners)
        groups[number] = _Group(
            float(areas[number]), hull, float(peaks[number]), sums[number] / areas[number], {}
        )
    saddles = find_saddles(labels, height)
    for one, other, level, length in zip(
        saddles.first.tolist(),
        saddles.second.tolist(),
        saddles.height.tolist(),
        saddles.length.tolist(),
        strict=True,
    ):
        border = _Border(level, length, 0.0)
        groups[one].neighbours[other] = border
        groups[other].neighbours[one] = border
    return groups


def _corners(rows: NDArray[np.int64], cols: NDArray[np.int64]) -> NDArray[np.int32]:
    """Corners of the first and last pixel of every row, as (col, row)."""
    first = np.flatnonzero(np.concatenate([[True], rows[1:] != rows[:-1]]))
    last = np.concatenate([first[1:] - 1, [rows.size - 1]])
    left, right, row = cols[first], cols[last] + 1, rows[first]
    points = [
        np.stack([side, edge], 1) for side in (left, right) for edge in (row, row + 1)
    ]
    return np.concatenate(points).astype(np.int32)
