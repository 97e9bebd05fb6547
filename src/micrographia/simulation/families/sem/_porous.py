"""Porous sponges: cells, open foams of struts, bicontinuous sponges, packed pores, fibrils."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from scipy.spatial import Delaunay

from micrographia.simulation._picture import log_uniform
from micrographia.simulation.families.micrographs import _textures as tex
from micrographia.simulation.families.sem._bodies import tubes
from micrographia.simulation.families.sem._grounds import roughness
from micrographia.simulation.families.sem._places import scattered

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.simulation.families.sem._stage import Stage

__all__ = ["draw"]

_VARIANTS = ("cells", "struts", "sponge", "pores")


def draw(stage: Stage, size: float, over: bool) -> dict[str, Any]:
    """Lay a sponge whose pores are about `size` wide [fine px]."""
    random = stage.random
    variant = str(random.choice(_VARIANTS, p=[0.32, 0.2, 0.3, 0.18]))
    if variant == "struts" and size < 24:
        variant = "sponge"
    if variant == "struts":
        told = _struts(stage, size)
    else:
        make = {"cells": _cells, "sponge": _sponge, "pores": _pores}[variant]
        height, told = make(stage.world, size, random)
        rough = log_uniform(random, (0.004, 0.05)) * size
        if random.random() < 0.7:
            height += np.float32(rough) * roughness(height.shape, size / 2, random)
        sunk = np.clip(-height / np.float32(1.5 * size), 0, 1)
        tone = 1 - np.float32(random.uniform(0.1, 0.75)) * sunk
        stage.ground(height, tone * np.float32(log_uniform(random, (0.6, 1.2))))
    return {"variant": variant, **told}


def _cells(
    shape: tuple[int, int], size: float, random: np.random.Generator
) -> tuple[NDArray[np.float32], dict[str, Any]]:
    """Round cells cut out of a solid, the deeper ones seen through windows in their walls."""
    spread = random.uniform(0.1, 0.45)
    area = shape[0] * shape[1]
    layers = int(random.integers(2, 4))
    height = np.zeros(shape, np.float32)
    uneven = tex.clouds(shape, 2.5 * size, random) * np.float32(random.uniform(0, 0.35) * size)
    squash = random.uniform(0.7, 1.0)
    turn = random.uniform(0, math.pi)
    dense = random.uniform(1.0, 2.6)
    for layer in range(layers):
        n = int(np.clip(dense * area / (0.75 * size**2), 4, 900))
        radii = size / 2 * np.exp(random.normal(0, spread, n))
        places = scattered(n, shape, random, size / 2)
        levels = -layer * 0.7 * size + random.uniform(-0.25, 0.3, n) * size
        for k in np.argsort(-levels):
            _carve(height, places[k], float(levels[k]), float(radii[k]), squash, turn)
    return height + uneven, {"spread": spread}


def _carve(
    height: NDArray[np.float32], place: NDArray[np.float64], level: float, radius: float,
    squash: float = 1.0, turn: float = 0.0,
) -> None:  # fmt: skip
    """Take a ball out of a solid where it opens upwards."""
    reach = math.ceil(radius) + 1
    top, left = round(float(place[0])) - reach, round(float(place[1])) - reach
    rows = slice(max(top, 0), max(min(top + 2 * reach, height.shape[0]), 0))
    cols = slice(max(left, 0), max(min(left + 2 * reach, height.shape[1]), 0))
    if rows.start >= rows.stop or cols.start >= cols.stop:
        return
    down = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] - np.float32(place[0])
    right = np.arange(cols.start, cols.stop, dtype=np.float32)[None] - np.float32(place[1])
    if squash < 1:
        cos, sin = np.float32(math.cos(turn)), np.float32(math.sin(turn))
        turned = np.asarray((cos * down + sin * right) / np.float32(squash), np.float32)
        down, right = turned, np.asarray(cos * right - sin * down, np.float32)
    half = np.sqrt(np.clip(np.float32(radius * radius) - down * down - right * right, 0, None))
    here = height[rows, cols]
    open_ = (half > 0) & (here > level - half) & (here < level + half)
    here[open_] = (np.float32(level) - half)[open_]


def _sponge(
    shape: tuple[int, int], size: float, random: np.random.Generator
) -> tuple[NDArray[np.float32], dict[str, Any]]:
    """Solid and void in one another, as of etched gold and monoliths: slices of wandering noise."""
    solid = random.uniform(0.22, 0.5)
    slices = 14
    deep = random.uniform(1.2, 2.6)
    first = _band(shape, size, random)
    second = _band(shape, size, random)
    third = _band(shape, size, random)
    level = float(np.quantile(first[::4, ::4], 1 - solid))
    height = np.full(shape, -(deep + 0.4) * size, np.float32)
    for k in range(slices + 1):
        turn = (1 - k / slices) * deep * math.pi
        field = first * np.float32(math.cos(turn)) + np.float32(math.sin(turn)) * (
            second if turn % (2 * math.pi) < math.pi else third)  # fmt: skip
        z = (k / slices - 1) * deep * size
        excess = field - np.float32(level)
        there = excess > 0
        height[there] = np.float32(z) + np.minimum(excess, 1)[there] * np.float32(0.25 * size)
    blur = max(0.05 * size, 0.8)
    soft = cv2.GaussianBlur(height, (0, 0), blur)
    return np.asarray(soft, np.float32), {"solid_share": solid}


def _band(shape: tuple[int, int], size: float, random: np.random.Generator) -> NDArray[np.float32]:
    """Noise of one wavelength, twice `size`, on a coarse grid where that is enough."""
    shrink = max(size / 8, 1.0)
    small = (math.ceil(shape[0] / shrink) + 2, math.ceil(shape[1] / shrink) + 2)
    length = 1.6 * size / shrink
    wide = random.uniform(0.15, 0.6)

    def ring(f: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(np.exp(-(((f * length - 1) / wide) ** 2) / 2), np.float32)

    field = tex.coloured(small, ring, random)
    if shrink == 1.0:
        return np.ascontiguousarray(field[: shape[0], : shape[1]])
    field = cv2.resize(field, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_CUBIC)
    return np.ascontiguousarray(field[: shape[0], : shape[1]])


def _pores(
    shape: tuple[int, int], size: float, random: np.random.Generator
) -> tuple[NDArray[np.float32], dict[str, Any]]:
    """A rough surface with holes of very different sizes that go down steeply."""
    height = roughness(shape, random.uniform(0.5, 3) * size, random)
    height *= np.float32(random.uniform(0.02, 0.15) * size)
    cover = random.uniform(0.15, 0.6)
    spread = random.uniform(0.25, 0.7)
    area = shape[0] * shape[1]
    n = int(np.clip(cover * area / (0.8 * size**2 * math.exp(2 * spread**2)), 4, 1200))
    radii = np.minimum(size / 2 * np.exp(random.normal(0, spread, n)), 1.5 * size)
    wobble = tex.clouds(shape, max(0.4 * size, 3), random)
    field = np.full(shape, -1e3, np.float32)
    for place, radius in zip(scattered(n, shape, random), radii, strict=True):
        reach = math.ceil(1.6 * radius) + 1
        top, left = round(float(place[0])) - reach, round(float(place[1])) - reach
        rows = slice(max(top, 0), min(top + 2 * reach, shape[0]))
        cols = slice(max(left, 0), min(left + 2 * reach, shape[1]))
        down = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] - np.float32(place[0])
        right = np.arange(cols.start, cols.stop, dtype=np.float32)[None] - np.float32(place[1])
        depth = np.float32(radius) - np.sqrt(down * down + right * right)
        np.maximum(field[rows, cols], depth, out=field[rows, cols])
    field += wobble * np.float32(random.uniform(0.03, 0.15) * size)
    height -= np.clip(field, 0, None) ** np.float32(0.8) * np.float32(random.uniform(1.5, 4))
    return height, {"spread": spread}


def _struts(stage: Stage, size: float) -> dict[str, Any]:
    """Open foam: struts along the edges between cells at several depths, thicker at the nodes."""
    random = stage.random
    stage.ground(np.full(stage.world, -4 * size, np.float32), 0.3)
    thick = random.uniform(0.05, 0.16) * size
    vary = random.uniform(0.1, 0.5)
    tone = log_uniform(random, (0.7, 1.3))
    for level in np.linspace(-2.4 * size, 0, 4):
        n = int(np.clip(0.9 * stage.shape[0] * stage.shape[1] / size**2, 8, 120))
        places = scattered(n, stage.shape, random, size)
        high = level + random.normal(0, 0.35 * size, n)
        edges = _edges(Delaunay(places), random, random.uniform(0.45, 0.8))
        paths, radii = [], []
        for a, b in edges:
            length = float(np.hypot(*(places[a] - places[b])))
            if length > 2.5 * size:
                continue
            t = np.linspace(0, 1, 7)[:, None]
            ends = np.array([[*places[a], high[a]], [*places[b], high[b]]])
            path = ends[0] + t * (ends[1] - ends[0])
            path[1:-1] += random.normal(0, 0.02 * length, 3)
            paths.append(path)
            waist = 1 + random.uniform(0.3, 1.4) * (2 * t[:, 0] - 1) ** 2
            radii.append(thick * math.exp(random.normal(0, vary)) * waist)
        tubes(stage, paths, radii, tone)
    return {"strut_nm": 2 * thick * stage.nm}


def _edges(mesh: Delaunay, random: np.random.Generator, kept: float) -> list[tuple[int, int]]:
    """A share of the edges of a triangulation, so that meshes are left open."""
    both = {
        (min(a, b), max(a, b))
        for one in mesh.simplices.tolist()
        for a, b in ((one[0], one[1]), (one[1], one[2]), (one[2], one[0]))
    }
    return [edge for edge in sorted(both) if random.random() < kept]
