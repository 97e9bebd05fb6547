"""Convex outline with sub-pixel extent, estimated from the hull of the pixel centres.

The hull of the pixel centres lies inside the particle; the hull of the pixel corners lies outside.
Every edge of the centres' hull runs along a primitive lattice vector (p, q), and the next lattice
line outside it, at the distance 1/√(p² + q²), holds a pixel that does not belong to the particle
beside every period of the edge. So the true outline crosses between the two lines. An edge is
therefore moved outwards by a share of that distance:

- one half for an edge that is longer than a chord of the particle's mean curvature (radius 2A/P,
  that of the disc with the same ratio of area to perimeter) would be: on a straight outline the
  position between the two lines is uniform, so one half is unbiased;
- `_CURVED` for the others, the value at which the mean width of digitised discs is unbiased.

A corner of a polygon cuts away pixel centres and leaves short edges. Where two straight edges meet
and the tip between their lines holds no pixel centre and is small enough for that (area up to
`_TIP` pixels, an angle of at least 41°), the short edges are dropped and the lines are prolonged to
their intersection.

All of it is done in lattice coordinates; pixels that are not square are stretched at the end.
`benchmarks/measurement_phantoms.py` prints the bias that is left, per shape and size.

References
----------
A. Rosenfeld, "Digital straight line segments", IEEE Trans. Comput. C-23 (1974) 1264–1269,
doi:10.1109/T-C.1974.223845: digital straightness.
L. Dorst, A. W. M. Smeulders, "Length estimators for digitized contours", CVGIP 40 (1987) 311–333,
doi:10.1016/S0734-189X(87)80145-7: bias of length estimates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from micrographia.measurement._outline import Rings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["cross", "enclosed_centres", "outer_polygons", "per_ring"]

_CURVED = 0.4
_STRAIGHT = 0.75
_TIP = 2.2
_FLATTEST = 0.2
_ACUTEST = -0.75
_NEAR = 3
_CLEARLY = 0.25
_SHARP_TURN = 0.3


def cross(a: Floats, b: Floats) -> Floats:
    """Third component of the vector product of planar vectors, row by row."""
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])


def enclosed_centres(hulls: Rings) -> NDArray[np.int64]:
    """Number of pixel centres in each closed hull of pixel centres, by Pick's theorem.

    Twice the area plus the lattice points on the border, halved, plus one.
    """
    following = hulls.following
    step = hulls.points[following] - hulls.points
    border = np.gcd(*np.abs(step).astype(np.int64).T)
    twice = np.abs(per_ring(cross(hulls.points, hulls.points[following]), hulls.start))
    return np.rint((twice + per_ring(border.astype(np.float64), hulls.start)) / 2 + 1).astype(
        np.int64
    )


def outer_polygons(hulls: Rings) -> tuple[Rings, NDArray[np.bool_]]:
    """Estimate the convex outline of each particle.

    Parameters
    ----------
    hulls : Rings
        Convex hulls of pixel centres, a ring a particle, (row, col) [pixels].

    Returns
    -------
    polygons : Rings
        Vertices in the same order, (row, col) [pixels].
    sides : ndarray of shape (vertices,), bool
        Whether the edge from a vertex to the next is a straight side.
    """
    hulls = _without_collinear(hulls)
    flat = hulls.length < 3
    lines = _Lines.along(_select(hulls, ~flat))
    lines = lines.pruned().with_sharp_corners().pruned()
    vertices = lines.vertices()
    sides = lines.straight[vertices.following]
    return _interleave(vertices, sides, _degenerate(_select(hulls, flat)), flat)


class _Lines:
    """Half-planes ``normal · x <= offset``, sorted by direction within each ring."""

    def __init__(
        self, normal: Floats, offset: Floats, straight: NDArray[np.bool_], start: NDArray[np.intp]
    ) -> None:
        self.normal = normal
        self.offset = offset
        self.straight = straight
        self.rings = Rings(normal, start)

    @classmethod
    def along(cls, hulls: Rings) -> _Lines:
        """Lines along the edges of hulls, moved outwards."""
        following = hulls.following
        step = hulls.points[following] - hulls.points
        turned = per_ring(cross(hulls.points, hulls.points[following]), hulls.start)
        times = np.gcd(*np.abs(step).astype(np.int64).T).astype(np.float64)
        length = np.hypot(*step.T)
        period = length / times
        outwards = np.sign(turned)[hulls.owner]
        normal = np.stack([step[:, 1], -step[:, 0]], 1) * (outwards / length)[:, None]
        radius = 2 * enclosed_centres(hulls) / (per_ring(length, hulls.start) + np.pi * _CURVED * 2)
        straight = length**2 * period / 8 > _STRAIGHT * radius[hulls.owner]
        # A side between two sharp corners is a side, however short.
        bend = (normal * normal[following]).sum(1) < _SHARP_TURN
        straight |= bend & bend[hulls.preceding]
        share = np.where(straight, 0.5, _CURVED)
        offset = (normal * hulls.points).sum(1) + share / period
        return cls(normal, offset, straight, hulls.start)

    def _meet(self, a: NDArray[np.intp], b: NDArray[np.intp]) -> Floats:
        """Points where lines a and b intersect (NaN where they are parallel)."""
        n, m = self.normal[a], self.normal[b]
        with np.errstate(divide="ignore", invalid="ignore"):
            det = cross(n, m)
            row = (self.offset[a] * m[:, 1] - self.offset[b] * n[:, 1]) / det
            col = (self.offset[b] * n[:, 0] - self.offset[a] * m[:, 0]) / det
            return np.where(np.abs(det)[:, None] > 1e-12, np.stack([row, col], 1), np.nan)

    def _only(self, keep: NDArray[np.bool_]) -> _Lines:
        start = np.zeros_like(self.rings.start)
        np.cumsum(per_ring(keep.astype(np.float64), self.rings.start), out=start[1:])
        return _Lines(self.normal[keep], self.offset[keep], self.straight[keep], start)

    def vertices(self) -> Rings:
        """Corners of the polygons, each between a line and the next."""
        here = np.arange(len(self.offset))
        return Rings(self._meet(here, self.rings.following), self.rings.start)

    def pruned(self) -> _Lines:
        """Without the lines that no longer touch their polygon."""
        lines = self
        while True:
            before, after = lines.rings.preceding, lines.rings.following
            turn = cross(lines.normal[before], lines.normal[after])
            turn = turn * lines._sense()
            excess = lines.offset - (lines.normal * lines._meet(before, after)).sum(1)
            excess = np.where(turn > 1e-9, np.nan_to_num(excess, nan=-1.0), -1.0)
            excess[lines.rings.length[lines.rings.owner] <= 3] = -1.0
            worst = (excess > 1e-9) & (excess >= excess[before]) & (excess > excess[after])
            if not worst.any():
                return lines
            lines = lines._only(~worst)

    def _sense(self) -> Floats:
        """+1 where the directions of a ring turn one way, -1 where the other, per line."""
        turn = cross(self.normal, self.normal[self.rings.following])
        return np.asarray(np.sign(per_ring(turn, self.rings.start))[self.rings.owner])

    def with_sharp_corners(self) -> _Lines:
        """Without the short lines that cut a corner between two straight ones."""
        first = np.flatnonzero(self.straight)
        if first.size < 2:
            return self
        owner = self.rings.owner
        ring = owner[first]
        last_of_ring = np.append(ring[1:] != ring[:-1], True)
        first_of_ring = np.append(True, last_of_ring[:-1])
        second = np.roll(first, -1)
        second[last_of_ring] = first[first_of_ring]
        length = self.rings.length[ring]
        between = (second - first) % length - 1
        between[second == first] = -1
        tip = self._meet(first, second)
        sharp = cross(self.normal[first], self.normal[second]) * self._sense()[first]
        blunt = (self.normal[first] * self.normal[second]).sum(1) > _ACUTEST
        candidate = (between > 0) & (sharp > _FLATTEST) & blunt & np.isfinite(tip).all(1)
        first, second = first[candidate], second[candidate]
        between, tip = between[candidate], tip[candidate]
        if first.size == 0:
            return self
        # Polygon: the tip, then the present vertices from line `first` to the last short line.
        vertex = self._meet(np.arange(len(self.offset)), self.rings.following)
        count = between + 1
        section = np.repeat(np.arange(len(first)), count)
        ramp = np.arange(len(section)) - np.repeat(np.cumsum(count) - count, count)
        base = self.rings.start[owner[first]][section]
        size = self.rings.length[owner[first]][section]
        index = base + (first[section] - base + ramp) % size
        from_tip = vertex[index] - tip[section]
        inner = ramp < between[section]
        following = np.append(from_tip[1:], from_tip[:1], axis=0)
        area = np.bincount(section, np.where(inner, cross(from_tip, following), 0.0)) / 2
        drop = np.zeros(len(self.offset), bool)
        taken = (np.abs(area) <= _TIP) & ~self._holds_a_centre(
            tip, first, second, index[ramp > 0], section[ramp > 0]
        )
        chosen = taken[section] & (ramp > 0)
        drop[index[chosen]] = True
        return self._only(~drop)

    def _holds_a_centre(
        self,
        tip: Floats,
        first: NDArray[np.intp],
        second: NDArray[np.intp],
        short: NDArray[np.intp],
        section: NDArray[np.intp],
    ) -> NDArray[np.bool_]:
        """Whether a pixel centre lies clearly inside the tip beyond the short lines.

        Such a centre would belong to the particle if the tip did.
        """
        near = np.arange(-_NEAR, _NEAR + 1.0)
        offsets = np.stack(np.meshgrid(near, near, indexing="ij"), -1).reshape(-1, 2)
        centres = np.rint(tip)[:, None] + offsets
        inside = np.ones(centres.shape[:2], bool)
        for line in (first, second):
            reach = np.einsum("npk,nk->np", centres, self.normal[line])
            inside &= reach < self.offset[line][:, None] - _CLEARLY
        reach = np.einsum("npk,nk->np", centres[section], self.normal[short])
        past = reach > self.offset[short][:, None]
        beyond = np.zeros(inside.shape, bool)
        np.logical_or.at(beyond, section, past)
        return np.asarray((inside & beyond).any(1))


def per_ring(values: Floats, start: NDArray[np.intp]) -> Floats:
    """Sum of the values of each ring; 0 for an empty one."""
    sums = np.zeros(len(start) - 1)
    filled = np.diff(start) > 0
    if filled.any():
        sums[filled] = np.add.reduceat(values, start[:-1][filled])
    return sums


def _select(rings: Rings, chosen: NDArray[np.bool_]) -> Rings:
    start = np.concatenate([[0], np.cumsum(rings.length[chosen])]).astype(np.intp)
    return Rings(rings.points[chosen[rings.owner]], start)


def _without_collinear(hulls: Rings) -> Rings:
    """Hulls whose vertices all turn."""
    forth = hulls.points[hulls.following] - hulls.points
    back = hulls.points - hulls.points[hulls.preceding]
    turns = (cross(back, forth) != 0) | (hulls.length[hulls.owner] < 3)
    if turns.all():
        return hulls
    length = per_ring(turns.astype(np.float64), hulls.start).astype(np.intp)
    return Rings(hulls.points[turns], np.concatenate([[0], np.cumsum(length)]).astype(np.intp))


def _degenerate(hulls: Rings) -> Rings:
    """Rectangles around single pixels and straight lines of pixels, of the pixels' area."""
    first = hulls.points[hulls.start[:-1]]
    last = hulls.points[hulls.start[1:] - 1]
    step = last - first
    times = np.maximum(np.gcd(*np.abs(step).astype(np.int64).T), 1)
    period = np.where((step == 0).all(1)[:, None], [0.0, 1.0], step / times[:, None])
    square = (period**2).sum(1)[:, None]
    half_length, half_width = period / 2, np.stack([-period[:, 1], period[:, 0]], 1) / square / 2
    corners = np.stack(
        [
            first - half_length - half_width,
            last + half_length - half_width,
            last + half_length + half_width,
            first - half_length + half_width,
        ],
        1,
    )
    return Rings(corners.reshape(-1, 2), np.arange(len(first) + 1, dtype=np.intp) * 4)


def _interleave(
    rest: Rings, sides: NDArray[np.bool_], flat: Rings, where: NDArray[np.bool_]
) -> tuple[Rings, NDArray[np.bool_]]:
    """One ring a particle again: `flat`, all of straight sides, where `where`, else `rest`."""
    if not where.any():
        return rest, sides
    length = np.zeros(len(where), np.intp)
    length[where], length[~where] = flat.length, rest.length
    start = np.concatenate([[0], np.cumsum(length)]).astype(np.intp)
    points, straight = np.zeros((start[-1], 2)), np.ones(start[-1], bool)
    from_flat = np.repeat(where, length)
    points[from_flat], points[~from_flat] = flat.points, rest.points
    straight[~from_flat] = sides
    return Rings(points, start), straight
