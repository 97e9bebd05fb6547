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

__all__ = ["chain", "clump", "faceted", "parted", "sector", "uneven_star"]

_GRID = 112
_TOO_ROUND = 0.955
"""Two lobes that overlap with their ellipse by more are no longer seen."""
_TOO_FULL = {"star": 0.9, "clump": 0.86}
"""Share of the convex hull; what fills more may pass for a polygon, or for a single particle."""


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


def parted(label: str, random: Generator) -> NDArray[np.float64]:
    """A lobe that a segmentation has parted from its chain along a line.

    Parameters
    ----------
    label : str
        ``dumbbell`` where the line lies beyond the neck, so that the next lobe is seen to begin;
        ``circle`` where it lies at the neck.
    random : Generator

    Returns
    -------
    points : ndarray of shape (n, 2)
    """
    while True:
        radii = np.array([1.0, random.uniform(0.5, 1.1)])
        least = radii.max() + 0.25 * radii.min()
        apart = random.uniform(least, radii.sum() * 0.98)
        centres = np.array([[0.0, 0.0], [0.0, apart]])
        if label == "dumbbell" and random.uniform() < 0.3:  # another one on its other side
            bend, third = random.uniform(-1, 1), random.uniform(0.5, 1.0)
            aside = -np.array([math.sin(bend), math.cos(bend)])
            far = random.uniform(1 + 0.25 * third, (1 + third) * 1.02)
            centres, radii = np.vstack([centres, aside * far]), np.r_[radii, third]
        neck = (apart**2 + 1 - radii[1] ** 2) / (2 * apart)
        low, high = neck - 0.12 * radii[1], neck + 0.04 * radii[1]
        if label == "dumbbell":  # well beyond what the first disc covers
            low, high = max(neck + 0.2 * radii[1], 1.2), apart + 0.5 * radii[1]
        line = random.uniform(low, high), random.normal(0, 0.2)
        points = _joined(centres, radii, random.uniform(0.01, 0.12), line)
        if label != "dumbbell" or likeness_to_ellipse(points) < _TOO_ROUND - 0.01:
            return points


def _joined(
    centres: NDArray[np.float64], radii: NDArray[np.float64], soft: float,
    line: tuple[float, float] | None = None,
) -> NDArray[np.float64]:  # fmt: skip
    """Outline of discs whose necks are filled by about a share of the radius.

    What lies beyond a line across the columns, at a column and tilted by an angle, is cut off.
    """
    low = (centres - radii[:, None]).min(0) - 0.3
    step = float(((centres + radii[:, None]).max(0) + 0.3 - low).max()) / (_GRID - 1)
    rows = low[0] + step * np.arange(_GRID)
    cols = low[1] + step * np.arange(_GRID)
    depth = radii[:, None, None] - np.hypot(
        rows[:, None] - centres[:, 0, None, None], cols[None, :] - centres[:, 1, None, None]
    )
    height = soft * np.logaddexp.reduce(depth / soft, axis=0)
    if line is not None:
        at, tilt = line
        before = (at - cols[None, :]) * math.cos(tilt) + rows[:, None] * math.sin(tilt)
        height = np.minimum(height, before)
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


def uneven_star(random: Generator) -> NDArray[np.float64]:
    """A star whose arms differ in length and distance, often short and blunt.

    Parameters
    ----------
    random : Generator

    Returns
    -------
    points : ndarray of shape (n, 2)
    """
    while True:
        branches = int(random.integers(5, 10))
        gaps = 1 + random.uniform(0.0, 0.35) * random.uniform(-1, 1, branches)
        tips = math.tau * np.cumsum(gaps) / gaps.sum()
        hollows = tips + np.diff(np.r_[tips, tips[0] + math.tau]) / 2
        turns = np.stack([tips, hollows], 1).ravel()
        depth = random.uniform(0.45, 0.82 * math.cos(math.pi / branches))
        long = random.uniform(0.85, 1.0, branches)
        deep = np.minimum(depth * random.uniform(0.9, 1.05, branches), 0.9 * long)
        reach = np.stack([long, deep], 1).ravel()
        points = np.stack([np.sin(turns) * reach, np.cos(turns) * reach], 1)
        points = contours.rounded(points, random.uniform(0.05, 0.75))
        if _fullness(points) < _TOO_FULL["star"]:
            return points


def _fullness(points: NDArray[np.float64]) -> float:
    """Area as a share of that of the convex hull."""
    hull = cv2.convexHull(points.astype(np.float32))[:, 0].astype(np.float64)
    return contours.area_and_centre(points)[0] / contours.area_and_centre(hull)[0]


def sector(random: Generator) -> NDArray[np.float64]:
    """A disc of which a straight cut has taken more than a third: no class of its own."""
    points = contours.ellipse(random.uniform(1.0, 1.15))
    points[:, 0] = np.minimum(points[:, 0], 1 - 2 * random.uniform(0.36, 0.6))
    return points


def clump(config: Config, random: Generator, *, seen: bool = False) -> NDArray[np.float64]:
    """Several particles found as one.

    Parameters
    ----------
    config : Config
        Of the family that they are of.
    random : Generator
    seen : bool
        Only clumps that cannot pass for one particle.

    Returns
    -------
    points : ndarray of shape (n, 2)
    """
    kinds = ("triangle", "square", "rectangle", "hexagon", "pentagon", "ellipse", "circle")
    while True:
        kind = kinds[int(random.integers(len(kinds)))]
        fewest, most = (4, 8) if kind == "circle" else (2, 5)
        if seen and kind not in ("circle", "triangle", "square"):
            fewest, most = 3, 6
        count = int(random.integers(fewest, most))
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
        if seen and _fullness(points) >= _TOO_FULL["clump"]:
            continue
        if likeness_to_ellipse(points) < IRREGULAR_BELOW - 0.06:
            return points


def _union(parts: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    both = np.concatenate(parts)
    low = both.min(0)
    step = float((both.max(0) - low).max()) / (_GRID - 9)
    shares = [picture.cover((part - low) / step + 4).on((_GRID, _GRID)) for part in parts]
    joined = cv2.GaussianBlur(np.clip(np.sum(shares, axis=0), 0, 1), (0, 0), 1.0)
    return _level(joined - 0.5)
