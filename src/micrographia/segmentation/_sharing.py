"""Pixels shared out among particles that lie over each other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from micrographia.segmentation._wholes import Whole

    Window = tuple[tuple[slice, slice], NDArray[np.float32]]

__all__ = ["share_out"]

_REACH = 1.3
"""Pixels this far out belong to a particle [of its radius there]."""

_ROUNDS = 16
"""Times that the particles' pull is changed."""

_LITTLE = 0.05
"""Added to the shares, so that a particle without any pixel does not pull without bound."""


def share_out(wholes: Sequence[Whole], mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Give each pixel of a mask to one of the particles that lie there, fairly.

    A pixel goes to the particle in which it lies deepest. Where that leaves little of one (what
    lies between or over others), it pulls harder in the next round, until all keep about the same
    share of their area, as far as they lie over each other: a Voronoi diagram whose weights answer
    for capacities, as Balzer (2009) has them. Pixels outside of all outlines go to the one that is
    nearest, if it is near.

    Parameters
    ----------
    wholes : sequence of Whole
    mask : ndarray of shape (rows, cols), bool

    Returns
    -------
    labels : ndarray of shape (rows, cols), int32
        1 is the first of `wholes`.

    References
    ----------
    Balzer, Capacity-constrained Voronoi diagrams in continuous spaces, Proc. 6th Int. Symp. on
    Voronoi Diagrams in Science and Engineering (2009).
    """
    if not wholes:
        return np.zeros(mask.shape, np.int32)
    windows = [_far_out(one, mask.shape) for one in wholes]
    inside = [(place, far, (far < 1) & mask[place]) for place, far in windows]
    area = np.array([max(int(own.sum()), 1) for _, _, own in inside])
    pull = np.ones(len(wholes), np.float32)
    labels = np.zeros(mask.shape, np.int32)
    for _ in range(_ROUNDS):
        labels = _deepest(inside, pull, mask.shape)
        kept = np.bincount(labels.ravel(), minlength=len(wholes) + 1)[1:] / area
        pull *= ((kept.mean() + _LITTLE) / (kept + _LITTLE)).astype(np.float32)
    outside = mask & (labels == 0)
    near = [(place, far, (far < _REACH) & outside[place]) for place, far in windows]
    labels += _deepest(near, np.ones_like(pull), mask.shape)
    return _in_one_piece(labels)


def _deepest(
    windows: Sequence[tuple[tuple[slice, slice], NDArray[np.float32], NDArray[np.bool_]]],
    pull: NDArray[np.float32],
    shape: tuple[int, ...],
) -> NDArray[np.int32]:
    """Each pixel goes to the particle in whose allowed pixels it lies least far out."""
    labels = np.zeros(shape, np.int32)
    least = np.full(shape, np.inf, np.float32)
    for number, ((place, far, allowed), strength) in enumerate(zip(windows, pull, strict=True), 1):
        apart = far / strength
        takes = allowed & (apart < least[place])
        labels[place][takes] = number
        least[place][takes] = apart[takes]
    return labels


def _far_out(whole: Whole, shape: tuple[int, ...]) -> Window:
    """A window round a particle, and how far out its pixels lie: 1 on the outline."""
    most = float(whole.rays.max()) * _REACH + 1
    window = []
    for middle, side in ((whole.row, shape[0]), (whole.col, shape[1])):
        first = min(max(math.floor(middle - most), 0), side)
        window.append(slice(first, max(min(math.ceil(middle + most) + 1, side), first)))
    rows = np.arange(window[0].start, window[0].stop, dtype=np.float32)[:, None] - whole.row
    cols = np.arange(window[1].start, window[1].stop, dtype=np.float32)[None] - whole.col
    count = len(whole.rays)
    turn = np.arctan2(rows, cols) * (count / (2 * np.pi)) % count
    first = np.floor(turn).astype(int)
    share = turn - first
    reach = (1 - share) * whole.rays[first % count] + share * whole.rays[(first + 1) % count]
    far = np.hypot(rows, cols) / np.maximum(reach, 0.5)
    return (window[0], window[1]), far.astype(np.float32)


def _in_one_piece(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Pieces cut off from the largest one of their label go to the label that surrounds them."""
    from scipy.ndimage import find_objects

    result = labels.copy()
    for number, box in enumerate(find_objects(labels), 1):
        if box is None:
            continue
        own = (labels[box] == number).astype(np.uint8)
        count, parts, stats, _ = cv2.connectedComponentsWithStats(own, connectivity=4)
        if count <= 2:
            continue
        largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
        for part in range(1, count):
            if part == largest:
                continue
            piece = (parts == part).astype(np.uint8)
            around = (cv2.dilate(piece, np.ones((3, 3), np.uint8)) > 0) & (own == 0)
            beside = labels[box][around]
            beside = beside[beside > 0]
            result[box][piece > 0] = np.bincount(beside).argmax() if beside.size else 0
    return result
