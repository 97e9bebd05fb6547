"""Fibres: spun mats, bundles, woven cloth, beads, thick single ones with scales or grooves."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.simulation._picture import log_uniform
from micrographia.simulation.families.micrographs import _textures as tex
from micrographia.simulation.families.sem._bodies import tubes
from micrographia.simulation.families.sem._grounds import lay_ground, specks
from micrographia.simulation.families.sem._places import wandering, winding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.simulation.families.sem._stage import Stage

__all__ = ["draw"]


def draw(stage: Stage, size: float, over: bool) -> dict[str, Any]:
    """Lay fibres of diameter `size` [fine px]."""
    random = stage.random
    large = size > 0.07 * stage.least
    names = ["mat", "bundle", "thick", "woven"] if large else ["mat", "beads", "bundle", "woven"]
    weights = [0.3, 0.2, 0.4, 0.1] if large else [0.6, 0.15, 0.17, 0.08]
    variant = "mat" if over else str(random.choice(names, p=weights))
    if not over:
        if variant in ("mat", "beads") and random.random() < 0.75:
            stage.ground(np.full(stage.world, -9 * size, np.float32), random.uniform(0.02, 0.3))
        else:
            lay_ground(stage, size, random)
    make = {"mat": _mat, "beads": _mat, "bundle": _bundle, "thick": _thick,
            "woven": _woven}[variant]  # fmt: skip
    told = make(stage, size, over, variant == "beads")
    if random.random() < 0.3:
        specks(stage, int(random.integers(3, 60)), min(0.2 * size, 0.01 * stage.least), random)
    return {"variant": variant, "fibre_nm": size * stage.nm, **told}


def _skin(size: float, random: np.random.Generator) -> NDArray[np.float32] | None:
    """Relief of fibres: smooth, grooved along, scaly, grainy."""
    kind = random.random()
    if kind < 0.45 or size < 10:
        return None
    strength = np.float32(log_uniform(random, (0.01, 0.07)))
    if kind < 0.65:
        grooves = tex.fractal((1, 160), 40, 4, 0.7, random)
        fine = tex.fractal((3000, 160), 30, 2, 0.6, random)
        return np.asarray(np.repeat(grooves, 3000, axis=0) * strength + fine * strength * 0.3)
    if kind < 0.82:
        length = size * random.uniform(0.5, 1.4)
        rows = np.arange(3000, dtype=np.float32)[:, None] * np.float32(0.6)
        wander = tex.clouds((1, 160), 50, random) * np.float32(0.4 * length)
        wander = wander + tex.clouds((3000, 160), 60, random) * np.float32(0.12 * length)
        phase = np.mod(rows + wander, np.float32(length)) / np.float32(length)
        return np.asarray(phase * np.float32(1.2) * strength)
    return np.asarray(tex.fractal((3000, 160), size / 2, 2, 0.65, random) * strength)


def _mat(stage: Stage, size: float, over: bool, beads: bool) -> dict[str, Any]:
    """Fibres over one another at many depths, in any direction or along one."""
    random = stage.random
    n = int(np.clip(random.uniform(1.2, 4) * stage.least / size, 5, 75))
    if over:
        n = int(random.integers(2, 9))
    spread = random.uniform(0.03, 0.5)
    aligned = random.uniform(0.1, 0.5) if random.random() < 0.25 else math.pi
    turn, curl = random.uniform(0, math.pi), log_uniform(random, (0.03, 0.7))
    thick = size * random.uniform(2, 8)
    bottom = min(float(np.median(stage.depth)) + 0.6 * size, 0.0)
    bottom = max(bottom, -thick)
    tone, vary = log_uniform(random, (0.7, 1.4)), random.uniform(0, 0.1)
    skin = _skin(size, random)
    reach, step = math.hypot(*stage.shape), max(20.0, 2 * size)
    for k in range(n):
        heading = turn + random.uniform(-aligned, aligned)
        centre = random.uniform(0, 1, 2) * stage.shape
        start = centre - 0.6 * reach * np.array([math.sin(heading), math.cos(heading)])
        path = winding((start[0], start[1]), heading, 1.3 * reach, curl, random, step)
        radius = size / 2 * math.exp(random.normal(0, spread))
        level = bottom + k / n * thick + wandering(len(path), 0.08 * size, random)
        if over:
            level = np.array([stage.at(*p) for p in path])
            level = np.full(len(path), float(np.percentile(level, 70))) + radius
        width = np.full(len(path), radius)
        if beads:
            width = width * (1 + _beads(len(path), random))
        tubes(stage, [np.column_stack([path, level])], [width],
              tone * math.exp(random.normal(0, vary)), texture=skin)  # fmt: skip
    return {"count": n, "curl": curl, "spread": spread}


def _beads(n: int, random: np.random.Generator) -> NDArray[np.float64]:
    """Swellings along a fibre."""
    where = np.arange(n, dtype=float)
    total = np.zeros(n)
    for _ in range(int(random.integers(0, 4))):
        wide = random.uniform(3.0, 8.0)
        total += random.uniform(1, 3.5) * np.exp(-(((where - random.uniform(0, n)) / wide) ** 2))
    return total


def _bundle(stage: Stage, size: float, over: bool, beads: bool) -> dict[str, Any]:
    """Fibres side by side that run the same way."""
    random = stage.random
    turn, curl = random.uniform(0, math.pi), log_uniform(random, (0.005, 0.08))
    reach = math.hypot(*stage.shape)
    across = np.array([math.cos(turn), -math.sin(turn)])
    along = np.array([math.sin(turn), math.cos(turn)])
    part = random.uniform(0.3, 1.2)
    size = min(size, 0.3 * stage.least)
    n = int(np.clip(part * reach / (0.85 * size), 3, 70))
    tone, skin = log_uniform(random, (0.7, 1.3)), _skin(size, random)
    layers = int(random.integers(1, 4)) if n < 40 else 1
    for layer in range(layers):
        for k in range(n):
            offset = (k - n / 2 + random.normal(0, 0.25)) * 0.85 * size
            start = np.array(stage.shape) / 2 + across * offset - 0.6 * reach * along
            path = winding((start[0], start[1]), turn + random.normal(0, 0.03), 1.25 * reach,
                           curl, random, step=30)  # fmt: skip
            high = size * (0.5 + 0.8 * layer + abs(random.normal(0, 0.25)))
            level = np.full(len(path), high)
            radius = size / 2 * math.exp(random.normal(0, 0.08))
            tubes(stage, [np.column_stack([path, level])], [np.full(len(path), radius)], tone,
                  texture=skin)  # fmt: skip
    return {"count": n * layers}


def _thick(stage: Stage, size: float, over: bool, beads: bool) -> dict[str, Any]:
    """One to three thick fibres, some broken off."""
    random = stage.random
    size = min(size, 0.5 * stage.least)
    skin = _skin(size, random)
    n = int(random.integers(1, 4))
    reach = math.hypot(*stage.shape)
    for k in range(n):
        heading = random.uniform(0, math.pi)
        centre = (0.5 + random.normal(0, 0.15, 2)) * stage.shape
        whole = random.random() < 0.75
        start = centre - (0.65 * reach if whole else 0) * np.array(
            [math.sin(heading), math.cos(heading)])  # fmt: skip
        curl = log_uniform(random, (0.005, 0.15))
        path = winding((start[0], start[1]), heading, 1.3 * reach, curl, random, step=30)
        radius = size / 2 * math.exp(random.normal(0, 0.1))
        level = np.full(len(path), stage.at(*centre) + radius + k * 0.6 * size)
        level += np.linspace(0, random.normal(0, size), len(path))
        tubes(stage, [np.column_stack([path, level])], [np.full(len(path), radius)],
              log_uniform(random, (0.6, 1.2)), texture=skin)  # fmt: skip
    return {"count": n}


def _woven(stage: Stage, size: float, over: bool, beads: bool) -> dict[str, Any]:
    """Cloth: threads of several fibres that go over and under one another."""
    random = stage.random
    per = int(random.integers(1, 7)) if size < 0.06 * stage.least else 1
    pitch = size * (per * 0.8 + random.uniform(0.4, 1.5))
    turn, reach = random.uniform(0, math.pi / 2), math.hypot(*stage.shape)
    n = int(np.clip(reach / pitch, 2, 60 // per))
    tone, skin = log_uniform(random, (0.7, 1.2)), _skin(size, random)
    for direction in (0, 1):
        heading = turn + direction * math.pi / 2
        along = np.array([math.sin(heading), math.cos(heading)])
        across = np.array([along[1], -along[0]])
        for k in range(-n // 2, n // 2 + 1):
            for fibre in range(per):
                offset = k * pitch + (fibre - per / 2) * 0.8 * size + random.normal(0, 0.08 * size)
                t = np.arange(-0.55 * reach, 0.55 * reach, max(pitch / 8, 3))
                path = np.array(stage.shape) / 2 + across * offset + t[:, None] * along
                wave = np.cos(math.pi * (t / pitch + k + direction)) * 0.6 * size
                path = path + random.normal(0, 0.02 * size, 2)
                tubes(stage, [np.column_stack([path, wave])], [np.full(len(t), size / 2)], tone,
                      texture=skin)  # fmt: skip
    return {"period_nm": pitch * stage.nm, "count": 2 * n * per}
