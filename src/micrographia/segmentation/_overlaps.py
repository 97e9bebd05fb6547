"""Clumps in which particles lie over each other, told apart by their whole outlines."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from micrographia.segmentation._labels import areas_of, shared_pixels
from micrographia.segmentation._sharing import share_out
from micrographia.segmentation._wholes import Whole, gather

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from micrographia.segmentation._whole_answers import WholeAnswers

    Ask = Callable[[float, int | None], WholeAnswers]

__all__ = ["Parted", "part_overlapping"]

_IDEAL_PX = 18.0
"""Diameter at which the network tells whole outlines best [px of the scaled image]."""

_BESIDE = (0.93, 1.07)
"""Scales of the last look, which are taken together [of the ideal one]."""

_LEAST_PX = 9.0
"""Particles that are smaller in the scaled image are left alone [px]."""

_MOST = 20_000_000
"""Pixels of the scaled image, at most [px²]."""

_SURELY, _OVER = 0.8, 0.01
"""In a clump, so great a chance on so much of its area shows that particles lie over each other."""

_LIKELY, _ALSO = 0.5, 0.06
"""Where that is so in an image, this is enough for its other clumps."""

_EXPLAINED = 0.75
"""Least share of a clump that the whole outlines must cover."""


class Parted(NamedTuple):
    """Labels in which overlapping particles are told apart.

    Parameters
    ----------
    labels : ndarray of shape (rows, cols), int32
    certainty : ndarray of shape (count + 1,), float32
    wholes : dict of int to Whole
        For the labels of particles in clumps where some lie over others.
    """

    labels: NDArray[np.int32]
    certainty: NDArray[np.float32]
    wholes: dict[int, Whole]


def part_overlapping(
    labels: NDArray[np.int32],
    certainty: NDArray[np.float32],
    ask: Ask,
) -> Parted:
    """Tell particles apart that lie over each other.

    Clumps in which the network sees particles over each other are parted by whole outlines, if
    these explain them; the others stay as they are.

    Parameters
    ----------
    labels : ndarray of shape (rows, cols), int32
        Gaps in the numbering are allowed.
    certainty : ndarray of shape (count + 1,), float32
    ask : callable
        Gives the network's answers at a scale, of so many turns (None: of all).

    Returns
    -------
    parted : Parted
    """
    unchanged = Parted(labels, certainty, {})
    areas = areas_of(labels, certainty.size - 1)[1:]
    there = areas[areas > 0].astype(np.float64)
    if not there.size:
        return unchanged
    typical = _typical(np.sqrt(4 / np.pi * there), there)
    looks = _looks(labels, typical, lambda scale: ask(scale, 1), (1,))
    if not looks:
        return unchanged
    clumps = _overlapping(labels, looks, (_LIKELY, _ALSO))
    wholes = gather(looks, clumps > 0) if clumps.any() else []
    if not wholes:
        return unchanged
    # slices of spheres are smaller than the spheres that the first look finds
    sizes = np.array([2 * one.radius for one in wholes])
    looks = _looks(labels, _typical(sizes, sizes**2), lambda scale: ask(scale, None)) or looks
    clumps = _overlapping(labels, looks, (_SURELY, _OVER))
    wholes = gather(looks, clumps > 0) if clumps.any() else []
    return _replaced(labels, certainty, clumps, wholes) if wholes else unchanged


def _typical(sizes: NDArray[np.floating], weights: NDArray[np.floating]) -> float:
    """The weighted median."""
    order = np.argsort(sizes)
    total = np.cumsum(weights[order])
    return float(sizes[order][np.searchsorted(total, 0.5 * total[-1])])


def _looks(
    labels: NDArray[np.int32], typical: float, look: Callable[[float], WholeAnswers],
    beside: tuple[float, ...] = _BESIDE,
) -> list[WholeAnswers]:  # fmt: skip
    """Answers at scales that suit a diameter, where that can be done."""
    scale = min(_IDEAL_PX / typical, 4.0, math.sqrt(_MOST / labels.size))
    if scale * typical < _LEAST_PX or scale * min(labels.shape) < _IDEAL_PX:
        return []
    return [look(scale * factor) for factor in beside]


def _overlapping(
    labels: NDArray[np.int32], looks: Sequence[WholeAnswers], limit: tuple[float, float]
) -> NDArray[np.int32]:
    """The clumps in which particles lie over each other, numbered.

    Where one passes the limit (chance, share of its area), a likely overlap is enough for others.
    """
    count, clumps = cv2.connectedComponents((labels > 0).astype(np.uint8), connectivity=4)
    chance = np.mean([one.over_in(labels.shape) for one in looks], 0).ravel()
    inside = np.bincount(clumps.ravel(), minlength=count)

    def clumps_with(least: float, share: float) -> NDArray[np.bool_]:
        over = np.bincount(clumps.ravel(), chance > least, count)
        over[0] = 0
        return np.asarray(over > share * inside)

    chosen = clumps_with(*limit)
    if chosen.any():
        chosen |= clumps_with(_LIKELY, _ALSO)
    numbers = np.where(chosen, np.arange(count), 0).astype(np.int32)
    return np.asarray(numbers[clumps], np.int32)


def _replaced(
    labels: NDArray[np.int32], certainty: NDArray[np.float32], clumps: NDArray[np.int32],
    wholes: list[Whole],
) -> Parted:  # fmt: skip
    """Labels of those clumps that the whole outlines explain, made anew."""
    new = share_out(wholes, clumps > 0)
    count = int(clumps.max(initial=0)) + 1
    size = np.bincount(clumps.ravel(), minlength=count)
    covered = np.bincount(clumps[new > 0], minlength=count)
    clump, number, _ = shared_pixels(clumps, new)
    several = np.bincount(clump, minlength=count) >= 2
    good = several & (covered >= _EXPLAINED * size)
    good[0] = False
    inside, first = good[clumps], certainty.size
    kept = np.where(inside & (new > 0), 0, labels)
    kept[inside & ~_still_whole(kept, labels, first)[labels]] = 0
    result = np.where(inside & (new > 0), new + (first - 1), kept).astype(np.int32)
    result = _filled(result, inside)
    sure = np.array([one.certainty for one in wholes], np.float32)
    there = np.unique(number[good[clump]]).tolist()
    return Parted(
        result, np.concatenate([certainty, sure]), {first - 1 + k: wholes[k - 1] for k in there}
    )


def _filled(labels: NDArray[np.int32], inside: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Pixels inside that have no label get that of the nearest one."""
    empty = inside & (labels == 0)
    if not empty.any():
        return labels
    _, nearest = cv2.distanceTransformWithLabels(
        (labels == 0).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    names = np.zeros(int(nearest.max(initial=0)) + 1, np.int32)
    names[nearest[labels > 0]] = labels[labels > 0]
    return np.where(empty, names[nearest], labels).astype(np.int32)


def _still_whole(
    kept: NDArray[np.int32], labels: NDArray[np.int32], size: int
) -> NDArray[np.bool_]:
    """Which labels have at least half of their pixels left."""
    before, left = (np.bincount(one.ravel(), minlength=size) for one in (labels, kept))
    return np.asarray(2 * left >= before)
