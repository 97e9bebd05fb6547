"""Outer contour and convex hull of every particle, as ragged arrays."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Outlines", "Rings", "trace"]

Boxes = list[tuple[slice, slice]]


@dataclasses.dataclass(frozen=True)
class Rings:
    """Closed chains of points, one after the other.

    Parameters
    ----------
    points : ndarray of shape (total, 2) [pixels]
        (row, col) of pixel centres.
    start : ndarray of shape (rings + 1,), int
        Ring i is ``points[start[i]:start[i + 1]]``.
    """

    points: NDArray[np.float64]
    start: NDArray[np.intp]

    @property
    def length(self) -> NDArray[np.intp]:
        """Points of each ring."""
        return np.diff(self.start)

    @property
    def owner(self) -> NDArray[np.intp]:
        """Ring of each point."""
        return np.repeat(np.arange(len(self.start) - 1), self.length)

    @property
    def following(self) -> NDArray[np.intp]:
        """Index of the next point of the same ring, for each point."""
        following = np.arange(1, len(self.points) + 1)
        filled = self.length > 0
        following[self.start[1:][filled] - 1] = self.start[:-1][filled]
        return following

    @property
    def preceding(self) -> NDArray[np.intp]:
        """Index of the point before, for each point."""
        preceding = np.arange(-1, len(self.points) - 1)
        filled = self.length > 0
        preceding[self.start[:-1][filled]] = self.start[1:][filled] - 1
        return preceding


@dataclasses.dataclass(frozen=True)
class Outlines:
    """What the outlines of all particles are.

    Parameters
    ----------
    chains : Rings
        Outer contours, 8-connected pixel centres, a ring for each piece of each particle.
    particle : ndarray of shape (chains,), int
        Position of the particle that each chain belongs to.
    corner : ndarray of shape (points of chains,), bool
        Whether a point is a vertex of its piece's convex hull.
    hulls : Rings
        Convex hull of each particle, a ring for each particle.
    """

    chains: Rings
    particle: NDArray[np.intp]
    corner: NDArray[np.bool_]
    hulls: Rings


def trace(labels: NDArray[np.integer[Any]], ids: NDArray[np.int64], boxes: Boxes) -> Outlines:
    """Follow the outer contours of the particles, each within its own box.

    Parameters
    ----------
    labels : ndarray of shape (rows, cols), integer
    ids : ndarray of shape (n,), int
        Labels to follow.
    boxes : list of (slice, slice)
        Bounding box of each.
    """
    chains: list[NDArray[np.int32]] = []
    particle: list[int] = []
    corners: list[NDArray[np.intp]] = []
    hulls: list[NDArray[np.int32]] = []
    offset = 0
    for k, (label, box) in enumerate(zip(ids.tolist(), boxes, strict=True)):
        mask = (labels[box] == label).view(np.uint8)
        pieces, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        origin = (box[1].start, box[0].start)
        hull_points = []
        for piece in pieces:
            index = cv2.convexHull(piece, returnPoints=False).ravel()
            points = piece[:, 0] + np.asarray(origin, np.int32)
            hull_points.append(points[index])
            corners.append(index + offset)
            chains.append(points)
            particle.append(k)
            offset += len(points)
        hull = hull_points[0]
        if len(pieces) > 1:
            hull = cv2.convexHull(np.concatenate(hull_points)).reshape(-1, 2)
        hulls.append(hull)
    corner = np.zeros(offset, bool)
    if corners:
        corner[np.concatenate(corners)] = True
    return Outlines(_rings(chains), np.array(particle, np.intp), corner, _rings(hulls))


def _rings(parts: list[NDArray[np.int32]]) -> Rings:
    start = np.zeros(len(parts) + 1, np.intp)
    np.cumsum([len(part) for part in parts], out=start[1:])
    points = np.concatenate(parts)[:, ::-1] if parts else np.zeros((0, 2))
    return Rings(points.astype(np.float64), start)
