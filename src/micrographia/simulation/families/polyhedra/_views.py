"""What a body looks like along the beam: orientation, silhouette, surfaces.

The beam is the z axis. Directions in the image are (row, col) = (y, x).
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from numpy.random import Generator

    from micrographia.simulation.families.polyhedra._bodies import Body, Polyhedron

__all__ = ["Surfaces", "orientation", "radial", "silhouette", "surfaces"]

_TURNS = math.tau * np.arange(256) / 256
_AROUND = np.stack([np.sin(_TURNS), np.cos(_TURNS)], 1)
_FAR = np.float32(1e6)
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


def silhouette(body: Body, rotation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Contour of the shadow of a body along the beam.

    The shadow of a rounded body is its core's shadow with a disc of the rounding's radius rolled
    round it; in each of 256 directions the contour's outermost point is the core's outermost
    corner and the radius further.

    Parameters
    ----------
    body : Body
    rotation : ndarray of shape (3, 3)

    Returns
    -------
    contour : ndarray of shape (n, 2), (row, col)
        In the body's unit, round its origin; n is 256 at most.
    """
    flat = (body.core.vertices @ rotation.T)[:, 1::-1]
    outermost = np.argmax(flat @ _AROUND.T, axis=0)
    if body.radius > 0:
        rolled: NDArray[np.float64] = flat[outermost] + body.radius * _AROUND
        return rolled
    turned: NDArray[np.float64] = flat[outermost[outermost != np.roll(outermost, 1)]]
    return turned


def radial(contour: NDArray[np.float64], angles: int = 256) -> NDArray[np.float64]:
    """Distance of a convex contour from its centroid, in directions at equal angles.

    Parameters
    ----------
    contour : ndarray of shape (n, 2)
    angles : int

    Returns
    -------
    distances : ndarray of shape (angles,)
        Exact for the polygon through the points.
    """
    following = np.concatenate([contour[1:], contour[:1]])
    cross = contour[:, 0] * following[:, 1] - contour[:, 1] * following[:, 0]
    centre = ((contour + following) * cross[:, None]).sum(0) / (3 * cross.sum())
    points = contour - centre
    angle = np.arctan2(points[:, 0], points[:, 1]) % math.tau
    order = np.argsort(angle)
    points, angle = points[order], angle[order]
    rays, row, col = _rays(angles)
    after = np.searchsorted(angle, rays, side="right") % len(points)
    a, b = points[after - 1], points[after]
    above = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    below = row * (b[:, 1] - a[:, 1]) - col * (b[:, 0] - a[:, 0])
    distances: NDArray[np.float64] = above / below
    return distances


@functools.cache
def _rays(count: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    angle = math.tau * np.arange(count) / count
    return angle, np.sin(angle), np.cos(angle)


class Surfaces(NamedTuple):
    """The two surfaces of a body along the beam, in pixels.

    Attributes
    ----------
    top, bottom : ndarray of shape (rows, cols), float32
        Heights; below zero thickness outside of the body.
    top_facet, bottom_facet : ndarray of shape (rows, cols), uint8
        Facet of the sharp body that is there.
    crease : ndarray of shape (rows, cols), float32
        How much higher the next facet's plane lies than the top surface: 0 on an edge [px].
    """

    top: NDArray[np.float32]
    bottom: NDArray[np.float32]
    top_facet: NDArray[np.uint8]
    bottom_facet: NDArray[np.uint8]
    crease: NDArray[np.float32]

    @property
    def thickness(self) -> NDArray[np.float32]:
        """Path through the body [px]; 0 outside."""
        through: NDArray[np.float32] = np.maximum(self.top - self.bottom, 0)
        return through


def surfaces(
    body: Body,
    rotation: NDArray[np.float64],
    scale: float,
    centre: tuple[float, float],
    shape: tuple[int, int],
) -> Surfaces:
    """Heights of a body's two surfaces over the pixels of a field.

    Parameters
    ----------
    body : Body
    rotation : ndarray of shape (3, 3)
    scale : float [px]
        Pixels a unit of the body.
    centre : tuple of float, (row, col) [px]
        Where the body's origin lies.
    shape : tuple of int
        Rows and columns of the field.

    Returns
    -------
    surfaces : Surfaces
        At the centres of the pixels. The core's surface is exact; a rounded body's is the highest
        of balls of the rounding's radius on it, laid a pixel apart (two, beyond a radius of 6 px).
    """
    rows = (np.arange(shape[0], dtype=np.float32) - np.float32(centre[0]))[:, None]
    cols = (np.arange(shape[1], dtype=np.float32) - np.float32(centre[1]))[None, :]
    grid = (rows, cols)
    flipped = rotation * np.array([[1.0], [1.0], [-1.0]])
    top, top_facet, crease = _upper(body.hull, rotation, scale, grid)
    bottom, bottom_facet, _ = _upper(body.hull, flipped, scale, grid)
    if body.radius > 0:
        top, bottom = (_lowest(body.core, turn, scale, grid) for turn in (rotation, flipped))
        outside = top + bottom < 0
        top[outside], bottom[outside] = -_FAR, -_FAR
        top, bottom = (_rolled(each, body.radius * scale) for each in (top, bottom))
    return Surfaces(top, -bottom, top_facet, bottom_facet, crease)


def _planes(
    polyhedron: Polyhedron, rotation: NDArray[np.float64], scale: float
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Planes that face up: whose they are; height at the origin and its fall by row and col."""
    normals = polyhedron.normals @ rotation.T
    up = np.flatnonzero(normals[:, 2] > 1e-3)
    x, y, z = normals[up].T
    return up, np.stack([polyhedron.offsets[up] * scale / z, y / z, x / z], 1).astype(np.float32)


def _lowest(
    polyhedron: Polyhedron, rotation: NDArray[np.float64], scale: float, grid: _Grid
) -> NDArray[np.float32]:
    """Lowest of the planes that face up."""
    rows, cols = grid
    _, planes = _planes(polyhedron, rotation, scale)
    lowest = np.full((rows.shape[0], cols.shape[1]), _FAR)
    for height, by_row, by_col in planes:
        np.minimum(lowest, (height - rows * by_row) - cols * by_col, out=lowest)
    return lowest


def _upper(
    polyhedron: Polyhedron, rotation: NDArray[np.float64], scale: float, grid: _Grid
) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.float32]]:
    """Lowest of the planes that face up, whose it is, and how far above the next one lies."""
    rows, cols = grid
    up, planes = _planes(polyhedron, rotation, scale)
    shape = (rows.shape[0], cols.shape[1])
    lowest, second = np.full(shape, _FAR), np.full(shape, 2 * _FAR)
    facet = np.zeros(shape, np.uint8)
    for number, (height, by_row, by_col) in zip(up, planes, strict=True):
        plane = (height - rows * by_row) - cols * by_col
        np.copyto(facet, np.uint8(number), where=plane < lowest)
        np.minimum(second, np.maximum(plane, lowest), out=second)
        np.minimum(lowest, plane, out=lowest)
    return lowest, facet, second - lowest


def _rolled(height: NDArray[np.float32], radius: float) -> NDArray[np.float32]:
    """Highest point of balls laid on a surface."""
    reach = math.floor(radius)
    step = 1 if radius < 6 else 2
    padded = np.pad(height, reach, constant_values=-_FAR)
    rows, cols = height.shape
    out = height + np.float32(radius)
    for down in range(-reach // step * step, reach + 1, step):
        for right in range(-reach // step * step, reach + 1, step):
            square = radius**2 - down**2 - right**2
            if square > 0 and (down or right) and max(abs(down), abs(right)) <= reach:
                part = padded[reach + down : reach + down + rows, reach + right :][:, :cols]
                np.maximum(out, part + np.float32(math.sqrt(square)), out=out)
    return out
