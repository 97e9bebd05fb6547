"""Nanowires: standing in tilted view, lying about, tangled, in bushes and trees, single ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.simulation._picture import log_uniform
from micrographia.simulation.families.sem._bodies import ball, tubes
from micrographia.simulation.families.sem._grounds import lay_ground
from micrographia.simulation.families.sem._places import hexagonal, scattered, wandering, winding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.simulation.families.sem._stage import Stage

__all__ = ["draw"]


def draw(stage: Stage, size: float, over: bool) -> dict[str, Any]:
    """Lay wires of diameter `size` [fine px]."""
    random = stage.random
    if over:
        variant = str(random.choice(["lying", "lying", "tangled"]))
    elif stage.tilt > 0.15:
        variant = str(random.choice(["standing", "forest", "lying"], p=[0.6, 0.3, 0.1]))
    else:
        names = ["lying", "tangled", "forest", "standing", "branched", "few"]
        variant = str(random.choice(names, p=[0.3, 0.24, 0.16, 0.12, 0.08, 0.1]))
    if not over:
        lay_ground(stage, 2 * size, random)
    if variant == "few":
        size *= random.uniform(1.5, 4)
    make = {"standing": _standing, "forest": _forest, "lying": _lying, "tangled": _tangled,
            "branched": _branched, "few": _lying}[variant]  # fmt: skip
    told = make(stage, size, over or variant == "few")
    return {"variant": variant, "wire_nm": size * stage.nm, **told}


def _radii(stage: Stage, size: float, n: int, spread: float) -> NDArray[np.float64]:
    return np.asarray(size / 2 * np.exp(stage.random.normal(0, spread, n)))


def _profile(random: np.random.Generator) -> str:
    return str(random.choice(["round", "hexagon", "belt"], p=[0.65, 0.28, 0.07]))


def _standing(stage: Stage, size: float, few: bool) -> dict[str, Any]:
    """Wires upright on the ground, in rows or anywhere; most with a droplet or a bright end."""
    random = stage.random
    pitch = size * log_uniform(random, (1.8, 9))
    long = size * log_uniform(random, (4, 40)) if stage.tilt > 0.15 else size * 6
    long = min(long, 0.8 * stage.least / max(stage.sin, 0.2))
    rows = random.random() < 0.55
    jitter = random.uniform(0.01, 0.06) if rows else 0.5
    places = hexagonal(stage.world, pitch, random, jitter=jitter)
    places = places[random.random(len(places)) < (random.uniform(0.85, 1) if rows else 0.8)]
    if len(places) > 420:
        places = places[random.permutation(len(places))[:420]]
    n = len(places)
    radii = _radii(stage, size, n, random.uniform(0.02, 0.2))
    lengths = long * np.exp(random.normal(0, random.uniform(0.02, 0.3), n))
    lean = random.uniform(0, 0.06) if random.random() < 0.7 else random.uniform(0.1, 0.35)
    taper = random.uniform(0.35, 1.0) if random.random() < 0.4 else 1.0
    tone, profile = log_uniform(random, (0.8, 2.2)), _profile(random)
    drop = random.uniform(0.9, 1.5) if random.random() < 0.45 else 0.0
    paths, widths = [], []
    for place, length in zip(places, lengths, strict=True):
        leaning = random.normal(0, lean, 2) * length + 1e-3
        bottom = np.array([*place, -0.3 * size])
        top = np.array([*(place + leaning), length])
        paths.append(stage.screen(np.array([bottom, 0.5 * (bottom + top), top])))
        widths.append(np.array([1.0, 0.5 * (1 + taper), taper]))
    tubes(stage, paths, [r * w for r, w in zip(radii, widths, strict=True)], tone,
          profile="hexagon" if profile == "hexagon" else "round")  # fmt: skip
    for path, radius in zip(paths, radii * taper, strict=True):
        row, col, depth = (float(v) for v in path[-1])
        cap = radius * (drop or 0.98)
        ball(stage, row, col, depth, (cap, cap * (0.6 + 0.4 * stage.sin), cap),
             tone=tone * (1.3 if drop else 1.05))  # fmt: skip
    if random.random() < 0.35:
        _parasites(stage, size, int(random.integers(3, 50)), tone)
    return {"period_nm": pitch * stage.nm if rows else None, "length_nm": long * stage.nm}


def _parasites(stage: Stage, size: float, n: int, tone: float) -> None:
    """Crystals that grew along the ground."""
    random = stage.random
    for row, col in scattered(n, stage.shape, random):
        heading, long = random.uniform(0, math.pi), size * random.uniform(1.5, 8)
        out = np.array([math.sin(heading), math.cos(heading)]) * long / 2
        lift = stage.at(row, col) + 0.3 * size
        ends = np.array([[row - out[0], col - out[1], lift], [row + out[0], col + out[1], lift]])
        radius = size * random.uniform(0.4, 1.1)
        tubes(stage, [ends], [np.array([radius, radius * random.uniform(0.5, 1)])], tone)


def _lying(stage: Stage, size: float, few: bool) -> dict[str, Any]:
    """Straight or gently bent wires scattered over the ground."""
    random = stage.random
    long = size * log_uniform(random, (8, 80))
    long = float(np.clip(long, 0.12 * stage.least, 2.5 * stage.least))
    n = int(random.integers(1, 8)) if few else int(log_uniform(random, (4, 90)))
    aligned = random.uniform(0.05, 0.5) if random.random() < 0.3 else math.pi
    turn = random.uniform(0, math.pi)
    curl = log_uniform(random, (0.005, 0.2)) if random.random() < 0.5 else 0.002
    radii = _radii(stage, size, n, random.uniform(0.02, 0.3))
    tone, profile = log_uniform(random, (0.8, 2.2)), _profile(random)
    taper = random.uniform(0.4, 1.0) if random.random() < 0.25 else 1.0
    drop = random.random() < 0.15
    for k in range(n):
        length = long * math.exp(random.normal(0, 0.4))
        start = random.uniform(-0.2, 1.0, 2) * stage.shape
        path = winding((start[0], start[1]), turn + random.uniform(-aligned, aligned), length,
                       curl, random)  # fmt: skip
        lift = np.array([stage.at(*p) for p in path]) + 0.7 * radii[k]
        lift = np.maximum(lift, np.median(lift)) if random.random() < 0.6 else lift
        axis = np.column_stack([path, _stiff(lift)])
        tubes(stage, [axis], [np.linspace(1, taper, len(path)) * radii[k]], tone,
              profile=profile)  # type: ignore[arg-type]  # fmt: skip
        if drop:
            row, col, depth = (float(v) for v in axis[-1])
            ball(stage, row, col, depth, (float(radii[k] * 1.25),) * 3, tone=1.3 * tone)
    return {"length_nm": long * stage.nm, "count": n}


def _stiff(lift: NDArray[np.float64]) -> NDArray[np.float64]:
    """A wire spans gaps: its height is a straight line that mostly lies above the ground."""
    t = np.linspace(0, 1, len(lift))
    slope, base = np.polyfit(t, lift, 1) if len(lift) > 2 else (0.0, float(lift.max()))
    line = base + slope * t
    return np.asarray(np.maximum(line, lift - 0.5 * np.ptp(lift)))


def _tangled(stage: Stage, size: float, few: bool) -> dict[str, Any]:
    """A mat of bent wires over one another at many depths."""
    random = stage.random
    area = stage.shape[0] * stage.shape[1]
    n = int(np.clip(random.uniform(0.6, 2.2) * area / (size * stage.least), 12, 150))
    if few:
        n = min(n, 25)
    curl = log_uniform(random, (0.03, 1.2))
    thick = size * random.uniform(2, 10)
    tone = log_uniform(random, (0.7, 1.8))
    radii = _radii(stage, size, n, random.uniform(0.05, 0.4))
    paths, widths = [], []
    for k in range(n):
        start = random.uniform(-0.2, 1.2, 2) * stage.shape
        path = winding((start[0], start[1]), random.uniform(0, 2 * math.pi),
                       stage.least * random.uniform(0.4, 1.6), curl, random)  # fmt: skip
        level = (k / n) * thick + wandering(len(path), 0.15 * size, random)
        paths.append(np.column_stack([path, level - (0 if few else 0.3 * thick)]))
        widths.append(np.full(len(path), radii[k]))
    tubes(stage, paths, widths, tone)
    return {"curl": curl, "count": n}


def _forest(stage: Stage, size: float, few: bool) -> dict[str, Any]:
    """Wires that grew in all directions, those towards the beam seen as bright ends."""
    random = stage.random
    area = stage.shape[0] * stage.shape[1]
    n = int(np.clip(random.uniform(0.3, 1.2) * area / (size * 14) / size, 30, 260))
    long = min(size * log_uniform(random, (8, 40)), 1.2 * stage.least)
    tone, taper = log_uniform(random, (0.8, 1.8)), random.uniform(0.15, 1.0)
    about = random.uniform(0.3, 1.3)
    radii = _radii(stage, size, n, random.uniform(0.05, 0.3))
    paths, widths = [], []
    for row, col in scattered(n, stage.world, random, 0.3 * size):
        polar, turn = abs(random.normal(0, about)), random.uniform(0, 2 * math.pi)
        polar = min(polar, 1.45)
        out = np.array([math.sin(polar) * math.sin(turn), math.sin(polar) * math.cos(turn),
                        math.cos(polar)]) * long * math.exp(random.normal(0, 0.25))  # fmt: skip
        bend = random.normal(0, 0.04, 3) * long
        t = np.linspace(0, 1, 6)[:, None]
        path = np.array([row, col, 0.0]) + t * out + t * (1 - t) * 4 * bend
        paths.append(stage.screen(path))
        widths.append(1 + (taper - 1) * t[:, 0])
    tubes(stage, paths, [r * w for r, w in zip(radii, widths, strict=True)], tone)
    return {"length_nm": long * stage.nm, "count": n}


def _branched(stage: Stage, size: float, few: bool) -> dict[str, Any]:
    """Trunks with rows of branches, or stars of needles from one point."""
    random = stage.random
    tone = log_uniform(random, (0.8, 1.6))
    star = random.random() < 0.5
    count = int(random.integers(2, 14))
    long = stage.least * random.uniform(0.15, 0.6)
    for row, col in scattered(count, stage.shape, random):
        base = stage.at(row, col)
        arms = int(random.integers(20, 60)) if star else 1
        paths, widths = [], []
        for _ in range(arms):
            polar = math.acos(random.uniform(0, 1)) if star else random.uniform(0.7, 1.5)
            turn = random.uniform(0, 2 * math.pi)
            out = np.array([math.sin(polar) * math.sin(turn), math.sin(polar) * math.cos(turn),
                            math.cos(polar)])  # fmt: skip
            reach = long * (random.uniform(0.3, 0.6) if star else 1.0)
            begin = np.array([row, col, base])
            paths.append(np.array([begin, begin + 0.5 * reach * out, begin + reach * out]))
            widths.append(np.array([1.0, 0.8, 0.3]) * size / 2 * (0.7 if star else 1.6))
            if star:
                continue
            for t in np.linspace(0.15, 0.95, int(random.integers(12, 40))):
                side = random.standard_normal(3)
                side = np.cross(out, side) + 0.4 * out
                side *= 0.3 * reach * (1.1 - t) / np.linalg.norm(side)
                foot = begin + t * reach * out
                paths.append(np.array([foot, foot + side]))
                widths.append(np.array([0.9, 0.35]) * size / 2)
        tubes(stage, paths, widths, tone)
    return {"star": star, "count": count}
