"""Powders: heaps of grains of many sizes that fill the field or lie on tape."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.simulation._picture import log_uniform
from micrographia.simulation.families.sem._bodies import Solid, ball, facets, solid, turned
from micrographia.simulation.families.sem._grounds import lay_ground, relief, roughness
from micrographia.simulation.families.sem._places import clustered, scattered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from micrographia.simulation.families.sem._stage import Stage

__all__ = ["draw"]

_VARIANTS = ("broken", "flakes", "needles", "lumps", "balls", "clumps")


def draw(stage: Stage, size: float, over: bool) -> dict[str, Any]:
    """Lay a powder whose middle grain is `size` wide [fine px]."""
    random = stage.random
    variant = str(random.choice(_VARIANTS, p=[0.3, 0.15, 0.13, 0.18, 0.1, 0.14]))
    heap = not over and random.random() < 0.75
    if not over:
        if heap:
            height = roughness(stage.world, 3 * size, random) * np.float32(0.3 * size)
            stage.ground(height - np.float32(size), random.uniform(0.3, 0.9))
        else:
            lay_ground(stage, size, random)
    area = stage.shape[0] * stage.shape[1]
    share = random.uniform(1.6, 3.0) if heap else log_uniform(random, (0.05, 0.5))
    most = {"clumps": 1000, "balls": 1000, "lumps": 900}.get(variant, 560)
    n = int(np.clip(share * area / (0.8 * size**2), 3, most))
    spread = random.uniform(0.25, 0.75)
    sizes = size / 2 * np.exp(random.normal(-(spread**2), spread, n))
    sizes = np.clip(sizes, 1.0, 0.35 * stage.least)
    order = np.argsort(-sizes) if random.random() < 0.7 else np.arange(n)
    sizes = sizes[order]
    if heap and random.random() < 0.75:
        places = scattered(n, stage.shape, random, size / 2)
    else:
        places = clustered(sizes, stage.shape, max(n // int(random.integers(4, 30)), 1), random,
                           contact=random.uniform(0.6, 1.0), overlap=0.5)  # fmt: skip
    rough = log_uniform(random, (0.015, 0.16))
    texture = relief(320, size, random, knobs=variant in ("balls", "lumps", "clumps")) * np.float32(
        rough
    )
    tone, vary = log_uniform(random, (0.6, 1.5)), random.uniform(0.02, 0.2)
    round_ = random.uniform(0.0, 0.35)
    bodies = [_body(variant, random) for _ in range(min(n, 24))]
    for (row, col), radius in zip(places, sizes, strict=True):
        _lay(stage, variant, float(row), float(col), float(radius), round_, bodies, texture,
             tone * math.exp(random.normal(0, vary)))  # fmt: skip
    if random.random() < 0.5:
        _dust(stage, size, tone)
    return {"variant": f"{variant}, {'heap' if heap else 'scattered'}", "spread": spread, "laid": n}


def _body(variant: str, random: np.random.Generator) -> Solid:
    """A broken piece: a flake, a needle, or about as long as wide."""
    stretch = [math.exp(one) for one in random.normal(0, 0.25, 3)]
    if variant == "flakes":
        stretch = [1.0, random.uniform(0.6, 1.0), random.uniform(0.08, 0.25)]
    elif variant == "needles":
        stretch = [random.uniform(2.2, 5), random.uniform(0.5, 0.8), 0.6]
    return facets("grain", random, stretch)


def _lay(
    stage: Stage, variant: str, row: float, col: float, radius: float, round_: float,
    bodies: Sequence[Solid],
    texture: np.ndarray[tuple[int, int], np.dtype[np.float32]], tone: float,
) -> None:  # fmt: skip
    random = stage.random
    depth = stage.at(row, col) + random.uniform(0.1, 0.6) * radius
    side = min(2 * math.ceil(2.2 * radius) + 4, 318)
    r, c = (int(random.integers(0, 320 - side)) for _ in range(2))
    bumps = np.rot90(texture[r : r + side, c : c + side], int(random.integers(4)))
    if variant == "balls":
        ball(stage, row, col, depth, (radius,) * 3, tone=tone,
             bumps=bumps if random.random() < 0.7 else None)  # fmt: skip
    elif variant in ("lumps", "clumps"):
        long = radius * math.exp(random.normal(0, 0.25))
        ball(stage, row, col, depth, (long, radius**2 / long, radius), tone=tone,
             angle=random.uniform(0, math.pi), bumps=bumps * np.float32(2.5))  # fmt: skip
    else:
        body = bodies[int(random.integers(len(bodies)))]
        scale = 1.0 if variant != "needles" else 0.55
        solid(stage, row, col, depth, radius * scale, body.turned(turned(random)), tone=tone,
              bumps=bumps, rounding=round_)  # fmt: skip


def _dust(stage: Stage, size: float, tone: float) -> None:
    """Small pieces that stick to the large ones."""
    random = stage.random
    n = int(random.integers(20, 250))
    places = scattered(n, stage.shape, random)
    sizes = np.clip(size * np.exp(random.normal(-2.6, 0.4, n)), 0.8, 0.12 * size + 1)
    for (row, col), radius in zip(places, sizes, strict=True):
        if stage.body[min(int(row), stage.shape[0] - 1), min(int(col), stage.shape[1] - 1)]:
            ball(stage, float(row), float(col), stage.at(row, col), (float(radius),) * 3, tone=tone)
