"""Regions of interest, and areas to leave out: a rectangle, a polygon or a mask file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from micrographia.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Region", "parse_region"]

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)"
_NUMERIC = re.compile(r"^[\d\s,.;+-]+$")
_RECTANGLE = re.compile(rf"^\s*{_NUMBER}(?:\s*,\s*{_NUMBER}){{3}}\s*$")
_POINT = re.compile(rf"^({_NUMBER}),({_NUMBER})$")
_FORMS = (
    "wanted a rectangle 'row0,col0,row1,col1', a polygon 'row,col row,col row,col ...', or the "
    "path of a mask image"
)


@dataclass(frozen=True)
class Region:
    """A part of an image.

    Parameters
    ----------
    kind : {"rectangle", "polygon", "file"}
        What `points` or `path` mean.
    points : tuple of (row, col) [px]
        Two corners of a rectangle, the second not included, or the corners of a polygon. Counted
        from the image's upper left corner: pixel (0, 0) reaches from (0, 0) to (1, 1).
    path : Path, optional
        The mask: an image that is 0 outside the region, or ImageJ ROIs.

    Examples
    --------
    >>> Region("rectangle", ((0, 1), (2, 3))).mask((2, 4)).astype(int)
    array([[0, 1, 1, 0],
           [0, 1, 1, 0]])
    """

    kind: Literal["rectangle", "polygon", "file"]
    points: tuple[tuple[float, float], ...] = ()
    path: Path | None = None

    def mask(self, shape: tuple[int, int]) -> NDArray[np.bool_]:
        """The pixels of the region: those whose centre lies inside.

        Parameters
        ----------
        shape : tuple of int
            (rows, cols) of the image.

        Returns
        -------
        mask : ndarray of shape (rows, cols), bool

        Raises
        ------
        InputError
            If the region reaches beyond the image or holds no pixel of it, or the mask file is of
            another shape or cannot be read.
        """
        if self.kind == "file" and self.path is not None:
            from micrographia.io._labels import read_mask

            mask = read_mask(self.path, shape)
        else:
            mask = self._filled(shape)
        if not mask.any():
            raise InputError(f"the region {self} holds no pixel of the image")
        return mask

    def _filled(self, shape: tuple[int, int]) -> NDArray[np.bool_]:
        from micrographia.io._polygons import fill

        for row, col in self.points:
            if not (0 <= row <= shape[0] and 0 <= col <= shape[1]):
                raise InputError(
                    f"the region {self} reaches to row {row:g}, column {col:g}, beyond the image "
                    f"of {shape[0]} × {shape[1]} (rows × cols)"
                )
        corners = np.array(self.points, float)
        if self.kind == "rectangle":
            (top, left), (bottom, right) = self.points
            corners = np.array([(top, left), (top, right), (bottom, right), (bottom, left)], float)
        return fill([corners], shape)

    def __str__(self) -> str:
        if self.path is not None:
            return str(self.path)
        if self.kind == "rectangle":
            return ",".join(f"{edge:g}" for point in self.points for edge in point)
        return " ".join(f"{row:g},{col:g}" for row, col in self.points)


def parse_region(text: str) -> Region:
    """Read a region as a person writes it.

    Parameters
    ----------
    text : str
        A rectangle ``"row0,col0,row1,col1"`` (rows from row0 up to but without row1), a polygon
        ``"row,col row,col row,col ..."``, or the path of a mask file.

    Returns
    -------
    region : Region

    Raises
    ------
    InputError
        If the text is none of these, or the rectangle is empty.

    Examples
    --------
    >>> parse_region("10,20,30,40").points
    ((10.0, 20.0), (30.0, 40.0))
    >>> parse_region("0,0 0,9 9,9").kind
    'polygon'
    """
    if _RECTANGLE.match(text):
        top, left, bottom, right = (float(part) for part in text.split(","))
        if not (top < bottom and left < right):
            raise InputError(
                f"the rectangle {text!r} is empty: row0 must be below row1 and col0 below col1 "
                "(row0,col0,row1,col1)"
            )
        return Region("rectangle", ((top, left), (bottom, right)))
    if text.strip() and _NUMERIC.match(text):
        return _polygon(text)
    path = Path(text.strip())
    if text.strip() and path.is_file():
        return Region("file", path=path)
    raise InputError(f"{text!r} is no region, and there is no such file; {_FORMS}")


def _polygon(text: str) -> Region:
    pieces = re.sub(r"\s*,\s*", ",", text.strip()).replace(";", " ").split()
    points = [_POINT.match(piece) for piece in pieces]
    if len(points) < 3 or None in points:
        raise InputError(f"{text!r} is no region; {_FORMS} (a polygon has at least 3 corners)")
    return Region("polygon", tuple((float(p[1]), float(p[2])) for p in points if p))
