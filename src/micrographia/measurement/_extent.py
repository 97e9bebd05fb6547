"""Feret diameters and perimeters of many outlines at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from micrographia.measurement._hull import cross, per_ring

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.measurement._outline import Outlines, Rings

    Floats = NDArray[np.float64]

__all__ = ["ferets", "perimeters", "ring_lengths"]

_NOISE_MIN = 0.5
_NOISE_MAX = 0.33
_FULL = 2.5
_CURVED = 1.15
_ALIKE = 0.35
_BESIDE = 0.35
_REACH = 2.5
_CHUNK = 1 << 21


def ring_lengths(rings: Rings, scale: tuple[float, float] = (1.0, 1.0)) -> Floats:
    """Length of each closed ring, with rows and columns stretched by `scale`."""
    step = (rings.points[rings.following] - rings.points) * scale
    return per_ring(np.hypot(*step.T), rings.start)


def ferets(
    polygons: Rings, sides: NDArray[np.bool_], scale: tuple[float, float] = (1.0, 1.0)
) -> tuple[Floats, Floats]:
    """Smallest and largest distance between parallel tangents of convex polygons.

    Parameters
    ----------
    polygons : Rings
        Convex, (row, col) [pixels].
    sides : ndarray of shape (vertices,), bool
        Whether the edge from a vertex to the next is a straight side.
    scale : tuple of float, (row, col)
        Edge lengths of a pixel, in any unit; the results have it.

    Returns
    -------
    smallest, largest : ndarray of shape (rings,)

    Notes
    -----
    The smallest lies across an edge, the largest between two vertices. An outline of pixels
    wavers by a fraction of a pixel about the true one, so the smallest and the largest of all
    directions are extremes of noise.

    Round outlines: the widths of a digitised disc, whose truth is one number, spread by a fraction
    of a pixel at any size. Where an extreme differs from the mean width (perimeter over π, Cauchy)
    by less than this noise, it is drawn to the mean width, by firm shrinkage (H.-Y. Gao, A. G.
    Bruce, Statistica Sinica 7 (1997) 855–874); further away it stays untouched. The noise is taken
    in proportion to the part of the outline that is not on straight sides.

    Straight sides: widths across several sides that agree within the noise (the heights of a
    regular triangle) are averaged, with weights that fall by e every `_ALIKE` px and end at 2.5
    times that; a width that is no local minimum, as across a piece of the same side, weighs less.
    """
    length = polygons.length
    smallest = np.zeros(len(length))
    largest = np.zeros(len(length))
    points = polygons.points * scale
    unit = float(np.sqrt(scale[0] * scale[1]))
    for size in np.unique(length):
        rings = np.flatnonzero(length == size)
        step = max(1, int(_CHUNK // size**2))
        for begin in range(0, len(rings), step):
            some = rings[begin : begin + step]
            index = polygons.start[some][:, None] + np.arange(size)
            smallest[some], largest[some] = _extremes(points[index], sides[index], _ALIKE * unit)
    edge = np.hypot(*(polygons.points[polygons.following] - polygons.points).T)
    curved = per_ring(np.where(sides, 0.0, edge), polygons.start)
    curved /= np.maximum(per_ring(edge, polygons.start), 1e-300)
    noise = np.minimum(_CURVED * curved, 1.0) * unit
    mean = ring_lengths(polygons, scale) / np.pi
    smallest = mean - _shrink(mean - smallest, _NOISE_MIN * noise)
    largest = mean + _shrink(largest - mean, _NOISE_MAX * noise)
    return smallest, largest


def _extremes(corners: Floats, sides: NDArray[np.bool_], alike: float) -> tuple[Floats, Floats]:
    """Width and diameter of polygons of shape (n, vertices, 2)."""
    edge = np.roll(corners, -1, axis=1) - corners
    size = np.hypot(edge[..., 0], edge[..., 1])
    normal = np.stack([-edge[..., 1], edge[..., 0]], -1) / np.maximum(size, 1e-300)[..., None]
    reach = np.einsum("nek,nvk->nev", normal, corners)
    width = np.where(size > 1e-9, np.ptp(reach, axis=2), np.inf)
    least = width.min(1)
    above = width - least[:, None]
    dips = (width <= np.roll(width, 1, axis=1)) & (width <= np.roll(width, -1, axis=1))
    weight = np.where(dips, 1.0, _BESIDE) * np.exp(-above / alike)
    weight = np.where(sides & (above < _REACH * alike), weight, 0.0)
    total = weight.sum(1)
    excess = (weight * np.where(weight > 0, above, 0.0)).sum(1)
    # Where the smallest width is across a curve, no side is averaged with it.
    across_side = np.take_along_axis(sides, width.argmin(1)[:, None], 1)[:, 0]
    least = np.where(across_side, least + excess / np.maximum(total, 1e-300), least)
    apart = corners[:, :, None] - corners[:, None]
    return least, np.sqrt((apart**2).sum(-1).max(axis=(1, 2)))


def _shrink(excess: Floats, noise: Floats) -> Floats:
    """Zero up to `noise`, unchanged from `_FULL` times it, linear between."""
    between = _FULL / (_FULL - 1) * (excess - noise)
    return np.where(excess >= _FULL * noise, excess, np.clip(between, 0.0, None))


def perimeters(
    outlines: Outlines, polygons: Rings, count: int, scale: tuple[float, float] = (1.0, 1.0)
) -> tuple[Floats, Floats]:
    """Length of the outer contour, and of the convex outline, of each particle.

    Parameters
    ----------
    outlines : Outlines
    polygons : Rings
        Convex outlines of the particles from `outer_polygons`.
    count : int
        Number of particles.
    scale : tuple of float, (row, col)
        Edge lengths of a pixel, in any unit; the results have it.

    Returns
    -------
    contour, convex : ndarray of shape (count,)

    Notes
    -----
    The contour is cut at the vertices of its convex hull. A section that stays within the digital
    straight line of its chord (Rosenfeld 1974) counts as the chord; another is a bay, whose length
    is that of its chain of pixel centres smoothed twice by (1, 2, 1)/4 (binomial convolution:
    R. Malgouyres, F. Brunet, S. Fourey, DGCI 2008, doi:10.1007/978-3-540-79126-3_33), and at least
    the chord. The way from pixel centres out to the outline adds the difference between the
    convex outline and the hull of the centres. So the perimeter of a digitised convex shape is
    that of its convex outline, which converges as pixels shrink.
    """
    chains = outlines.chains
    convex = ring_lengths(polygons, scale)
    centres = ring_lengths(outlines.hulls, scale)
    followed = _chain_lengths(chains, outlines.corner, scale)
    pieces = np.bincount(outlines.particle, minlength=count)
    chained = np.bincount(outlines.particle, followed, minlength=count)
    # The way out is the same for every piece: about half a pixel all round.
    contour = chained + pieces * (convex - centres)
    return np.where(pieces == 1, np.maximum(contour, convex), contour), convex


def _chain_lengths(chains: Rings, corner: NDArray[np.bool_], scale: tuple[float, float]) -> Floats:
    """Length of each chain of pixel centres, by sections between hull vertices."""
    points = chains.points * scale
    following, preceding = chains.following, chains.preceding
    smooth = points
    for _ in range(2):
        smooth = (smooth[preceding] + 2 * smooth + smooth[following]) / 4
    smooth = np.where(corner[:, None], points, smooth)
    step = np.hypot(*(smooth[following] - smooth).T)
    begin = np.flatnonzero(corner)
    section = np.cumsum(corner) - 1
    # Points before a chain's first hull vertex belong to the section of its last one.
    counts = per_ring(corner.astype(np.float64), chains.start).astype(np.intp)
    last = np.cumsum(counts) - 1
    ahead = section < (last - counts + 1)[chains.owner]
    section = np.where(ahead, last[chains.owner], section)
    ring = chains.owner[begin]
    end = np.roll(begin, -1)
    end[last] = begin[last - counts + 1]
    chord = chains.points[end] - chains.points[begin]
    away = chains.points - chains.points[begin][section]
    reach = np.maximum(np.abs(chord).max(1), 1e-9)
    off = np.abs(cross(chord[section], away)) / reach[section]
    bay = np.bincount(section, off >= 1, minlength=len(begin)) > 0
    # Without a chord (one hull vertex) there is no line to lie on.
    bay |= (chord == 0).all(1)
    direct = np.hypot(*(chord * scale).T)
    along = np.bincount(section, step, minlength=len(begin))
    length = np.where(bay, np.maximum(along, direct), direct)
    return np.asarray(np.bincount(ring, length, minlength=len(chains.start) - 1), np.float64)
