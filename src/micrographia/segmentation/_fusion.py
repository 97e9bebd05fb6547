"""Particles seen at several scales made one set: where scales disagree, the better case wins."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from micrographia.segmentation._labels import areas_of, shared_pixels

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from micrographia.segmentation._answers import Answers
    from micrographia.segmentation._parting import Instances

__all__ = ["Look", "Seen", "carriers", "enlarged", "fuse", "merit", "suits", "weighed"]

_IDEAL_PX = 30.0
"""Diameter at which the network sees particles best [px]."""

_WIDTH = 1.2
"""Octaves from it at which the merit has fallen to 61 %."""

_NEAR = 1.01
"""Looks that are no farther apart than this speak of the same particles [octaves]."""

_SURE = 6
"""Power of the certainty in a particle's merit."""

_FAVOUR = 2.0
"""How much better the case of the second look must be."""

_OVERLAP = 0.2
"""Two particles are in each other's way if they share this much of the smaller."""

_WHOLE = 0.85
"""A particle that is more certain is no support."""

_INSIDE, _SMALLER, _CERTAIN, _SEVERAL = 0.8, 6, 0.65, 3
"""A support's particles: so much of each inside, so many times smaller, so certain, so many."""


class Seen(NamedTuple):
    """Particles on the image's own grid.

    Parameters
    ----------
    labels : ndarray of shape (rows, cols), int32
    certainty, merit : ndarray of shape (count + 1,), float32
        Merit is the sixth power of the certainty, less where the scale did not suit the size.
    """

    labels: NDArray[np.int32]
    certainty: NDArray[np.float32]
    merit: NDArray[np.float32]


class Look(NamedTuple):
    """What the network said of the image at one scale, on the image's own grid.

    Parameters
    ----------
    labels : ndarray of shape (rows, cols), int32
    certainty : ndarray of shape (count + 1,), float32
        Of this look alone.
    diameter : ndarray of shape (count + 1,), float32
        In pixels of the image.
    chance : ndarray of shape (rows, cols), uint8
        Of being inside a particle; 255 is certain.
    scale : float
    """

    labels: NDArray[np.int32]
    certainty: NDArray[np.float32]
    diameter: NDArray[np.float32]
    chance: NDArray[np.uint8]
    scale: float


def merit(certainty: NDArray[np.float32], diameter: NDArray[np.float32]) -> NDArray[np.float32]:
    """Power of the certainty, less the farther the diameter lies from where the network sees best.

    Examples
    --------
    >>> merit(np.float32([0, 0.8, 0.8]), np.float32([0, 30, 90.9])).round(2)
    array([0.  , 0.26, 0.11], dtype=float32)
    """
    return (certainty**_SURE * suits(diameter)).astype(np.float32)


def suits(diameter: NDArray[np.float32]) -> NDArray[np.float32]:
    """How well the network sees particles of these diameters [px of the look], 1 at best."""
    octaves = np.log2(np.maximum(diameter, 1) / _IDEAL_PX)
    return np.asarray(np.exp(-0.5 * (octaves / _WIDTH) ** 2), np.float32)


def weighed(look: Look, others: Iterable[Look]) -> Seen:
    """The particles of one look, their certainty in the light of all looks.

    The chance that a particle is one is the mean of what all looks say of its pixels, each weighted
    by how well its scale suits the particle's size: what is seen at one scale and should be seen
    at the next, but is not, is doubtful.

    Parameters
    ----------
    look : Look
    others : iterable of Look
        At other scales.

    Returns
    -------
    seen : Seen
    """
    where = np.flatnonzero(look.labels)
    owner = look.labels.ravel()[where]
    count = look.certainty.size
    areas = np.maximum(np.bincount(owner, minlength=count), 1)

    def chance(of: Look) -> NDArray[np.floating]:
        return np.asarray(np.bincount(owner, of.chance.ravel()[where], count) / (255 * areas))

    own = chance(look)
    weight = suits(look.diameter * look.scale)
    total, weights = weight * own, weight.copy()
    for other in others:
        weight = suits(look.diameter * other.scale)
        total = total + weight * chance(other)
        weights += weight
    certainty = (look.certainty * total / np.maximum(weights * own, 1e-6)).astype(np.float32)
    certainty[0] = 0
    return Seen(look.labels, certainty, merit(certainty, look.diameter * look.scale))


def neighbours(look: Look, looks: Iterable[Look]) -> list[Look]:
    """The other looks within an octave: farther ones say little of the same particles."""
    octaves = ((one, abs(math.log2(one.scale / look.scale))) for one in looks)
    return [one for one, far in octaves if 0 < far < _NEAR]


def enlarged(found: Instances, answers: Answers, shape: tuple[int, int]) -> Look:
    """Labels on the image's grid, their outer outlines where the foreground is one half."""
    size = shape[::-1]
    chance = (255 * answers.foreground).astype(np.uint8)
    diameter = found.diameter / np.float32(answers.scale)
    if found.labels.shape == shape:
        return Look(found.labels, found.certainty, diameter, chance, answers.scale)
    wider = cv2.dilate(found.labels.astype(np.float32), np.ones((3, 3), np.uint8))
    wider = np.where(found.labels > 0, found.labels, wider).astype(np.float32)
    labels = cv2.resize(wider, size, interpolation=cv2.INTER_NEAREST_EXACT)
    inside = cv2.resize(answers.foreground, size, interpolation=cv2.INTER_LINEAR) > 0.5
    return Look(
        np.where(inside, labels, 0).astype(np.int32), found.certainty, diameter,
        cv2.resize(chance, size, interpolation=cv2.INTER_LINEAR), answers.scale,
    )  # fmt: skip


def carriers(coarse: Seen, fine: Seen) -> NDArray[np.bool_]:
    """Which particles of a coarse look are supports: they carry small particles.

    Parameters
    ----------
    coarse, fine : Seen
        On the same grid.

    Returns
    -------
    carrier : ndarray of shape (count + 1,), bool
        For the labels of `coarse` that are not quite certain: at least three certain particles of
        `fine` lie inside, each of less than a sixth of its area, all on less than half of it.
    """
    n = coarse.merit.size
    area_one, area_two = (areas_of(a.labels, a.merit.size - 1) for a in (coarse, fine))
    left, right, shared = shared_pixels(coarse.labels, fine.labels)
    carried = (
        (shared > _INSIDE * area_two[right])
        & (area_two[right] * _SMALLER < area_one[left])
        & (fine.certainty[right] > _CERTAIN)
    )
    count = np.bincount(left[carried], minlength=n)
    covered = np.bincount(left[carried], area_two[right[carried]], n)
    doubtful = coarse.certainty < _WHOLE
    return np.asarray(doubtful & (count >= _SEVERAL) & (covered < 0.5 * area_one))


def fuse(first: Seen, second: Seen) -> Seen:
    """Of each group of particles that are in each other's way, keep the scale with more merit.

    Particles of both scales that overlap make a group, with all that they overlap in turn. A
    scale's case is the sum of area × merit over its particles in the group; the second look's must
    be twice as good.

    Parameters
    ----------
    first, second : Seen
        On the same grid.

    Returns
    -------
    fused : Seen
    """
    n, m = first.merit.size, second.merit.size
    area_one, area_two = (areas_of(a.labels, a.merit.size - 1) for a in (first, second))
    left, right, shared = shared_pixels(first.labels, second.labels)
    clash = shared >= _OVERLAP * np.minimum(area_one[left], area_two[right])
    group = _groups(left[clash], right[clash] + n, n + m)
    case = _FAVOUR * np.bincount(group[:n], area_one * first.merit, n + m)
    case -= np.bincount(group[n:], area_two * second.merit, n + m)
    keep_one, keep_two = case[group[:n]] >= 0, case[group[n:]] < 0
    keep_one &= area_one > 0
    keep_two &= area_two > 0
    keep_one[0] = keep_two[0] = False
    return _united(first, second, keep_one, keep_two)


def _groups(left: NDArray[np.int64], right: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Number of the connected component of each node."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(left.size, bool), (left, right)), shape=(count, count))
    _, group = connected_components(graph, directed=False)
    return np.asarray(group, np.int64)


def _united(
    first: Seen, second: Seen, keep_one: NDArray[np.bool_], keep_two: NDArray[np.bool_]
) -> Seen:
    number_one = np.where(keep_one, np.cumsum(keep_one), 0).astype(np.int32)
    many = int(keep_one.sum())
    number_two = np.where(keep_two, many + np.cumsum(keep_two), 0).astype(np.int32)
    labels, extra = number_one[first.labels], number_two[second.labels]
    labels = np.where(labels > 0, labels, extra)
    zero = np.zeros(1, np.float32)
    return Seen(
        labels,
        np.concatenate([zero, first.certainty[keep_one], second.certainty[keep_two]]),
        np.concatenate([zero, first.merit[keep_one], second.merit[keep_two]]),
    )
