"""Outlines of labelled particles as lines that can be drawn at the size of a picture."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from micrographia._patches import Patch
    from micrographia.reporting._canvas import Fit

__all__ = ["SHIFT", "Shape", "bounding_boxes", "dashes", "shapes"]

SHIFT = 4
_TOLERANCE = 0.5


@dataclasses.dataclass(frozen=True)
class Shape:
    """One particle, as it is drawn.

    Parameters
    ----------
    label : int
    chains : list of ndarray of shape (points, 2), int32 [px / 16]
        Closed outlines as (x, y) in the picture, one for each part.
    middle : tuple of float, (row, col) [px]
        Where the id goes, in the picture: the centroid, or where that lies outside the particle
        the point deepest inside.
    extent : tuple of float, (rows, cols) [px]
        Of the bounding box, in the picture.
    """

    label: int
    chains: list[NDArray[np.int32]]
    middle: tuple[float, float]
    extent: tuple[float, float]


def bounding_boxes(labels: NDArray[np.integer[Any]]) -> list[tuple[slice, slice] | None]:
    """Bounding box of every label; entry k - 1 belongs to particle k, None where it is absent."""
    from scipy import ndimage

    found: list[tuple[slice, slice] | None] = ndimage.find_objects(labels)
    return found


def shapes(
    labels: NDArray[np.integer[Any]],
    boxes: list[tuple[slice, slice] | None],
    ids: Iterable[int],
    to: Fit,
    smooth: bool = True,
    wholes: Mapping[int, Patch] | None = None,
) -> Iterator[Shape]:
    """Outline particles one by one; ids that the label image lacks are passed over.

    Parameters
    ----------
    labels : ndarray of shape (rows, cols), integer
    boxes : list
        As `bounding_boxes` gives them.
    ids : iterable of int
    to : Fit
        From the image to the picture.
    smooth : bool
        Leave out the stairs of the pixel grid: corners within 0.5 px of the image.
    wholes : mapping of int to Patch, optional
        All pixels of particles that lie over or under others.
    """
    factor = np.array([to.col, to.row])
    tolerance = _TOLERANCE * to.scale * (1 << SHIFT)
    for label in ids:
        box = boxes[label - 1] if 0 < label <= len(boxes) else None
        if box is None:
            continue
        mask = (labels[box] == label).view(np.uint8)
        if wholes and label in wholes:
            box, mask = wholes[label].box, wholes[label].mask.view(np.uint8)
        found, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        start = np.array([box[1].start + 0.5, box[0].start + 0.5])
        chains = []
        for chain in found:
            line = ((chain[:, 0, :] + start) * factor - 0.5) * (1 << SHIFT) + 0.5
            points = np.floor(line).astype(np.int32)
            chains.append(cv2.approxPolyDP(points, tolerance, True)[:, 0] if smooth else points)
        row, col = _middle(mask)
        yield Shape(
            label,
            chains,
            (
                (box[0].start + row + 0.5) * to.row - 0.5,
                (box[1].start + col + 0.5) * to.col - 0.5,
            ),
            (mask.shape[0] * to.row, mask.shape[1] * to.col),
        )


def _middle(mask: NDArray[np.uint8]) -> tuple[float, float]:
    moments = cv2.moments(mask, binaryImage=True)
    row, col = moments["m01"] / moments["m00"], moments["m10"] / moments["m00"]
    if mask[round(row), round(col)]:
        return row, col
    depth = cv2.distanceTransform(np.pad(mask, 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
    deepest = np.unravel_index(int(depth.argmax()), depth.shape)
    return float(deepest[0]), float(deepest[1])


def dashes(chain: NDArray[np.int32], step: int) -> list[NDArray[np.int32]]:
    """Every other stretch of a closed chain of neighbouring points; short chains stay whole.

    Examples
    --------
    >>> chain = np.stack([np.arange(12), np.zeros(12)], axis=1).astype(np.int32)
    >>> [part[:, 0].tolist() for part in dashes(chain, 3)]
    [[0, 1, 2, 3], [6, 7, 8, 9]]
    """
    if len(chain) < 3 * step:
        return [chain]
    closed = np.concatenate([chain, chain[:1]])
    stride = max(1, step // 2)
    return [
        np.ascontiguousarray(closed[at : at + step + 1 : stride])
        for at in range(0, len(chain), 2 * step)
    ]
