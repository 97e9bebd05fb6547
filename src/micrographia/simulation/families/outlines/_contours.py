"""Closed contours: regular polygons, ellipses, lobes; cutting, rounding and roughening them.

A contour is an array of shape (n, 2), (row, col), without its first point repeated.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

__all__ = [
    "area_and_centre",
    "cloverleaf",
    "diameter",
    "ellipse",
    "lobes",
    "polygon",
    "resample",
    "roughened",
    "rounded",
    "second_moments",
    "star",
    "truncated",
    "turned",
]

_ARC = 10


def polygon(corners: int) -> NDArray[np.float64]:
    """Regular polygon with its corners on the unit circle."""
    turns = 2 * math.pi * np.arange(corners) / corners
    return np.stack([np.sin(turns), np.cos(turns)], 1)


def ellipse(aspect: float, points: int = 180) -> NDArray[np.float64]:
    """Ellipse of half axes 1 (columns) and 1 / aspect (rows)."""
    turns = 2 * math.pi * np.arange(points) / points
    return np.stack([np.sin(turns) / aspect, np.cos(turns)], 1)


def star(branches: int, depth: float) -> NDArray[np.float64]:
    """Star with tips on the unit circle and hollows on a circle of radius `depth`."""
    points = polygon(2 * branches)
    points[1::2] *= depth
    return points


def lobes(
    centres: NDArray[np.float64], radii: NDArray[np.float64], neck: float, points: int = 240
) -> NDArray[np.float64]:
    """Outline of discs in a row along the columns, joined by a bar of half width `neck`."""
    first, last = (centres - radii).min(), (centres + radii).max()
    along = first + (last - first) * (1 - np.cos(np.linspace(0, math.pi, points // 2))) / 2
    square = radii[:, None] ** 2 - (along[None] - centres[:, None]) ** 2
    half = np.sqrt(np.clip(square, 0, None)).max(0)
    between = (along >= centres.min()) & (along <= centres.max())
    half = np.where(between, np.maximum(half, neck), half)
    upper = np.stack([-half, along], 1)
    lower = np.stack([half, along], 1)[-2:0:-1]
    return np.concatenate([upper, lower])


def cloverleaf(distance: float, radius: float, discs: int = 3) -> NDArray[np.float64]:
    """Outline of equal discs whose centres are the corners of a regular polygon."""
    turns = 2 * math.pi * np.arange(240) / 240
    offset = np.abs((turns + math.pi / discs) % (2 * math.pi / discs) - math.pi / discs)
    reach = np.sqrt(np.clip(radius**2 - (distance * np.sin(offset)) ** 2, 0, None))
    out = distance * np.cos(offset) + reach
    return np.stack([np.sin(turns) * out, np.cos(turns) * out], 1)


def truncated(points: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """Cut every corner off, at `share` of each edge from it."""
    if share <= 0:
        return points
    before = points + share * (np.roll(points, 1, 0) - points)
    after = points + share * (np.roll(points, -1, 0) - points)
    return np.stack([before, after], 1).reshape(-1, 2)


def rounded(points: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """Replace every corner by a circular arc that meets its edges as tangents.

    Parameters
    ----------
    points : ndarray of shape (n, 2)
        Corners, convex or hollow.
    share : float
        Of the shorter edge at a corner, halved, that the arc takes: 1 turns a regular polygon
        into its inscribed circle and a rectangle into a rod with half discs at its ends.

    Returns
    -------
    contour : ndarray of shape (n * 10, 2)
    """
    if share <= 0:
        return points
    back, ahead = np.roll(points, 1, 0) - points, np.roll(points, -1, 0) - points
    lengths = np.hypot(back[:, 0], back[:, 1]), np.hypot(ahead[:, 0], ahead[:, 1])
    back, ahead = back / lengths[0][:, None], ahead / lengths[1][:, None]
    tangent = share * np.minimum(*lengths) / 2
    middle = back + ahead
    span = np.hypot(middle[:, 0], middle[:, 1])
    cosine = np.clip(span / 2, 1e-9, 1)  # of half of the angle between the edges
    centre = points + middle / np.maximum(span, 1e-9)[:, None] * (tangent / cosine)[:, None]
    begin, end = (
        points + back * tangent[:, None] - centre,
        points + ahead * tangent[:, None] - centre,
    )
    turn = 2 * np.arcsin(cosine)
    steps = np.linspace(0, 1, _ARC)[None, :, None]
    turn = np.maximum(turn, 1e-6)[:, None, None]
    arcs = np.sin((1 - steps) * turn) * begin[:, None] + np.sin(steps * turn) * end[:, None]
    contour: NDArray[np.float64] = (centre[:, None] + arcs / np.sin(turn)).reshape(-1, 2)
    return contour


def turned(points: NDArray[np.float64], angle: float) -> NDArray[np.float64]:
    """Turn by an angle from the columns towards the rows [rad]."""
    cos, sin = math.cos(angle), math.sin(angle)
    rows, cols = points.T
    return np.stack([rows * cos + cols * sin, cols * cos - rows * sin], 1)


def area_and_centre(points: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """Area and centroid of the polygon."""
    following = np.concatenate([points[1:], points[:1]])
    cross = points[:, 0] * following[:, 1] - points[:, 1] * following[:, 0]
    total = float(cross.sum())
    centre: NDArray[np.float64] = ((points + following) * cross[:, None]).sum(0) / (3 * total)
    return abs(total) / 2, centre


def second_moments(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Covariance of the position inside the polygon, shape (2, 2)."""
    centred = points - area_and_centre(points)[1]
    following = np.concatenate([centred[1:], centred[:1]])
    cross = centred[:, 0] * following[:, 1] - centred[:, 1] * following[:, 0]
    both = centred + following
    inner = (
        np.einsum("i,ij,ik->jk", cross, centred, centred)
        + np.einsum("i,ij,ik->jk", cross, following, following)
        + np.einsum("i,ij,ik->jk", cross, both, both)
    )
    moments: NDArray[np.float64] = inner / (12 * cross.sum())
    return moments


def diameter(points: NDArray[np.float64]) -> float:
    """Largest distance between two points."""
    some = points if len(points) <= 128 else points[:: len(points) // 128 + 1]
    rows, cols = some[:, 0], some[:, 1]
    square = (rows[:, None] - rows[None]) ** 2 + (cols[:, None] - cols[None]) ** 2
    return math.sqrt(square.max())


def resample(points: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Points at equal distances along the contour."""
    closed = np.concatenate([points, points[:1]])
    steps = np.hypot(*np.diff(closed, axis=0).T)
    length = np.concatenate([[0], np.cumsum(steps)])
    at = np.arange(count) * length[-1] / count
    return np.stack([np.interp(at, length, closed[:, 0]), np.interp(at, length, closed[:, 1])], 1)


def roughened(
    points: NDArray[np.float64], sigma: float, waves: float, random: Generator, count: int = 256
) -> NDArray[np.float64]:
    """Move the contour along its normals by smooth noise.

    Parameters
    ----------
    points : ndarray of shape (n, 2)
    sigma : float
        Standard deviation of the movement, in the contour's unit.
    waves : float
        Waves round the contour at which the noise's amplitude has fallen to 1 / e.
    random : Generator
    count : int
        Points of the result.

    Returns
    -------
    contour : ndarray of shape (count, 2)
    """
    even = resample(points, count)
    waviness = np.arange(count // 2 + 1)
    weight = np.exp(-((waviness / waves) ** 2))
    weight[:2] = 0  # neither grows nor moves the outline
    phases = random.standard_normal((2, len(waviness)))
    noise = np.fft.irfft((phases[0] + 1j * phases[1]) * weight, count)
    noise *= sigma / max(float(noise.std()), 1e-12)
    along = np.roll(even, -1, 0) - np.roll(even, 1, 0)
    along /= np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-12)[:, None]
    normal = np.stack([along[:, 1], -along[:, 0]], 1)
    moved: NDArray[np.float64] = even + normal * noise[:, None]
    return moved
