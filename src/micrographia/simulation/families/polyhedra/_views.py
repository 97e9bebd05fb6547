"""What a body looks like along the beam: orientation, silhouette, surfaces.

The beam is the z axis. Directions in the image are (row, col) = (y, x).
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from micrographia.simulation.families.polyhedra._bodies import rounding_planes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.random import Generator

    from micrographia.simulation.families.polyhedra._bodies import Body

__all__ = [
    "Place", "facets", "lying", "onto_beam", "orientation", "radial", "silhouette", "thickness",
]  # fmt: skip

_TURNS = math.tau * np.arange(256) / 256
_AROUND = np.stack([np.sin(_TURNS), np.cos(_TURNS)], 1)
_SIDEWAYS = 1e-3
_TILT = 2.0
"""Standard deviation of the tilt of a body that lies on a facet, about each axis [degrees]."""
_AT_ONCE = 1 << 21
_Grid = tuple[NDArray[np.float32], NDArray[np.float32]]


def orientation(random: Generator) -> NDArray[np.float64]:
    """A rotation, uniform over all of them (Haar measure on SO(3)).

    A unit quaternion of four normal numbers is uniform on the sphere in four dimensions
    (Shoemake 1992, Graphics Gems III, p. 124; Muller 1959, doi:10.1145/377939.377946).

    Returns
    -------
    rotation : ndarray of shape (3, 3)
        Applied to column vectors.
    """
    w, x, y, z = (quaternion := random.standard_normal(4)) / np.linalg.norm(quaternion)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def onto_beam(direction: NDArray[np.float64]) -> NDArray[np.float64]:
    """A rotation that brings a direction of length 1 onto the beam, shape (3, 3)."""
    side = np.eye(3)[int(np.argmin(np.abs(direction)))]
    first = side - direction * (side @ direction)
    first /= math.sqrt(first @ first)
    (a, b, c), (x, y, z) = direction, first
    return np.array([first, [b * z - c * y, c * x - a * z, a * y - b * x], direction])


def lying(body: Body, random: Generator) -> NDArray[np.float64]:
    """A rotation that lays a body on one of its facets, a large one more often.

    Parameters
    ----------
    body : Body
    random : Generator

    Returns
    -------
    rotation : ndarray of shape (3, 3)
        Applied to column vectors; the facet faces away from the viewer.
    """
    areas = body.hull.facet_areas
    below = body.hull.normals[int(random.choice(len(areas), p=areas / areas.sum()))]
    tilt = np.array([*random.normal(0, math.radians(_TILT), 2), 1.0])
    turn = random.uniform(0, math.tau)
    spin = np.array([
        [math.cos(turn), -math.sin(turn), 0], [math.sin(turn), math.cos(turn), 0], [0, 0, 1],
    ])  # fmt: skip
    return spin @ onto_beam(tilt / np.linalg.norm(tilt)) @ onto_beam(-below)


def silhouette(body: Body, rotation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Contour of the shadow of a body along the beam.

    The shadow of a rounded body is its core's shadow with a disc of the rounding's radius rolled
    round it; in each of 256 directions the contour's outermost point is the core's outermost
    corner and the radius further.

    Parameters
    ----------
    body : Body
    rotation : ndarray of shape (3, 3) or (n, 3, 3)

    Returns
    -------
    contour : ndarray of shape (256, 2) or (n, 256, 2), (row, col)
        In the body's unit, round its origin; points occur more than once where the body is sharp.
    """
    flat = np.einsum("vk,...jk->...vj", body.core.vertices, rotation[..., 1::-1, :])
    outermost = np.argmax(flat @ _AROUND.T, axis=-2)
    corners = np.take_along_axis(flat, outermost[..., None], -2)
    rolled: NDArray[np.float64] = corners + body.radius * _AROUND
    return rolled


def radial(contour: NDArray[np.float64], angles: int = 256) -> NDArray[np.float64]:
    """Distance of a convex contour from its centroid, in directions at equal angles.

    Parameters
    ----------
    contour : ndarray of shape (m, 2) or (n, m, 2)
        One contour or many; points may occur more than once.
    angles : int

    Returns
    -------
    distances : ndarray of shape (angles,) or (n, angles)
        Exact for the polygon through the points.
    """
    many = contour.reshape(-1, *contour.shape[-2:])
    following = np.concatenate([many[:, 1:], many[:, :1]], 1)
    cross = many[..., 0] * following[..., 1] - many[..., 1] * following[..., 0]
    moment = ((many + following) * cross[..., None]).sum(1)
    points = many - (moment / (3 * cross.sum(1))[:, None])[:, None]
    angle = np.arctan2(points[..., 0], points[..., 1]) % math.tau
    order = np.argsort(angle, axis=1)
    rays, row, col = _rays(angles)
    count, corners = angle.shape
    first = np.arange(count)[:, None]  # each contour's angles in a turn of their own
    line = np.take_along_axis(angle, order, 1) + first * math.tau
    after = np.searchsorted(line.ravel(), (rays + first * math.tau).ravel(), side="right")
    place = after.reshape(count, angles) - first * corners
    a = points[first, order[first, (place - 1) % corners]]
    b = points[first, order[first, place % corners]]
    above = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    below = row * (b[..., 1] - a[..., 1]) - col * (b[..., 0] - a[..., 0])
    distances: NDArray[np.float64] = above / below
    return distances.reshape(*contour.shape[:-2], angles)


@functools.cache
def _rays(count: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    angle = math.tau * np.arange(count) / count
    return angle, np.sin(angle), np.cos(angle)


class Place(NamedTuple):
    """Where a body lies in a field of pixels.

    Attributes
    ----------
    rotation : ndarray of shape (3, 3)
    scale : float [px]
        Pixels a unit of the body.
    centre : tuple of float, (row, col) [px]
        Where the body's origin lies.
    shape : tuple of int
        Rows and columns of the field.
    """

    rotation: NDArray[np.float64]
    scale: float
    centre: tuple[float, float]
    shape: tuple[int, int]

    @property
    def grid(self) -> _Grid:
        """Rows and columns of the pixels' centres, from the body's origin."""
        return (
            np.arange(self.shape[0], dtype=np.float32) - np.float32(self.centre[0]),
            np.arange(self.shape[1], dtype=np.float32) - np.float32(self.centre[1]),
        )

    def from_below(self) -> Place:
        """The same place with the beam reversed."""
        return self._replace(rotation=self.rotation * np.array([[1.0], [1.0], [-1.0]]))


def thickness(body: Body, place: Place) -> NDArray[np.float32]:
    """Path of the beam through a body.

    Parameters
    ----------
    body : Body
    place : Place

    Returns
    -------
    thickness : ndarray of shape `place.shape`, float32 [px]
        At the centres of the pixels, 0 outside. Facets are exact; rounded edges and corners are
        their tangent planes at normals no more than `_bodies.BEVEL` apart, which lie outside by
        less than 0.04 of the rounding's radius along edges, a little more at corners.
    """
    normals, offsets = body.hull.normals, body.hull.offsets
    if body.radius > 0:
        more, further = rounding_planes(body.name, *body.steps)
        normals, offsets = np.concatenate([normals, more]), np.concatenate([offsets, further])
    total = np.zeros(place.shape, np.float32)
    for side in (place, place.from_below()):
        for part, heights in _heights(normals @ side.rotation.T, offsets * side.scale, side.grid):
            total[part] += heights.min(0)
    turned = normals @ place.rotation.T
    rows, cols = place.grid
    for number in np.flatnonzero(np.abs(turned[:, 2]) <= _SIDEWAYS):
        x, y, _ = turned[number].astype(np.float32)
        limit = np.float32(offsets[number] * place.scale)
        total[np.add.outer(rows * y, cols * x) > limit] = 0
    return np.maximum(total, 0, out=total)


def facets(body: Body, place: Place) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The facet of the sharp body that is on top.

    Parameters
    ----------
    body : Body
    place : Place

    Returns
    -------
    facet : ndarray of shape `place.shape`, uint8
        Its place in ``body.hull.facets``.
    crease : ndarray of shape `place.shape`, float32 [px]
        How much higher the next facet's plane lies: 0 on an edge.
    """
    normals, offsets = body.hull.normals @ place.rotation.T, body.hull.offsets * place.scale
    up = np.flatnonzero(normals[:, 2] > _SIDEWAYS).astype(np.uint8)
    facet, crease = np.zeros(place.shape, np.uint8), np.empty(place.shape, np.float32)
    for part, heights in _heights(normals, offsets, place.grid):
        lowest = heights.min(0)
        free = np.ones(lowest.shape, bool)  # on an edge two planes are lowest; one is taken
        for number, height in zip(up, heights, strict=True):
            on_top = (height == lowest) & free
            free &= ~on_top
            np.copyto(facet[part], number, where=on_top)
            np.copyto(height, np.float32(np.inf), where=on_top)
        crease[part] = heights.min(0) - lowest
    return facet, crease


def _heights(
    normals: NDArray[np.float64], offsets: NDArray[np.float64], grid: _Grid
) -> Iterator[tuple[slice, NDArray[np.float32]]]:
    """Heights of the planes that face up, shape (planes, rows, cols), some rows at a time."""
    rows, cols = grid
    up = normals[:, 2] > _SIDEWAYS
    x, y, z = normals[up].T.astype(np.float32)
    by_row = ((offsets[up].astype(np.float32) - rows[:, None] * y) / z).T
    by_col = (-x / z)[:, None] * cols
    step = max(_AT_ONCE // max(by_col.size, 1), 1)
    for first in range(0, len(rows), step):
        part = slice(first, first + step)
        yield part, by_row[:, part, None] + by_col[:, None]
