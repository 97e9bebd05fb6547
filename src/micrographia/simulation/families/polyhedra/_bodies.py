"""The eight bodies as exact convex polyhedra, with cut and rounded corners.

Every body has its corners' farthest at distance 1 from the origin. A rounded body is the set of all
points within `radius` of a smaller polyhedron, its core: every edge becomes part of a cylinder,
every corner part of a sphere, the facets stay where they are.
"""

from __future__ import annotations

import functools
import itertools
import math
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = [
    "BEVEL",
    "NAMES",
    "STEP",
    "Body",
    "BodyName",
    "Polyhedron",
    "body",
    "corners",
    "rounding_planes",
    "symmetries",
]

BodyName = Literal["CUBO", "DEC", "DODECA", "FCC_CUBE", "ICO", "OH", "TD", "TPT"]

NAMES: tuple[BodyName, ...] = ("CUBO", "DEC", "DODECA", "FCC_CUBE", "ICO", "OH", "TD", "TPT")

STEP = 0.05
"""Truncation and rounding are multiples of this."""

BEVEL = 30.0
"""Largest angle between the normals of a rounded edge's tangent planes [degrees]."""

_GOLDEN = (1 + math.sqrt(5)) / 2
_SAME = 1e-7


class Polyhedron(NamedTuple):
    """A convex polyhedron round the origin.

    Attributes
    ----------
    vertices : ndarray of shape (n, 3)
    normals : ndarray of shape (m, 3)
        Outward, of length 1.
    offsets : ndarray of shape (m,)
        Distance of each facet's plane from the origin.
    facets : tuple of ndarray
        For each facet its corners' places in `vertices`, counter-clockwise from outside.
    """

    vertices: NDArray[np.float64]
    normals: NDArray[np.float64]
    offsets: NDArray[np.float64]
    facets: tuple[NDArray[np.intp], ...]

    @property
    def facet_areas(self) -> NDArray[np.float64]:
        """Area of each facet."""
        areas = []
        for normal, facet in zip(self.normals, self.facets, strict=True):
            points = self.vertices[facet]
            areas.append((points @ _across(normal) * _next(points)).sum() / 2)
        return np.array(areas)

    @property
    def surface(self) -> float:
        """Area of all facets."""
        return float(self.facet_areas.sum())

    @property
    def volume(self) -> float:
        """Sum of the pyramids from the origin to each facet."""
        return float(self.facet_areas @ self.offsets / 3)

    @property
    def mean_width_term(self) -> float:
        """Half of the sum of edge lengths times the angles between the facets' normals.

        2 π times the mean width of the body; the coefficient of Steiner's formula.
        """
        total = 0.0
        for (first, second), (one, other) in _edges(self).items():
            cosine = float(np.clip(self.normals[first] @ self.normals[second], -1, 1))
            total += math.dist(self.vertices[one], self.vertices[other]) * math.acos(cosine)
        return total / 2


def _edges(polyhedron: Polyhedron) -> dict[tuple[int, int], tuple[int, int]]:
    """The two facets at each edge, and its two corners."""
    beside: dict[frozenset[int], list[int]] = {}
    for number, facet in enumerate(polyhedron.facets):
        for ends in zip(facet.tolist(), np.roll(facet, -1).tolist(), strict=True):
            beside.setdefault(frozenset(ends), []).append(number)
    return {(first, second): (min(edge), max(edge)) for edge, (first, second) in beside.items()}


class Body(NamedTuple):
    """A body of the family.

    Attributes
    ----------
    name : str
    steps : tuple of int
        Truncation and rounding as multiples of `STEP`.
    hull : Polyhedron
        The body with sharp edges.
    core : Polyhedron
        What lies deeper than `radius`; the rounded body is all that is within `radius` of it.
    radius : float
    volume, surface : float
        Of the rounded body.
    """

    name: str
    steps: tuple[int, int]
    hull: Polyhedron
    core: Polyhedron
    radius: float
    volume: float
    surface: float

    @property
    def truncation(self) -> float:
        """Largest share of an edge that is cut off at each end."""
        return round(self.steps[0] * STEP, 9)

    @property
    def rounding(self) -> float:
        """Radius of the edges as a share of the inscribed sphere's."""
        return round(self.steps[1] * STEP, 9)


def _across(normal: NDArray[np.float64]) -> NDArray[np.float64]:
    """The matrix m of a normal n with p @ m @ q = n · (p × q)."""
    x, y, z = normal
    return np.array([[0.0, z, -y], [-z, 0.0, x], [y, -x, 0.0]])


def _next(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The point after each of a closed row of points."""
    return np.concatenate([points[1:], points[:1]])


def _signs(*values: float) -> list[tuple[float, ...]]:
    choices = [(value, -value) if value else (0.0,) for value in values]
    return list(itertools.product(*choices))


def _cyclic(*values: float) -> list[tuple[float, ...]]:
    a, b, c = values
    return _signs(a, b, c) + _signs(c, a, b) + _signs(b, c, a)


def _ring(sides: int, radius: float, height: float) -> list[tuple[float, ...]]:
    turns = [math.tau * number / sides for number in range(sides)]
    return [(radius * math.cos(turn), radius * math.sin(turn), height) for turn in turns]


@functools.cache
def corners(name: str) -> NDArray[np.float64]:
    """Corners of a body with sharp edges, shape (n, 3), the farthest at distance 1.

    * CUBO, cuboctahedron: all (±1, ±1, 0) in every order.
    * DEC, decahedron: two five-sided pyramids on one base, all edges equal.
    * DODECA, regular dodecahedron: (±1, ±1, ±1) and (0, ±1/φ, ±φ) in cyclic order.
    * FCC_CUBE, cube: (±1, ±1, ±1).
    * ICO, regular icosahedron: (0, ±1, ±φ) in cyclic order.
    * OH, regular octahedron: (±1, 0, 0) in every order.
    * TD, regular tetrahedron: (1, 1, 1) and (1, -1, -1) in every order.
    * TPT, truncated trigonal bipyramid: two regular tetrahedra that share a facet, each cut half
      way between that facet and its tip; a plate with two triangles and six trapezoids.

    Examples
    --------
    >>> [len(corners(name)) for name in NAMES]
    [12, 7, 20, 8, 12, 6, 4, 9]
    """
    tip = math.sqrt(2 / 3)  # height of a regular tetrahedron of edge 1
    pentagon = 1 / (2 * math.sin(math.pi / 5))  # radius of a pentagon of edge 1
    apex = math.sqrt(1 - pentagon**2)
    triangle = 1 / math.sqrt(3)  # radius of a triangle of edge 1
    makers: dict[str, Callable[[], list[tuple[float, ...]]]] = {
        "CUBO": lambda: _cyclic(1, 1, 0),
        "DEC": lambda: [*_ring(5, pentagon, 0), (0, 0, apex), (0, 0, -apex)],
        "DODECA": lambda: _signs(1, 1, 1) + _cyclic(0, 1 / _GOLDEN, _GOLDEN),
        "FCC_CUBE": lambda: _signs(1, 1, 1),
        "ICO": lambda: _cyclic(0, 1, _GOLDEN),
        "OH": lambda: _cyclic(1, 0, 0),
        "TD": lambda: [(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)],
        "TPT": lambda: [
            *_ring(3, triangle, 0),
            *_ring(3, triangle / 2, tip / 2),
            *_ring(3, triangle / 2, -tip / 2),
        ],
    }
    found = np.array(makers[name](), np.float64)
    return found / float(np.linalg.norm(found, axis=1).max())


def _from_points(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Normals and offsets of the facets of a convex hull round the origin, each facet once.

    The planes through every three points are tried: with 20 points that takes less time than
    loading a library for it.
    """
    one, two, three = points[_threes(len(points))].transpose(1, 0, 2)
    normals = np.cross(two - one, three - one)
    lengths = np.linalg.norm(normals, axis=1)
    some = lengths > _SAME
    normals = normals[some] / lengths[some, None]
    offsets = (normals * one[some]).sum(1)
    normals, offsets = normals * np.sign(offsets)[:, None], np.abs(offsets)
    outer = (offsets > _SAME) & ((normals @ points.T).max(1) <= offsets + _SAME)
    normals, offsets = normals[outer], offsets[outer]
    keep = np.unique(np.round(normals, 6) + 0.0, axis=0, return_index=True)[1]
    return normals[keep], offsets[keep]


@functools.cache
def _threes(count: int) -> NDArray[np.intp]:
    """Every three of a number of things, shape (n, 3)."""
    return np.array(list(itertools.combinations(range(count), 3)), np.intp)


def _from_planes(normals: NDArray[np.float64], offsets: NDArray[np.float64]) -> Polyhedron:
    """The polyhedron inside planes; those that only touch it are left out."""
    threes = _threes(len(normals))
    one, two, three = normals[threes].transpose(1, 0, 2)
    sides = np.stack([np.cross(two, three), np.cross(three, one), np.cross(one, two)], 1)
    volume = (one * sides[:, 0]).sum(1)
    some = np.abs(volume) > _SAME
    found = (offsets[threes[some], None] * sides[some]).sum(1) / volume[some, None]
    found = found[(found @ normals.T <= offsets + _SAME).all(1)]
    vertices = found[np.unique(np.round(found, 6) + 0.0, axis=0, return_index=True)[1]]
    on = np.abs(vertices @ normals.T - offsets) < _SAME * 10
    used = np.flatnonzero(on.sum(0) > 2)
    facets = [_ordered(vertices, np.flatnonzero(on[:, plane]), normals[plane]) for plane in used]
    return Polyhedron(vertices, normals[used], offsets[used], tuple(facets))


def _ordered(
    vertices: NDArray[np.float64], members: NDArray[np.intp], normal: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Corners of a facet in the order of their angle round its middle."""
    around = vertices[members] - vertices[members].mean(0)
    first = around[0] / np.linalg.norm(around[0])
    second = _across(normal).T @ first
    return members[np.argsort(np.arctan2(around @ second, around @ first))]


def _neighbours(points: NDArray[np.float64], on: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which corners are joined by an edge: those that share two facets."""
    shared = on.astype(int) @ on.T.astype(int)
    joined: NDArray[np.bool_] = (shared >= 2) & ~np.eye(len(points), dtype=bool)
    return joined


def _cut(name: str, truncation: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    points = corners(name)
    normals, offsets = _from_points(points)
    if truncation <= 0:
        return normals, offsets
    joined = _neighbours(points, np.abs(points @ normals.T - offsets) < _SAME)
    lengths = np.linalg.norm(points, axis=1)
    outward = points / lengths[:, None]
    drop = lengths[:, None] - outward @ points.T
    shallowest = np.where(joined, drop, np.inf).min(1)
    return (
        np.concatenate([normals, outward]),
        np.concatenate([offsets, lengths - truncation * shallowest]),
    )


@functools.cache
def body(name: str, truncation_steps: int = 0, rounding_steps: int = 0) -> Body:
    """A body with its corners cut and its edges rounded.

    Parameters
    ----------
    name : str
        One of `NAMES`.
    truncation_steps : int
        Truncation as a multiple of `STEP`: every corner is cut by a plane square to its direction
        from the centre, so deep that the edge cut most loses this share of its length.
    rounding_steps : int
        Rounding as a multiple of `STEP`: radius of the edges as a share of the radius of the
        largest sphere round the origin inside the body.

    Returns
    -------
    body : Body

    Examples
    --------
    >>> cube = body("FCC_CUBE")
    >>> round(cube.volume, 4), round((2 / 3**0.5) ** 3, 4)
    (1.5396, 1.5396)
    >>> len(body("FCC_CUBE", 2).hull.facets)
    14
    """
    truncation, rounding = truncation_steps * STEP, rounding_steps * STEP
    normals, offsets = _cut(name, truncation)
    hull = _from_planes(normals, offsets)
    radius = rounding * float(hull.offsets.min())
    core = _from_planes(hull.normals, hull.offsets - radius) if radius > 0 else hull
    volume, surface = _steiner(core, radius)
    return Body(name, (truncation_steps, rounding_steps), hull, core, radius, volume, surface)


@functools.cache
def rounding_planes(
    name: str, truncation_steps: int, rounding_steps: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Tangent planes of a body's rounded edges and corners.

    Returns
    -------
    normals : ndarray of shape (n, 3)
    offsets : ndarray of shape (n,)
    """
    one = body(name, truncation_steps, rounding_steps)
    core = one.core
    at_corner: list[list[int]] = [[] for _ in core.vertices]
    for number, facet in enumerate(core.facets):
        for corner in facet:
            at_corner[corner].append(number)
    sides = np.array(list(_edges(core)))
    middles = np.array([core.normals[members].sum(0) for members in at_corner])
    middles /= np.linalg.norm(middles, axis=1)[:, None]
    corner = np.repeat(np.arange(len(at_corner)), [len(members) for members in at_corner])
    found = np.concatenate(
        [
            middles,
            _between(core.normals[sides[:, 0]], core.normals[sides[:, 1]]),
            _between(middles[corner], core.normals[np.concatenate(at_corner).astype(int)]),
        ]
    )
    normals = np.unique(np.round(found, 9), axis=0)
    return normals, (core.vertices @ normals.T).max(0) + one.radius


def _between(starts: NDArray[np.float64], ends: NDArray[np.float64]) -> NDArray[np.float64]:
    """Directions on the arcs between two rows of them, `BEVEL` apart at most, without the ends."""
    angle = np.arccos(np.clip((starts * ends).sum(1), -1, 1))
    parts = np.ceil(angle / math.radians(BEVEL)).astype(int)
    found = [np.empty((0, 3))]
    for number in range(1, int(parts.max())):
        on = parts > number
        share, turn = (number / parts[on])[:, None], angle[on][:, None]
        blend = np.sin((1 - share) * turn) * starts[on] + np.sin(share * turn) * ends[on]
        found.append(blend / np.sin(turn))
    return np.concatenate(found)


def _steiner(core: Polyhedron, r: float) -> tuple[float, float]:
    """Volume and surface of all that is within `r` of a polyhedron (Steiner's formula)."""
    if r <= 0:
        return core.volume, core.surface
    area, bend = core.surface, core.mean_width_term
    volume = core.volume + area * r + bend * r**2 + 4 / 3 * math.pi * r**3
    return volume, area + 2 * bend * r + 4 * math.pi * r**2


@functools.cache
def symmetries(name: str) -> NDArray[np.float64]:
    """Every rotation and reflection that maps a body onto itself, shape (n, 3, 3).

    Examples
    --------
    >>> [len(symmetries(name)) for name in NAMES]
    [48, 20, 120, 48, 120, 48, 24, 12]
    """
    points = corners(name)
    frame = next(
        np.array(three)
        for three in itertools.combinations(points, 3)
        if abs(np.linalg.det(np.array(three))) > 0.05
    )
    gram, inverse = frame @ frame.T, np.linalg.inv(frame)
    products = points @ points.T
    found = []
    same = [np.flatnonzero(np.abs(np.diag(products) - gram[k, k]) < _SAME) for k in range(3)]
    for a in same[0]:
        for b in same[1][np.abs(products[a, same[1]] - gram[0, 1]) < _SAME]:
            fits = np.abs(products[a, same[2]] - gram[0, 2]) < _SAME
            fits &= np.abs(products[b, same[2]] - gram[1, 2]) < _SAME
            for c in same[2][fits]:
                map_ = (inverse @ points[[a, b, c]]).T
                moved = points @ map_.T
                distance = np.abs(moved[:, None] - points[None]).max(-1).min(1)
                if distance.max() < 1e-6:
                    found.append(map_)
    return np.array(found)
