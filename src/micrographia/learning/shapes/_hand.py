"""Outlines as a hand draws them: eggs, flat and bent sides, strokes that miss their beginning."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from micrographia.simulation.families.outlines import _contours as contours
from micrographia.simulation.families.outlines._borders import (
    ASPECT,
    aspect_of,
    likeness_to_ellipse,
)

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

__all__ = ["by_hand", "skewed", "stroke"]

_ROUND = frozenset({"circle", "ellipse"})
_STILL_ROUND = 0.91
"""Least overlap with its ellipse of what was meant to be round; an irregular outline has less."""


def by_hand(points: NDArray[np.float64], label: str, random: Generator) -> NDArray[np.float64]:
    """What a hand makes of an outline that it means to draw.

    Parameters
    ----------
    points : ndarray of shape (n, 2)
    label : str
        Its class; what is round is bent most, as it has no corner to be known by.
    random : Generator

    Returns
    -------
    points : ndarray of shape (m, 2)
    """
    ecd = math.sqrt(4 * contours.area_and_centre(points)[0] / math.pi)
    if label not in _ROUND:
        bent = skewed(points, 0.06, random)
        return contours.roughened(
            bent, random.uniform(0.002, 0.02) * ecd, random.uniform(2.5, 6.0), random
        )
    while True:
        bent = skewed(points, 0.05, random)
        bent = contours.roughened(
            bent, random.uniform(0.005, 0.05) * ecd, random.uniform(2.0, 5.0), random
        )
        for _ in range(int(random.choice(4, p=(0.5, 0.3, 0.12, 0.08)))):
            bent = _flattened(bent, random)
        if random.uniform() < 0.35:
            bent = _sampled(bent, random)
        if likeness_to_ellipse(bent) >= _STILL_ROUND and _fits(bent, label):
            return bent


def _fits(points: NDArray[np.float64], label: str) -> bool:
    """Whether the length over width is still that of a circle, or of an ellipse."""
    aspect = aspect_of(points)
    return aspect < ASPECT.at + 0.08 if label == "circle" else aspect > ASPECT.at - 0.05


def skewed(points: NDArray[np.float64], sigma: float, random: Generator) -> NDArray[np.float64]:
    """Move the corners of the frame round an outline, and the outline with it.

    Parameters
    ----------
    points : ndarray of shape (n, 2)
    sigma : float
        Standard deviation of the movement, as a share of the frame's sides.
    random : Generator

    Returns
    -------
    points : ndarray of shape (n, 2)
    """
    low, high = points.min(0), points.max(0)
    frame = np.array([[0, 0], [0, 1], [1, 1], [1, 0]], np.float32)
    moved = frame + random.normal(0, sigma, (4, 2)).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(frame, moved)
    unit = (points - low) / (high - low)
    warped: NDArray[np.float64] = cv2.perspectiveTransform(unit[None], matrix)[0]
    moved_back: NDArray[np.float64] = warped * (high - low) + low
    return moved_back


def _flattened(points: NDArray[np.float64], random: Generator) -> NDArray[np.float64]:
    """Draw one side straighter than it was, as quick strokes are."""
    turned = contours.turned(points, random.uniform(0, math.tau))
    rows = turned[:, 0]
    span = rows.max() - rows.min()
    level = rows.max() - span * random.uniform(0.03, 0.16)
    kept = random.uniform(0.0, 0.4)
    flat: NDArray[np.float64] = turned.copy()
    flat[:, 0] = np.where(rows > level, level + kept * (rows - level), rows)
    return flat


def _sampled(points: NDArray[np.float64], random: Generator) -> NDArray[np.float64]:
    """A few points of the outline joined by straight lines, as a quick pointer records them."""
    count = int(random.integers(8, 22))
    even = contours.resample(points, 256)
    at = np.cumsum(random.dirichlet(np.full(count, 6.0))) * 255.99
    corners: NDArray[np.float64] = even[at.astype(int)]
    return corners


def stroke(
    points: NDArray[np.float64], field: tuple[int, int], random: Generator
) -> NDArray[np.uint8]:
    """A stroke along an outline that ends before or beyond its beginning, and drifts.

    Its ends may turn away from the outline.

    Parameters
    ----------
    points : ndarray of shape (n, 2), (row, col) [px]
    field : tuple of int
        Rows and columns of the picture.
    random : Generator

    Returns
    -------
    drawn : ndarray of shape (rows, cols), uint8
        0 and 255, smooth at the edges.
    """
    points = contours.resample(points, 256)
    count = len(points)
    begin, overlap = int(random.integers(count)), random.uniform(-0.04, 0.1)
    steps = np.arange(begin, begin + round(count * (1 + overlap)) + (overlap >= 0))
    path = points[steps % count].copy()
    thick = max(1, round(random.uniform(0.01, 0.07) * max(field)))
    span = float(np.ptp(points, axis=0).max())
    drift = random.normal(0, 1, 2) * max(0.8 * thick, 0.02 * span)
    path += np.linspace(-0.5, 0.5, len(path))[:, None] * drift
    for end in (path, path[::-1]):
        if random.uniform() < 0.25:
            length = int(random.integers(4, 16))
            away = random.normal(0, 0.05, 2) * span
            end[:length] += np.linspace(1, 0, length)[:, None] ** 2 * away
    drawn = np.zeros(field, np.uint8)
    placed = np.round(path[:, ::-1] * 16).astype(np.int32)
    cv2.polylines(drawn, [placed], False, 255, thick, cv2.LINE_AA, 4)
    return drawn
