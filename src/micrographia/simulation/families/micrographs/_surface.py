"""SEM images: secondary electrons from surfaces, more where they are steep or at an edge."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from micrographia.simulation.families.micrographs import _textures as tex
from micrographia.simulation.families.micrographs._draw import (
    Picture,
    Scene,
    ground_texture,
    texture_crop,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.simulation.families.micrographs._draw import Drawn
    from micrographia.simulation.families.micrographs._supports import Support

__all__ = ["secondary_electrons"]


def _log_uniform(low: float, high: float, random: np.random.Generator) -> float:
    return math.exp(random.uniform(math.log(low), math.log(high)))


class _Look:
    """How the particles of one image look: drawn once an image."""

    def __init__(self, scene: Scene) -> None:
        random = scene.random
        self.base = _log_uniform(0.35, 1.0, random)
        self.vary = random.uniform(0.0, 0.22)
        if scene.plan.brightness_spread is not None:
            self.vary = math.log(scene.plan.brightness_spread)
        self.edge = random.uniform(0.1, 1.0)
        self.cap = random.uniform(1.3, 4.0)
        self.light = random.uniform(0, 0.35) if random.random() < 0.7 else 0.0
        self.turn = random.uniform(0, 2 * math.pi)
        self.rim = random.uniform(0, 0.5) if random.random() < 0.6 else 0.0
        self.rough = random.uniform(0, 0.1) if random.random() < 0.4 else 0.0
        self.bumps = _log_uniform(0.05, 1.2, random) if random.random() < 0.45 else 0.0
        self.soft = float(np.clip(random.uniform(0.4, 3.0) / scene.plan.nm_per_px, 0.4, 2.0))
        self.shadow = random.uniform(0.0, 0.6)
        self.clear = random.uniform(0.0, 0.3) if random.random() < 0.3 else 0.0


def secondary_electrons(scene: Scene, support: Support) -> Picture:
    """Paint the particles from the bottom to the top over the ground."""
    random, shape = scene.random, scene.shape
    look = _Look(scene)
    ground = random.uniform(0.06, 0.45) * look.base if random.random() < 0.96 else 1.1 * look.base
    signal = support.depth * np.float32(ground)
    signal *= 1 - np.float32(look.shadow) * _crowding(scene)
    texture_sizes = ground_texture(signal, scene)
    lumps = 1 + random.uniform(0, 0.25) * tex.clouds(shape, 6 * scene.plan.median_px, random)
    texture = tex.grain(shape, random.uniform(0.7, 2.5), random)
    bumps = tex.fractal(shape, random.uniform(2.5, 10), 1.5, 0.6, random) if look.bumps else None
    contrast = np.zeros(len(scene.drawn))
    for k, drawn in enumerate(scene.drawn):
        shade = _shade(drawn, look, bumps, random)
        middle = tuple(min(max(int(c), 0), n - 1) for c, n in
                       zip((_middle(s) for s in drawn.on_canvas), shape, strict=True))  # fmt: skip
        shade *= np.float32(look.base * lumps[middle] * math.exp(random.normal(0, look.vary)))
        if look.rough:
            crop = texture_crop(texture, shade.shape, random)
            shade *= 1 + np.float32(look.rough) * crop
        contrast[k] = _paint(signal, drawn, shade, look)
    top = max(float(np.percentile(signal, 99.7)), 1e-3)
    if scene.plan.saturated:
        top = min(top, max(_white_from(scene, signal), 1e-3))
    parameters: dict[str, float | str | bool] = {
        "support": support.kind, "edge": look.edge, "ground": ground / top,
    }  # fmt: skip
    most = 1.0 if scene.plan.saturated else None
    signal = np.clip(signal / top, 0, most).astype(np.float32)
    return Picture(signal, contrast / top, np.zeros(len(contrast)), texture_sizes / top, parameters)


def _white_from(scene: Scene, signal: NDArray[np.float32]) -> float:
    """The level above which the wanted share of the particles' area lies."""
    covered = np.zeros(scene.shape, bool)
    for drawn in scene.drawn:
        covered[drawn.on_canvas] |= drawn.patch.cover[drawn.on_patch] >= 0.5
    values = signal[covered]
    return float(np.quantile(values, 1 - scene.plan.saturated)) if values.size else math.inf


def _middle(part: slice) -> float:
    return (int(part.start) + int(part.stop)) / 2


def _crowding(scene: Scene) -> NDArray[np.float32]:
    """How much of the neighbourhood is covered: few electrons escape from gaps."""
    cover = np.zeros(scene.shape, np.float32)
    for drawn in scene.drawn:
        here = cover[drawn.on_canvas]
        np.maximum(here, drawn.patch.cover[drawn.on_patch], out=here)
    reach = float(np.clip(0.25 * scene.plan.median_px, 1.5, 12))
    return np.asarray(cv2.GaussianBlur(cover, (0, 0), reach), np.float32)


def _shade(
    drawn: Drawn, look: _Look, bumps: NDArray[np.float32] | None, random: np.random.Generator
) -> NDArray[np.float32]:
    """Brightness of a surface: 1 on flat tops, more where it is steep, facing the detector."""
    top = drawn.patch.top
    if bumps is not None:
        top = top + np.float32(look.bumps) * texture_crop(bumps, top.shape, random)
    top = cv2.GaussianBlur(top, (0, 0), look.soft)
    down = cv2.Sobel(top, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)
    right = cv2.Sobel(top, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)
    steep = np.sqrt(1 + down * down + right * right)
    shade = 1 + np.float32(look.edge) * (np.minimum(steep, np.float32(look.cap)) - 1)
    if look.light:
        facing = down * np.float32(math.sin(look.turn)) + right * np.float32(math.cos(look.turn))
        shade += np.float32(look.light) * facing / steep
    if look.rim:
        inner = cv2.GaussianBlur(drawn.patch.cover, (0, 0), max(look.soft, 0.8))
        shade += np.float32(2 * look.rim) * np.clip(1 - inner, 0, 0.5)
    if drawn.placed.form.name == "wire" and drawn.placed.level > 1:
        rows = np.linspace(1.35, 0.6, shade.shape[0], dtype=np.float32)[:, None]
        shade *= rows
    return np.asarray(np.clip(shade, 0.05, None), np.float32)


def _paint(
    signal: NDArray[np.float32], drawn: Drawn, shade: NDArray[np.float32], look: _Look
) -> float:
    """Lay a particle over what is there; returns the root mean square change it makes."""
    cover, shade = drawn.patch.cover[drawn.on_patch], shade[drawn.on_patch]
    here = signal[drawn.on_canvas]
    inside = cover >= 0.5
    change = shade[inside] - here[inside]
    if look.shadow > 0.1:
        ring = cv2.GaussianBlur(drawn.patch.cover, (0, 0), 2.0)[drawn.on_patch]
        here *= 1 - np.float32(0.6 * look.shadow) * ring
    share = cover * np.float32(1 - look.clear) if look.clear else cover
    here += share * (shade - here)
    if not change.size:
        return 0.0
    return math.sqrt(float(np.mean(change.astype(float) ** 2))) * (1 - look.clear)
