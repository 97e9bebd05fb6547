"""What particles lie on: films, their edges and holes, thick oxide, wafers."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from micrographia.simulation.families.micrographs import _textures as tex

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Support", "crescents", "film", "softened", "thick", "wafer"]

Shape = tuple[int, int]

_LEAST_TYPICAL = 0.05
"""What is typical of a thick support is at least this share of its greatest depth."""


@dataclasses.dataclass(frozen=True, eq=False)
class Support:
    """A support as the beam meets it.

    Parameters
    ----------
    kind : str
    depth : ndarray of shape (rows, cols), float32
        Thickness in units of the film's or the body's own typical thickness; for SEM the
        brightness of the ground, mean about 1.
    solid : ndarray of shape (rows, cols), bool, or None
        Where particles can lie; None: anywhere.
    """

    kind: str
    depth: NDArray[np.float32]
    solid: NDArray[np.bool_] | None


def film(shape: Shape, random: np.random.Generator) -> Support:
    """A thin film of carbon: whole, with an edge, with holes, or with residue on it."""
    kinds = {"film": 10, "edge": 2, "holey": 1.0, "residue": 2.0, "wrinkled": 1.2, "islands": 0.8}
    weights = np.array(list(kinds.values()))
    kind = list(kinds)[int(random.choice(len(weights), p=weights / weights.sum()))]
    size = max(shape)
    depth = 1 + random.uniform(0, 0.06) * tex.clouds(
        shape, size * random.uniform(0.15, 0.6), random
    )
    depth = depth.astype(np.float32)
    if kind in ("edge", "holey"):
        inside = _region(shape, kind, random)
        depth *= inside
        return Support(kind, depth, inside > 0.5)
    if kind == "residue":
        depth += _residue(shape, random)
    elif kind == "wrinkled":
        depth += _wrinkles(shape, random)
    elif kind == "islands":
        field = tex.fractal(shape, random.uniform(12, 50), 4, 0.6, random)
        depth += np.float32(random.uniform(0.1, 0.6)) * cv2.GaussianBlur(
            (field > random.uniform(0.3, 1.2)).astype(np.float32), (0, 0), 1.2
        )
    return Support(kind, depth, None)


def _region(shape: Shape, kind: str, random: np.random.Generator) -> NDArray[np.float32]:
    """1 on the film, 0 in the vacuum, with an edge one pixel wide."""
    size = max(shape)
    if kind == "edge" and random.random() < 0.5:
        radius = size * random.uniform(0.6, 3)
        turn = random.uniform(0, 2 * math.pi)
        far = radius + size * random.uniform(-0.35, 0.25)
        row, col = shape[0] / 2 + far * math.sin(turn), shape[1] / 2 + far * math.cos(turn)
        down = np.arange(shape[0], dtype=np.float32)[:, None] - np.float32(row)
        right = np.arange(shape[1], dtype=np.float32)[None] - np.float32(col)
        level = np.sqrt(down * down + right * right) - np.float32(radius)
        level += np.float32(random.uniform(0, 5)) * tex.fractal(shape, size / 5, 2.5, 0.62, random)
    else:
        period = size * (random.uniform(0.4, 0.9) if kind == "edge" else random.uniform(0.15, 0.4))
        field = tex.fractal(shape, period, 2.5, random.uniform(0.3, 0.52), random)
        level = (field + np.float32(random.uniform(-0.3, 0.9))) * np.float32(period / 3)
    return np.asarray(np.clip(level + np.float32(0.5), 0, 1), np.float32)


def _residue(shape: Shape, random: np.random.Generator) -> NDArray[np.float32]:
    """Dried surfactant: grainy patches between smooth clearings."""
    field = tex.fractal(shape, random.uniform(15, 90), 5, 0.6, random)
    patch = 1 / (1 + np.exp(-(field - random.uniform(-0.8, 0.6)) * random.uniform(2, 7)))
    grains = np.clip(tex.grain(shape, random.uniform(0.8, 2.2), random) + 0.4, 0, None)
    return np.asarray(patch * (0.25 + grains) * random.uniform(0.1, 0.5), np.float32)


def _wrinkles(shape: Shape, random: np.random.Generator) -> NDArray[np.float32]:
    """Folds of the film: thin dark lines beside bright ones."""
    field = tex.clouds(shape, max(shape) * random.uniform(0.15, 0.5), random)
    ridge = np.exp(-((field / random.uniform(0.01, 0.05)) ** 2))
    side = np.roll(ridge, int(random.integers(1, 4)), axis=int(random.integers(2)))
    where = np.clip(tex.clouds(shape, max(shape) * 0.3, random), 0, None)
    return np.asarray((ridge - 0.5 * side) * where * random.uniform(0.1, 0.5), np.float32)


def thick(shape: Shape, particle: float, random: np.random.Generator) -> Support:
    """A thick support: heaps of oxide spheres, plates and needles, sponges, smooth slabs.

    Its pieces are at least 2.5 times as wide as a particle [px], so that none looks like one.
    """
    kind = str(random.choice(["heap", "heap", "plates", "sponge", "slab"]))
    size = max(shape)
    if kind == "sponge":
        fall = random.uniform(0.45, 0.85)
        field = tex.fractal(shape, size / 3, 2.5, fall, random)
        depth = np.float32(1) * np.clip(
            field + random.uniform(0.2, 1.0), 0, None
        ) ** random.uniform(1, 1.6)
        depth *= _region(shape, "edge", random) if random.random() < 0.6 else 1
    elif kind == "slab":
        field = tex.fractal(shape, size / 2, 12, 0.4, random) + random.uniform(-0.4, 0.8)
        depth = np.clip(field, 0, None) ** random.uniform(0.4, 1.2)
    else:
        depth = _pieces(shape, kind, 2.5 * particle, random)
    depth = np.asarray(depth, np.float32)
    depth = cv2.GaussianBlur(depth, (0, 0), random.uniform(0.7, 4))
    fine = tex.fractal(shape, random.uniform(4, 14), 2, 0.7, random)
    depth *= np.clip(1 + np.float32(random.uniform(0.01, 0.1)) * fine, 0, None)
    # Where a support is hardly in the picture, its own depth counts instead of the percentile.
    typical = max(float(np.percentile(depth, 90)), _LEAST_TYPICAL * float(depth.max()), 1e-3)
    depth /= np.float32(typical)
    return Support(kind, depth, depth > 0.15)


def _pieces(
    shape: Shape, kind: str, least: float, random: np.random.Generator
) -> NDArray[np.float32]:
    """Sum of the thicknesses of many ellipsoids, or of flat plates and needles."""
    size = max(shape)
    total = np.zeros(shape, np.float32)
    typical = size * math.exp(random.uniform(math.log(0.03), math.log(0.3)))
    typical = max(typical, least * random.uniform(1, 1.5))
    n = int(np.clip(0.9 * (size / typical) ** 2, 6, 160))
    heart = np.array([random.uniform(0.2, 0.8) * m for m in shape])
    wide = size * random.uniform(0.15, 0.45)
    for _ in range(n):
        row, col = heart + random.normal(0, wide, 2)
        half = 0.5 * typical * math.exp(random.normal(0, 0.35))
        aspect = random.uniform(1, 1.4) if kind == "heap" else random.uniform(1.2, 6)
        _add_piece(total, (row, col, half, aspect, random.uniform(0, math.pi)), kind == "heap",
                   random.uniform(0.5, 1.0))  # fmt: skip
    return total


def _add_piece(
    total: NDArray[np.float32], piece: tuple[float, float, float, float, float], ball: bool,
    strength: float,
) -> None:  # fmt: skip
    row, col, half, aspect, turn = piece
    reach = half * aspect + 1
    top, left = max(int(row - reach), 0), max(int(col - reach), 0)
    bottom = min(int(row + reach) + 1, total.shape[0])
    right = min(int(col + reach) + 1, total.shape[1])
    if bottom <= top or right <= left:
        return
    down = np.arange(top, bottom, dtype=np.float32)[:, None] - np.float32(row)
    across = np.arange(left, right, dtype=np.float32)[None] - np.float32(col)
    cos, sin = np.float32(math.cos(turn)), np.float32(math.sin(turn))
    u = (cos * across + sin * down) / np.float32(half * aspect)
    v = (cos * down - sin * across) / np.float32(half)
    if ball:
        depth = np.asarray(
            np.sqrt(np.clip(1 - u * u - v * v, 0, None)) * np.float32(half * strength), np.float32
        )
    else:
        inside = np.clip((1 - np.maximum(np.abs(u), np.abs(v))) * np.float32(half) / 2, 0, 1)
        depth = np.asarray(inside * np.float32(strength * 8), np.float32)
    total[top:bottom, left:right] += depth


def wafer(shape: Shape, random: np.random.Generator) -> Support:
    """The ground of an SEM image: smooth, grainy, scratched, stained, with pores or worm tracks."""
    kinds = ["smooth", "smooth", "grainy", "scratched", "stained", "pores", "tracks"]
    kind = kinds[int(random.integers(len(kinds)))]
    size = max(shape)
    ground = 1 + random.uniform(0, 0.08) * tex.clouds(
        shape, size * random.uniform(0.2, 0.8), random
    )
    if kind == "grainy":
        ground += random.uniform(0.04, 0.2) * tex.grain(shape, random.uniform(0.8, 3.5), random)
    elif kind == "scratched":
        ground += _scratches(shape, random)
    elif kind == "stained":
        field = tex.fractal(shape, random.uniform(40, 160), 5, 0.5, random)
        ground -= random.uniform(0.1, 0.35) / (1 + np.exp(-(field - random.uniform(0, 1)) * 5))
    elif kind == "pores":
        field = tex.clouds(shape, random.uniform(6, 16), random)
        ground -= random.uniform(0.2, 0.5) * (field > random.uniform(1.0, 1.8))
        ground = cv2.GaussianBlur(ground.astype(np.float32), (0, 0), 0.9)
    elif kind == "tracks":
        field = tex.clouds(shape, random.uniform(8, 30), random)
        some = np.clip(tex.clouds(shape, random.uniform(20, 60), random) - 0.3, 0, 1)
        ground += random.uniform(0.15, 0.6) * some * np.exp(-((field / 0.12) ** 2))
    fine = tex.grain(shape, random.uniform(0.6, 1.5), random)
    ground = np.asarray(ground + random.uniform(0, 0.05) * fine, np.float32)
    return Support(kind, np.clip(ground, 0.05, None), None)


def _scratches(shape: Shape, random: np.random.Generator) -> NDArray[np.float32]:
    canvas = np.zeros(shape, np.float32)
    for _ in range(int(random.integers(2, 25))):
        row, col = random.uniform(0, shape[0]), random.uniform(0, shape[1])
        turn, length = random.uniform(0, math.pi), max(shape) * random.uniform(0.05, 0.8)
        end = (int(col + length * math.cos(turn)), int(row + length * math.sin(turn)))
        cv2.line(canvas, (int(col), int(row)), end, random.uniform(-0.3, 0.4), 1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), random.uniform(0.4, 1.2)), np.float32)


def softened(support: Support, blur: float) -> Support:
    """The same support out of focus by `blur` [px] (standard deviation)."""
    if blur < 0.5:
        return support
    depth = np.asarray(cv2.GaussianBlur(support.depth, (0, 0), blur), np.float32)
    return dataclasses.replace(support, depth=depth)


def crescents(support: Support, particle: float, random: np.random.Generator) -> Support:
    """The ground with small curved marks, some nearly closed, fainter than particles.

    Parameters
    ----------
    support : Support
    particle : float [px]
        Median diameter of the particles.
    random : Generator
    """
    rows, cols = support.depth.shape[:2]
    marks = np.zeros((rows, cols), np.float32)
    for _ in range(int(random.integers(10, 80))):
        row, col = random.uniform(0, rows), random.uniform(0, cols)
        half = particle * math.exp(random.uniform(math.log(0.08), math.log(0.45)))
        axes = (max(int(half), 1), max(int(half * random.uniform(0.4, 1.0)), 1))
        begin, span = random.uniform(0, 360), random.uniform(40, 330)
        cv2.ellipse(marks, (int(col), int(row)), axes, random.uniform(0, 180), begin, begin + span,
                    random.uniform(-0.5, 1.0), 1, cv2.LINE_AA)  # fmt: skip
    marks = np.asarray(cv2.GaussianBlur(marks, (0, 0), random.uniform(0.6, 1.2)), np.float32)
    strength = np.float32(random.uniform(0.2, 1.2))
    depth = np.clip(support.depth + strength * marks, 0.05, None)
    return dataclasses.replace(support, depth=depth)
