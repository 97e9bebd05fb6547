"""SP: soot, spherules that grew together into fractal aggregates."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.simulation._picture import log_uniform
from micrographia.simulation.families.micrographs import _textures as tex
from micrographia.simulation.families.micrographs._aggregates import aggregate, gyration_radius

if TYPE_CHECKING:
    from micrographia.simulation.families.carbon._canvas import Canvas
    from micrographia.simulation.families.carbon._config import Config
    from micrographia.simulation.families.carbon._specimen import Specimen

__all__ = ["soot"]


def soot(
    canvas: Canvas, specimen: Specimen, config: Config, random: np.random.Generator
) -> dict[str, Any]:
    """Draw one aggregate, and now and then fragments of others.

    N = k (Rg / a)^D with the number of spherules N, radius of gyration Rg, and the radius a of the
    sphere of mean mass. Spherules that touch penetrate one another, as in soot that has grown on.
    """
    low, high = config.primaries
    width = specimen.primary_nm / canvas.nm_per_px
    fitting = 1.3 * (0.55 * canvas.edge / width) ** 1.8  # more would leave the field
    most = int(np.clip(random.uniform(0.4, 1.6) * fitting, low, high))
    count = int(round(log_uniform(random, (max(low, 0.4 * most), most))))
    dimension = random.uniform(*config.fractal_dimension)
    prefactor = random.uniform(*config.prefactor)
    spread, overlap = random.uniform(1.08, 1.3), random.uniform(0.05, 0.25)
    squeeze = random.uniform(0.0, 0.12)
    radii = width / 2 * spread ** np.clip(random.standard_normal(count), -2.5, 2.5)
    centres = aggregate(radii, dimension, prefactor, random, overlap)
    gyration = gyration_radius(centres, radii) * canvas.nm_per_px
    flat = centres[:, :2] - (centres[:, :2].min(0) + centres[:, :2].max(0)) / 2
    shift = canvas.middle + random.normal(0, 0.05 * canvas.edge, 2)
    onion = np.float32(random.uniform(0.02, 0.12))
    grain = tex.grain(canvas.shape, max(0.7, 0.35 / canvas.nm_per_px), random)
    before = canvas.mass.copy()
    for (row, col), height, radius in zip(flat + shift, centres[:, 2], radii, strict=True):
        _spherule(canvas, (row, col, height), radius, squeeze, random)
    canvas.mass = before + (canvas.mass - before) * np.clip(1 + onion * grain, 0, None)
    return {
        "primaries": count, "fractal_dimension": dimension, "prefactor": prefactor,
        "primary_spread": spread, "overlap": overlap, "gyration_nm": gyration,
    }  # fmt: skip


def _spherule(
    canvas: Canvas, place: tuple[float, float, float], radius: float, squeeze: float,
    random: np.random.Generator,
) -> None:  # fmt: skip
    """One spherule, a little longer than wide at equal area."""
    row, col, height = place
    stretch = math.exp(random.normal(0, squeeze))
    turn = random.uniform(0, math.pi)
    long, wide = radius * math.sqrt(stretch), radius / math.sqrt(stretch)
    reach = math.ceil(max(long, wide)) + 1
    first = math.floor(row) - reach, math.floor(col) - reach
    down = np.arange(2 * reach + 2, dtype=np.float32)[:, None] + np.float32(first[0] - row)
    right = np.arange(2 * reach + 2, dtype=np.float32)[None] + np.float32(first[1] - col)
    u = (math.cos(turn) * right + math.sin(turn) * down) / np.float32(long)
    v = (math.cos(turn) * down - math.sin(turn) * right) / np.float32(wide)
    square = 1 - u * u - v * v
    chord = np.sqrt(np.clip(square, 0, None)) * np.float32(2 * radius * canvas.nm_per_px)
    canvas.add(chord, first)
    scale = canvas.nm_per_px
    canvas.name(
        "spherule", square > 0, first, diameter_nm=2 * radius * scale, height_nm=height * scale,
        row_nm=float(row) * scale, col_nm=float(col) * scale,
    )  # fmt: skip
