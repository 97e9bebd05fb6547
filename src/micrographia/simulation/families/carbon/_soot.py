"""SP: soot, spherules that grew together into fractal aggregates."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from micrographia.simulation._picture import log_uniform
from micrographia.simulation.families.micrographs import _textures as tex
from micrographia.simulation.families.micrographs._aggregates import aggregate, gyration_radius

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
    fitting = 1.3 * (0.6 * canvas.edge / width) ** 1.8  # so many fill the field
    most = int(np.clip(random.uniform(0.7, 2.2) * fitting, low, high))
    count = round(log_uniform(random, (max(low, 0.5 * most), most)))
    dimension = random.uniform(*config.fractal_dimension)
    prefactor = random.uniform(*config.prefactor)
    spread, overlap = random.uniform(1.08, 1.28), random.uniform(0.08, 0.3)
    radii = width / 2 * spread ** np.clip(random.standard_normal(count), -2.5, 2.5)
    centres = aggregate(radii, dimension, prefactor, random, overlap)
    gyration = gyration_radius(centres, radii) * canvas.nm_per_px
    flat = centres[:, :2] - (centres[:, :2].min(0) + centres[:, :2].max(0)) / 2
    places = flat + canvas.middle + random.normal(0, 0.05 * canvas.edge, 2)
    grown = _Grown(canvas, random.uniform(0.02, 0.12), random.uniform(2.0, 3.6))
    for k in np.argsort(centres[:, 2] - radii):
        grown.add(places[k], float(centres[k, 2]), float(radii[k]), random)
    canvas.add(grown.mass * _inside(canvas, width, random))
    return {
        "primaries": count, "fractal_dimension": dimension, "prefactor": prefactor,
        "primary_spread": spread, "overlap": overlap, "gyration_nm": gyration,
    }  # fmt: skip


def _inside(canvas: Canvas, width: float, random: np.random.Generator) -> NDArray[np.float32]:
    """A factor for the thickness: soot is not even inside."""
    fine = tex.grain(canvas.shape, max(0.6, 0.35 / canvas.nm_per_px), random)
    coarse = tex.fractal(canvas.shape, max(0.5 * width, 3), 2, 0.7, random)
    strengths = random.uniform(0.0, 0.07), random.uniform(0.02, 0.14)
    uneven = 1 + np.float32(strengths[0]) * fine + np.float32(strengths[1]) * coarse
    return np.asarray(np.clip(uneven, 0.2, None), np.float32)


class _Grown:
    """Spherules that are laid from below; where two share a place it counts once.

    Parameters
    ----------
    canvas : Canvas
    rough : float
        Standard deviation of a spherule's radius round its outline, as a share.
    power : float
        2: spheres; more: flatter on top and steeper at the edge, as if squeezed between neighbours.
    """

    def __init__(self, canvas: Canvas, rough: float, power: float) -> None:
        self._canvas, self._rough, self._power = canvas, rough, np.float32(power)
        self._top = np.full(canvas.shape, -np.inf, np.float32)
        self.mass = np.zeros(canvas.shape, np.float32)

    def add(
        self, place: NDArray[np.float64], height: float, radius: float, random: np.random.Generator
    ) -> None:
        """Lay one more, whose lowest point is not below those before it."""
        scale = self._canvas.nm_per_px
        reach = math.ceil(1.35 * radius) + 1
        first = (math.floor(place[0]) - reach, math.floor(place[1]) - reach)
        down = np.arange(2 * reach + 2, dtype=np.float32)[:, None] + np.float32(first[0] - place[0])
        right = np.arange(2 * reach + 2, dtype=np.float32)[None] + np.float32(first[1] - place[1])
        far, turn = cv2.cartToPolar(right + 0 * down, down + 0 * right)
        outline = self._outline(radius, random)
        share = far / outline[(turn * np.float32(_TURNS / math.tau)).astype(np.int32) % _TURNS]
        half = np.sqrt(np.clip(1 - share**self._power, 0, None)) * np.float32(radius)
        self._canvas.name(
            "spherule", share < 1, first, diameter_nm=2 * radius * scale,
            height_nm=height * scale, row_nm=float(place[0]) * scale,
            col_nm=float(place[1]) * scale,
        )  # fmt: skip
        rows, cols = self._top.shape
        top, left = max(first[0], 0), max(first[1], 0)
        bottom, end = min(first[0] + half.shape[0], rows), min(first[1] + half.shape[1], cols)
        if bottom <= top or end <= left:
            return
        half = half[top - first[0] : bottom - first[0], left - first[1] : end - first[1]]
        field = np.s_[top:bottom, left:end]
        upper = np.float32(height) + half
        new = np.clip(upper - np.maximum(np.float32(height) - half, self._top[field]), 0, None)
        self.mass[field] += np.where(half > 0, new, 0) * np.float32(scale)
        self._top[field] = np.where(half > 0, np.maximum(self._top[field], upper), self._top[field])

    def _outline(self, radius: float, random: np.random.Generator) -> NDArray[np.float32]:
        """Radius [px] in each of 128 directions; the area is that of the sphere's shadow."""
        waves = random.normal(0, self._rough, (2, 4)) / np.array([1.0, 1.5, 2.2, 3.0])
        outline = 1 + waves[0] @ _COSINES + waves[1] @ _SINES
        outline = np.clip(outline, 0.75, 1.3)
        scaled: NDArray[np.float32] = (
            radius * outline / math.sqrt(float((outline**2).mean()))
        ).astype(np.float32)
        return scaled


_TURNS = 128
_COSINES = np.cos(np.arange(2, 6)[:, None] * np.arange(_TURNS) * math.tau / _TURNS)
_SINES = np.sin(np.arange(2, 6)[:, None] * np.arange(_TURNS) * math.tau / _TURNS)
