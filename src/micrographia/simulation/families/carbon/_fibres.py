"""Tubes and fibres: curved axes, walls, partitions, and their thickness along the beam."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["SPACING", "Kind", "Strip", "Tube", "draw_fibre", "profile", "resampled", "walk"]

SPACING = 0.34
"""Distance between the walls of a tube [nm] (graphite, 002)."""

_WALL = 0.17
"""Thickness of a wall [nm] that gives its tube the mass of carbon's, at half of the spacing."""

Kind = Literal["walled", "bamboo", "solid"]


class Tube(NamedTuple):
    """The section of a fibre.

    Attributes
    ----------
    kind : {"walled", "bamboo", "solid"}
        A tube of coaxial walls; a fibre whose channel is closed by partitions; no channel.
    outer_nm : float [nm]
        Diameter.
    inner_nm : float [nm]
        Diameter of the channel; 0 if solid.
    pitch_nm : float [nm]
        Distance of the partitions of bamboo.
    """

    kind: Kind
    outer_nm: float
    inner_nm: float = 0.0
    pitch_nm: float = 0.0

    @property
    def mean_nm(self) -> float:
        """Mean thickness along the beam, over the diameter [nm]."""
        return math.pi / 4 * (self.outer_nm**2 - self.inner_nm**2) / self.outer_nm

    @property
    def walls(self) -> int:
        """Number of coaxial walls, `SPACING` apart, of a walled tube; 0 of others."""
        if self.kind != "walled":
            return 0
        return math.floor((self.outer_nm - self.inner_nm) / (2 * SPACING) + 1e-6) + 1


def walk(
    start: NDArray[np.float64], heading: float, length: float, persistence: float,
    random: np.random.Generator, *, step: float = 2.0, smooth: float = 10.0,
) -> NDArray[np.float64]:  # fmt: skip
    """An axis whose direction wanders: a wormlike chain in the plane.

    The curvature is normal noise of correlation length `smooth`, so strong that directions far
    apart are correlated as exp(-s / (2 P)) at a distance s (Kratky & Porod 1949 in two dimensions).

    Parameters
    ----------
    start : ndarray of shape (2,), (row, col) [px]
    heading : float [rad]
        Direction at the start, 0 along a row.
    length, persistence : float [px]
    random : Generator
    step, smooth : float [px]
        Distance of the points; length over which the curvature keeps its sign, about.

    Returns
    -------
    path : ndarray of shape (n, 2), (row, col) [px]
    """
    n = max(math.ceil(length / step), 2)
    spread = max(smooth / step, 0.5)
    half = math.ceil(3 * spread)
    kernel = np.exp(-0.5 * (np.arange(-half, half + 1) / spread) ** 2)
    turns = np.convolve(random.standard_normal(n + 2 * half), kernel / kernel.sum(), "valid")
    angle = heading + np.cumsum(turns * math.sqrt(step / persistence))
    steps = step * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    return np.vstack([start, start + np.cumsum(steps, axis=0)])


def resampled(path: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """Points at equal distances of about `step` along a path."""
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    count = max(round(along[-1] / step), 1) + 1
    places = np.linspace(0, along[-1], count)
    return np.stack([np.interp(places, along, path[:, k]) for k in (0, 1)], axis=1)


def _chords(radius: float, at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Integral from 0 to `at` of the chords 2 √(r² - x²) of a circle; odd, flat beyond it."""
    if radius <= 0:
        return np.zeros_like(at)
    x = np.clip(at, -radius, radius)
    whole: NDArray[np.float64] = x * np.sqrt(
        np.clip(radius**2 - x**2, 0, None)
    ) + radius**2 * np.arcsin(x / radius)
    return whole


def profile(
    tube: Tube, nm_per_px: float, distance: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Thickness of a tube along the beam, averaged over a pixel's width.

    Parameters
    ----------
    tube : Tube
    nm_per_px : float [nm]
    distance : ndarray of shape (n,) [px]
        From the axis, to the middle of the pixel.

    Returns
    -------
    full, channel : ndarray of shape (n,) [nm]
        The thickness with an open channel, and what a partition adds to it.

    Examples
    --------
    >>> full, _ = profile(Tube("solid", 40.0), 1.0, np.arange(-30.0, 31))
    >>> bool(abs(full.sum() - np.pi * 20**2) < 1e-9)
    True
    """
    low, high = (distance - 0.5) * nm_per_px, (distance + 0.5) * nm_per_px

    def mean(radius: float) -> NDArray[np.float64]:
        return (_chords(radius, high) - _chords(radius, low)) / nm_per_px

    outer, inner = tube.outer_nm / 2, tube.inner_nm / 2
    channel = mean(inner)
    if tube.kind != "walled" or nm_per_px > SPACING:
        return mean(outer) - channel, channel
    radii = outer - SPACING * np.arange(tube.walls)
    share = SPACING / _WALL  # a wall is thinner than the spacing and denser
    walls = [mean(r + _WALL / 2) - mean(max(r - _WALL / 2, 0)) for r in radii]
    return share * np.sum(walls, axis=0), channel


class Strip(NamedTuple):
    """A fibre on the canvas.

    Attributes
    ----------
    origin : tuple of int, (row, col) [px]
        First pixel of the box, which may lie outside of the canvas.
    mass : ndarray of shape (box rows, box cols), float32 [nm]
    mask : ndarray of shape (box rows, box cols), bool
        Pixels whose middle lies in the fibre.
    """

    origin: tuple[int, int]
    mass: NDArray[np.float32]
    mask: NDArray[np.bool_]


def draw_fibre(
    path: NDArray[np.float64], tube: Tube, nm_per_px: float, random: np.random.Generator, *,
    uneven: float = 0.0, capped: tuple[bool, bool] = (True, True),
) -> Strip:  # fmt: skip
    """Draw a fibre along its axis.

    The plane round the axis is cut into pieces at the axis' points, square to it; within a piece
    the distance from the axis changes evenly from one end to the other. Where a fibre crosses
    itself it is twice as thick.

    Parameters
    ----------
    path : ndarray of shape (n, 2), (row, col) [px]
    tube : Tube
    nm_per_px : float [nm]
    random : Generator
    uneven : float
        Standard deviation of the diameter along the fibre, as a share.
    capped : tuple of bool
        Whether the beginning and the end are round.
    """
    radius = tube.outer_nm / nm_per_px / 2
    nodes = resampled(path, float(np.clip(0.7 * radius, 2.0, 10.0)))
    pieces = np.diff(nodes, axis=0)
    lengths = np.hypot(*pieces.T)
    length = float(lengths.sum())
    ways = pieces / lengths[:, None]
    at_nodes = np.vstack([ways[:1], ways[:-1] + ways[1:], ways[-1:]])
    at_nodes /= np.hypot(*at_nodes.T)[:, None]
    scale = _widths(len(nodes), uneven, random)
    reach = radius * float(scale.max()) + 1.0
    half = math.ceil(reach + lengths.max() / 2 + 1)
    first = np.floor(nodes.min(0)).astype(int) - half - 1
    size = np.ceil(nodes.max(0)).astype(int) + half + 2 - first
    pixel, piece, off, share = _around(nodes, at_nodes, half, reach, first, int(size[1]))
    along = (np.cumsum(lengths) - lengths)[piece] + share * lengths[piece]
    width = scale[piece] * (1 - share) + scale[piece + 1] * share
    width *= _caps(along, length, radius, capped)
    thickness = _thickness(tube, nm_per_px, np.abs(off), width, along, random)
    rows, cols = int(size[0]), int(size[1])
    mass = np.bincount(pixel, thickness, rows * cols).astype(np.float32).reshape(rows, cols)
    mask = np.zeros(rows * cols, bool)
    mask[pixel[np.abs(off) < radius * width]] = True
    return Strip((int(first[0]), int(first[1])), mass, mask.reshape(rows, cols))


def _widths(count: int, uneven: float, random: np.random.Generator) -> NDArray[np.float64]:
    """Diameter at each point, as a share of the fibre's: waves over a few points and over many."""
    if uneven <= 0:
        return np.ones(count)
    waves = np.zeros(count)
    for every, strength in ((8, 0.8), (2, 0.6)):
        knots = random.standard_normal(max(count // every, 2) + 1)
        places = np.linspace(0, len(knots) - 1, count)
        waves += strength * np.interp(places, np.arange(len(knots)), knots)
    return np.clip(1 + uneven * waves, 0.6, 1.5)


def _caps(
    along: NDArray[np.floating], length: float, radius: float, capped: tuple[bool, bool]
) -> NDArray[np.floating]:
    """Half-round ends: how wide the fibre is there, as a share."""
    width = np.ones_like(along)
    for far, closed in ((along, capped[0]), (length - along, capped[1])):
        if closed:
            beyond = np.clip(1 - far / radius, 0, 1)
            width *= np.sqrt(np.clip(1 - beyond * beyond, 1e-6, 1))
    return width


def _thickness(
    tube: Tube, nm_per_px: float, off: NDArray[np.floating], width: NDArray[np.floating],
    along: NDArray[np.floating], random: np.random.Generator,
) -> NDArray[np.floating]:  # fmt: skip
    """Thickness [nm] at pixels `off` from the axis of a fibre whose width varies."""
    radius = tube.outer_nm / nm_per_px / 2
    fine = np.linspace(0, radius + 1, max(64, math.ceil(16 * radius)))
    full, channel = profile(tube, nm_per_px, fine)
    where = off / width
    found = width * np.interp(where, fine, full, right=0)
    if tube.kind == "bamboo" and tube.pitch_nm > 0:
        pitch = tube.pitch_nm / nm_per_px
        bent = along + 0.6 * off * off / max(radius, 1e-6) + random.uniform(0, pitch)
        far = np.abs((bent / pitch + 0.5) % 1 - 0.5) * pitch
        wall = np.clip((tube.outer_nm - tube.inner_nm) / nm_per_px / 4, 0.6, None)
        closed = np.clip(1.5 - far / wall, 0, 1)
        found += width * closed * np.interp(where, fine, channel, right=0)
    return np.asarray(found)


class _Beside(NamedTuple):
    """Pixels beside an axis: place in the box, piece, distance to the side, share along it."""

    pixel: NDArray[np.intp]
    piece: NDArray[np.intp]
    off: NDArray[np.float32]
    share: NDArray[np.float32]


def _around(
    nodes: NDArray[np.float64], ways: NDArray[np.float64], half: int, reach: float,
    first: NDArray[np.intp], cols: int,
) -> _Beside:  # fmt: skip
    """The pixels within `reach` of the axis; where pieces meet each pixel belongs to one."""
    middle = np.rint((nodes[:-1] + nodes[1:]) / 2).astype(int)
    offsets = np.arange(-half, half + 1)
    down = (middle[:, 0, None] + offsets - nodes[:-1, 0, None]).astype(np.float32)[:, :, None]
    right = (middle[:, 1, None] + offsets - nodes[:-1, 1, None]).astype(np.float32)[:, None, :]
    way = ways.astype(np.float32)
    begin, end = way[:-1, :, None, None], way[1:, :, None, None]
    step = np.diff(nodes, axis=0).astype(np.float32)[:, :, None, None]
    before = down * begin[:, 0] + right * begin[:, 1]
    after = (step[:, 0] - down) * end[:, 0] + (step[:, 1] - right) * end[:, 1]
    inside = (before >= 0) & (after > 0)
    piece, at_row, at_col = np.nonzero(inside)
    before, after = before[inside], after[inside]
    down, right = down[piece, at_row, 0], right[piece, 0, at_col]
    share = before / (before + after)
    one, two = way[piece], way[piece + 1]
    gone = step[piece, :, 0, 0]
    off = (1 - share) * (down * one[:, 1] - right * one[:, 0]) + share * (
        (down - gone[:, 0]) * two[:, 1] - (right - gone[:, 1]) * two[:, 0]
    )
    near = np.abs(off) < reach
    piece, at_row, at_col = piece[near], at_row[near], at_col[near]
    row = middle[piece, 0] + at_row - half - first[0]
    col = middle[piece, 1] + at_col - half - first[1]
    return _Beside(row * cols + col, piece, off[near], share[near])
