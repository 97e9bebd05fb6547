"""Touching particles parted: over-segmentation, then joining what forms one convex whole."""

from __future__ import annotations

import dataclasses
import heapq
from typing import TYPE_CHECKING

import numpy as np

from micrographia.segmentation._basins import basins, find_saddles, join_basins, peaks_of
from micrographia.segmentation._flood import distance_map, flood

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.preprocessing._base import Record
    from micrographia.segmentation._foreground import Foreground
    from micrographia.segmentation.settings import AutoSettings

__all__ = ["lattice_points", "split"]

_RIM_PX = 2.5
_THIN = 0.45  # a rim is thinner than this share of the particle that it borders ...
_SMALL = 0.25  # ... or a corner smaller than this share of it


@dataclasses.dataclass
class _Border:
    """What two groups have between them: neck's half-width, border's inner length and slope."""

    saddle: float
    length: int
    edge: float


@dataclasses.dataclass(eq=False)
class _Group:
    """Basins taken for one particle."""

    area: float
    hull: NDArray[np.int32]
    peak: float
    neighbours: dict[int, _Border]


def split(foreground: Foreground, options: AutoSettings, record: Record) -> NDArray[np.int32]:
    """Divide a mask into particles.

    The mask is cut along sharp inner edges, where one particle lies over another, and flooded from
    all maxima of its distance map. Neighbouring basins are then joined, the pair with the most
    convex union first, unless a neck or an edge parts them.

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
    mask = foreground.mask
    distance = distance_map(mask)
    edge = relative_gradient(foreground)
    core = mask & ~_walls(edge, distance, options.wall)
    height = _inner_height(core)
    record("distance", height)
    labels = _join_on_grid(basins(height, core), height)
    record("seeds", labels)
    del height, core
    # In place: on a large image every further array counts.
    labels = flood(np.negative(edge, out=edge), labels, mask)
    np.negative(edge, out=edge)
    # Borders end at the rim, where the slope is that of the outline.
    edge[distance <= _RIM_PX] = -1
    return _join(labels, distance, edge, options)


def relative_gradient(foreground: Foreground) -> NDArray[np.float32]:
    """Slope of the intensity as a share of its height over the background [1/px]."""
    import cv2

    smooth = foreground.smooth
    gradient = cv2.magnitude(
        cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=1 / 8),
        cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=1 / 8),
    )
    level = cv2.blur(smooth, (5, 5))
    level -= np.float32(foreground.background)
    np.maximum(level, np.float32(0.25 * foreground.contrast + 1e-6), out=level)
    gradient /= level
    return np.asarray(gradient, np.float32)


def _walls(
    edge: NDArray[np.float32], distance: NDArray[np.float32], least: float
) -> NDArray[np.bool_]:
    """Crests of the gradient inside the mask, clear of its rim, of at least 5 px."""
    import cv2

    kernel = np.ones((3, 3), np.uint8)
    crest = (edge > least) & (distance > _RIM_PX)
    crest &= edge >= np.float32(0.95) * cv2.dilate(edge, kernel)
    closed = cv2.morphologyEx(crest.astype(np.uint8), cv2.MORPH_CLOSE, kernel)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
    long = stats[:, 4] >= 5
    long[0] = False
    return long[labels] if count > 1 else crest


def _inner_height(core: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Distance map, smoothed by half a pixel against ties of the pixel grid."""
    import cv2

    return np.asarray(cv2.GaussianBlur(distance_map(core), (0, 0), 0.5), np.float32)


def _join_on_grid(labels: NDArray[np.int32], height: NDArray[np.float32]) -> NDArray[np.int32]:
    """Join basins that only the pixel grid parts."""

    def may_join(_one: int, _other: int, saddle: float, peak: float) -> bool:
        return peak - saddle < max(0.5, 0.03 * peak)

    group = join_basins(find_saddles(labels, height), peaks_of(labels, height), may_join)
    return group.astype(np.int32)[labels]


def _join(
    labels: NDArray[np.int32],
    distance: NDArray[np.float32],
    edge: NDArray[np.float32],
    options: AutoSettings,
) -> NDArray[np.int32]:
    """Join pairs in order of how convex their union is."""
    groups = _groups(labels, distance, edge)
    parent = np.arange(int(labels.max(initial=0)) + 1)
    queue: list[tuple[float, int, int]] = []

    def offer(one: int, other: int) -> None:
        fill = _joint_fill(groups[one], groups[other])
        if _one_particle(groups[one], groups[other], fill, options, other):
            heapq.heappush(queue, (-fill, one, other))

    for number, group in groups.items():
        for other in group.neighbours:
            if number < other:
                offer(number, other)
    while queue:
        negative, one, other = heapq.heappop(queue)
        if one not in groups or other not in groups[one].neighbours:
            continue
        if _joint_fill(groups[one], groups[other]) != -negative:
            continue  # one of them has grown since; the pair was offered again then
        _merge(groups, one, other)
        parent[other] = one
        for third in groups[one].neighbours:
            offer(one, third)
    for number in range(len(parent)):
        root = number
        while parent[root] != root:
            root = int(parent[root])
        parent[number] = root
    return parent.astype(np.int32)[labels]


def _one_particle(
    one: _Group, other: _Group, fill: float, options: AutoSettings, number: int
) -> bool:
    border = one.neighbours[number]
    low, high = sorted((one.peak, other.peak))
    neck = border.saddle / max(low, 1e-6)
    if border.edge >= options.edge:
        # Seen from a rim, the mask only becomes deeper across its border: a bright edge, no neck.
        thin = low < _THIN * high and fill > options.wide_solidity
        small = min(one.area, other.area) < _SMALL * max(one.area, other.area)
        return neck > options.wide_neck and (thin or (small and fill > options.solidity))
    convex = fill > options.solidity and neck > options.neck
    return convex or (neck > options.wide_neck and fill > options.wide_solidity)


def _joint_fill(one: _Group, other: _Group) -> float:
    """Share of the union's convex hull that two groups fill."""
    import cv2

    hull = cv2.convexHull(np.concatenate([one.hull, other.hull]))
    return (one.area + other.area) / lattice_points(hull)


def lattice_points(hull: NDArray[np.int32]) -> float:
    """Pixels whose centres lie in a polygon with corners on pixel centres, by Pick's theorem.

    A digitally convex particle has exactly as many pixels as its hull has, at any size.

    Examples
    --------
    >>> lattice_points(np.array([[[0, 0]], [[4, 0]], [[4, 2]], [[0, 2]]], np.int32))
    15.0
    """
    import cv2

    corners = hull[:, 0]
    sides = np.abs(corners - np.roll(corners, 1, axis=0))
    on_edge = int(np.gcd(sides[:, 0], sides[:, 1]).sum())
    return float(cv2.contourArea(hull)) + on_edge / 2 + 1


def _merge(groups: dict[int, _Group], one: int, other: int) -> None:
    import cv2

    kept, gone = groups[one], groups.pop(other)
    kept.hull = np.asarray(cv2.convexHull(np.concatenate([kept.hull, gone.hull])), np.int32)
    kept.area += gone.area
    kept.peak = max(kept.peak, gone.peak)
    del kept.neighbours[other], gone.neighbours[one]
    for third, border in gone.neighbours.items():
        del groups[third].neighbours[other]
        mine = kept.neighbours.get(third)
        joined = border if mine is None else _sum(mine, border)
        kept.neighbours[third] = joined
        groups[third].neighbours[one] = joined


def _sum(one: _Border, other: _Border) -> _Border:
    length = one.length + other.length
    edge = (one.edge * one.length + other.edge * other.length) / max(length, 1)
    return _Border(max(one.saddle, other.saddle), length, edge)


def _groups(
    labels: NDArray[np.int32], distance: NDArray[np.float32], edge: NDArray[np.float32]
) -> dict[int, _Group]:
    import cv2
    from scipy.ndimage import find_objects

    saddles = find_saddles(labels, distance, edge)
    peaks = peaks_of(labels, distance)
    alone = np.ones(len(peaks), bool)
    alone[saddles.first] = alone[saddles.second] = False
    groups: dict[int, _Group] = {}
    for number, box in enumerate(find_objects(labels), 1):
        if box is None or alone[number]:
            continue
        rows, cols = np.nonzero(labels[box] == number)
        ends = _ends_of_rows(rows + box[0].start, cols + box[1].start)
        hull = np.asarray(cv2.convexHull(ends), np.int32)
        groups[number] = _Group(float(rows.size), hull, float(peaks[number]), {})
    for first, second, height, length, strength in zip(
        saddles.first.tolist(),
        saddles.second.tolist(),
        saddles.height.tolist(),
        saddles.length.tolist(),
        saddles.edge.tolist(),
        strict=True,
    ):
        border = _Border(height, length, strength)
        groups[first].neighbours[second] = border
        groups[second].neighbours[first] = border
    return groups


def _ends_of_rows(rows: NDArray[np.int64], cols: NDArray[np.int64]) -> NDArray[np.int32]:
    """First and last pixel of every row, as (col, row)."""
    first = np.flatnonzero(np.concatenate([[True], rows[1:] != rows[:-1]]))
    last = np.concatenate([first[1:] - 1, [rows.size - 1]])
    ends = np.concatenate([first, last])
    return np.stack([cols[ends], rows[ends]], 1).astype(np.int32)
