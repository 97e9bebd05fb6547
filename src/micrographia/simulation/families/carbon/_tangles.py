"""The four classes with fibres: single ones, loose clusters, matrices, bodies with a fringe."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.simulation._picture import log_uniform
from micrographia.simulation.families.carbon import _bodies as bodies
from micrographia.simulation.families.carbon._fibres import SPACING, Tube, draw_fibre, walk

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.simulation.families.carbon._canvas import Canvas
    from micrographia.simulation.families.carbon._specimen import Specimen

__all__ = ["cluster", "fibre", "matrix", "surface"]

Parameters = dict[str, Any]


def _one_tube(specimen: Specimen, random: np.random.Generator) -> Tube:
    """A fibre of the specimen's kind with a diameter of its own."""
    typical = specimen.tube
    if typical is None:
        raise ValueError(f"a specimen of {specimen.name} has no fibres")
    factor = specimen.tube_spread ** float(np.clip(random.standard_normal(), -2, 2))
    factor = max(factor, 1.2 * specimen.nm_per_px / typical.outer_nm)
    outer = typical.outer_nm * factor
    if typical.kind != "walled":
        return Tube(typical.kind, outer, typical.inner_nm * factor, typical.pitch_nm * factor)
    walls = max(int((outer - typical.inner_nm * factor) / (2 * SPACING)), 1)
    return Tube("walled", outer, outer - 2 * SPACING * (walls - 1))


def _lay(
    canvas: Canvas, path: NDArray[np.float64], specimen: Specimen, tube: Tube,
    random: np.random.Generator, *, named: bool = True,
) -> None:  # fmt: skip
    """Draw a fibre on the canvas and keep its outline."""
    canvas.faint = min(canvas.faint, tube.mean_nm)
    ends = (bool(random.random() < 0.6), bool(random.random() < 0.6))
    strip = draw_fibre(path, tube, canvas.nm_per_px, random, uneven=specimen.uneven, capped=ends)
    canvas.add(strip.mass, strip.origin)
    if named:
        length = float(np.hypot(*np.diff(path, axis=0).T).sum())
        canvas.name(
            "fibre", strip.mask, strip.origin, kind=tube.kind, width_nm=tube.outer_nm,
            channel_nm=tube.inner_nm, walls=tube.walls, length_nm=length * canvas.nm_per_px,
        )  # fmt: skip


def _catalyst(
    canvas: Canvas, places: NDArray[np.float64], size: float, random: np.random.Generator
) -> None:
    """Small dense particles of metal at places (n, 2) [px]; `size` [px]."""
    for row, col in places:
        radius = 0.5 * size * math.exp(random.normal(0, 0.3))
        reach = math.ceil(radius) + 1
        first = int(row) - reach, int(col) - reach
        down = np.arange(2 * reach + 1)[:, None] + first[0] - row
        right = np.arange(2 * reach + 1)[None] + first[1] - col
        chord = 2 * np.sqrt(np.clip(radius**2 - down**2 - right**2, 0, None))
        canvas.add((5 * canvas.nm_per_px * chord).astype(np.float32), first)


def fibre(canvas: Canvas, specimen: Specimen, random: np.random.Generator) -> Parameters:
    """Fi: one fibre through the field or wholly in it, now and then with a particle at its end."""
    tube = _one_tube(specimen, random)
    width = tube.outer_nm / canvas.nm_per_px
    edge = canvas.edge
    length = max(edge * log_uniform(random, (0.55, 3.0)), 5 * width)
    heading = random.uniform(0, math.tau)
    persistence = max(specimen.persistence * edge, 6 * width)
    smooth = max(random.uniform(0.04, 0.2) * edge, 2 * width)
    path = walk(np.zeros(2), heading, length, persistence, random, smooth=smooth)
    middle = path[int(len(path) * random.uniform(0.35, 0.65))]
    path = path - middle + canvas.middle + random.normal(0, 0.06 * edge, 2)
    _lay(canvas, path, specimen, tube, random)
    if random.random() < 0.2:
        _catalyst(canvas, path[-1:], width * random.uniform(0.5, 1.0), random)
    return {"fibres": 1, "length_nm": length * canvas.nm_per_px}


def cluster(canvas: Canvas, specimen: Specimen, random: np.random.Generator) -> Parameters:
    """Cl: fibres that cross and touch loosely, as a clew or as a bundle that splays.

    The fibres cover the cluster's core 0.25 to 0.9 times over; they are four at least.
    """
    edge = canvas.edge
    core = edge * random.uniform(0.2, 0.42)
    layers = random.uniform(0.25, 0.9)
    tubes = _until(specimen, canvas, layers * math.pi * core**2, 2.2 * core, (4, 60), random)
    bundle = random.random() < 0.4
    main = random.uniform(0, math.tau)
    splay = random.uniform(0.05, 0.5)
    for tube in tubes:
        length = core * random.uniform(1.5, 4.0)
        heading = main + random.normal(0, splay) if bundle else random.uniform(0, math.tau)
        width = tube.outer_nm / canvas.nm_per_px
        path = walk(
            np.zeros(2), heading, length, max(specimen.persistence * edge, 3 * width), random,
            smooth=max(random.uniform(0.03, 0.1) * edge, 1.5 * width),
        )  # fmt: skip
        spread = core * (0.25 if bundle else 0.45)
        path += canvas.middle + random.normal(0, spread, 2) - path[len(path) // 2]
        _lay(canvas, path, specimen, tube, random)
    if random.random() < 0.3:
        places = canvas.middle + random.normal(0, 0.5 * core, (int(random.integers(1, 9)), 2))
        _catalyst(canvas, places, random.uniform(0.4, 1.1) * _typical(specimen, canvas), random)
    return {"fibres": len(tubes), "layers": layers, "core_nm": core * canvas.nm_per_px,
            "bundle": bundle}  # fmt: skip


def _typical(specimen: Specimen, canvas: Canvas) -> float:
    """Width of the typical fibre [px]."""
    return specimen.tube.outer_nm / canvas.nm_per_px if specimen.tube else 0.0


def _until(
    specimen: Specimen, canvas: Canvas, area: float, length: float, limits: tuple[int, int],
    random: np.random.Generator,
) -> list[Tube]:  # fmt: skip
    """Fibres of a length [px] until they cover an area [px²] in sum."""
    tubes: list[Tube] = []
    covered = 0.0
    while len(tubes) < limits[0] or (covered < area and len(tubes) < limits[1]):
        tubes.append(_one_tube(specimen, random))
        covered += tubes[-1].outer_nm / canvas.nm_per_px * length
    return tubes


def matrix(canvas: Canvas, specimen: Specimen, random: np.random.Generator) -> Parameters:
    """Ma: fibres packed into a dense body, some with loops and ends that stand out of it."""
    edge = canvas.edge
    core = edge * random.uniform(0.24, 0.46)
    width = _typical(specimen, canvas)
    place, rough = canvas.middle + random.normal(0, 0.05 * edge, 2), random.uniform(0.12, 0.3)
    depth = bodies.blob(canvas.shape, place, core, rough, random, aspect=random.uniform(1, 1.9))
    tube = _one_tube(specimen, random)
    thick = tube.mean_nm * log_uniform(random, (2.0, 9.0))
    mass = thick * bodies.relief(depth, random.uniform(0.15, 0.6) * core, random.uniform(0.2, 0.7),
                                 random.uniform(3, 12) * width, random)  # fmt: skip
    if random.random() < 0.5:
        clumps = bodies.grains(canvas.shape, depth, random.uniform(0.12, 0.4) * core, 30, random)
        mass += clumps * np.float32(random.uniform(0.3, 1.0) * thick / max(clumps.max(), 1e-3))
    count = int(np.clip(2.2 * math.pi * core / width, 24, 70))
    rows, cols = np.nonzero(depth > -0.02 * core)
    persistence = max(specimen.persistence * edge, 3 * width)
    for _ in range(count):
        tube = _one_tube(specimen, random)
        length = core * log_uniform(random, (0.5, 1.8))
        k = int(random.integers(rows.size))
        path = walk(np.array([rows[k], cols[k]], float), random.uniform(0, math.tau), length,
                    persistence, random, smooth=max(0.04 * edge, 1.5 * width))  # fmt: skip
        if random.random() < 0.65:
            path = _held(path, depth, core * random.uniform(0.02, 0.12))
        _lay(canvas, path, specimen, tube, random)
    canvas.add(mass.astype(np.float32))
    canvas.name("matrix", depth > 0)
    return {"fibres": count, "core_nm": core * canvas.nm_per_px, "thick_nm": thick}


def _held(
    path: NDArray[np.float64], depth: NDArray[np.float32], slack: float
) -> NDArray[np.float64]:
    """A path that is bent back where it leaves a body by more than `slack` [px]."""
    rows, cols = depth.shape
    slope_row, slope_col = (
        np.gradient(depth[::8, ::8], axis=0),
        np.gradient(depth[::8, ::8], axis=1),
    )
    at = np.clip(np.rint(path).astype(int), 0, (rows - 1, cols - 1))
    out = np.clip(-depth[at[:, 0], at[:, 1]] - slack, 0, None)
    small = np.minimum(at // 8, np.array(slope_row.shape) - 1)
    way = np.stack([slope_row[small[:, 0], small[:, 1]], slope_col[small[:, 0], small[:, 1]]], 1)
    way /= np.maximum(np.hypot(*way.T)[:, None], 1e-9)
    move = way * (1.7 * out)[:, None]
    kernel = np.ones(9) / 9
    padded = np.pad(move, ((4, 4), (0, 0)), "edge")
    smooth = np.stack([np.convolve(padded[:, k], kernel, "valid") for k in (0, 1)], 1)
    held: NDArray[np.float64] = path + smooth
    return held


def surface(canvas: Canvas, specimen: Specimen, random: np.random.Generator) -> Parameters:
    """MS: a body larger than the field, dark, and fibres that grow out of its outline."""
    edge = canvas.edge
    turn = random.uniform(0, math.tau)
    radius = edge * random.uniform(0.45, 1.3)
    inside = edge * random.uniform(-0.12, 0.2)  # of the field's middle
    centre = canvas.middle + (radius - inside) * np.array([math.sin(turn), math.cos(turn)])
    depth = bodies.blob(canvas.shape, centre, radius, random.uniform(0.04, 0.14), random,
                        aspect=random.uniform(1, 1.3))  # fmt: skip
    thick = random.uniform(1.0, 4.0) * specimen.free_path
    mass = thick * bodies.relief(depth, random.uniform(0.04, 0.3) * edge, random.uniform(0, 0.3),
                                 random.uniform(0.08, 0.4) * edge, random)  # fmt: skip
    if random.random() < 0.6:
        size = edge * random.uniform(0.05, 0.22)
        clumps = bodies.grains(canvas.shape, depth, size, 40, random)
        mass += np.float32(0.35 * thick / size) * clumps
    width = _typical(specimen, canvas)
    rim = np.argwhere(np.abs(depth - 1.5 * width) < 1.5)
    rim = rim[((rim > 16) & (rim < np.array(canvas.shape) - 17)).all(1)]
    count = int(np.clip(random.uniform(0.1, 0.7) * len(rim) / (2 * width), 6, 40))
    if not len(rim):
        rim = np.rint(canvas.middle).astype(int)[None]
    clumped = random.random() < 0.4
    central = rim[np.hypot(*(rim - canvas.middle).T) < 0.42 * edge]
    rim = central if len(central) else rim
    heart = rim[int(random.integers(len(rim)))]
    near = rim[np.hypot(*(rim - heart).T) < 0.25 * edge] if clumped else rim
    for _ in range(count):
        root = near[int(random.integers(len(near)))].astype(float)
        outward = math.atan2(*(root - centre)) + random.normal(0, 0.6)
        tube = _one_tube(specimen, random)
        length = max(edge * log_uniform(random, (0.12, 0.7)), 4 * width)
        path = walk(root, outward, length, max(specimen.persistence * edge, 3 * width), random,
                    smooth=max(0.05 * edge, 1.5 * width))  # fmt: skip
        _lay(canvas, path, specimen, tube, random)
    canvas.add(mass.astype(np.float32))
    canvas.name("body", depth > 0)
    return {"fibres": count, "thick_nm": thick}
