"""Patterned surfaces: gratings, arrays of holes and pillars, grids, rings, mazes, facets."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from micrographia.simulation._picture import log_uniform
from micrographia.simulation.families.micrographs import _textures as tex
from micrographia.simulation.families.sem._grounds import roughness, specks
from micrographia.simulation.families.sem._stage import FAR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.simulation.families.sem._stage import Stage

__all__ = ["draw", "grating"]

_VARIANTS = ("lines", "holes", "pillars", "grid", "rings", "maze", "pyramids", "fields")


def draw(stage: Stage, size: float, over: bool) -> dict[str, Any]:
    """Lay a pattern of period `size` [fine px]."""
    random = stage.random
    variant = str(random.choice(_VARIANTS, p=[.26, .18, .18, .1, .06, .07, .07, .08]))  # fmt: skip
    duty = random.uniform(0.25, 0.75)
    deep = log_uniform(random, (0.05, 1.2)) * size
    slope = random.uniform(0.5, 3.0) if random.random() < 0.7 else random.uniform(0.05, 0.3) * size
    turn = random.uniform(0, math.pi) if random.random() < 0.4 else random.choice([0, math.pi / 2])
    shape = stage.world
    rows, cols = (np.arange(n, dtype=np.float32) for n in shape)
    wave = np.float32(log_uniform(random, (0.05, 1.5))) * tex.clouds(
        shape, max(log_uniform(random, (0.1, 1)) * size, 4), random)  # fmt: skip
    if variant == "lines":
        inside = grating(shape, size, duty, float(turn), wave)
    elif variant in ("holes", "pillars"):
        inside = _dots(shape, size, duty, float(turn), random) + wave
    elif variant == "grid":
        across = grating(shape, size, duty, float(turn), wave)
        along = grating(shape, size * random.choice([1, 1, 1.5, 3]), duty,
                        float(turn) + math.pi / 2, wave)  # fmt: skip
        inside = np.maximum(across, along) if random.random() < 0.6 else np.minimum(across, along)
    elif variant == "rings":
        middle = random.uniform(-0.2, 1.2, 2) * shape
        far = np.hypot(rows[:, None] - middle[0], cols[None] - middle[1])
        inside = _wave(far.astype(np.float32) + wave, size, duty)
    elif variant == "maze":
        inside = _maze(shape, size, random)
    elif variant == "pyramids":
        inside = _pyramids(shape, size, float(turn), random)
    else:
        inside = _fields(shape, size, random) + wave
    if variant == "pyramids":
        profile = inside
        deep = random.choice([-1, 1]) * random.uniform(0.4, 0.9) * size
    else:
        profile = np.clip(inside / np.float32(slope) + np.float32(0.5), 0, 1)
    if variant == "holes":
        deep = -deep * random.uniform(1, 2)
    height = np.asarray(profile * np.float32(deep), np.float32)
    up, low = log_uniform(random, (0.5, 1.4)), log_uniform(random, (0.4, 1.2))
    tone = np.float32(low) + np.float32(up - low) * profile
    rough = log_uniform(random, (0.05, 1.0))
    height += np.float32(rough) * roughness(shape, random.uniform(4, 60), random)
    cut = random.random() < 0.35 and stage.tilt > 0.5
    edge = int(stage.world[0] * random.uniform(0.5, 0.75))
    if cut:
        height[edge:] = FAR / 12
    source = stage.ground(height, tone)
    if cut:
        _section(stage, (source > edge - 1) & (source < edge), size)
    if not cut and stage.tilt > 0.2 and random.random() < 0.7:
        _striate(stage, source, random)
    if random.random() < 0.3:
        specks(stage, int(random.integers(1, 25)), 0.15 * size, random)
    return {"variant": variant, "duty": duty, "height_nm": abs(deep) * stage.nm,
            "direction_deg": math.degrees(float(turn)), "cleaved": bool(cut)}  # fmt: skip


def _wave(place: NDArray[np.float32], period: float, duty: float) -> NDArray[np.float32]:
    """Distance into a line (above 0) or out of it, lines covering the share `duty` of a period."""
    phase = np.abs(np.mod(place, np.float32(period)) - np.float32(period / 2))
    return np.asarray(np.float32(duty * period / 2) - phase, np.float32)


def grating(
    shape: tuple[int, int], period: float, duty: float, turn: float,
    wave: NDArray[np.float32] | float = 0.0,
) -> NDArray[np.float32]:  # fmt: skip
    """Distance into the lines of a grating, above 0 inside [fine px].

    Parameters
    ----------
    shape : tuple of int
    period : float [fine px]
    duty : float
        Width of a line over the period.
    turn : float [rad]
        0: lines run down the picture.
    wave : ndarray or float
        Displacement of the edges.

    Examples
    --------
    >>> (grating((1, 8), 4.0, 0.5, 0.0)[0] > 0).tolist()
    [False, False, True, False, False, False, True, False]
    """
    rows, cols = (np.arange(n, dtype=np.float32) for n in shape)
    place = np.float32(math.cos(turn)) * cols[None] + np.float32(math.sin(turn)) * rows[:, None]
    return _wave(np.asarray(place + wave, np.float32), period, duty)


def _dots(
    shape: tuple[int, int], size: float, duty: float, turn: float, random: np.random.Generator
) -> NDArray[np.float32]:
    """Distance into round, square or oblong dots on a square or hexagonal lattice."""
    rows, cols = (np.arange(n, dtype=np.float32) for n in shape)
    cos, sin = np.float32(math.cos(turn)), np.float32(math.sin(turn))
    u: NDArray[np.floating[Any]] = np.asarray(
        (cos * cols[None] + sin * rows[:, None]) / np.float32(size), np.float64
    )
    v: NDArray[np.floating[Any]] = np.asarray(
        (cos * rows[:, None] - sin * cols[None]) / np.float32(size), np.float64
    )
    hexagons = random.random() < 0.5
    if hexagons:
        v = v * np.float32(2 / math.sqrt(3))
        odd = np.mod(np.floor(v), 2)
        u = np.asarray(u + odd / 2, np.float64)
        v = (np.mod(v, 1) - np.float32(0.5)) * np.float32(math.sqrt(3) / 2)
    else:
        v = np.mod(v, 1) - np.float32(0.5)
    cell = np.floor(u).astype(np.int32)
    u = np.mod(u, 1) - np.float32(0.5)
    form = str(random.choice(["round", "round", "square", "oblong", "octagon"]))
    half = np.float32(0.28 + 0.17 * duty)
    au, av = np.abs(u), np.abs(v)
    if form == "square":
        far = np.maximum(au, av)
    elif form == "oblong":
        far = np.maximum(au, av * np.float32(random.uniform(1.3, 2.5)))
    elif form == "octagon":
        far = np.maximum(np.maximum(au, av), (au + av) * np.float32(0.75))
    else:
        far = np.sqrt(u * u + v * v)
    inside = (half - far) * np.float32(size)
    if random.random() < 0.15:
        missing = (cell * 7919 + 3) % int(random.integers(5, 30)) == 0
        inside[missing] = -np.float32(size)
    return np.asarray(inside, np.float32)


def _maze(shape: tuple[int, int], size: float, random: np.random.Generator) -> NDArray[np.float32]:
    """Stripes without a direction, as of block copolymers and wrinkles."""
    shrink = max(size / 10, 1.0)
    small = (math.ceil(shape[0] / shrink) + 2, math.ceil(shape[1] / shrink) + 2)
    wide = random.uniform(0.05, 0.15)

    def ring(f: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(np.exp(-(((f * size / shrink - 1) / wide) ** 2) / 2), np.float32)

    field = tex.coloured(small, ring, random)
    field = cv2.resize(field, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_CUBIC)
    inside = field[: shape[0], : shape[1]] * np.float32(size / 5)
    return np.ascontiguousarray(inside + np.float32(random.uniform(-0.05, 0.05) * size))


def _pyramids(
    shape: tuple[int, int], size: float, turn: float, random: np.random.Generator
) -> NDArray[np.float32]:
    """Pyramids side by side, in rows or (textured silicon) anywhere."""
    if random.random() < 0.5:
        across = grating(shape, size, 1.0, turn)
        along = grating(shape, size, 1.0, turn + math.pi / 2)
        return np.minimum(across, along) * np.float32(2 / size)
    best = np.zeros(shape, np.float32)
    n = int(np.clip(4 * shape[0] * shape[1] / size**2, 20, 700))
    cos, sin = np.float32(math.cos(turn)), np.float32(math.sin(turn))
    for _ in range(n):
        half = size / 2 * math.exp(random.normal(0, 0.4))
        reach = math.ceil(1.45 * half)
        r, c = int(random.integers(0, shape[0])), int(random.integers(0, shape[1]))
        part = (slice(max(r - reach, 0), r + reach), slice(max(c - reach, 0), c + reach))
        rows, cols = np.ogrid[part]
        down, right = (rows - r).astype(np.float32), (cols - c).astype(np.float32)
        far = np.maximum(np.abs(cos * down + sin * right), np.abs(cos * right - sin * down))
        here = best[part]
        np.maximum(here, (np.float32(half) - far[: here.shape[0], : here.shape[1]])
                   * np.float32(2 / size), out=here)  # fmt: skip
    return best


def _fields(
    shape: tuple[int, int], size: float, random: np.random.Generator
) -> NDArray[np.float32]:
    """Rows of larger figures, a period of a few sizes: crosses, rings, bars, letters, marks."""
    period = int(np.clip(size * random.uniform(1.5, 3), 12, 300))
    canvas = np.zeros((period, period), np.uint8)
    kind = str(random.choice(["cross", "ring", "bars", "letter", "split", "bow"]))
    mid, wide = period // 2, max(int(size * 0.2), 2)
    if kind == "cross":
        cv2.rectangle(
            canvas, (mid - wide, period // 6), (mid + wide, period - period // 6), 255, -1
        )
        cv2.rectangle(
            canvas, (period // 6, mid - wide), (period - period // 6, mid + wide), 255, -1
        )
    elif kind in ("ring", "split"):
        cv2.circle(canvas, (mid, mid), int(0.36 * period), 255, wide)
        if kind == "split":
            cv2.rectangle(canvas, (mid - wide, 0), (mid + wide, mid), 0, -1)
    elif kind == "bars":
        for k in range(3):
            col = int(period * (0.2 + 0.25 * k))
            cv2.rectangle(canvas, (col, period // 8), (col + period // 9, period - period // 8),
                          255, -1)  # fmt: skip
    elif kind == "letter":
        text = str(random.choice(list("ABEFHKMNRTX24578")))
        cv2.putText(canvas, text, (period // 6, period - period // 5), cv2.FONT_HERSHEY_SIMPLEX,
                    period / 34, 255, wide, cv2.LINE_AA)  # fmt: skip
    else:
        corners = [[period // 8, period // 6], [mid, mid - 2], [period - period // 8, period // 6],
                   [period - period // 8, period - period // 6], [mid, mid + 2],
                   [period // 8, period - period // 6]]  # fmt: skip
        cv2.fillPoly(canvas, [np.array(corners, np.int32)], 255)
    inside = cv2.distanceTransform((canvas > 127).astype(np.uint8), cv2.DIST_L2, 5)
    outside = cv2.distanceTransform((canvas <= 127).astype(np.uint8), cv2.DIST_L2, 5)
    tile = np.asarray(inside - outside, np.float32)
    again = (math.ceil(shape[0] / period) + 1, math.ceil(shape[1] / period) + 1)
    whole = np.tile(tile, again)
    r, c = (int(random.integers(0, period)) for _ in range(2))
    return np.ascontiguousarray(whole[r : r + shape[0], c : c + shape[1]])


def _section(stage: Stage, wall: NDArray[np.bool_], size: float) -> None:
    """The wall where the wafer was broken: one tone, river lines, perhaps a layer on top."""
    random = stage.random
    below = np.cumsum(wall, axis=0)
    tone = np.full(stage.shape, log_uniform(random, (0.3, 1.0)), np.float32)
    if random.random() < 0.5:
        layer = size * random.uniform(0.1, 1.0)
        tone[below < layer] *= np.float32(random.uniform(0.6, 1.7))
    rivers = tex.fractal(stage.shape, random.uniform(10, 80), 4, 0.5, random)
    tone *= 1 + np.float32(random.uniform(0.005, 0.05)) * rivers
    lines = tex.clouds((stage.shape[1], 1), random.uniform(8, 40), random)[:, 0]
    relief = rivers * np.float32(random.uniform(0.1, 0.8)) + lines[None] * np.float32(
        random.uniform(0, 0.8)
    )
    stage.tone[wall] = tone[wall]
    stage.depth[wall] += relief[wall]


def _striate(stage: Stage, source: NDArray[np.float32], random: np.random.Generator) -> None:
    """Upright stripes on walls, where the map's row hardly changes from pixel to pixel."""
    steep = np.zeros(stage.shape, np.float32)
    steep[1:] = (np.diff(source, axis=0) < 0.35).astype(np.float32)
    stripes = tex.normal((1, stage.shape[1]), random)
    stripes = cv2.GaussianBlur(stripes, (0, 0), random.uniform(0.8, 3))
    stripes /= max(float(stripes.std()), 1e-6)
    stage.tone *= 1 + np.float32(random.uniform(0.03, 0.25)) * steep * stripes
