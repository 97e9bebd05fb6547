"""Where particles lie: alone, touching, packed, on a lattice, over one another.

Whether two convex bodies touch is decided exactly from their support functions: they are apart by
the largest value, over all directions n, of n·v - h1(n) - h2(-n), v being the vector between them
(the separating axis theorem); sliding along a direction u, they meet at the smallest
(h1(n) + h2(-n)) / (n·u). Bodies that are not convex count as their convex hulls.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np

from micrographia.simulation.families.micrographs._forms import (
    DIRECTIONS,
    K_SUPPORT,
    Form,
    turned_support,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Field", "Placed", "grow", "lattice", "scatter", "throw"]

_HALF = K_SUPPORT // 2


@dataclasses.dataclass(eq=False)
class Placed:
    """A form at its place.

    Parameters
    ----------
    form : Form
    row, col : float [px]
        Centre in the image.
    scale : float [px]
        Equivalent diameter.
    angle : float [rad]
    family : int
        Size family: 0 the main one, 1 the second.
    level : float
        Higher ones lie over lower ones.
    """

    form: Form
    row: float
    col: float
    scale: float
    angle: float
    family: int = 0
    level: float = 0.0


def opposite(support: NDArray[np.float64]) -> NDArray[np.float64]:
    """The support table of the body turned by half a turn."""
    return np.concatenate([support[_HALF:], support[:_HALF]])


class Field:
    """Particles placed so far, and whether there is room for another.

    Parameters
    ----------
    shape : tuple of int [px]
        Rows and columns of the image.
    solid : ndarray of shape (rows, cols), bool, optional
        Where centres can lie: on the support, not over a hole.
    """

    def __init__(self, shape: tuple[int, int], solid: NDArray[np.bool_] | None = None) -> None:
        self.shape = shape
        self.solid = solid
        self.placed: list[Placed] = []
        self._centres = np.empty((64, 2))
        self._reach = np.empty(64)
        self._support = np.empty((64, K_SUPPORT))

    def add(self, one: Placed) -> None:
        """Put a particle down."""
        n = len(self.placed)
        if n == len(self._reach):
            self._centres = np.concatenate([self._centres, np.empty_like(self._centres)])
            self._reach = np.concatenate([self._reach, np.empty_like(self._reach)])
            self._support = np.concatenate([self._support, np.empty_like(self._support)])
        self._centres[n] = one.row, one.col
        self._reach[n] = one.form.reach * one.scale
        self._support[n] = turned_support(one.form, one.scale, one.angle)
        self.placed.append(one)

    def has_room(
        self, row: float, col: float, support: NDArray[np.float64], reach: float, gap: float
    ) -> bool:
        """Whether a body fits at (row, col) with at least `gap` [px] to all others."""
        n = len(self.placed)
        if not n:
            return True
        off = np.array((row, col)) - self._centres[:n]
        near = np.flatnonzero((off * off).sum(axis=1) < (self._reach[:n] + (reach + gap)) ** 2)
        if not near.size:
            return True
        between = off[near] @ DIRECTIONS - self._support[near] - opposite(support)
        return bool(between.max(axis=1).min() >= gap)

    def contact(self, number: int, support: NDArray[np.float64], turn: float) -> float:
        """How far along `turn` [rad] a body lies from body `number` when they touch."""
        facing = math.sin(turn) * DIRECTIONS[0] + math.cos(turn) * DIRECTIONS[1]
        reach = self._support[number] + opposite(support)
        ahead = facing > 0.05
        return float((reach[ahead] / facing[ahead]).min())

    def carries(self, row: float, col: float) -> bool:
        """Whether a centre at (row, col) lies on the support, which goes on beyond the image."""
        if self.solid is None:
            return True
        rows, cols = self.solid.shape
        return bool(self.solid[min(max(int(row), 0), rows - 1), min(max(int(col), 0), cols - 1)])

    def inside(self, row: float, col: float, reach: float) -> bool:
        """Whether any of a body of this reach can be in the image."""
        rows, cols = self.shape
        return -0.7 * reach < row < rows + 0.7 * reach and -0.7 * reach < col < cols + 0.7 * reach


def throw(
    field: Field, forms: Sequence[Form], sizes: NDArray[np.floating], random: np.random.Generator,
    family: int = 0,
) -> None:  # fmt: skip
    """Put particles anywhere, over one another too."""
    for scale in sizes:
        row, col = (random.uniform(-0.3 * scale, n + 0.3 * scale) for n in field.shape)
        form = forms[int(random.integers(len(forms)))]
        turn = random.uniform(0, 2 * math.pi)
        field.add(Placed(form, row, col, float(scale), turn, family, random.random()))


def scatter(
    field: Field, forms: Sequence[Form], sizes: NDArray[np.floating], random: np.random.Generator,
    gap: float, family: int = 0, tries: int = 25,
) -> int:  # fmt: skip
    """Put particles at random places where there is room, the large ones first.

    Parameters
    ----------
    field : Field
    forms : sequence of Form
        Drawn from at random.
    sizes : ndarray [px]
        Equivalent diameters.
    random : Generator
    gap : float [px]
        Least distance to others.
    family : int
    tries : int
        Places tried for each particle.

    Returns
    -------
    missed : int
        How many found no room.
    """
    missed = 0
    for scale in -np.sort(-sizes):
        form = forms[int(random.integers(len(forms)))]
        angle = random.uniform(0, 2 * math.pi)
        support, reach = turned_support(form, float(scale), angle), form.reach * float(scale)
        for _ in range(tries):
            row, col = (random.uniform(-0.4 * scale, n + 0.4 * scale) for n in field.shape)
            if field.carries(row, col) and field.has_room(row, col, support, reach, gap):
                field.add(Placed(form, row, col, float(scale), angle, family))
                break
        else:
            missed += 1
    return missed


@dataclasses.dataclass(frozen=True)
class Growth:
    """How islands of touching particles grow.

    Parameters
    ----------
    islands : int
        How many begin.
    compact : float
        0: chains; 1: round islands.
    gap : tuple of float [px]
        Range of the gap between neighbours; below 0 they overlap.
    align : float
        Share of the neighbours that meet face to face.
    pile : float
        Share that is laid over others without regard to room.
    """

    islands: int
    compact: float
    gap: tuple[float, float]
    align: float = 0.8
    pile: float = 0.0


def grow(
    field: Field, forms: Sequence[Form], sizes: NDArray[np.floating], random: np.random.Generator,
    growth: Growth, family: int = 0,
) -> int:  # fmt: skip
    """Grow islands: each particle is slid against one that lies there, until they touch.

    Returns
    -------
    missed : int
        How many found no room.
    """
    order = random.permutation(len(sizes))
    share = max(math.ceil(len(sizes) / growth.islands), 1)
    missed = 0
    for first in range(0, len(order), share):
        island = _Island(field, growth, random)
        for scale in sizes[order[first : first + share]]:
            form = forms[int(random.integers(len(forms)))]
            found = island.place(form, float(scale))
            if found is None:
                missed += 1
                if island.full():
                    break
                continue
            found.family = family
            field.add(found)
    return missed


class _Island:
    """One island that grows; particles with no room beside them are not tried again."""

    def __init__(self, field: Field, growth: Growth, random: np.random.Generator) -> None:
        self.field, self.growth, self.random = field, growth, random
        self.start = len(field.placed)
        self.open: dict[int, int] = {}
        self.misses = 0

    def full(self) -> bool:
        """Whether it is of no use to go on."""
        return self.misses > 12

    def place(self, form: Form, scale: float) -> Placed | None:
        """A place for the next particle, or None."""
        if len(self.field.placed) == self.start:
            found = _begin(self.field, form, scale, self.random)
        else:
            found = self._beside(form, scale)
        if found is None:
            self.misses += 1
            return None
        self.misses = 0
        self.open[len(self.field.placed)] = 0
        return found

    def _parent(self) -> int | None:
        """The particle that gets a neighbour: near a chain's end, or anywhere."""
        if not self.open:
            return None
        numbers = list(self.open)
        if self.random.random() >= self.growth.compact:
            return numbers[-min(int(self.random.geometric(0.75)), len(numbers))]
        return numbers[int(len(numbers) * self.random.random() ** 2)]

    def _beside(self, form: Form, scale: float) -> Placed | None:
        """Slide the particle against one that lies there."""
        field, random, growth = self.field, self.random, self.growth
        reach = form.reach * scale
        for _ in range(16):
            parent = self._parent()
            if parent is None:
                return None
            other = field.placed[parent]
            turn, angle = _meeting(other, form, random, growth.align)
            support = turned_support(form, scale, angle)
            gap = random.uniform(*growth.gap)
            far = field.contact(parent, support, turn) + gap
            row, col = other.row + far * math.sin(turn), other.col + far * math.cos(turn)
            if field.inside(row, col, reach) and field.carries(row, col):
                piled = random.random() < growth.pile
                if piled or field.has_room(row, col, support, reach, growth.gap[0] - 0.35):
                    return Placed(form, row, col, scale, angle, level=float(piled))
            self.open[parent] += 1
            if self.open[parent] > 5:
                del self.open[parent]
        return None


def _begin(field: Field, form: Form, scale: float, random: np.random.Generator) -> Placed | None:
    """A place for the first particle of an island."""
    angle = random.uniform(0, 2 * math.pi)
    support, reach = turned_support(form, scale, angle), form.reach * scale
    for _ in range(20):
        row, col = (random.uniform(0.08 * n, 0.92 * n) for n in field.shape)
        if field.carries(row, col) and field.has_room(row, col, support, reach, 2.0):
            return Placed(form, row, col, scale, angle)
    return None


def _meeting(
    other: Placed, form: Form, random: np.random.Generator, align: float
) -> tuple[float, float]:
    """Direction of the neighbour and its angle: face to face where both have faces."""
    if other.form.faces and form.faces and random.random() < align:
        face = other.form.faces[int(random.integers(len(other.form.faces)))] + other.angle
        own = form.faces[int(random.integers(len(form.faces)))]
        tilt = random.normal(0, 0.03)
        return face + random.normal(0, 0.06), face + math.pi - own + tilt
    return random.uniform(0, 2 * math.pi), random.uniform(0, 2 * math.pi)


def lattice(
    field: Field, forms: Sequence[Form], sizes: NDArray[np.floating], random: np.random.Generator,
    spacing: float, jitter: float, square: bool,
) -> None:  # fmt: skip
    """Put particles on a lattice that is turned at random, with vacancies where sizes run out.

    Parameters
    ----------
    field : Field
    forms : sequence of Form
    sizes : ndarray [px]
        One for each site, taken in turn from the sites nearest to a random point.
    random : Generator
    spacing, jitter : float [px]
        Distance of neighbours, and standard deviation of the shift of each.
    square : bool
        Square lattice; else hexagonal.
    """
    turn = random.uniform(0, math.pi)
    n = math.ceil(math.hypot(*field.shape) / spacing) + 2
    first, second = np.meshgrid(np.arange(-n, n + 1), np.arange(-n, n + 1))
    if square:
        across, down = first * spacing, second * spacing
    else:
        across = (first + 0.5 * second) * spacing
        down = second * (spacing * math.sqrt(3) / 2)
    rows = across * math.sin(turn) + down * math.cos(turn) + random.uniform(0, field.shape[0])
    cols = across * math.cos(turn) - down * math.sin(turn) + random.uniform(0, field.shape[1])
    sites = np.stack([rows.ravel(), cols.ravel()], axis=1)
    edge = 0.5 * spacing
    low, high = -edge, np.array(field.shape) + edge
    sites = sites[((sites > low) & (sites < high)).all(axis=1)]
    heart = random.uniform(0.2, 0.8, 2) * np.array(field.shape)
    far = np.hypot(*(sites - heart).T) + random.normal(0, 0.6 * spacing, len(sites))
    sites = sites[np.argsort(far, kind="stable")][: len(sizes)]
    sites = sites + random.normal(0, max(jitter, 1e-9), sites.shape)
    for (row, col), scale in zip(sites, sizes, strict=False):
        form = forms[int(random.integers(len(forms)))]
        face = form.faces[0] if form.faces else random.uniform(0, 2 * math.pi)
        own = turn - face if square or not form.faces else turn + math.pi / 6 - face
        if form.faces and not square:
            own = turn - face
        angle = own + random.normal(0, 0.02 + jitter / spacing)
        field.add(Placed(form, float(row), float(col), float(scale), angle))
