"""PR: residue of a polymer filter, continuous and porous. O: what belongs to no class."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from micrographia.simulation._picture import log_uniform
from micrographia.simulation.families.carbon import _bodies as bodies
from micrographia.simulation.families.carbon._support import cells
from micrographia.simulation.families.micrographs import _textures as tex

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from micrographia.simulation.families.carbon._canvas import Canvas
    from micrographia.simulation.families.carbon._specimen import Specimen

__all__ = ["others", "polymer"]


def polymer(canvas: Canvas, specimen: Specimen, random: np.random.Generator) -> dict[str, Any]:
    """Struts and membranes round pores of many sizes, in a piece that ends inside the field."""
    edge, shape = canvas.edge, canvas.shape
    pore = edge * log_uniform(random, (0.05, 0.22))
    strut = random.uniform(0.12, 0.4) * pore
    if random.random() < 0.6:
        level = strut - cells(shape, pore, random.uniform(0.65, 1.1), random)
        level += np.float32(0.25 * strut) * tex.fractal(shape, pore, 3, 0.6, random)
        kind = "foam"
    else:
        pore = min(pore, 0.12 * edge)
        waves = tex.fractal(shape, pore, pore / 3, random.uniform(0.2, 0.5), random)
        open_share = random.uniform(0.22, 0.5)
        level = (waves - np.float32(np.quantile(waves, open_share))) * np.float32(0.5 * pore)
        kind = "sponge"
    piece = bodies.blob(shape, canvas.middle + random.normal(0, 0.15 * edge, 2),
                        edge * random.uniform(0.35, 0.8), random.uniform(0.15, 0.4), random,
                        aspect=random.uniform(1, 1.8))  # fmt: skip
    inside = np.minimum(level, piece)
    thick = random.uniform(0.25, 1.4) * specimen.free_path
    rise = random.uniform(0.5, 1.6) * strut
    mass = thick * bodies.relief(inside, max(rise, 1.0), random.uniform(0.03, 0.2), pore, random)
    veil = random.uniform(0, 0.35) * (random.random() < 0.6)
    if veil:  # thin skin across some pores
        some = np.clip(tex.clouds(shape, 1.5 * pore, random) + 0.2, 0, 1)
        mass += np.float32(veil * thick) * some * np.clip(piece, 0, 1)
    if random.random() < 0.4:  # a second layer below, seen through the pores
        lower = strut - cells(shape, pore * random.uniform(0.7, 1.4), 0.8, random)
        mass += np.float32(random.uniform(0.15, 0.6) * thick) * bodies.relief(
            np.minimum(lower, piece + 0.05 * edge), max(rise, 1.0), 0.1, pore, random
        )
    canvas.add(mass.astype(np.float32))
    canvas.name("polymer", inside > 0, porosity=_porosity(inside, piece))
    scale = canvas.nm_per_px
    return {"structure": kind, "pore_nm": pore * scale, "thick_nm": thick, "veil": veil}


def _porosity(inside: NDArray[np.float32], piece: NDArray[np.float32]) -> float:
    """Share of the piece's area that is open."""
    whole = int((piece > 0).sum())
    return 1 - int((inside > 0).sum()) / whole if whole else 0.0


def others(canvas: Canvas, specimen: Specimen, random: np.random.Generator) -> dict[str, Any]:
    """Droplets, fly ash, smooth lumps, straight needles, dried stains."""
    kinds: dict[str, Callable[[Canvas, Specimen, np.random.Generator], None]] = {
        "droplets": _droplets, "ash": _ash, "lump": _lump, "needles": _needles, "stain": _stain,
    }  # fmt: skip
    kind = list(kinds)[int(random.integers(len(kinds)))]
    kinds[kind](canvas, specimen, random)
    return {"other": kind}


def _ball(
    canvas: Canvas, place: NDArray[np.float64], radius: float, height: float, flat: float
) -> tuple[NDArray[np.float32], tuple[int, int]]:
    """Thickness of a ball (flat = 0.5) or of a cap that has spread (flat > 0.5), and its corner."""
    reach = math.ceil(radius) + 1
    first = int(place[0]) - reach, int(place[1]) - reach
    down = np.arange(2 * reach + 1, dtype=np.float32)[:, None] + np.float32(first[0] - place[0])
    right = np.arange(2 * reach + 1, dtype=np.float32)[None] + np.float32(first[1] - place[1])
    inside = np.clip(1 - (down * down + right * right) / np.float32(radius**2), 0, None)
    return np.asarray(np.float32(height) * inside ** np.float32(flat), np.float32), first


def _droplets(canvas: Canvas, specimen: Specimen, random: np.random.Generator) -> None:
    """Caps of liquid that dried, large ones with satellites round them."""
    edge = canvas.edge
    count = int(random.integers(1, 4))
    flat, thick = random.uniform(0.5, 1.5), random.uniform(0.3, 2.0) * specimen.free_path
    for _ in range(count):
        place = canvas.middle + random.normal(0, 0.15 * edge, 2)
        radius = edge * random.uniform(0.12, 0.36) / math.sqrt(count)
        sizes = [radius, *(radius * log_uniform(random, (0.03, 0.2)) for _ in range(12))]
        for k, size in enumerate(sizes):
            way = random.uniform(0, math.tau)
            far = 0 if k == 0 else radius * (1.1 + random.exponential(0.3))
            at = place + far * np.array([math.sin(way), math.cos(way)])
            mass, first = _ball(canvas, at, max(size, 1.0), thick * size / radius, flat)
            canvas.add(mass, first)
            canvas.name("droplet", mass > 0, first)


def _ash(canvas: Canvas, specimen: Specimen, random: np.random.Generator) -> None:
    """Smooth spheres of glass, dense, of very different sizes."""
    edge = canvas.edge
    count = int(random.integers(1, 7))
    for _ in range(count):
        radius = edge * random.uniform(0.06, 0.34) / count**0.35
        place = canvas.middle + random.normal(0, 0.2 * edge * (count > 1) + 1, 2)
        thick = random.uniform(1.0, 6.0) * specimen.free_path
        mass, first = _ball(canvas, place, radius, thick, 0.5)
        if random.random() < 0.4:  # a bubble
            hollow, corner = _ball(canvas, place, radius * random.uniform(0.4, 0.85), thick, 0.5)
            shift = (corner[0] - first[0], corner[1] - first[1])
            part = mass[shift[0] : shift[0] + len(hollow), shift[1] : shift[1] + len(hollow)]
            np.maximum(part - 0.8 * hollow, 0.1 * part, out=part)
        canvas.add(mass, first)
        canvas.name("ash", mass > 0, first, diameter_nm=2 * radius * canvas.nm_per_px)


def _lump(canvas: Canvas, specimen: Specimen, random: np.random.Generator) -> None:
    """One rounded body of middling density, smooth or grainy."""
    edge = canvas.edge
    depth = bodies.blob(canvas.shape, canvas.middle + random.normal(0, 0.05 * edge, 2),
                        edge * random.uniform(0.18, 0.4), random.uniform(0.05, 0.35), random,
                        aspect=random.uniform(1, 2.5))  # fmt: skip
    thick = random.uniform(0.4, 2.5) * specimen.free_path
    rise = edge * random.uniform(0.02, 0.25)
    canvas.add(thick * bodies.relief(depth, rise, random.uniform(0, 0.5), 0.2 * edge, random))
    canvas.name("lump", depth > 0)


def _needles(canvas: Canvas, specimen: Specimen, random: np.random.Generator) -> None:
    """Straight laths with square ends, side by side or crossed."""
    edge = canvas.edge
    main = random.uniform(0, math.tau)
    for _ in range(int(random.integers(3, 14))):
        turn = main + random.normal(0, random.choice([0.1, 0.8]))
        length, width = edge * random.uniform(0.2, 0.8), edge * random.uniform(0.012, 0.06)
        way = np.array([math.sin(turn), math.cos(turn)])
        side = np.array([way[1], -way[0]])
        middle = canvas.middle + random.normal(0, 0.12 * edge, 2)
        corners = [middle + a * way * length / 2 + b * side * width / 2
                   for a, b in ((1, 1), (1, -1), (-1, -1), (-1, 1))]  # fmt: skip
        mask = np.zeros(canvas.shape, np.float32)
        placed = np.rint(np.array(corners)[:, ::-1] * 16).astype(np.int32)
        cv2.fillConvexPoly(mask, placed, 1.0, cv2.LINE_AA, 4)
        canvas.add(mask * np.float32(random.uniform(0.3, 1.5) * specimen.free_path))
        canvas.name("needle", mask >= 0.5, length_nm=length * canvas.nm_per_px,
                    width_nm=width * canvas.nm_per_px)  # fmt: skip


def _stain(canvas: Canvas, specimen: Specimen, random: np.random.Generator) -> None:
    """The ring and the specks that a drop leaves when it dries."""
    edge = canvas.edge
    place, radius = canvas.middle + random.normal(0, 0.1 * edge, 2), random.uniform(0.25, 0.55)
    depth = bodies.blob(canvas.shape, place, edge * radius, random.uniform(0.03, 0.12), random)
    width = edge * random.uniform(0.01, 0.05)
    ring = np.exp(-((depth / np.float32(width)) ** 2))
    thick = random.uniform(0.1, 0.7) * specimen.free_path
    mass = thick * (ring + np.float32(random.uniform(0.05, 0.3)) * np.clip(depth / 4, 0, 1))
    specks = bodies.grains(canvas.shape, depth, edge * random.uniform(0.01, 0.04), 60, random)
    mass += np.float32(thick * random.uniform(0.3, 1.5)) * np.minimum(specks / (0.02 * edge), 2)
    canvas.add(mass.astype(np.float32))
    canvas.name("stain", depth > -width)
