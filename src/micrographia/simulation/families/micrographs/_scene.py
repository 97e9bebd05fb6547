"""What is in the field: mode, pixel size, bodies, their sizes and places."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np

from micrographia.simulation.families.micrographs import _layout as lay
from micrographia.simulation.families.micrographs._aggregates import aggregate
from micrographia.simulation.families.micrographs._catalogue import make_form

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from micrographia.simulation.families.micrographs._forms import Form
    from micrographia.simulation.families.micrographs.config import Config

__all__ = ["Plan", "make_plan", "populate"]

_LAYOUT_WEIGHTS: dict[str, dict[str, float]] = {
    "tem": {"sparse": 4, "touching": 6, "packed": 2, "lattice": 2, "overlapping": 2,
            "aggregate": 3, "supported": 2},
    "bf": {"sparse": 3, "touching": 4, "packed": 1, "lattice": 1, "overlapping": 2,
           "aggregate": 2, "supported": 4},
    "haadf": {"sparse": 3, "touching": 3, "packed": 1, "lattice": 1, "overlapping": 1,
              "aggregate": 1, "supported": 11},
    "sem": {"sparse": 3, "touching": 5, "packed": 3, "lattice": 1.5, "overlapping": 2.5,
            "aggregate": 1, "supported": 0.5, "standing": 1.5},
}  # fmt: skip

_PALETTES: dict[str, tuple[tuple[tuple[str, ...], float], ...]] = {
    "metal": (
        (("sphere",), 6), (("ellipsoid",), 2), (("rod",), 3), (("square",), 2), (("cube",), 2),
        (("hexagon",), 2), (("triangle",), 1), (("triangle", "hexagon"), 1.5), (("star",), 1.5),
        (("octahedron", "cuboctahedron", "triangle"), 1.5), (("rhombus",), 1),
        (("icosahedron", "decahedron", "tetrahedron", "sphere"), 1.5), (("rectangle",), 1.5),
        (("dodecahedron", "truncated-octahedron"), 1), (("irregular",), 3), (("faceted",), 3),
        (("sphere", "rod"), 1), (("pentagon", "bipyramid", "triangle"), 1), (("shell",), 0.7),
        (("dumbbell",), 0.7), (("ellipsoid", "irregular"), 2), (("wire",), 0.8),
    ),
    "catalyst": (
        (("sphere",), 5), (("irregular",), 4), (("faceted",), 3), (("ellipsoid", "irregular"), 3),
        (("truncated-octahedron", "cuboctahedron"), 2),
    ),
    "powder": (
        (("faceted", "irregular"), 6), (("sphere",), 5), (("dumbbell",), 2), (("trimer",), 1.5),
        (("cube",), 3), (("octahedron", "truncated-octahedron"), 2), (("rod",), 2), (("wire",), 1),
        (("irregular",), 3), (("ellipsoid",), 2), (("cube", "sphere", "irregular"), 2),
        (("rectangle",), 1), (("star",), 0.7), (("hexagon",), 1), (("dodecahedron",), 1),
        (("bipyramid", "icosahedron", "decahedron"), 1),
    ),
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Plan:
    """What an image will show, before anything is drawn.

    Parameters
    ----------
    mode, layout : str
    bodies : tuple of str
        Classes of the particles.
    nm_per_px : float [nm]
    median_px : float [px]
        Median equivalent diameter of the main family.
    spread : float
        Geometric standard deviation of the diameters.
    second : tuple of float, or None
        Median [px] and spread of the second family.
    coverage : float
        Wanted sum of projected areas over the area of the field.
    own_blur : float, or None [px]
        Blur of particles on a thick support, where it was asked for.
    support_mass : float, or None
        Mass of a thick support beside that of a particle, where it was asked for.
    brightness_spread : float, or None
        Geometric standard deviation of the particles' brightness (SEM), where it was asked for.
    saturated : float
        Share of the particles' area that is white throughout (SEM).
    """

    mode: str
    layout: str
    bodies: tuple[str, ...]
    nm_per_px: float
    median_px: float
    spread: float
    second: tuple[float, float] | None
    coverage: float
    own_blur: float | None = None
    support_mass: float | None = None
    brightness_spread: float | None = None
    saturated: float = 0.0


def _pick(options: dict[str, float], random: np.random.Generator) -> str:
    weights = np.array(list(options.values()), float)
    return str(list(options)[int(random.choice(len(weights), p=weights / weights.sum()))])


def _log_uniform(low: float, high: float, random: np.random.Generator) -> float:
    return math.exp(random.uniform(math.log(low), math.log(high)))


_PIXEL = {"tem": (0.05, 3.0), "bf": (0.04, 2.0), "haadf": (0.04, 2.0), "sem": (0.7, 20.0)}
_SIZE = {
    "sparse": (8.0, 60.0), "touching": (12.0, 64.0), "packed": (12.0, 64.0),
    "lattice": (10.0, 56.0), "overlapping": (12.0, 64.0), "aggregate": (9.0, 34.0),
    "supported": (6.0, 26.0), "standing": (16.0, 40.0),
}  # fmt: skip
_COVERAGE = {
    "sparse": (0.02, 0.26), "touching": (0.08, 0.55), "packed": (0.55, 0.8),
    "lattice": (0.45, 0.82), "overlapping": (0.15, 0.8), "aggregate": (0.06, 0.35),
    "supported": (0.03, 0.22), "standing": (0.05, 0.18),
}  # fmt: skip


def make_plan(config: Config, random: np.random.Generator) -> Plan:
    """Draw what the image shows within the limits of the configuration."""
    modes = [m for m in config.modes if m == "sem" or config.layouts != ("standing",)]
    mode = str(random.choice(modes))
    weights: dict[str, float] = {
        str(name): _LAYOUT_WEIGHTS[mode].get(name, 0.5)
        for name in config.layouts
        if name != "standing" or mode == "sem"
    }
    layout = _pick(weights, random)
    grow = max(min(config.shape) / 256, 0.25)
    low, high = _SIZE[layout][0] * grow**0.35, _SIZE[layout][1] * grow
    share = random.random() ** 0.8
    median_px = config.draw_diameter(low, high, share)
    if config.median_nm is None:
        nm_per_px = _log_uniform(*(config.nm_per_px or _PIXEL[mode]), random)
    else:
        if config.nm_per_px is not None:
            least, most = (config.median_nm / scale for scale in reversed(config.nm_per_px))
            median_px = config.draw_diameter(least, most, share)
        nm_per_px = config.median_nm / median_px
    spread = _log_uniform(*config.spread, random)
    if layout == "lattice":
        spread = max(min(spread, 1.08), config.spread[0])
    coverage = config.coverage or random.uniform(*_COVERAGE[layout])
    if layout == "overlapping" and mode == "sem":
        coverage = config.coverage or min(coverage * 1.4, 1.2)
    second = None
    if random.random() < config.second_family and layout in ("sparse", "touching", "overlapping"):
        ratio = random.uniform(0.15, 0.5)
        if median_px * ratio >= 3.5:
            second = (median_px * ratio, _log_uniform(1.05, 1.35, random))
    bodies = config.bodies or _usual(mode, layout, random)
    blur = None if config.own_blur is None else random.uniform(*config.own_blur) * median_px
    mass = None if config.support_mass is None else _log_uniform(*config.support_mass, random)
    glow = config.brightness_spread
    glow_spread = None if glow is None else _log_uniform(*glow, random)
    white = 0.0 if config.saturated is None else random.uniform(*config.saturated)
    return Plan(
        mode, layout, tuple(bodies), nm_per_px, median_px, spread, second, coverage, blur, mass,
        glow_spread, white,
    )  # fmt: skip


def _usual(mode: str, layout: str, random: np.random.Generator) -> tuple[str, ...]:
    if layout == "aggregate":
        return ("sphere",)
    if layout == "standing":
        return ("wire",)
    palette = "powder" if mode == "sem" else "catalyst" if layout == "supported" else "metal"
    weights = np.array([weight for _, weight in _PALETTES[palette]])
    chosen = int(random.choice(len(weights), p=weights / weights.sum()))
    return _PALETTES[palette][chosen][0]


def _forms(plan: Plan, count: int, random: np.random.Generator) -> list[Form]:
    """A stock of forms to draw from; many where every particle differs from the next."""
    each = 40 if {"irregular", "faceted", "wire", "star"} & set(plan.bodies) else 20
    if random.random() < 0.4:
        each = max(each // 4, 4)
    return [
        make_form(plan.bodies[k % len(plan.bodies)], plan.mode, random)
        for k in range(max(min(each * min(len(plan.bodies), 3), count), len(plan.bodies)))
    ]


def _sizes(
    median: float,
    spread: float,
    area: float,
    shape: tuple[int, int],
    most: int,
    random: np.random.Generator,
) -> NDArray[np.float64]:
    """Lognormal diameters whose discs add up to `area`: `most` at most, none beyond the field."""
    limit = 0.8 * min(shape)
    sigma = math.log(spread)
    mean_area = math.pi / 4 * median**2 * math.exp(2 * sigma**2)
    n = max(int(random.poisson(area / mean_area)), 1)
    return np.minimum(median * np.exp(sigma * random.standard_normal(min(n, most))), limit)


@dataclasses.dataclass(frozen=True, eq=False)
class _Job:
    """What a placer works with."""

    field: lay.Field
    forms: list[Form]
    sizes: NDArray[np.float64]
    plan: Plan
    config: Config
    random: np.random.Generator


def _most(config: Config, shape: tuple[int, int]) -> int:
    """How many particles at most: a bound to time and memory unless a coverage was asked for."""
    return 200_000 if config.coverage is not None else 220 + shape[0] * shape[1] // 2600


def populate(
    plan: Plan, config: Config, shape: tuple[int, int], weight: NDArray[np.bool_] | None,
    random: np.random.Generator,
) -> lay.Field:  # fmt: skip
    """Place the particles of a plan.

    Parameters
    ----------
    plan : Plan
    config : Config
    shape : tuple of int [px]
        Rows and columns of the field.
    weight : ndarray of shape (rows, cols), bool, or None
        Where particles can lie: on the support.
    random : Generator
    """
    area = plan.coverage * shape[0] * shape[1]
    if weight is not None and plan.layout in ("supported", "sparse"):
        area *= max(float(weight.mean()), 0.1)
    most = _most(config, shape)
    sizes = _sizes(plan.median_px, plan.spread, area, shape, most, random)
    forms = _forms(plan, len(sizes), random)
    job = _Job(lay.Field(shape, weight), forms, sizes, plan, config, random)
    _PLACERS[plan.layout](job)
    if plan.second is not None:
        _add_second(job, plan.second)
    return job.field


def _add_second(job: _Job, second: tuple[float, float]) -> None:
    """Small particles between and beside the large ones."""
    random, (rows, cols) = job.random, job.field.shape
    share = random.uniform(0.01, 0.1)
    most = _most(job.config, (rows, cols)) // 2
    sizes = _sizes(*second, share * rows * cols, (rows, cols), most, random)
    bodies = job.plan.bodies if random.random() < 0.5 else ("sphere",)
    forms = [make_form(bodies[k % len(bodies)], job.plan.mode, random) for k in range(10)]
    lay.scatter(job.field, forms, sizes, random, random.uniform(0, 2), 1)


def _sparse(job: _Job) -> None:
    """Apart; with a gap that leaves room for the coverage (random placing jams near 0.547)."""
    room = max(math.sqrt(0.4 / job.plan.coverage) - 1, 0.0)
    gap = job.random.uniform(0, min(0.4, room)) * job.plan.median_px
    tries = 25 if job.config.coverage is None else 250
    lay.scatter(job.field, job.forms, job.sizes, job.random, gap, tries=tries)


def _touching(job: _Job) -> None:
    random = job.random
    islands = int(random.integers(1, max(len(job.sizes) // 4, 2) + 1))
    gap = random.uniform(-0.5, 0.5), random.choice([0.5, 1.5, 0.12 * job.plan.median_px])
    growth = lay.Growth(
        islands=islands, compact=float(random.choice([0.1, 0.6, 1.0])),
        gap=(float(gap[0]), float(max(gap))), align=random.uniform(0.4, 1.0),
        pile=float(random.choice([0.0, 0.05, 0.2])),
    )  # fmt: skip
    lay.grow(job.field, job.forms, job.sizes, random, growth)


def _packed(job: _Job) -> None:
    random = job.random
    low = random.uniform(-0.3, 0.08 * job.plan.median_px)
    growth = lay.Growth(1, 0.95, (low, low + random.uniform(0.2, 1.5)), random.uniform(0.7, 1.0),
                        float(random.choice([0.0, 0.0, 0.08])))  # fmt: skip
    lay.grow(job.field, job.forms, job.sizes, random, growth)


def _lattice(job: _Job) -> None:
    """Spacing from the coverage: density = a (d / s)^2, a = pi / 4 or pi / (2 sqrt 3)."""
    random, plan = job.random, job.plan
    square = bool({"square", "cube"} & set(plan.bodies)) or random.random() < 0.15
    full = 1.0 if square else 2 / math.sqrt(3)
    spacing = plan.median_px * math.sqrt(math.pi / 4 * full / plan.coverage)
    widest = max(float(f.support.max()) for f in job.forms) * 2 * plan.median_px
    spacing = max(spacing, 0.97 * widest if job.config.coverage is None else 0.0)
    count = len(job.sizes)
    if random.random() < 0.6 or job.config.coverage is not None:
        count = math.ceil(1.3 * job.field.shape[0] * job.field.shape[1] / spacing**2 * full) + 50
        count = min(count, _most(job.config, job.field.shape))
    sigma = math.log(plan.spread)
    sizes = plan.median_px * np.exp(sigma * random.standard_normal(count))
    jitter = random.uniform(0.0, 0.06) * spacing
    lay.lattice(job.field, job.forms, sizes, random, spacing, jitter, square)


def _overlapping(job: _Job) -> None:
    random = job.random
    if random.random() < 0.35:
        lay.throw(job.field, job.forms, job.sizes, random)
        return
    deep = random.uniform(0.05, 0.4) * job.plan.median_px
    growth = lay.Growth(
        int(random.integers(1, max(len(job.sizes) // 5, 2) + 1)), random.uniform(0.3, 1.0),
        (-deep, 0.0), 0.3, random.uniform(0.1, 0.7),
    )  # fmt: skip
    lay.grow(job.field, job.forms, job.sizes, random, growth)


def _aggregated(job: _Job) -> None:
    random, config = job.random, job.config
    dimension = random.uniform(*config.fractal_dimension)
    prefactor = random.uniform(*config.prefactor)
    overlap = random.uniform(*(config.overlap or (0.0, 0.3)))
    typical = _log_uniform(8, 90, random)
    first = 0
    while first < len(job.sizes):
        n = int(np.clip(typical * math.exp(random.normal(0, 0.6)), 2, 160))
        sizes = job.sizes[first : first + n]
        first += n
        centres = aggregate(sizes / 2, dimension, prefactor, random, overlap)
        row, col = (random.uniform(0.1 * m, 0.9 * m) for m in job.field.shape)
        for (down, right, height), scale in zip(centres, sizes, strict=True):
            form = job.forms[int(random.integers(len(job.forms)))]
            job.field.add(
                lay.Placed(form, row + down, col + right, float(scale),
                           random.uniform(0, 2 * math.pi), level=float(height))
            )  # fmt: skip


def _supported(job: _Job) -> None:
    random = job.random
    if random.random() < 0.3:
        growth = lay.Growth(max(len(job.sizes) // 3, 1), 0.5, (-0.5, 1.5), 0.3, 0.05)
        lay.grow(job.field, job.forms, job.sizes[: len(job.sizes) // 3], random, growth)
    lay.scatter(job.field, job.forms, job.sizes, random, random.uniform(-1.5, 2))


def _standing(job: _Job) -> None:
    """Wires on end, seen from the side: all along one direction, in rows or anywhere."""
    random, plan = job.random, job.plan
    rows, cols = job.field.shape
    angle = math.pi / 2 + random.normal(0, 0.05) + (random.random() < 0.2) * random.uniform(-1, 1)
    lean = random.uniform(0.0, 0.04)
    form = make_form("wire", "standing", random)
    n = len(job.sizes)
    if random.random() < 0.5:
        pitch = math.sqrt(rows * cols / max(n, 1))
        down, right = np.mgrid[0 : rows + pitch : pitch, 0 : cols + pitch : pitch * 1.0]
        right = right + 0.5 * pitch * (np.arange(down.shape[0]) % 2)[:, None]
        places = np.stack([down.ravel(), right.ravel()], 1) + random.normal(0, 0.8, (down.size, 2))
    else:
        places = random.uniform(0, 1, (n, 2)) * (rows, cols)
    stray = [make_form("wire", plan.mode, random) for _ in range(8)]
    for row, col in places:
        scale = plan.median_px * math.exp(math.log(plan.spread) * random.normal())
        lost = random.random() < 0.12
        turn = random.uniform(0, 2 * math.pi) if lost else angle + random.normal(0, lean)
        chosen = stray[int(random.integers(8))] if lost else form
        job.field.add(lay.Placed(chosen, row, col, scale, turn, int(lost), row))


_PLACERS: dict[str, Callable[[_Job], None]] = {
    "sparse": _sparse, "touching": _touching, "packed": _packed, "lattice": _lattice,
    "overlapping": _overlapping, "aggregate": _aggregated, "supported": _supported,
    "standing": _standing,
}  # fmt: skip
