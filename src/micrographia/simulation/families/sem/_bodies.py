"""Single bodies on the stage: balls, convex grains, tubes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.spatial import HalfspaceIntersection

from micrographia.simulation.families.sem._stage import Mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from micrographia.simulation.families.sem._stage import Stage

__all__ = ["SOLIDS", "Solid", "ball", "facets", "solid", "tubes", "turned"]

Profile = Literal["round", "hexagon", "belt"]

_PROFILES: dict[str, tuple[list[float], list[float]]] = {
    "hexagon": ([0.0, 0.5, 1.0], [0.87, 0.87, 0.0]),
    "belt": ([0.0, 0.85, 0.9, 1.0], [0.12, 0.12, 0.3, 0.0]),
}

_STEP = 0.6
"""Between neighbouring points of a tube's surface [fine px]."""
_THIN = 6.0
"""Radius up to which the corners of a path are not seen [fine px]."""
_ROUND = 0.5
"""So much wider a row of points becomes on either side when it is rounded to pixels [fine px]."""

_GOLD = (1 + math.sqrt(5)) / 2
_OCTA = [(1, 1, 1), (1, 1, -1), (1, -1, 1), (1, -1, -1)]
_CUBE = [(1, 0, 0), (0, 1, 0), (0, 0, 1)]
_DODECA = [(0, 1, _GOLD), (0, 1, -_GOLD), (1, _GOLD, 0), (1, -_GOLD, 0), (_GOLD, 0, 1),
           (_GOLD, 0, -1)]  # fmt: skip
SOLIDS: dict[str, list[tuple[Sequence[tuple[float, float, float]], float]]] = {
    "cube": [(_CUBE, 1.0)],
    "octahedron": [(_OCTA, 1.0)],
    "cuboctahedron": [(_CUBE, 1.0), (_OCTA, 1.155)],
    "truncated-octahedron": [(_OCTA, 1.0), (_CUBE, 1.155)],
    "dodecahedron": [(_DODECA, 1.0)],
}
"""Facets of bodies with a centre: directions, of which the opposites count too, and distances."""


class Solid(NamedTuple):
    """A convex body: unit normals (n, 3) and distances (n,) of its facets, corners (m, 3)."""

    normals: NDArray[np.float64]
    distances: NDArray[np.float64]
    corners: NDArray[np.float64]

    @classmethod
    def of(cls, normals: NDArray[np.float64], distances: NDArray[np.float64]) -> Solid:
        """The body that lies within all the planes; the origin must lie inside."""
        planes = np.column_stack([normals, -distances])
        found = HalfspaceIntersection(planes, np.zeros(3)).intersections
        return cls(normals, distances, found[np.isfinite(found).all(axis=1)])

    def turned(self, matrix: NDArray[np.float64]) -> Solid:
        """The body rotated (row, col, depth)."""
        return Solid(self.normals @ matrix.T, self.distances, self.corners @ matrix.T)


def turned(random: np.random.Generator) -> NDArray[np.float64]:
    """A rotation, uniform over all of them (Shoemake's quaternions)."""
    w, x, y, z = (q := random.standard_normal(4)) / np.linalg.norm(q)
    return np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip


def facets(
    kind: str, random: np.random.Generator, stretch: Sequence[float] = (1.0, 1.0, 1.0)
) -> Solid:
    """A convex body of radius about 1.

    Parameters
    ----------
    kind : str
        A name of `SOLIDS`, or ``"grain"`` for a broken piece with facets at random.
    random : Generator
    stretch : sequence of three floats
        Along the body's own axes.
    """
    if kind == "grain":
        n = int(random.integers(9, 18))
        normals = random.standard_normal((n, 3))
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        axes = np.concatenate([np.eye(3), -np.eye(3)])
        normals = np.concatenate([normals, axes])
        distances = np.concatenate([random.uniform(0.55, 0.95, n), np.full(6, 1.0)])
    else:
        rows: list[Sequence[float]] = []
        far: list[float] = []
        for directions, distance in SOLIDS[kind]:
            for one in directions:
                length = math.sqrt(sum(c * c for c in one))
                unit = [c / length for c in one]
                rows += [unit, [-c for c in unit]]
                far += [distance, distance]
        normals, distances = np.array(rows), np.array(far) * 0.7
    normals = normals / np.asarray(stretch)
    length = np.linalg.norm(normals, axis=1)
    return Solid.of(normals / length[:, None], distances / length)


def _mark(
    stage: Stage, kind: str | None, top: int, left: int, inside: NDArray[np.bool_],
    middle: tuple[float, float], parameters: dict[str, Any] | None, part_of: int,
) -> int:  # fmt: skip
    """Note a body as a particle or as part of one; gives its number, 0 where it is neither."""
    if part_of:
        stage.marks[part_of - 1] = stage.marks[part_of - 1].with_part(top, left, inside)
        return part_of
    if kind is None:
        return 0
    stage.marks.append(Mark(kind, *middle, (top, left), inside, parameters or {}))
    return len(stage.marks)


def ball(
    stage: Stage, row: float, col: float, depth: float, radii: tuple[float, float, float],
    *, angle: float = 0.0, tone: float = 1.0, bumps: NDArray[np.float32] | None = None,
    kind: str | None = None, parameters: dict[str, Any] | None = None, part_of: int = 0,
) -> None:  # fmt: skip
    """Lay an ellipsoid: radii along `angle`, across it, and towards the beam [fine px].

    `bumps` (as large as the body, or larger) roughens its surface and its outline. With `kind` it
    is counted as a particle; `part_of` makes it a part of the particle of that number.
    """
    a, b, c = radii
    reach = math.ceil(max(a, b) * 1.15) + 1
    top, left = round(row) - reach, round(col) - reach
    if top > stage.shape[0] or left > stage.shape[1] or min(top, left) < -2 * reach - 1:
        return
    down = np.arange(top, top + 2 * reach + 1, dtype=np.float32)[:, None] - np.float32(row)
    right = np.arange(left, left + 2 * reach + 1, dtype=np.float32)[None] - np.float32(col)
    cos, sin = np.float32(math.cos(angle)), np.float32(math.sin(angle))
    square = ((cos * right + sin * down) / np.float32(a)) ** 2
    square += ((cos * down - sin * right) / np.float32(b)) ** 2
    if bumps is not None:
        crop = bumps[: square.shape[0], : square.shape[1]]
        square[: crop.shape[0], : crop.shape[1]] *= 1 + crop
    inside = square < 1
    surface = np.float32(depth) + np.float32(c) * np.sqrt(np.clip(1 - square, 0, None))
    if bumps is not None:
        surface[: crop.shape[0], : crop.shape[1]] -= np.float32(0.35 * c) * crop
    owner = _mark(stage, kind, top, left, inside, (row, col), parameters, part_of)
    stage.put(top, left, surface, inside, tone, owner)


def solid(
    stage: Stage, row: float, col: float, depth: float, radius: float, body: Solid,
    *, tone: float = 1.0,
    bumps: NDArray[np.float32] | None = None, rounding: float = 0.0,
    kind: str | None = None, parameters: dict[str, Any] | None = None, part_of: int = 0,
) -> None:  # fmt: skip
    """Lay a convex body, `radius` times as large.

    `rounding` blunts the edges: the width over which two facets melt, as a share of the radius.
    """
    place = np.array([row, col])
    first = np.floor(place + radius * body.corners[:, :2].min(axis=0)).astype(int)
    end = np.ceil(place + radius * body.corners[:, :2].max(axis=0)).astype(int) + 1
    if (end <= 0).any() or (first >= stage.shape).any():
        return
    (top, left), (rows, cols) = (int(v) for v in first), (int(v) for v in end - first)
    down = (np.arange(rows, dtype=np.float32)[:, None] + np.float32(top - row)) / np.float32(radius)
    right = (np.arange(cols, dtype=np.float32)[None] + np.float32(left - col)) / np.float32(radius)
    high = np.full((rows, cols), 1e6, np.float32)
    low = -high
    inside = np.ones(high.shape, bool)
    for (nr, nc, nd), far in zip(
        body.normals.astype(np.float32), body.distances.astype(np.float32), strict=True
    ):
        rest = far - nr * down - nc * right
        if nd > 1e-4:
            plane = rest / nd
            if rounding > 0:
                gap = np.clip(np.float32(rounding) - np.abs(high - plane), 0, None)
                high = np.minimum(high, plane) - gap * gap / np.float32(4 * rounding)
            else:
                np.minimum(high, plane, out=high)
        elif nd < -1e-4:
            np.maximum(low, rest / nd, out=low)
        else:
            inside &= rest > 0
    inside &= high > low
    surface = np.float32(depth) + high * np.float32(radius)
    if bumps is not None:
        crop = bumps[: surface.shape[0], : surface.shape[1]]
        surface[: crop.shape[0], : crop.shape[1]] += np.float32(radius) * crop
    owner = _mark(stage, kind, top, left, inside, (row, col), parameters, part_of)
    stage.put(top, left, surface, inside, tone, owner)


def tubes(
    stage: Stage, paths: Sequence[NDArray[np.float64]], radii: Sequence[NDArray[np.float64]],
    tones: Sequence[float] | float = 1.0, *, profile: Profile = "round", ends: bool = True,
    texture: NDArray[np.float32] | None = None,
) -> None:  # fmt: skip
    """Lay tubes along paths on the screen.

    Parameters
    ----------
    stage : Stage
    paths : sequence of ndarray of shape (n, 3), (row, col, depth) [fine px]
        Axes of the tubes.
    radii : sequence of ndarray of shape (n,) [fine px]
        Half their widths along the path.
    tones : sequence of float or float
    profile : {"round", "hexagon", "belt"}
        Cross-section.
    ends : bool
        Whether round caps close the tubes.
    texture : ndarray of shape (rows, cols), float32, optional
        Relief in units of the radius: rows run along the tube (fine px), columns round it.
    """
    for k, (path, radius) in enumerate(zip(paths, radii, strict=True)):
        tone = tones if isinstance(tones, float | int) else tones[k]
        axis, width = _sampled(path, radius)
        if len(axis) < 2:
            continue
        across = np.gradient(axis[:, :2], axis=0)
        across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
        n = max(int(2 * float(width.max()) / _STEP) + 1, 3)
        t = np.linspace(-1, 1, n, dtype=np.float32)
        out = np.empty((len(axis), n, 3), np.float32)
        half = np.maximum(width - _ROUND, 0.3 * width)
        out[..., 0] = axis[:, 0, None] - (across[:, 1] * half)[:, None] * t
        out[..., 1] = axis[:, 1, None] + (across[:, 0] * half)[:, None] * t
        rise = _profile(t, profile)[None] * width[:, None]
        if texture is not None:
            cols = np.linspace(0, texture.shape[1] - 1, n).astype(int)
            rows = (np.arange(len(axis)) + 37 * k) % texture.shape[0]
            rise = rise + texture[np.ix_(rows, cols)] * width[:, None]
        out[..., 2] = axis[:, 2, None] + rise
        stage.splat(out.reshape(-1, 3), float(tone))
        if ends and profile == "round":
            for place, size in ((axis[0], width[0]), (axis[-1], width[-1])):
                if size > 0.8:
                    ball(stage, float(place[0]), float(place[1]), float(place[2]),
                         (float(size),) * 3, tone=float(tone))  # fmt: skip


def _profile(t: NDArray[np.float32], profile: str) -> NDArray[np.float32]:
    if profile == "round":
        return np.asarray(np.sqrt(np.clip(1 - t * t, 0, None)), np.float32)
    known = _PROFILES[profile]
    return np.interp(np.abs(t), known[0], known[1]).astype(np.float32)


def _sampled(
    path: NDArray[np.float64], radius: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The axis in steps of 0.6 fine px on the screen, of less in bends, with the radius there."""
    steps = np.hypot(np.diff(path[:, 0]), np.diff(path[:, 1]))
    length = np.concatenate([[0.0], np.cumsum(steps + 1e-6)])
    n = int(length[-1] / _STEP) + 2
    smooth = len(path) > 3 and float(radius.max()) > _THIN
    curve = CubicSpline(length, path) if smooth else None
    if curve is not None:
        there = curve(np.linspace(0, length[-1], min(n, 400)), 1)[:, :2]
        turns = np.diff(np.unwrap(np.arctan2(there[:, 0], there[:, 1])))
        bend = float(np.abs(turns).max(initial=0.0)) * min(n, 400) / length[-1]
        n = int(n * min(1 + bend * float(radius.max()), 3.0))
    where = np.linspace(0, length[-1], n)
    if curve is None:
        axis = np.stack([np.interp(where, length, path[:, k]) for k in range(3)], axis=1)
    else:
        axis = np.asarray(curve(where))
    return axis.astype(np.float32), np.interp(where, length, radius).astype(np.float32)
