"""Particles that lie over each other, told apart by their whole outlines."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from micrographia._patches import Patch
from micrographia.segmentation._whole_answers import CELL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from micrographia.segmentation._whole_answers import WholeAnswers

__all__ = ["Whole", "gather", "outline_of", "patch_of"]

_NEAR = 0.4
"""Cells that name centres no farther apart speak of the same particle [of its radius]."""

_ALIKE = (0.6, 1.7)
"""... if the radii that they name differ by no more than these factors."""

_SUPPORT = 0.35
"""A particle is one if cells on this share of its area name it."""

_SEVERAL = 3
"""... and at least so many."""

_DEEP = 0.15
"""The deepest of these cells is no shallower."""

_SHIFT = 6
"""Outlines are filled to 1/64 px."""


class Whole(NamedTuple):
    """A particle's whole outline.

    Parameters
    ----------
    row, col : float
        Its centre [px of the image].
    rays : ndarray of shape (rays,), float32
        Distances of the outline from the centre [px of the image].
    certainty : float
        How well the cells that name it agree, 0 to 1.
    """

    row: float
    col: float
    rays: NDArray[np.float32]
    certainty: float

    @property
    def radius(self) -> float:
        """Root mean square of the rays [px]."""
        return float(np.sqrt((self.rays**2).mean()))


def outline_of(whole: Whole) -> NDArray[np.float64]:
    """The outline as a polygon.

    Returns
    -------
    points : ndarray of shape (rays, 2)
        Row and column [px].

    Examples
    --------
    >>> outline_of(Whole(5, 7, np.full(4, 2, np.float32), 1)).round(6) + 0.0
    array([[5., 9.],
           [7., 7.],
           [5., 5.],
           [3., 7.]])
    """
    turn = 2 * np.pi * np.arange(len(whole.rays)) / len(whole.rays)
    rows, cols = whole.row + whole.rays * np.sin(turn), whole.col + whole.rays * np.cos(turn)
    return np.column_stack([rows, cols]).astype(np.float64)


def patch_of(
    whole: Whole, labels: NDArray[np.int32], label: int, box: tuple[slice, slice]
) -> Patch:
    """All pixels inside the image: those within the whole outline, and those of the label.

    Parameters
    ----------
    whole : Whole
    labels : ndarray of shape (rows, cols), int32
    label : int
    box : tuple of slice
        Where the label lies.

    Returns
    -------
    patch : Patch
    """
    points = outline_of(whole)
    first = np.floor(points.min(0)).astype(int), [part.start for part in box]
    last = np.ceil(points.max(0)).astype(int) + 1, [part.stop for part in box]
    top, left = np.clip(np.minimum(*first), 0, labels.shape)
    bottom, right = np.clip(np.maximum(*last), 0, labels.shape)
    mask = np.zeros((bottom - top, right - left), np.uint8)
    corners = np.rint((points - (top, left)) * (1 << _SHIFT)).astype(np.int32)[:, ::-1]
    cv2.fillPoly(mask, [corners], 1, shift=_SHIFT)
    mask |= labels[top:bottom, left:right] == label
    rows, cols = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    tight = mask[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1] > 0
    return Patch(int(top + rows[0]), int(left + cols[0]), tight)


def gather(looks: Sequence[WholeAnswers], mask: NDArray[np.bool_]) -> list[Whole]:
    """Particles that the cells inside a mask name, the deepest cell's first.

    Every cell has a say: its particle's centre and outline. Those that name about the same
    particle as the deepest cell that is left are taken together; their mean, weighted by depth, is
    a particle if they cover enough of its area.

    Parameters
    ----------
    looks : sequence of WholeAnswers
        At one scale or several.
    mask : ndarray of shape (rows, cols), bool
        On the grid of the image.

    Returns
    -------
    wholes : list of Whole
    """
    from scipy.spatial import cKDTree

    said = [_says(answers, mask) for answers in looks]
    centre, rays, depth = (np.concatenate(part) for part in zip(*said, strict=True))
    if not depth.size:
        return []
    times = sum(len(answers.depth) for answers in looks)  # that each pixel was looked at
    cells = [(CELL / answers.scale) ** 2 / times for answers in looks]
    cell = np.repeat(cells, [len(part[-1]) for part in said])  # for what a say stands [px²]
    radius = np.sqrt((rays**2).mean(1))
    tree = cKDTree(centre)
    free = np.ones(depth.size, bool)
    found = []
    for first in np.argsort(-depth, kind="stable"):
        if depth[first] < _DEEP:
            break
        if not free[first]:
            continue
        free[first] = False
        place, size, near = centre[first], float(radius[first]), np.array([first])
        for _ in range(2):
            near = np.array(sorted(tree.query_ball_point(place, _NEAR * size)), int)
            alike = (radius[near] > _ALIKE[0] * size) & (radius[near] < _ALIKE[1] * size)
            near = near[(free[near] & alike) | (near == first)]
            weight = np.maximum(depth[near], 0.05)[:, None] / np.maximum(depth[near], 0.05).sum()
            place, outline = (weight * centre[near]).sum(0), (weight * rays[near]).sum(0)
            size = float(np.sqrt((outline**2).mean()))
        free[near] = False
        if cell[near].sum() < _SUPPORT * math.pi * size**2 or len(near) < _SEVERAL * times:
            continue
        astray = np.hypot(*(centre[near] - place).T).mean() / max(size, 1e-6)
        certainty = float(np.clip(1 - astray, 0, 1))
        found.append(Whole(float(place[0]), float(place[1]), outline.astype(np.float32), certainty))
    return found


def _says(
    answers: WholeAnswers, mask: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Centre, outline [px of the image] and depth that each cell inside the mask names."""
    _, rows, cols = answers.depth.shape
    middle = [np.arange(count, dtype=np.float32) * CELL + (CELL - 1) / 2 for count in (rows, cols)]
    at = [
        np.clip(np.rint((one + 0.5) / answers.scale - 0.5), 0, side - 1).astype(int)
        for one, side in zip(middle, mask.shape, strict=True)
    ]
    chosen = mask[np.ix_(*at)]
    centre = answers.centre.copy()
    centre[:, 0] += middle[0][:, None]
    centre[:, 1] += middle[1]
    centre = centre.transpose(0, 2, 3, 1)[:, chosen].reshape(-1, 2)
    rays = answers.rays.transpose(0, 2, 3, 1)[:, chosen].reshape(-1, answers.rays.shape[1])
    scale = np.float32(answers.scale)
    return (
        (centre + np.float32(0.5)) / scale - np.float32(0.5),
        rays / scale,
        (answers.depth[:, chosen].ravel()),
    )
