"""What bodies lie on: polished wafers, tapes, rough metal, grainy films."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from micrographia.simulation._picture import log_uniform
from micrographia.simulation.families.micrographs import _textures as tex
from micrographia.simulation.families.sem._places import hexagonal, nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.simulation.families.sem._stage import Stage

__all__ = ["lay_ground", "lines", "relief", "roughness", "specks"]


def roughness(
    shape: tuple[int, int], size: float, random: np.random.Generator
) -> NDArray[np.float32]:
    """Uneven height of unit deviation whose largest lumps are `size` fine px."""
    fall = random.uniform(0.35, 0.75)
    return tex.fractal(shape, max(size, 3.0), random.uniform(1.5, 4.0), fall, random)


def relief(
    side: int, size: float, random: np.random.Generator, *, knobs: bool
) -> NDArray[np.float32]:
    """Relief of about unit deviation for the skin of bodies `size` fine px wide.

    Lumps within lumps, knobs side by side, plates that lean, or needles that run one way.
    """
    shape = (side, side)
    kind = str(random.choice(["lumps", "knobs", "plates", "needles"], p=[0.5, 0.2, 0.18, 0.12]))
    if kind == ("needles" if knobs else "knobs"):
        kind = "lumps"
    fine = tex.fractal(shape, max(size / random.uniform(1.5, 8), 3), 1.5,
                       random.uniform(0.4, 0.75), random)  # fmt: skip
    width = max(size / random.uniform(3, 14), 3.0)
    if kind == "lumps":
        return fine
    if kind == "needles":
        long = tex.normal((side, side), random)
        long = cv2.GaussianBlur(long, (0, 0), width, sigmaY=max(width / 6, 0.8))
        turn = cv2.getRotationMatrix2D((side / 2, side / 2), random.uniform(0, 180), 1.3)
        field = cv2.warpAffine(long, turn, shape, borderMode=cv2.BORDER_REFLECT)
    else:
        places = hexagonal(shape, width, random, jitter=random.uniform(0.1, 0.3))
        owner, far = nearest(places, shape)
        if kind == "knobs":
            field = np.sqrt(np.clip(1 - (far / np.float32(0.62 * width)) ** 2, 0, None))
        else:
            lean = random.normal(0, 1, (2, len(places))).astype(np.float32)
            rows, cols = (np.arange(side, dtype=np.float32) for _ in range(2))
            field = lean[0][owner] * (rows[:, None] - places[:, 0].astype(np.float32)[owner])
            field += lean[1][owner] * (cols[None] - places[:, 1].astype(np.float32)[owner])
    field = (field - field.mean()) / max(float(field.std()), 1e-6)
    return np.asarray(field + np.float32(0.4) * fine, np.float32)


def lines(
    shape: tuple[int, int], n: int, random: np.random.Generator, angle: float | None = None
) -> NDArray[np.float32]:
    """Straight scratches and steps: height below the surface, 0 to 1."""
    canvas = np.zeros(shape, np.float32)
    for _ in range(n):
        turn = random.uniform(0, math.pi) if angle is None else random.normal(angle, 0.05)
        row, col = (random.uniform(0, edge) for edge in shape)
        half = log_uniform(random, (0.1, 1.5)) * max(shape) / 2
        down, right = half * math.sin(turn), half * math.cos(turn)
        ends = [(round(col + s * right), round(row + s * down)) for s in (-1, 1)]
        cv2.line(canvas, ends[0], ends[1], random.uniform(0.2, 1.0), int(random.integers(1, 4)))
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), 0.8), np.float32)


def specks(stage: Stage, n: int, largest: float, random: np.random.Generator) -> None:
    """Dirt: small lumps laid over what is there, brighter or darker."""
    from micrographia.simulation.families.sem._bodies import ball

    for _ in range(n):
        row, col = (float(random.uniform(0, edge)) for edge in stage.shape)
        size = log_uniform(random, (0.8, max(largest, 1.0)))
        ball(stage, row, col, stage.at(row, col) - 0.2 * size,
             (size, size * random.uniform(0.5, 1), size * random.uniform(0.4, 1)),
             angle=random.uniform(0, math.pi), tone=log_uniform(random, (0.7, 1.6)))  # fmt: skip


def lay_ground(stage: Stage, size: float, random: np.random.Generator) -> str:
    """Lay the ground for bodies of about `size` fine px; gives its name."""
    kind = str(random.choice(["flat", "uneven", "rough", "grainy", "lined", "dark"],
                             p=[0.3, 0.22, 0.17, 0.14, 0.09, 0.08]))  # fmt: skip
    shape = stage.world
    height = tex.clouds(shape, 0.6 * min(shape), random) * np.float32(
        0.01 * min(shape) * random.random()
    )
    level = log_uniform(random, (0.18, 1.0))
    tone = np.full(shape, level, np.float32)
    if kind == "uneven":
        height += roughness(shape, random.uniform(1, 8) * size, random) * np.float32(
            log_uniform(random, (0.03, 0.4)) * size)  # fmt: skip
    elif kind == "rough":
        height += roughness(shape, random.uniform(6, 40), random) * np.float32(
            log_uniform(random, (0.5, 4.0)))  # fmt: skip
    elif kind == "grainy":
        grains = tex.grain(shape, random.uniform(1.2, 4), random)
        height += grains * np.float32(random.uniform(0.3, 1.2))
    elif kind == "lined":
        scratches = lines(shape, int(random.integers(5, 60)), random, random.uniform(0, math.pi))
        height -= scratches * np.float32(random.uniform(0.5, 3))
        tone *= 1 - np.float32(0.3 * random.random()) * scratches
    elif kind == "dark":
        tone *= np.float32(random.uniform(0.2, 0.5))
    if random.random() < 0.5:
        tone *= 1 + np.float32(log_uniform(random, (0.01, 0.15))) * tex.clouds(
            shape, log_uniform(random, (20, 300)), random)  # fmt: skip
    if random.random() < 0.6:
        tone *= 1 + np.float32(log_uniform(random, (0.01, 0.06))) * tex.grain(
            shape, random.uniform(0.8, 2.5), random)  # fmt: skip
    if random.random() < 0.12:
        tone *= 1 + random.uniform(-0.4, 0.4) * _stains(shape, random)
    stage.ground(height, np.clip(tone, 0.02, None))
    if random.random() < 0.45:
        specks(stage, int(random.integers(2, 40)), min(0.3 * size, 0.012 * stage.least), random)
    return kind


def _stains(shape: tuple[int, int], random: np.random.Generator) -> NDArray[np.float32]:
    field = tex.fractal(shape, random.uniform(0.2, 0.8) * min(shape), 10, 0.5, random)
    edge = random.uniform(0.03, 0.2)
    level = np.float32(random.uniform(0.3, 1.2))
    return np.asarray(np.clip((field - level) / np.float32(edge), 0, 1), np.float32)
