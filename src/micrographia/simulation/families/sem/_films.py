"""Films and coated surfaces: grains, facets, nodules, cracks, wrinkles, blisters, sections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from micrographia.simulation._picture import log_uniform
from micrographia.simulation.families.micrographs import _textures as tex
from micrographia.simulation.families.sem._grounds import lines, roughness, specks
from micrographia.simulation.families.sem._places import hexagonal, nearest, scattered
from micrographia.simulation.families.sem._stage import FAR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.simulation.families.sem._stage import Stage

__all__ = ["draw"]

Film = tuple["NDArray[np.float32]", "NDArray[np.float32]"]
_VARIANTS = ("grains", "facets", "nodules", "cracks", "smooth", "wrinkles", "islands", "section")


def draw(stage: Stage, size: float, over: bool) -> dict[str, Any]:
    """Lay a film whose grains are about `size` wide [fine px]."""
    random = stage.random
    variant = str(random.choice(_VARIANTS, p=[.2, .14, .14, .14, .1, .08, .08, .12]))  # fmt: skip
    if variant == "section":
        return {"variant": variant, **_section(stage, size)}
    shape = stage.world
    make = {"grains": _grains, "facets": _facets, "nodules": _nodules, "cracks": _cracks,
            "smooth": _smooth, "wrinkles": _wrinkles, "islands": _islands}[variant]  # fmt: skip
    height, tone = make(shape, size, random)
    height += np.float32(log_uniform(random, (0.02, 0.3))) * roughness(shape, 20, random)
    if random.random() < 0.2 and variant != "smooth":
        height -= np.float32(random.uniform(0.5, 3)) * lines(
            shape, int(random.integers(1, 8)), random
        )
    if random.random() < 0.15:
        _pinholes(height, size, random)
    stage.ground(height, np.clip(tone * log_uniform(random, (0.5, 1.2)), 0.02, None))
    if random.random() < 0.3:
        specks(stage, int(random.integers(1, 30)), 0.6 * size, random)
    return {"variant": variant}


def _seeds(shape: tuple[int, int], size: float, random: np.random.Generator) -> NDArray[np.float64]:
    n = int(np.clip(shape[0] * shape[1] / size**2, 6, 40_000))
    if random.random() < 0.4:
        return scattered(n, shape, random)
    return hexagonal(shape, 1.07 * size, random, jitter=random.uniform(0.1, 0.3))


def _grains(shape: tuple[int, int], size: float, random: np.random.Generator) -> Film:
    """Domed or flat grains side by side, grooves between them, each with a tone of its own."""
    places = _seeds(shape, size, random)
    owner, far = nearest(places, shape)
    n = len(places)
    dome = log_uniform(random, (0.1, 0.8))
    step = random.uniform(0, 0.4) * size * random.standard_normal(n).astype(np.float32)
    height = step[owner] - np.float32(dome / size) * far * far
    edge = np.zeros(shape, np.uint8)
    edge[1:] |= owner[1:] != owner[:-1]
    edge[:, 1:] |= owner[:, 1:] != owner[:, :-1]
    gap = cv2.distanceTransform(1 - edge, cv2.DIST_L2, 3)
    groove = np.exp(-gap / np.float32(max(0.05 * size, 0.8)))
    height -= np.float32(random.uniform(0.02, 0.2) * size) * groove
    tones = np.exp(random.normal(0, random.uniform(0, 0.15), n)).astype(np.float32)
    tone = tones[owner]
    if random.random() < 0.25:
        tone *= 1 + np.float32(random.uniform(0.2, 0.8)) * groove
    return cv2.GaussianBlur(height, (0, 0), max(0.04 * size, 0.7)), tone


def _facets(shape: tuple[int, int], size: float, random: np.random.Generator) -> Film:
    """Crystals that end in planes: each a tilted plane, the highest one seen."""
    places = _seeds(shape, size, random)
    owner, _ = nearest(places, shape)
    n = len(places)
    steep = random.uniform(0.2, 0.9)
    slopes = random.normal(0, steep, (n, 2)).astype(np.float32)
    rise = random.uniform(0, 0.5) * size * random.standard_normal(n).astype(np.float32)
    rows, cols = (np.arange(k, dtype=np.float32) for k in shape)
    down = rows[:, None] - places[:, 0].astype(np.float32)[owner]
    right = cols[None] - places[:, 1].astype(np.float32)[owner]
    first = slopes[owner, 0] * down + slopes[owner, 1] * right
    second = rise[owner] - np.abs(slopes[owner, 1] * down - slopes[owner, 0] * right)
    height = second + (first if random.random() < 0.5 else -np.abs(first))
    tones = np.exp(random.normal(0, 0.08, n)).astype(np.float32)
    return cv2.GaussianBlur(height, (0, 0), 0.8), tones[owner]


def _nodules(shape: tuple[int, int], size: float, random: np.random.Generator) -> Film:
    """Cauliflower: domes on domes."""
    height = np.zeros(shape, np.float32)
    width = size * random.uniform(1, 3)
    while width > max(size / 5, 4.0):
        _, far = nearest(scattered(int(np.clip(1.3 * shape[0] * shape[1] / width**2, 3, 9000)),
                                   shape, random), shape)  # fmt: skip
        dome = np.sqrt(np.clip(1 - (far / np.float32(0.75 * width)) ** 2, 0, None))
        height += dome * np.float32(width * random.uniform(0.15, 0.5))
        width /= random.uniform(2, 3)
    return height, np.ones(shape, np.float32)


def _cracks(shape: tuple[int, int], size: float, random: np.random.Generator) -> Film:
    """A film broken into plates, perhaps with raised edges, on a darker or brighter ground."""
    large = min(shape) * random.uniform(0.1, 0.6)
    wander = np.stack([tex.fractal(shape, large, 8, 0.5, random) for _ in range(2)])
    wander *= np.float32(random.uniform(0.05, 0.2) * large)
    owner, _ = nearest(scattered(int(np.clip(shape[0] * shape[1] / large**2, 3, 60)), shape,
                                 random), shape)  # fmt: skip
    rows, cols = (np.arange(n, dtype=np.float32) for n in shape)
    owner = cv2.remap(owner.astype(np.float32), cols[None] + wander[0], rows[:, None] + wander[1],
                      cv2.INTER_NEAREST, None, cv2.BORDER_REFLECT)  # fmt: skip
    edge = np.zeros(shape, np.uint8)
    edge[1:] |= owner[1:] != owner[:-1]
    edge[:, 1:] |= owner[:, 1:] != owner[:, :-1]
    if random.random() < 0.5:
        some = np.zeros(1 + int(owner.max()), np.float32)
        edge[tex.clouds(shape, large, random) > random.uniform(0, 1.5)] = 0
        del some
    gap = cv2.distanceTransform(1 - edge, cv2.DIST_L2, 5)
    wide = log_uniform(random, (0.8, 0.08 * large + 1))
    crack = np.clip(1.5 - gap / np.float32(wide), 0, 1)
    height = np.float32(random.uniform(0, 0.3) * size) * roughness(shape, 2 * size, random)
    height -= crack * np.float32(random.uniform(2, 25))
    curl = random.random() < 0.3
    if curl:
        height += np.exp(-gap / np.float32(0.15 * large)) * np.float32(random.uniform(2, 15))
    tone = 1 + crack * np.float32(random.uniform(-0.7, 0.3))
    return height, tone


def _smooth(shape: tuple[int, int], size: float, random: np.random.Generator) -> Film:
    """Almost nothing to see: fine grain, scratches, stains."""
    height = tex.grain(shape, random.uniform(1, 4), random) * np.float32(random.uniform(0.05, 0.6))
    height -= np.float32(random.uniform(0.5, 4)) * lines(shape, int(random.integers(0, 30)), random)
    stain = tex.fractal(shape, random.uniform(0.2, 1) * min(shape), 10, 0.6, random)
    return height, 1 + np.float32(log_uniform(random, (0.02, 0.3))) * stain


def _wrinkles(shape: tuple[int, int], size: float, random: np.random.Generator) -> Film:
    """Ridges of a film under stress, or the folds of a thin sheet."""
    field = tex.fractal(shape, random.uniform(3, 12) * size, size, random.uniform(0.4, 0.7), random)
    other = tex.clouds(shape, random.uniform(4, 16) * size, random)
    fold = np.abs(field + np.float32(0.6) * other)
    ridge = np.exp(-fold * np.float32(random.uniform(3, 9)))
    height = ridge * np.float32(random.uniform(0.4, 1.5) * size) + field * np.float32(0.2 * size)
    return cv2.GaussianBlur(height, (0, 0), 1.2), 1 + np.float32(random.uniform(0, 0.5)) * ridge


def _islands(shape: tuple[int, int], size: float, random: np.random.Generator) -> Film:
    """A film that has not closed, or has drawn back: smooth islands on the bare ground."""
    field = tex.fractal(shape, 1.3 * size, 0.5 * size, 0.35, random)
    soft = random.uniform(0.15, 0.5)
    level = random.uniform(-0.6, 0.6)
    share = np.clip((field - np.float32(level)) / np.float32(soft) + np.float32(0.5), 0, 1)
    height = np.sqrt(share) * np.float32(random.uniform(0.15, 0.5) * size)
    bare = random.uniform(0.35, 0.8)
    return height, np.float32(bare) + np.float32(1 - bare) * share


def _pinholes(height: NDArray[np.float32], size: float, random: np.random.Generator) -> None:
    for _ in range(int(random.integers(1, 25))):
        place = (int(random.integers(0, height.shape[1])), int(random.integers(0, height.shape[0])))
        radius = max(int(size * random.uniform(0.1, 0.5)), 1)
        hole = np.zeros(height.shape, np.uint8)
        cv2.circle(hole, place, radius, 1, -1)
        height[hole > 0] -= np.float32(random.uniform(3, 20))


def _section(stage: Stage, size: float) -> dict[str, Any]:
    """A broken edge seen from the side: layers over one another, the surface above them."""
    random = stage.random
    rows, cols = stage.shape
    wander = tex.fractal((1, cols), 0.5 * cols, 4, 0.45, random)[0] * np.float32(0.01 * rows)
    top = rows * random.uniform(0.15, 0.55)
    lean = random.normal(0, 0.04)
    edge = top + lean * (np.arange(cols, dtype=np.float32) - cols / 2) + wander
    down = np.arange(rows, dtype=np.float32)[:, None] - edge[None]
    depth = np.where(down < 0, down * np.float32(0.6), 0).astype(np.float32)
    tone = np.full(stage.shape, log_uniform(random, (0.2, 0.9)), np.float32)
    if random.random() < 0.4:
        depth[down < 0] = FAR
    thicknesses = [float(rows * log_uniform(random, (0.02, 0.3)))
                   for _ in range(int(random.integers(1, 5)))]  # fmt: skip
    begin = np.zeros(cols, np.float32)
    for thick in thicknesses:
        uneven = tex.fractal((1, cols), 2 * size, 3, 0.6, random)[0]
        end = begin + np.float32(thick) + uneven * np.float32(random.uniform(0, 0.08) * thick)
        inside = (down >= begin) & (down < end)
        relief = _filling(stage, size, thick) * np.float32(random.uniform(0.3, 1.0))
        depth[inside] = relief[inside]
        tone[inside] = np.float32(log_uniform(random, (0.35, 1.3)))
        begin = end
    rest = down >= begin
    depth[rest] = np.float32(random.uniform(0.1, 1.5)) * roughness(stage.shape, 60, random)[rest]
    tone[rest] = np.float32(log_uniform(random, (0.3, 1.0)))
    surface = (down < 0) & (depth > FAR / 2)
    depth[surface] += (np.float32(random.uniform(0, 0.2) * size)
                       * roughness(stage.shape, size, random))[surface]  # fmt: skip
    stage.ground(np.zeros(stage.world, np.float32))
    stage.depth[:], stage.tone[:] = depth, tone
    return {"thickness_nm": [one * stage.nm for one in thicknesses]}


def _filling(stage: Stage, size: float, thick: float) -> NDArray[np.float32]:
    """Relief of a broken layer: dense, grainy, or columns that grew upright."""
    random = stage.random
    kind = random.random()
    if kind < 0.35:
        return roughness(stage.shape, 30, random) * np.float32(random.uniform(0.2, 1.5))
    if kind < 0.7:
        stripes = tex.fractal((1, stage.shape[1]), size, 3, 0.6, random)
        fine = tex.grain(stage.shape, 2.0, random) * np.float32(0.4)
        return np.asarray(stripes * np.float32(random.uniform(1, 0.3 * size + 1)) + fine)
    _, far = nearest(_seeds(stage.shape, min(size, thick), random), stage.shape)
    return np.asarray(-far * np.float32(random.uniform(0.3, 0.9)))
