"""Phantoms: particles of known geometry, drawn anti-aliased, with exact truth.

A phantom is what a measurement can be checked against: every particle is a closed form (disc,
ellipse, regular polygon, rectangle, rod), its area and Feret diameters are known without pixels,
and its image holds, in each pixel, the share of the pixel that the particle covers.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from micrographia.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["Outline", "Phantom", "draw", "scatter"]

Kind = Literal["disc", "ellipse", "triangle", "square", "rectangle", "pentagon", "hexagon", "rod"]

_CORNERS = {"triangle": 3, "square": 4, "pentagon": 5, "hexagon": 6}
_SUBPIXELS = 8


@dataclasses.dataclass(frozen=True)
class Outline:
    """One particle's outline.

    Parameters
    ----------
    kind : {"disc", "ellipse", "triangle", "square", "rectangle", "pentagon", "hexagon", "rod"}
        A rod is a rectangle with half discs at its ends; polygons other than the rectangle are
        regular.
    row, col : float [px]
        Centre; the centre of the first pixel is (0, 0).
    length : float [px]
        Disc: diameter. Ellipse: major axis. Rectangle, rod: whole length. Regular polygon:
        diameter of the circle through its corners.
    width : float or None [px]
        Ellipse: minor axis. Rectangle, rod: width. Not used by the others.
    angle : float [rad]
        Direction of the length, from the column axis towards growing rows.

    Examples
    --------
    >>> round(Outline("disc", 10, 10, 8).area, 3), Outline("square", 0, 0, 2).feret_max
    (50.265, 2.0)
    """

    kind: Kind
    row: float
    col: float
    length: float
    width: float | None = None
    angle: float = 0.0

    def __post_init__(self) -> None:
        needs_width = self.kind in ("ellipse", "rectangle", "rod")
        if needs_width and (self.width is None or not 0 < self.width <= self.length):
            raise InputError(
                f"{self.kind}: wanted a width between 0 and the length {self.length}, "
                f"got {self.width}"
            )
        if not self.length > 0:
            raise InputError(f"{self.kind}: length must be positive, got {self.length}")

    @property
    def minor(self) -> float:
        """Width of what has one, else the length [px]."""
        return self.length if self.width is None else self.width

    def corners(self) -> NDArray[np.float64] | None:
        """Corners of a polygon, shape (n, 2), row before column; None for round outlines [px]."""
        if self.kind == "rectangle":
            half = np.array([self.length, self.minor]) / 2
            local = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]]) * half
        elif self.kind in _CORNERS:
            turns = 2 * math.pi * np.arange(_CORNERS[self.kind]) / _CORNERS[self.kind]
            local = np.stack([np.cos(turns), np.sin(turns)], 1) * self.length / 2
        else:
            return None
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        along, across = local.T
        return np.stack(
            [self.row + sin * along + cos * across, self.col + cos * along - sin * across], 1
        )

    @property
    def area(self) -> float:
        """Area [px²]."""
        if self.kind in ("disc", "ellipse"):
            return math.pi * self.length * self.minor / 4
        if self.kind == "rod":
            return (self.length - self.minor) * self.minor + math.pi * self.minor**2 / 4
        if self.kind == "rectangle":
            return self.length * self.minor
        n = _CORNERS[self.kind]
        return n / 2 * (self.length / 2) ** 2 * math.sin(2 * math.pi / n)

    @property
    def ecd(self) -> float:
        """Equivalent circular diameter [px]."""
        return math.sqrt(4 * self.area / math.pi)

    @property
    def perimeter(self) -> float:
        """Perimeter [px]; of an ellipse by its complete elliptic integral."""
        if self.kind in ("disc", "ellipse"):
            from scipy.special import ellipe

            return 2 * self.length * float(ellipe(1 - (self.minor / self.length) ** 2))
        if self.kind == "rod":
            return 2 * (self.length - self.minor) + math.pi * self.minor
        if self.kind == "rectangle":
            return 2 * (self.length + self.minor)
        n = _CORNERS[self.kind]
        return n * self.length * math.sin(math.pi / n)

    def _widths(self) -> NDArray[np.float64]:
        """Distances between parallel tangents of a polygon: by the corners and by the edges."""
        points = self.corners()
        if points is None:
            raise InputError(f"{self.kind} has no corners")
        edges = np.roll(points, -1, 0) - points
        normals = np.stack([-edges[:, 1], edges[:, 0]], 1)
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        spans: NDArray[np.float64] = np.ptp(points @ normals.T, axis=0)
        return spans

    @property
    def feret_max(self) -> float:
        """Largest distance between parallel tangents [px]."""
        points = self.corners()
        if points is None:
            return self.length
        return float(np.linalg.norm(points[:, None] - points[None], axis=-1).max())

    @property
    def feret_min(self) -> float:
        """Smallest distance between parallel tangents [px]."""
        return self.minor if self.corners() is None else float(self._widths().min())

    def contains(self, rows: NDArray[np.float64], cols: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell which points lie inside; `rows` and `cols` broadcast against each other [px]."""
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        down, right = rows - self.row, cols - self.col
        along, across = cos * right + sin * down, cos * down - sin * right
        if self.kind in ("disc", "ellipse"):
            inside = (2 * along / self.length) ** 2 + (2 * across / self.minor) ** 2 <= 1
        elif self.kind == "rod":
            straight = (self.length - self.minor) / 2
            beyond = np.maximum(np.abs(along) - straight, 0)
            inside = beyond**2 + across**2 <= (self.minor / 2) ** 2
        elif self.kind == "rectangle":
            inside = (np.abs(along) <= self.length / 2) & (np.abs(across) <= self.minor / 2)
        else:
            n = _CORNERS[self.kind]
            apothem = self.length / 2 * math.cos(math.pi / n)
            inside = np.ones(np.broadcast(along, across).shape, bool)
            for turn in (np.arange(n) + 0.5) * 2 * math.pi / n:
                inside &= along * math.cos(turn) + across * math.sin(turn) <= apothem
        return inside


@dataclasses.dataclass(frozen=True, eq=False)
class Phantom:
    """An image of known particles.

    Parameters
    ----------
    pixels : ndarray of shape (rows, cols), float32
    labels : ndarray of shape (rows, cols), int32
        Pixels that particle k covers by at least half; row k - 1 of `truth` describes it.
    truth : DataFrame
        A row a particle: id, kind, row_px, col_px, area_px, ecd_px, perimeter_px, feret_min_px,
        feret_max_px, angle_rad.
    """

    pixels: NDArray[np.float32]
    labels: NDArray[np.int32]
    truth: pd.DataFrame


def coverage(outline: Outline, shape: tuple[int, int]) -> tuple[slice, slice, NDArray[np.float32]]:
    """Share of each pixel that an outline covers, within the outline's box.

    Parameters
    ----------
    outline : Outline
    shape : tuple of int
        Rows and columns of the image; what lies outside is cut off.

    Returns
    -------
    rows, cols : slice
        The box; empty where the outline lies outside the image.
    share : ndarray of shape (box rows, box cols), float32
        0 to 1, from 8 × 8 points a pixel.
    """
    reach = math.hypot(outline.length, outline.minor) / 2 + 1
    first_row, last_row = _span(outline.row, reach, shape[0])
    first_col, last_col = _span(outline.col, reach, shape[1])
    offsets = (np.arange(_SUBPIXELS) + 0.5) / _SUBPIXELS - 0.5
    rows = (np.arange(first_row, last_row)[:, None] + offsets).ravel()[:, None]
    cols = (np.arange(first_col, last_col)[:, None] + offsets).ravel()[None, :]
    inside = outline.contains(rows, cols)
    blocks = inside.reshape(last_row - first_row, _SUBPIXELS, last_col - first_col, _SUBPIXELS)
    share = blocks.mean((1, 3), dtype=np.float32)
    return slice(first_row, last_row), slice(first_col, last_col), share


def _span(centre: float, reach: float, size: int) -> tuple[int, int]:
    first = min(max(math.floor(centre - reach), 0), size)
    return first, max(min(math.ceil(centre + reach) + 1, size), first)


def draw(
    outlines: Sequence[Outline],
    shape: tuple[int, int],
    *,
    particle: float = 60.0,
    background: float = 180.0,
    blur: float = 0.0,
    noise: float = 0.0,
    seed: int = 0,
) -> Phantom:
    """Draw outlines into an image.

    Parameters
    ----------
    outlines : sequence of Outline
        Later ones lie over earlier ones.
    shape : tuple of int
        Rows and columns.
    particle, background : float
        Intensities inside and outside.
    blur : float [px]
        Standard deviation of a Gaussian point spread.
    noise : float
        Standard deviation of white Gaussian noise, in units of intensity.
    seed : int
        Seed of the noise.

    Returns
    -------
    phantom : Phantom

    Examples
    --------
    >>> phantom = draw([Outline("disc", 20, 20, 16)], (40, 40))
    >>> int((phantom.labels == 1).sum()), round(float(phantom.truth.area_px[0]), 1)
    (197, 201.1)
    """
    import pandas as pd

    cover = np.zeros(shape, np.float32)
    labels = np.zeros(shape, np.int32)
    for number, outline in enumerate(outlines, 1):
        rows, cols, share = coverage(outline, shape)
        here = cover[rows, cols]
        np.maximum(here, share, out=here)
        labels[rows, cols][share >= 0.5] = number
    if blur > 0:
        from scipy.ndimage import gaussian_filter

        cover = gaussian_filter(cover, blur)
    pixels = np.float32(background) + np.float32(particle - background) * cover
    if noise > 0:
        pixels += np.random.default_rng(seed).normal(0, noise, shape).astype(np.float32)
    truth = pd.DataFrame(
        [
            {
                "id": number,
                "kind": outline.kind,
                "row_px": outline.row,
                "col_px": outline.col,
                "area_px": outline.area,
                "ecd_px": outline.ecd,
                "perimeter_px": outline.perimeter,
                "feret_min_px": outline.feret_min,
                "feret_max_px": outline.feret_max,
                "angle_rad": outline.angle,
            }
            for number, outline in enumerate(outlines, 1)
        ]
    )
    return Phantom(pixels, labels, truth)


def scatter(
    kinds: Sequence[Kind],
    lengths: NDArray[np.floating],
    shape: tuple[int, int],
    *,
    aspect: float = 2.0,
    gap: float = 4.0,
    seed: int = 0,
) -> list[Outline]:
    """Place outlines at random, turned at random, none nearer to another than `gap`.

    Parameters
    ----------
    kinds : sequence of str
        Taken in turn.
    lengths : ndarray of shape (n,) [px]
        Length of each outline; the large ones are placed first.
    shape : tuple of int
        Rows and columns; every outline lies inside.
    aspect : float
        Length over width of ellipses, rectangles and rods.
    gap : float [px]
        Smallest distance between the circles round the outlines, and to the edge.
    seed : int

    Returns
    -------
    outlines : list of Outline
        As many as fit; placing stops after 2,000 misses in a row.

    Examples
    --------
    >>> len(scatter(["disc"], np.full(9, 10.0), (100, 100)))
    9
    """
    random = np.random.default_rng(seed)
    placed: list[Outline] = []
    centres = np.empty((len(lengths), 3))
    for number, length in enumerate(sorted(map(float, lengths), reverse=True)):
        kind = kinds[number % len(kinds)]
        width = length / aspect if kind in ("ellipse", "rectangle", "rod") else None
        radius = math.hypot(length, width or 0) / 2 if kind == "rectangle" else length / 2
        margin = radius + gap
        if 2 * margin >= min(shape):
            raise InputError(
                f"an outline of length {length:g} px does not fit {shape} with a gap of {gap:g} px"
            )
        for _ in range(2000):
            row = random.uniform(margin, shape[0] - 1 - margin)
            col = random.uniform(margin, shape[1] - 1 - margin)
            others = centres[: len(placed)]
            distance = np.hypot(others[:, 0] - row, others[:, 1] - col) - others[:, 2]
            if not len(others) or distance.min() >= margin:
                centres[len(placed)] = row, col, radius
                angle = random.uniform(0, 2 * math.pi)
                placed.append(Outline(kind, row, col, length, width, angle))
                break
        else:
            break
    return placed
