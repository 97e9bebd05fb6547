"""What neighbours do to the mask of a particle: parted along a line, or partly hidden."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from micrographia.simulation import _picture as picture
from micrographia.simulation.families.outlines import _contours as contours

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

__all__ = ["Contact", "among_neighbours"]

_DEEPEST = {"circle": 0.07, "ellipse": 0.06, "dumbbell": 0.05, "irregular": 0.05}
"""Overlap with a neighbour as a share of the diameter; the others' is `_SHALLOW`."""
_SHALLOW = 0.025
_LONE = {"circle": 0.34, "ellipse": 0.15}
"""With a single neighbour, for outlines that are known by what is left of them."""
_LEFT = {"circle": 0.72, "ellipse": 0.85}
"""Least share of the area that stays; of the others `_MOST_LEFT`."""
_MOST_LEFT = 0.92


class Contact:
    """A particle with its neighbours, before noise.

    Parameters
    ----------
    together : ndarray of shape (rows, cols), float32
        Share of each pixel that is covered by any of them.
    own : ndarray of shape (rows, cols), bool
        Where the particle's part lies.
    """

    def __init__(self, together: NDArray[np.float32], own: NDArray[np.bool_]) -> None:
        self.together, self.own = together, own


def among_neighbours(
    points: NDArray[np.float64], label: str, field: tuple[int, int], random: Generator
) -> Contact | None:
    """Put neighbours of the same kind round a particle and part it from them.

    Parameters
    ----------
    points : ndarray of shape (n, 2), (row, col) [px]
    label : str
        Its class; decides how deep the neighbours may reach.
    field : tuple of int
        Rows and columns of the picture.
    random : Generator

    Returns
    -------
    contact : Contact or None
        None where too little of the particle would be left to know it by.
    """
    share = picture.cover(points).on(field)
    size = contours.diameter(points)
    packed = label in ("circle", "ellipse", "hexagon", "dumbbell")
    count = int(random.integers(1, 7 if packed else 5))
    others = np.zeros((count, *field), np.float32)
    slots = random.permutation(6)[:count] + random.uniform(0, 1)
    lone = count == 1 and random.uniform() < 0.5
    deepest = _LONE.get(label, _SHALLOW) if lone else _DEEPEST.get(label, _SHALLOW)
    for other, slot in zip(others, slots, strict=True):
        angle = slot * math.tau / 6 + random.normal(0, 0.08)
        overlap = size * random.uniform(-0.03, deepest)
        other[:] = picture.cover(_beside(points, angle, overlap, random)).on(field)
    own = _own(share, others, size, random)
    left = (own & (share >= 0.5)).sum() / max((share >= 0.5).sum(), 1)
    if left < _LEFT.get(label, _MOST_LEFT):
        return None
    together: NDArray[np.float32] = np.maximum(share, others.max(0))
    return Contact(together, own)


def _beside(
    points: NDArray[np.float64], angle: float, overlap: float, random: Generator
) -> NDArray[np.float64]:
    """A turned copy of about the same size that reaches into the particle from one side."""
    _, centre = contours.area_and_centre(points)
    aside = np.array([math.sin(angle), math.cos(angle)])
    copy = contours.turned(points - centre, random.uniform(0, math.tau))
    copy = copy * picture.log_uniform(random, (0.75, 1.33))
    apart = ((points - centre) @ aside).max() - (copy @ aside).min() - overlap
    beside: NDArray[np.float64] = copy + centre + aside * apart
    return beside


def _own(
    share: NDArray[np.float32], others: NDArray[np.float32], size: float, random: Generator
) -> NDArray[np.bool_]:
    """The pixels that are counted as the particle's own."""
    if random.uniform() < 0.2:  # neighbours lie on top of it
        hidden: NDArray[np.bool_] = others.max(0) < 0.5
        return hidden
    # parted half-way, the line a little off
    sigma = float(random.uniform(0.04, 0.12)) * size
    mine = cv2.GaussianBlur(share, (0, 0), sigma) * np.float32(random.uniform(0.9, 1.15))
    mine += np.float32(0.01) * picture.texture(share.shape, (max(0.05 * size, 1.0),), random)
    own = np.ones(share.shape, bool)
    for other in others:
        own &= mine >= cv2.GaussianBlur(other, (0, 0), sigma)
    return own
