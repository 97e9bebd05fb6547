"""The projected thickness of a specimen, gathered body by body, with the outline of each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.simulation._sample import Whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MARGIN", "Canvas"]

MARGIN = 16
"""Of the canvas round the image [px], so that blur and fringes meet no edge."""


class Canvas:
    """The field and a margin round it.

    Parameters
    ----------
    shape : tuple of int [px]
        Rows and columns of the image, without the margin.
    nm_per_px : float [nm]

    Attributes
    ----------
    shape : tuple of int [px]
        Rows and columns with the margin.
    edge : int [px]
        The shorter edge of the image.
    mass : ndarray of shape `shape`, float32 [nm]
        Thickness along the beam, of carbon; what is denser counts as so much more carbon.
    wholes : list of Whole
        The bodies from the bottom to the top, in the image's pixels.
    faint : float [nm]
        Thickness of the finest parts that make the class; noise must leave them visible.
    """

    def __init__(self, shape: tuple[int, int], nm_per_px: float) -> None:
        self.shape = (shape[0] + 2 * MARGIN, shape[1] + 2 * MARGIN)
        self.edge = min(shape)
        self.nm_per_px = nm_per_px
        self.mass = np.zeros(self.shape, np.float32)
        self.wholes: list[Whole] = []
        self.faint = math.inf

    @property
    def middle(self) -> NDArray[np.float64]:
        """The centre of the image on the canvas, (row, col) [px]."""
        return np.array([(self.shape[0] - 1) / 2, (self.shape[1] - 1) / 2])

    def add(self, mass: NDArray[np.float32], origin: tuple[int, int] = (0, 0)) -> None:
        """Add the thickness [nm] of a box whose first pixel lies at `origin` on the canvas."""
        (row, col), (rows, cols) = origin, mass.shape
        top, left = max(row, 0), max(col, 0)
        bottom, right = min(row + rows, self.shape[0]), min(col + cols, self.shape[1])
        if bottom > top and right > left:
            self.mass[top:bottom, left:right] += mass[top - row : bottom - row,
                                                      left - col : right - col]  # fmt: skip

    def name(
        self, class_name: str, mask: NDArray[np.bool_], origin: tuple[int, int] = (0, 0),
        **parameters: Any,
    ) -> None:  # fmt: skip
        """Keep the outline of a body; the origin is on the canvas."""
        rows, cols = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        if not rows.size:
            return
        tight = mask[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
        first = (origin[0] + int(rows[0]) - MARGIN, origin[1] + int(cols[0]) - MARGIN)
        down, right = tight.sum(1), tight.sum(0)
        total = float(down.sum())
        row = first[0] + float(down @ np.arange(len(down))) / total
        col = first[1] + float(right @ np.arange(len(right))) / total
        self.wholes.append(Whole(class_name, row, col, first, tight.copy(), parameters))
