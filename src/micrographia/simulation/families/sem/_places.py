"""Where things lie: scattered, in clusters, in rows; paths that wind."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np
from scipy.interpolate import CubicSpline

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["apart", "clustered", "hexagonal", "nearest", "scattered", "wandering", "winding"]


def scattered(
    n: int, shape: tuple[int, int], random: np.random.Generator, beyond: float = 0.0
) -> NDArray[np.float64]:
    """Places (n, 2) anywhere on the stage and `beyond` its edges."""
    return random.uniform(-beyond, np.array(shape) + beyond, (n, 2))


def hexagonal(
    shape: tuple[int, int], pitch: float, random: np.random.Generator, *,
    jitter: float = 0.0, turn: float | None = None, squeeze: float = 1.0,
) -> NDArray[np.float64]:  # fmt: skip
    """Places of a hexagonal lattice that covers the stage.

    Parameters
    ----------
    shape : tuple of int
    pitch : float
        Distance of neighbours.
    random : Generator
    jitter : float
        Standard deviation of each place, in pitches.
    turn : float, optional [rad]
        Direction of a row; drawn where not given.
    squeeze : float
        Factor on the rows, for a tilted stage.
    """
    angle = random.uniform(0, math.pi) if turn is None else turn
    half = math.hypot(*shape) / 2 / min(squeeze, 1.0) + 2 * pitch
    n = math.ceil(half / pitch)
    i, j = np.mgrid[-n : n + 1, -math.ceil(n * 1.16) : math.ceil(n * 1.16) + 1]
    col = (i + (j % 2) / 2).ravel() * pitch
    row = j.ravel() * pitch * math.sqrt(3) / 2
    places = np.stack([math.cos(angle) * row + math.sin(angle) * col,
                       math.cos(angle) * col - math.sin(angle) * row], axis=1)  # fmt: skip
    places += random.normal(0, 1, places.shape) * jitter * pitch
    places += random.uniform(0, pitch, 2)
    places[:, 0] *= squeeze
    places += np.array(shape) / 2
    kept = (places > -pitch).all(axis=1) & (places < np.array(shape) + pitch).all(axis=1)
    return np.asarray(places[kept])


def apart(
    radii: NDArray[np.float64], shape: tuple[int, int], random: np.random.Generator,
    gap: float = 1.0,
) -> NDArray[np.float64]:  # fmt: skip
    """Places (n, 2) whose discs do not overlap; rows of NaN where no room was found."""
    placed = np.full((len(radii), 2), np.nan)
    count = 0
    kept = np.empty((len(radii), 3))
    for k, radius in enumerate(radii):
        tries = random.uniform(-radius, np.array(shape) + radius, (12, 2))
        if k == 0:
            tries = random.uniform(0.3, 0.7, (12, 2)) * shape
        near = kept[:count]
        distance = np.hypot(tries[:, 0, None] - near[:, 0], tries[:, 1, None] - near[:, 1])
        free = np.flatnonzero((distance > gap * (near[:, 2] + radius)).all(axis=1))
        if free.size:
            placed[k] = tries[free[0]]
            kept[count] = (*placed[k], radius)
            count += 1
    return placed


def clustered(
    radii: NDArray[np.float64], shape: tuple[int, int], clusters: int,
    random: np.random.Generator, *, contact: float = 1.0, overlap: float = 0.8,
) -> NDArray[np.float64]:  # fmt: skip
    """Places (n, 2) of discs that grow into clusters by touching what is there.

    Parameters
    ----------
    radii : ndarray of shape (n,)
    shape : tuple of int
    clusters : int
        Seeds that the first discs are.
    random : Generator
    contact : float
        Distance of a new disc from the one it joins, in sums of radii.
    overlap : float
        Least distance from all others, in sums of radii.
    """
    placed = np.empty((len(radii), 2))
    for k, radius in enumerate(radii):
        if k < clusters:
            margin = 0.25 if k == 0 else 0.0
            placed[k] = random.uniform(margin, 1 - margin, 2) * shape
            continue
        partners = random.integers(0, k, 10)
        angles = random.uniform(0, 2 * math.pi, 10)
        reach = contact * (radii[partners] + radius)
        tries = placed[partners] + np.stack([np.sin(angles), np.cos(angles)], 1) * reach[:, None]
        distance = np.hypot(tries[:, 0, None] - placed[:k, 0], tries[:, 1, None] - placed[:k, 1])
        slack = (distance / (radii[:k] + radius)).min(axis=1)
        good = np.flatnonzero(slack >= min(overlap, contact) * 0.999)
        placed[k] = tries[good[0] if good.size else int(np.argmax(slack))]
    return placed


def winding(
    start: tuple[float, float], heading: float, length: float, curl: float,
    random: np.random.Generator, step: float = 12.0,
) -> NDArray[np.float64]:  # fmt: skip
    """A smooth path (n, 2) whose heading wanders by `curl` [rad] over a hundred pixels."""
    n = max(int(length / step), 2)
    turns = random.normal(0, curl * math.sqrt(step / 100), n)
    drift = random.normal(0, curl * step / 100)
    headings = heading + np.cumsum(turns + drift)
    steps = np.stack([np.sin(headings), np.cos(headings)], axis=1) * (length / n)
    knots = np.concatenate([[start], np.array(start) + np.cumsum(steps, axis=0)])
    if n < 4:
        return knots
    at = np.arange(n + 1)
    return np.asarray(CubicSpline(at, knots)(np.linspace(0, n, 4 * n + 1)))


def wandering(n: int, step: float, random: np.random.Generator) -> NDArray[np.float64]:
    """Heights (n,) along a path of `winding` that wander by `step` from knot to knot."""
    knots = np.cumsum(random.normal(0, step, n // 4 + 2))
    where = np.linspace(0, len(knots) - 1, n)
    if len(knots) < 4:
        return np.interp(where, np.arange(len(knots)), knots)
    return np.asarray(CubicSpline(np.arange(len(knots)), knots)(where))


def nearest(
    places: NDArray[np.float64], shape: tuple[int, int]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Number of the nearest place at each pixel (from 0), and its distance (Voronoi cells).

    Places outside are moved to the edge.
    """
    rows = np.clip(np.rint(places[:, 0]), 0, shape[0] - 1).astype(int)
    cols = np.clip(np.rint(places[:, 1]), 0, shape[1] - 1).astype(int)
    seeds = np.ones(shape, np.uint8)
    seeds[rows, cols] = 0
    distance, labels = cv2.distanceTransformWithLabels(
        seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    order = np.zeros(int(labels.max()) + 1, np.int32)
    order[labels[rows, cols]] = np.arange(len(places))
    return order[labels], np.asarray(distance, np.float32)
