"""The frame that particles are looked for in, who touches its border, who is counted."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.measurement._outline import Boxes
    from micrographia.measurement.settings import CountingRule

__all__ = ["Contact", "Frame", "counting_weights", "find_contact", "frame_of"]


@dataclasses.dataclass(frozen=True)
class Frame:
    """The smallest rectangle that holds all valid pixels; `stop` is exclusive."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.bottom - self.top, self.right - self.left


@dataclasses.dataclass(frozen=True)
class Contact:
    """Which particles touch what, each of shape (n,).

    Parameters
    ----------
    any : ndarray of bool
        A pixel of the particle lies on the frame's border, or at or in an area left out.
    far : ndarray of bool
        Touches the bottom or right edge of the frame, or an area left out inside it.
    """

    any: NDArray[np.bool_]
    far: NDArray[np.bool_]


def frame_of(shape: tuple[int, int], valid: NDArray[np.bool_] | None) -> Frame:
    """The rectangle that holds all valid pixels; empty where there are none."""
    if valid is None:
        return Frame(0, 0, *shape)
    rows, cols = np.flatnonzero(valid.any(1)), np.flatnonzero(valid.any(0))
    if rows.size == 0:
        return Frame(0, 0, 0, 0)
    return Frame(int(rows[0]), int(cols[0]), int(rows[-1]) + 1, int(cols[-1]) + 1)


def find_contact(
    labels: NDArray[np.integer[Any]],
    ids: NDArray[np.int64],
    boxes: Boxes,
    valid: NDArray[np.bool_] | None,
) -> Contact:
    """Find who touches the border of the valid area.

    Parameters
    ----------
    labels : ndarray of shape (rows, cols), integer
    ids : ndarray of shape (n,), int
    boxes : list of (slice, slice)
    valid : ndarray of shape (rows, cols), bool, optional
        True where particles may be.
    """
    frame = frame_of((labels.shape[0], labels.shape[1]), valid)
    sides = np.array(
        [(b[0].start, b[1].start, b[0].stop, b[1].stop) for b in boxes], np.int64
    ).reshape(-1, 4)
    near = (sides[:, 0] <= frame.top) | (sides[:, 1] <= frame.left)
    far = (sides[:, 2] >= frame.bottom) | (sides[:, 3] >= frame.right)
    if valid is not None:
        far = far | np.isin(ids, _beside_holes(labels, valid, frame))
    return Contact(near | far, far)


def _beside_holes(
    labels: NDArray[np.integer[Any]], valid: NDArray[np.bool_], frame: Frame
) -> NDArray[np.int64]:
    """Labels that share an edge with, or lie in, an invalid pixel inside the frame."""
    inside = (slice(frame.top, frame.bottom), slice(frame.left, frame.right))
    left_out = ~valid[inside]
    if not left_out.any():
        return np.zeros(0, np.int64)
    near = left_out.copy()
    near[1:] |= left_out[:-1]
    near[:-1] |= left_out[1:]
    near[:, 1:] |= left_out[:, :-1]
    near[:, :-1] |= left_out[:, 1:]
    return np.unique(labels[inside][near]).astype(np.int64)


def counting_weights(boxes: Boxes, frame: Frame, rule: CountingRule) -> NDArray[np.float64]:
    """Weight of each particle for being counted by `rule`.

    Parameters
    ----------
    boxes : list of (slice, slice)
        Bounding box of each particle.
    frame : Frame
    rule : str
        1 for all rules but ``"miles-lantuejoul"``.

    Returns
    -------
    weights : ndarray of shape (n,)
        One over the probability that a particle with this box, dropped anywhere on the frame,
        does not touch its border.

    Notes
    -----
    R. E. Miles (1974) and C. Lantuéjoul (1978); ISO 13322-1:2014 uses the same correction. A box
    of h × w pixels whose first corner falls on any of the H × W pixels of the frame stays off the
    first and last row and column in (H - h - 1)(W - w - 1) places.
    """
    if rule != "miles-lantuejoul":
        return np.ones(len(boxes))
    height, width = frame.shape
    size = np.array(
        [(b[0].stop - b[0].start, b[1].stop - b[1].start) for b in boxes], np.float64
    ).reshape(-1, 2)
    room = np.maximum(np.array([height, width]) - size - 1, 0).prod(1)
    return np.where(room > 0, height * width / np.maximum(room, 1), 1.0)
