"""Tips: etched needles, cones, milled points, pyramids on cantilevers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from micrographia.simulation._picture import log_uniform
from micrographia.simulation.families.micrographs import _textures as tex
from micrographia.simulation.families.sem._bodies import ball, tubes
from micrographia.simulation.families.sem._grounds import lay_ground, roughness
from micrographia.simulation.families.sem._places import hexagonal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.simulation.families.sem._stage import Stage

__all__ = ["draw", "outline"]

_VARIANTS = ("cone", "etched", "stepped", "pyramid", "cantilever", "array")


def draw(stage: Stage, size: float, over: bool) -> dict[str, Any]:
    """Lay a tip whose base is `size` wide [fine px], with the full angle the stage asks for."""
    random = stage.random
    variant = str(random.choice(_VARIANTS, p=[0.3, 0.2, 0.13, 0.17, 0.12, 0.08]))
    if variant == "pyramid":
        return {"variant": variant, **_pyramid(stage, size)}
    if variant == "array" and stage.tilt < 0.35:
        variant = "cone"
    if variant == "array":
        return {"variant": variant, **_array(stage, size)}
    _behind(stage, size)
    if variant == "cantilever":
        return {"variant": variant, **_cantilever(stage, size)}
    return {"variant": variant, **_needle(stage, size, variant)}


def _behind(stage: Stage, size: float) -> None:
    """Far behind the tip: darkness, or something out of focus."""
    random = stage.random
    height = np.full(stage.world, -6 * size, np.float32)
    if random.random() < 0.35:
        height += roughness(stage.world, 0.5 * stage.least, random) * np.float32(0.3 * size)
    level = log_uniform(random, (0.02, 0.35))
    tone = np.full(stage.world, level, np.float32)
    cloud = tex.clouds(stage.world, 0.8 * stage.least, random)
    tone *= 1 + np.float32(random.uniform(0, 0.4)) * cloud
    stage.ground(height, np.clip(tone, 0.01, None))


def outline(
    variant: str, base: float, angle: float, apex: float, length: float, random: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Distance from the apex and radius along a tip [fine px].

    Parameters
    ----------
    variant : {"cone", "etched", "stepped"}
        Straight flanks; flanks that curve into the shaft; a cone cut in steps.
    base : float
        Diameter of the shaft.
    angle : float [rad]
        Full angle at the apex.
    apex : float
        Radius of the apex.
    length : float
        How far the tip is drawn.
    random : Generator
    """
    along = np.linspace(0, length, 160)
    slope = math.tan(angle / 2)
    radius = apex + along * slope
    if variant == "etched":
        half = base / 2
        radius = apex + (half - apex) * (1 - np.exp(-along * slope / max(half - apex, 1e-3)))
    else:
        radius = np.minimum(radius, base / 2)
    if variant == "stepped":
        for _ in range(int(random.integers(1, 4))):
            at = random.uniform(0.15, 0.8) * base / 2 / slope
            radius[along > at] *= random.uniform(1.1, 1.5)
    return along, radius


def _needle(stage: Stage, size: float, variant: str) -> dict[str, Any]:
    """One tip, its axis in the picture, that leaves it at an edge."""
    random = stage.random
    side = float(random.choice([0, 1, 2, 3], p=[0.2, 0.5, 0.2, 0.1])) * math.pi / 2
    heading = side + random.normal(0, 0.25)
    start = np.array(stage.shape) * random.uniform(0.25, 0.75, 2)
    start -= 0.15 * stage.least * np.array([math.sin(heading), math.cos(heading)])
    apex = min(log_uniform(random, (0.6, 0.08 * size + 1)), 0.2 * size)
    length = 1.5 * math.hypot(*stage.shape)
    along, radius = outline(variant, size, stage.tip_angle, apex, length, random)
    bow = random.normal(0, 0.02) if random.random() < 0.3 else 0.0
    row = start[0] + along * math.sin(heading) + bow * along**2 / length * math.cos(heading)
    col = start[1] + along * math.cos(heading) - bow * along**2 / length * math.sin(heading)
    lean = random.normal(0, 0.15)
    path = np.stack([row, col, -along * math.sin(lean)], axis=1)
    texture = _skin(size, random)
    profile = "hexagon" if random.random() < 0.12 else "round"
    tubes(stage, [path], [radius], log_uniform(random, (0.6, 1.3)), texture=texture,
          profile=profile)  # type: ignore[arg-type]  # fmt: skip
    if random.random() < 0.15:
        grown = apex * random.uniform(1.3, 4)
        ball(stage, float(start[0]), float(start[1]), 0.0, (grown,) * 3, tone=1.3)
    if random.random() < 0.4:
        _dirt(stage, path, radius)
    return {"tip_angle_deg": math.degrees(stage.tip_angle), "apex_radius_nm": apex * stage.nm,
            "heading_deg": math.degrees(heading), "apex_row": float(start[0]),
            "apex_col": float(start[1])}  # fmt: skip


def _skin(size: float, random: np.random.Generator) -> NDArray[np.float32] | None:
    """Relief of the flanks: grooves along the axis, rings round it, grain."""
    kind = random.random()
    if kind < 0.3:
        return None
    strength = np.float32(log_uniform(random, (0.004, 0.04)))
    if kind < 0.55:
        grooves = tex.fractal((1, 128), 40, 3, 0.6, random)
        slow = np.repeat(grooves, 2048, axis=0)
        return np.asarray(slow * strength + tex.grain((2048, 128), 2, random) * strength / 4)
    if kind < 0.75:
        rings = tex.fractal((2048, 1), 60, 4, 0.6, random)
        return np.asarray(np.repeat(rings, 128, axis=1) * strength)
    return np.asarray(tex.fractal((2048, 128), 40, 2, 0.6, random) * strength)


def _dirt(stage: Stage, path: NDArray[np.float64], radius: NDArray[np.float64]) -> None:
    random = stage.random
    for _ in range(int(random.integers(1, 12))):
        k = int(random.integers(0, len(path) // 2))
        size = max(radius[k] * log_uniform(random, (0.05, 0.3)), 1.0)
        across = random.uniform(-0.9, 0.9) * radius[k]
        ball(stage, float(path[k, 0] + across), float(path[k, 1] + across),
             float(path[k, 2] + 0.5 * radius[k]), (size, size * 0.8, size), tone=1.1)  # fmt: skip


def _pyramid(stage: Stage, size: float) -> dict[str, Any]:
    """The pyramid of a probe, seen from above or tilted, on its cantilever."""
    random = stage.random
    rows, cols = stage.world
    row, col = rows * random.uniform(0.4, 0.6), cols * random.uniform(0.35, 0.65)
    down = np.arange(rows, dtype=np.float32)[:, None] - np.float32(row)
    right = np.arange(cols, dtype=np.float32)[None] - np.float32(col)
    turn = random.uniform(0, math.pi / 2) if random.random() < 0.3 else random.normal(0, 0.05)
    cos, sin = np.float32(math.cos(turn)), np.float32(math.sin(turn))
    u, v = cos * right + sin * down, cos * down - sin * right
    slope = np.float32(1 / math.tan(stage.tip_angle / 2))
    sides = int(random.choice([4, 4, 4, 3, 8]))
    far = np.maximum.reduce([
        np.float32(math.cos(2 * math.pi * k / sides)) * u
        + np.float32(math.sin(2 * math.pi * k / sides)) * v for k in range(sides)
    ])  # fmt: skip
    high = np.clip((np.float32(size / 2) - far) * slope, 0, None)
    limit = size * random.uniform(0.5, 2.0)
    if random.random() < 0.2:
        high = np.minimum(high, np.float32(limit))
    beam = np.float32(size * random.uniform(0.6, 1.6))
    end = size * random.uniform(0.55, 1.2)
    heading = random.choice([0.0, math.pi / 2, math.pi]) + random.normal(0, 0.1)
    along = np.float32(math.cos(heading)) * right + np.float32(math.sin(heading)) * down
    across = np.float32(math.cos(heading)) * down - np.float32(math.sin(heading)) * right
    point = random.random() < 0.5
    inside = (along > -end + (np.abs(across) * 0.9 if point else 0)) & (np.abs(across) < beam)
    rough = roughness(stage.world, 30, random) * np.float32(random.uniform(0.05, 0.8))
    height = np.where(inside, high + rough, np.float32(-5 * size)).astype(np.float32)
    tone = np.where(inside, np.float32(random.uniform(0.4, 0.9)), np.float32(0.15))
    stage.ground(height, tone.astype(np.float32))
    return {"tip_angle_deg": math.degrees(stage.tip_angle), "facets": sides}


def _cantilever(stage: Stage, size: float) -> dict[str, Any]:
    """A beam from the side with its tip at the end."""
    random = stage.random
    rows, cols = stage.shape
    thick = size * random.uniform(0.2, 0.6)
    row, end = rows * random.uniform(0.3, 0.6), cols * random.uniform(0.55, 0.85)
    sign = -1 if random.random() < 0.5 else 1
    lean = random.normal(0, 0.12)
    high = min(size / 2 / math.tan(stage.tip_angle / 2), 0.6 * rows)
    foot = end - size / 2 - random.uniform(0, 0.3) * size
    slope = math.tan(stage.tip_angle / 2)
    wide = size / 2 if high < 0.6 * rows else high * slope
    beam = [
        (-0.2 * cols, row),
        (end, row),
        (end, row + sign * thick),
        (-0.2 * cols, row + sign * thick),
    ]
    tip = [(foot - wide, row), (foot, row - sign * high), (foot + wide, row)]
    canvas = np.zeros(stage.shape, np.uint8)
    cos, sin = math.cos(lean), math.sin(lean)
    for corners in (beam, tip):
        moved = [[cos * (c - end) - sin * (r - row) + end, sin * (c - end) + cos * (r - row) + row]
                 for c, r in corners]  # fmt: skip
        cv2.fillPoly(canvas, [np.round(np.array(moved) * 256).astype(np.int32)], 255, shift=8)
    mirror = random.random() < 0.5
    if mirror:
        canvas = np.ascontiguousarray(canvas[:, ::-1])
    inside = canvas > 127
    into = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 5)
    depth = np.minimum(into * np.float32(random.uniform(0.2, 1.2)), np.float32(0.3 * thick))
    depth += roughness(stage.shape, 40, random) * np.float32(random.uniform(0.1, 0.8))
    stage.put(0, 0, depth.astype(np.float32), inside, log_uniform(random, (0.5, 1.2)))
    return {"tip_angle_deg": math.degrees(stage.tip_angle)}


def _array(stage: Stage, size: float) -> dict[str, Any]:
    """Emitters in rows: cones on the ground."""
    random = stage.random
    lay_ground(stage, 0.3 * size, random)
    base = 0.35 * size
    pitch = base * random.uniform(1.3, 3)
    high = base / 2 / math.tan(stage.tip_angle / 2)
    places = hexagonal(stage.world, pitch, random, jitter=random.choice([0, 0.03, 0.15]))
    paths, radii = [], []
    for row, col in places[:160]:
        ends = np.array([[row, col, high], [row, col, 0.0]]) + random.normal(0, 0.01 * high, (2, 3))
        ends[1, :2] += 1e-3
        paths.append(stage.screen(ends))
        radii.append(np.array([random.uniform(0.5, 1.5), base / 2]))
    tubes(stage, paths, radii, log_uniform(random, (0.7, 1.5)), ends=False)
    return {"tip_angle_deg": math.degrees(stage.tip_angle), "period_nm": pitch * stage.nm}
