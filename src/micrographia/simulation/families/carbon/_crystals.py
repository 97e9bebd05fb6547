"""HDP: dense particles of mineral or metal, faceted, with the bands that crystals show."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from micrographia.simulation._picture import log_uniform
from micrographia.simulation.families.micrographs._catalogue import make_form

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.simulation.families.carbon._canvas import Canvas
    from micrographia.simulation.families.carbon._specimen import Specimen
    from micrographia.simulation.families.micrographs._forms import Patch

__all__ = ["crystals"]

_HABITS = {
    "grains": ("faceted", "faceted", "hexagon", "irregular"),
    "metal": ("cuboctahedron", "truncated-octahedron", "icosahedron", "decahedron"),
    "cubes": ("cube", "cube", "rectangle", "square"),
    "salts": ("octahedron", "tetrahedron", "dodecahedron", "faceted"),
    "plates": ("hexagon", "rhombus", "faceted", "rectangle"),
    "rods": ("rod", "rectangle", "rhombus", "rod"),
}


def crystals(canvas: Canvas, specimen: Specimen, random: np.random.Generator) -> dict[str, Any]:
    """Draw one large crystal, some, or a heap of many; every one is an instance."""
    edge = canvas.edge
    habit = list(_HABITS)[int(random.integers(len(_HABITS)))]
    dense = log_uniform(random, (3.0, 14.0))
    many = random.random()
    count = 1 if many < 0.3 else round(log_uniform(random, (2, 40)))
    size = edge * random.uniform(0.3, 0.75) / count**0.42
    spread = 0.0 if count == 1 else 0.42 * size * count**0.5
    vary = random.uniform(0.1, 0.45)
    opaque = random.uniform(0.8, 4.0) * specimen.free_path / (dense * canvas.nm_per_px)
    flatness = float(np.clip(opaque / size, 0.02, 1.0))  # of plates: a whole ball may be too thick
    for k in range(count):
        kinds = _HABITS[habit]
        form = make_form(kinds[int(random.integers(len(kinds)))], "tem", random)
        place = canvas.middle + random.normal(0, 0.04 * edge, 2)
        row, col = place + random.normal(0, spread if k else 0.0, 2)
        scale = size * math.exp(random.normal(0, vary if count > 1 else 0.1))
        patch = form.patch(float(row), float(col), scale, random.uniform(0, math.tau))
        depth = _steep(patch.depth)
        unit = depth * np.float32(canvas.nm_per_px * dense * flatness)
        mass = unit * _bands(patch, scale, random)
        canvas.add(np.asarray(mass, np.float32), (patch.row, patch.col))
        canvas.name("crystal", patch.cover >= 0.5, (patch.row, patch.col), form=form.name,
                    diameter_nm=scale * canvas.nm_per_px)  # fmt: skip
    return {"crystals": count, "habit": habit, "density": dense}


def _steep(depth: NDArray[np.float32]) -> NDArray[np.float32]:
    """Thickness of a crystal whose sides are steeper than those of the form it is made from."""
    most = max(float(depth.max()), 1e-6)
    return np.asarray(np.float32(most) * (depth / np.float32(most)) ** np.float32(0.6), np.float32)


def _bands(patch: Patch, scale: float, random: np.random.Generator) -> NDArray[np.float32]:
    """A factor for a crystal's thickness: its orientation, twins, bend and thickness contours."""
    factor = np.float32(math.exp(random.normal(0, 0.3)))
    rows, cols = patch.cover.shape
    down = (np.arange(rows, dtype=np.float32)[:, None] - rows / 2) / np.float32(scale)
    right = (np.arange(cols, dtype=np.float32)[None] - cols / 2) / np.float32(scale)
    turn = random.uniform(0, math.tau)
    along = math.cos(turn) * right + math.sin(turn) * down
    across = math.cos(turn) * down - math.sin(turn) * right
    bands = np.full((rows, cols), factor, np.float32)
    kind = random.random()
    if kind < 0.35:  # stacking: lamellae of two orientations
        edges = np.sort(random.uniform(-0.6, 0.6, int(random.integers(1, 8))))
        number = np.searchsorted(edges, along.ravel()).reshape(along.shape)
        dark = np.float32(random.uniform(0.15, 0.7))
        bands *= np.where(number % 2 == 0, 1, 1 - dark).astype(np.float32)
    elif kind < 0.6:  # bend contours
        middle = along + np.float32(random.uniform(-1, 1)) * across**2
        for _ in range(int(random.integers(1, 4))):
            place, width = random.uniform(-0.4, 0.4), random.uniform(0.02, 0.08)
            bands += np.float32(random.uniform(0.2, 0.9)) * np.exp(
                -(((middle - place) / width) ** 2)
            )
    elif kind < 0.8:  # thickness fringes
        depth = patch.depth / max(float(patch.depth.max()), 1e-6)
        wave = np.sin(np.float32(math.pi * random.uniform(1, 5)) * depth) ** 2
        bands *= 1 - np.float32(random.uniform(0.15, 0.6)) * wave
    return np.asarray(cv2.GaussianBlur(bands, (0, 0), 0.7), np.float32)
