"""Contours beyond those of the family: grown-together discs, clumps, spheres with facets."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from micrographia.simulation import _picture as picture
from micrographia.simulation.families.outlines import _contours as contours
from micrographia.simulation.families.outlines._borders import (
    IRREGULAR_BELOW,
    likeness_to_ellipse,
)
from micrographia.simulation.families.outlines._shapes import make

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from micrographia.simulation.families.outlines import Config

__all__ = ["chain", "clump", "faceted", "sector"]

_GRID = 112
_TOO_ROUND = 0.955
"""Two lobes that overlap with their ellipse by more are no longer seen."""


def chain(random: Generator) -> NDArray[np.float64]:
    """Two or three discs of unequal sizes grown together, in a row or bent.

    Parameters
    ----------
    random : Generator

    Returns
    -------
    points : ndarray of shape (n, 2)
        Of any size and place.

    Examples
    --------
    >>> chain(np.random.default_rng(0)).shape[1]
    2
    """
    while True:
        radii = np.r_[1.0, random.uniform(0.6, 1.0, 2)]
        centres = np.zeros((3, 2))
        bend = math.pi
        for at in (1, 2):
            least = max(radii[at - 1], radii[at]) + 0.25 * min(radii[at - 1], radii[at])
            apart = random.uniform(least, (radii[at - 1] + radii[at]) * 1.02)
            turn = 0.0 if at == 1 else math.pi - (bend := random.uniform(math.pi / 3, math.pi))
            centres[at] = centres[at - 1] + apart * np.array([math.sin(turn), math.cos(turn)])
        count = 2 if random.uniform() < 0.55 else 3
        if count == 3 and bend < 1.3 and math.dist(centres[0], centres[2]) < radii[0] + radii[2]:
            continue
        points = _joined(centres[:count], radii[:count], random.uniform(0.01, 0.2))
        if likeness_to_ellipse(points) < _TOO_ROUND:
            return points


def _joined(
    centres: NDArray[np.float64], radii: NDArray[np.float64], soft: float
) -> NDArray[np.float64]:
    """Outline of discs whose necks are filled by about a share of the radius."""
    low = (centres - radii[:, None]).min(0) - 0.3
    step = float(((centres + radii[:, None]).max(0) + 0.3 - low).max()) / (_GRID - 1)
    rows = low[0] + step * np.arange(_GRID)
    cols = low[1] + step * np.arange(_GRID)
    depth = radii[:, None, None] - np.hypot(
        rows[:, None] - centres[:, 0, None, None], cols[None, :] - centres[:, 1, None, None]
    )
    height = soft * np.logaddexp.reduce(depth / soft, axis=0)
    points: NDArray[np.float64] = _level(height) * step + low
    return points


def _level(height: NDArray[np.floating]) -> NDArray[np.float64]:
    """The longest contour at zero."""
    from skimage.measure import find_contours

    found = find_contours(height, 0.0)
    points: NDArray[np.float64] = max(found, key=len)[:-1]
    return points


def faceted(random: Generator) -> NDArray[np.float64]:
    """A sphere that has grown facets: many corners at uneven distances on a circle.

    Parameters
    ----------
    random : Generator

    Returns
    -------
    points : ndarray of shape (n, 2)
    """
    while True:
        corners = int(random.integers(8, 15))
        turns = math.tau * np.cumsum(random.dirichlet(np.full(corners, 9.0)))
        points = np.stack([np.sin(turns), np.cos(turns) / random.uniform(1.0, 1.12)], 1)
        points = contours.rounded(points, random.uniform(0.1, 0.9))
        if likeness_to_ellipse(points) > 0.955:
            return points


def sector(random: Generator) -> NDArray[np.float64]:
    """A disc of which a straight cut has taken more than a third: no class of its own."""
    points = contours.ellipse(random.uniform(1.0, 1.15))
    points[:, 0] = np.minimum(points[:, 0], 1 - 2 * random.uniform(0.36, 0.6))
    return points


def clump(config: Config, random: Generator) -> NDArray[np.float64]:
    """Several particles found as one.

    Parameters
    ----------
    config : Config
        Of the family that they are of.
    random : Generator

    Returns
    -------
    points : ndarray of shape (n, 2)
    """
    kinds = ("triangle", "square", "rectangle", "hexagon", "pentagon", "ellipse", "circle")
    while True:
        kind = kinds[int(random.integers(len(kinds)))]
        count = int(random.integers(4, 8)) if kind == "circle" else int(random.integers(2, 5))
        parts: list[NDArray[np.float64]] = []
        for _ in range(count):
            one = make(kind, config, random).points  # type: ignore[arg-type]
            one = contours.turned(one, random.uniform(0, math.tau))
            one = (one - one.mean(0)) / contours.diameter(one) * random.uniform(0.7, 1.0)
            if parts:
                host = parts[int(random.integers(len(parts)))]
                turn = random.uniform(0, math.tau)
                aside = np.array([math.sin(turn), math.cos(turn)])
                reach = (host - host.mean(0)) @ aside
                apart = reach.max() - (one @ aside).min() - random.uniform(0.02, 0.15)
                one = one + host.mean(0) + aside * apart
            parts.append(one)
        points = _union(parts)
        if likeness_to_ellipse(points) < IRREGULAR_BELOW - 0.06:
            return points


def _union(parts: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    both = np.concatenate(parts)
    low = both.min(0)
    step = float((both.max(0) - low).max()) / (_GRID - 9)
    shares = [picture.cover((part - low) / step + 4).on((_GRID, _GRID)) for part in parts]
    joined = cv2.GaussianBlur(np.clip(np.sum(shares, axis=0), 0, 1), (0, 0), 1.0)
    return _level(joined - 0.5)
