"""Where one class of outlines ends and the next begins, as numbers.

On either side of a border lies a margin in which both labels are right.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from micrographia.simulation.families.outlines._contours import (
    area_and_centre,
    resample,
    second_moments,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "ACUTE_ANGLE", "ASPECT", "IRREGULAR_BELOW", "ROUNDNESS", "TRUNCATION", "Border",
    "aspect_of", "likeness_to_ellipse", "round_labels",
]  # fmt: skip


class Border(NamedTuple):
    """A number that parts two classes, and how far on either side both labels are right."""

    at: float
    margin: float

    def labels(self, value: float, below: str, above: str) -> tuple[str, ...]:
        """The labels that are right for a value, the main one first.

        Examples
        --------
        >>> ASPECT.labels(1.1, "circle", "ellipse"), ASPECT.labels(1.22, "circle", "ellipse")
        (('circle',), ('ellipse', 'circle'))
        """
        main, other = (below, above) if value < self.at else (above, below)
        return (main, other) if abs(value - self.at) < self.margin else (main,)


ASPECT = Border(1.2, 0.05)
"""Length over width: circle | ellipse, square | rectangle."""

ACUTE_ANGLE = Border(80.0, 3.0)
"""Acute angle of a quadrilateral of equal edges [degrees]: rhombus | square."""

TRUNCATION = Border(0.2, 0.05)
"""Share cut off each end of an edge: triangle | hexagon; at 1/3 the hexagon is regular."""

ROUNDNESS = Border(0.975, 0.01)
"""Overlap (intersection over union) with the ellipse of equal second moments: with corners | round.

A sharp regular hexagon has 0.927, a pentagon 0.893, a square 0.827.
"""

IRREGULAR_BELOW = 0.90
"""An irregular outline overlaps with its ellipse by less; none is drawn between this and round."""


def likeness_to_ellipse(points: NDArray[np.float64], angles: int = 256) -> float:
    """Overlap of an outline with the ellipse of equal second moments.

    Parameters
    ----------
    points : ndarray of shape (n, 2)
        Closed contour that every ray from its centroid leaves once.
    angles : int
        Rays.

    Returns
    -------
    overlap : float
        Intersection over union; 1 for an ellipse.

    Examples
    --------
    >>> from micrographia.simulation.families.outlines._contours import ellipse
    >>> round(likeness_to_ellipse(ellipse(2.0)), 3)
    1.0
    """
    _, centre = area_and_centre(points)
    values, vectors = np.linalg.eigh(second_moments(points))
    white = (resample(points, angles) - centre) @ vectors / np.sqrt(values) / 2
    direction = np.arctan2(white[:, 0], white[:, 1])
    order = np.argsort(direction)
    rays = (np.arange(angles) + 0.5) * 2 * math.pi / angles - math.pi
    reach = np.interp(
        rays, direction[order], np.hypot(white[:, 0], white[:, 1])[order], period=2 * math.pi
    )
    square = reach**2
    return float(np.minimum(square, 1).sum() / np.maximum(square, 1).sum())


def aspect_of(points: NDArray[np.float64]) -> float:
    """Length over width of the ellipse of equal second moments."""
    low, high = np.linalg.eigvalsh(second_moments(points))
    return math.sqrt(high / low)


def round_labels(points: NDArray[np.float64]) -> tuple[str, ...]:
    """Labels that an outline has earned by being round: none, or circle, ellipse or both."""
    if likeness_to_ellipse(points) < ROUNDNESS.at - ROUNDNESS.margin:
        return ()
    return ASPECT.labels(aspect_of(points), "circle", "ellipse")
