"""A surface as the beam sees it: a depth buffer with a tone and an owner for each fine pixel.

Lengths are fine pixels (`FINE` of them along one pixel of the image). Ground is given as a height
map seen from above and is projected at the tilt of the stage; bodies are laid over it in the
coordinates of the screen (row down, col right, depth towards the beam).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FAR", "FINE", "Mark", "Stage"]

FINE = 2
"""Fine pixels along one pixel of the image."""
FAR = -1e4
"""Depth where there is nothing but the dark [fine px]."""


class Mark(NamedTuple):
    """A body that counts as a particle: its class, whole outline and place on the stage."""

    kind: str
    row: float
    col: float
    origin: tuple[int, int]
    mask: NDArray[np.bool_]
    parameters: dict[str, Any]

    def with_part(self, top: int, left: int, inside: NDArray[np.bool_]) -> Mark:
        """The body with a patch joined to its outline."""
        first = (min(top, self.origin[0]), min(left, self.origin[1]))
        ends = [
            max(a + n, b + m)
            for a, n, b, m in zip((top, left), inside.shape, self.origin, self.mask.shape,
                                  strict=True)
        ]  # fmt: skip
        mask = np.zeros((ends[0] - first[0], ends[1] - first[1]), bool)
        for (row, col), part in ((self.origin, self.mask), ((top, left), inside)):
            row, col = row - first[0], col - first[1]
            mask[row : row + part.shape[0], col : col + part.shape[1]] |= part
        return self._replace(origin=first, mask=mask)


class Stage:
    """What the beam scans.

    Parameters
    ----------
    shape : tuple of int
        Fine rows and columns, margin included.
    nm : float [nm]
        Edge length of a fine pixel.
    tilt : float [rad]
        Of the stage against the beam; the near side is below in the picture.
    random : Generator
    tip_angle : float [rad]
        Full angle of tips.

    Attributes
    ----------
    depth, tone : ndarray of shape `shape`, float32
        Depth towards the beam [fine px]; yield of the material.
    owner : ndarray of shape `shape`, int32
        0 is ground; body k covers the pixels equal to k.
    body : ndarray of shape `shape`, bool
        True where a body was laid, whether it is counted or not.
    marks : list of Mark
        Body k is ``marks[k - 1]``.
    """

    def __init__(
        self, shape: tuple[int, int], nm: float, tilt: float, random: np.random.Generator,
        tip_angle: float = 0.5,
    ) -> None:  # fmt: skip
        self.shape, self.nm, self.tilt, self.random = shape, nm, tilt, random
        self.tip_angle = tip_angle
        self.cos, self.sin = math.cos(tilt), math.sin(tilt)
        self.depth = np.zeros(shape, np.float32)
        self.tone = np.ones(shape, np.float32)
        self.owner = np.zeros(shape, np.int32)
        self.body = np.zeros(shape, bool)
        self.marks: list[Mark] = []
        rows = math.ceil(shape[0] / self.cos) + (0 if tilt == 0 else shape[0] // 4)
        self.world = (rows, shape[1])

    @property
    def least(self) -> int:
        """The shorter edge of the field [fine px]."""
        return min(self.shape)

    def ground(
        self, height: NDArray[np.float32], tone: NDArray[np.float32] | float = 1.0
    ) -> NDArray[np.float32]:
        """Lay a height map seen from above under the beam, hidden parts removed.

        Parameters
        ----------
        height : ndarray of shape `world`, float32 [fine px]
        tone : ndarray of shape `world` or float

        Returns
        -------
        source : ndarray of shape `shape`, float32
            Row of the height map that each pixel shows; it hardly changes down a steep wall.
        """
        cols = self.shape[1]
        down = np.arange(self.world[0], dtype=np.float32)
        if self.tilt == 0:
            source = np.broadcast_to(down[:, None], self.shape).astype(np.float32)
            self.depth[:] = height
            self.tone[:] = tone
        else:
            source = self._visible(height, down)
            across = np.broadcast_to(np.arange(cols, dtype=np.float32), self.shape)
            across = np.ascontiguousarray(across)
            found = cv2.remap(height, across, source, cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE)
            middle = np.float32((self.world[0] - 1) / 2)
            self.depth[:] = (source - middle) * np.float32(self.sin) + found * np.float32(self.cos)
            if isinstance(tone, np.ndarray):
                tone = cv2.remap(tone, across, source, cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE)
            self.tone[:] = tone
        self.owner[:] = 0
        self.body[:] = False
        return source

    def _visible(
        self, height: NDArray[np.float32], down: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """For each pixel the row of the map that no nearer part hides."""
        rows, cols = self.shape
        middle = (self.world[0] - 1) / 2
        place = (down[:, None] - np.float32(middle)) * np.float32(self.cos)
        place = place + np.float32((rows - 1) / 2) - height * np.float32(self.sin)
        seen = np.minimum.accumulate(place[::-1], axis=0)[::-1].T
        source = np.empty((cols, rows), np.float32)
        wanted = np.arange(rows, dtype=np.float32)
        for col in range(cols):
            source[col] = np.interp(wanted, seen[col], down)
        return np.ascontiguousarray(source.T)

    def screen(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where points of the world (row, col, height) are seen: (row, col, depth).

        Row and column are those of the height map that `ground` takes.
        """
        down = points[..., 0] - (self.world[0] - 1) / 2
        row = down * self.cos - points[..., 2] * self.sin + (self.shape[0] - 1) / 2
        depth = down * self.sin + points[..., 2] * self.cos
        return np.stack([row, points[..., 1], depth], axis=-1)

    def at(self, row: float, col: float) -> float:
        """Depth of what lies under a place; the nearest pixel's where it lies outside."""
        r = min(max(round(row), 0), self.shape[0] - 1)
        c = min(max(round(col), 0), self.shape[1] - 1)
        return float(self.depth[r, c])

    def box(self, top: int, left: int, rows: int, cols: int) -> tuple[slice, slice]:
        """The part of the stage that a patch covers."""
        return (
            slice(max(top, 0), max(min(top + rows, self.shape[0]), 0)),
            slice(max(left, 0), max(min(left + cols, self.shape[1]), 0)),
        )

    def put(
        self, top: int, left: int, depth: NDArray[np.float32], inside: NDArray[np.bool_],
        tone: float | NDArray[np.float32] = 1.0, owner: int = 0,
    ) -> None:  # fmt: skip
        """Lay a patch over the stage where it is nearer than what is there."""
        here = self.box(top, left, *depth.shape)
        if here[0].start >= here[0].stop or here[1].start >= here[1].stop:
            return
        part = (slice(here[0].start - top, here[0].stop - top),
                slice(here[1].start - left, here[1].stop - left))  # fmt: skip
        nearer = inside[part] & (depth[part] > self.depth[here])
        self.depth[here][nearer] = depth[part][nearer]
        self.tone[here][nearer] = tone[part][nearer] if isinstance(tone, np.ndarray) else tone
        self.owner[here][nearer] = owner
        self.body[here][nearer] = True

    def splat(self, places: NDArray[np.float32], tones: NDArray[np.float32] | float) -> None:
        """Lay many points (row, col, depth) over the stage, the nearest of each pixel.

        Parameters
        ----------
        places : ndarray of shape (n, 3), float32
        tones : ndarray of shape (n,), float32, or float
        """
        row = np.rint(places[:, 0]).astype(np.int32)
        col = np.rint(places[:, 1]).astype(np.int32)
        inside = (row >= 0) & (row < self.shape[0]) & (col >= 0) & (col < self.shape[1])
        flat = (row * self.shape[1] + col)[inside].astype(np.intp)
        depth = places[inside, 2]
        surface = self.depth.ravel()
        before = surface[flat]
        np.maximum.at(surface, flat, depth)
        won = (surface[flat] == depth) & (depth > before)
        chosen = flat[won]
        if isinstance(tones, np.ndarray):
            self.tone.ravel()[chosen] = tones[inside][won]
        else:
            self.tone.ravel()[chosen] = tones
        self.owner.ravel()[chosen] = 0
        self.body.ravel()[chosen] = True
