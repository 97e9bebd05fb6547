"""Convex polyhedra as corners and facets, turned at random."""

from __future__ import annotations

import functools
import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

from micrographia.simulation.families.micrographs._forms import HullForm

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["SOLIDS", "solid_form"]

SOLIDS = ("cube", "octahedron", "cuboctahedron", "truncated-octahedron", "icosahedron",
          "dodecahedron", "decahedron", "tetrahedron", "bipyramid")  # fmt: skip

_PHI = (1 + math.sqrt(5)) / 2


def _signs(*axes: float) -> list[tuple[float, ...]]:
    return list(itertools.product(*[(-a, a) if a else (0.0,) for a in axes]))


def _turned(points: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
    """All cyclic permutations of the coordinates."""
    return [p[i:] + p[:i] for p in points for i in range(3)]


def _ring(n: int, radius: float, height: float) -> list[tuple[float, ...]]:
    turns = np.arange(n) * 2 * math.pi / n
    return [(radius * math.cos(t), radius * math.sin(t), height) for t in turns]


@functools.cache
def _corners(name: str) -> NDArray[np.float64]:
    every: dict[str, Callable[[], list[tuple[float, ...]]]] = {
        "cube": lambda: _signs(1, 1, 1),
        "octahedron": lambda: _turned(_signs(1, 0, 0)),
        "cuboctahedron": lambda: _turned(_signs(1, 1, 0)),
        "truncated-octahedron": lambda: _turned(_signs(0, 1, 2)) + _turned(_signs(0, 2, 1)),
        "icosahedron": lambda: _turned(_signs(0, 1, _PHI)),
        "dodecahedron": lambda: _signs(1, 1, 1) + _turned(_signs(0, 1 / _PHI, _PHI)),
        "decahedron": lambda: [*_ring(5, 1, 0), (0, 0, 0.526), (0, 0, -0.526)],
        "tetrahedron": lambda: [(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)],
        "bipyramid": lambda: [*_ring(3, 1, 0), (0, 0, 0.8), (0, 0, -0.8)],
    }
    points = np.asarray(every[name](), np.float64).round(12)
    corners = np.unique(points, axis=0)
    return np.asarray(corners / np.linalg.norm(corners, axis=1).max(), np.float64)


@functools.cache
def _planes(name: str) -> NDArray[np.float64]:
    """Facets as (normal, distance), each plane once."""
    from scipy.spatial import ConvexHull

    equations = ConvexHull(_corners(name)).equations
    flat = np.column_stack([equations[:, :3], -equations[:, 3]])
    unique: NDArray[np.float64] = np.unique(np.round(flat, 6), axis=0)
    return unique


@functools.cache
def _resting(name: str) -> NDArray[np.float64]:
    """Planes on which the body can rest: those of the largest facets."""
    planes, corners = _planes(name), _corners(name)
    on = np.abs(corners @ planes[:, :3].T - planes[:, 3]) < 1e-4
    spread = np.array([np.ptp(corners[on[:, k]], axis=0).sum() for k in range(len(planes))])
    return np.asarray(planes[spread > 0.8 * spread.max()])


def _rotation(random: np.random.Generator) -> NDArray[np.float64]:
    """A turn that is uniform on SO(3): a quaternion of four normal numbers (Muller, 1959)."""
    w, x, y, z = (q := random.standard_normal(4)) / np.linalg.norm(q)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def _lying(name: str, random: np.random.Generator) -> NDArray[np.float64]:
    """A turn that puts one of the largest facets on the ground."""
    planes = _resting(name)
    normal = planes[random.integers(len(planes)), :3]
    across = np.cross(normal, (1, 0, 0) if abs(normal[0]) < 0.9 else (0, 1, 0))
    across /= np.linalg.norm(across)
    return np.stack([across, np.cross(normal, across), -normal])


def solid_form(name: str, lying: bool, random: np.random.Generator) -> HullForm:
    """A polyhedron in a random position.

    Parameters
    ----------
    name : str
        One of `SOLIDS`.
    lying : bool
        On one of its largest facets; else turned uniformly on SO(3).
    random : Generator
    """
    turn = _lying(name, random) if lying else _rotation(random)
    corners = _corners(name) @ turn.T
    planes = _planes(name)
    turned = np.column_stack([planes[:, :3] @ turn.T, planes[:, 3]])
    return HullForm.from_planes(name, corners, turned)
