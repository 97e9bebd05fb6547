"""Pictures of what is no polyhedron: spheres, ellipsoids, rods, grown-together and uneven bodies.

Drawn in the contrasts of the family `polyhedra`, from the outline and the height above it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from micrographia.learning.shapes._clusters import chain, faceted
from micrographia.learning.shapes._contacts import among_neighbours
from micrographia.simulation import _picture as picture
from micrographia.simulation.families.outlines import Config as OutlineConfig
from micrographia.simulation.families.outlines import _contours as contours
from micrographia.simulation.families.outlines._shapes import make
from micrographia.simulation.families.polyhedra._draw import _finish

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from micrographia.simulation.families.polyhedra import Config
    from micrographia.simulation.families.polyhedra._config import Contrast

__all__ = ["OTHER", "TOUCHING", "RoundBody", "round_body"]

OTHER = "other"
"""The answer for what is none of the bodies."""

TOUCHING = 0.3
"""Share of them that neighbours cut."""

_KINDS = ("sphere", "faceted", "ellipsoid", "rod", "grown together", "uneven")
_SHARES = (0.42, 0.08, 0.18, 0.14, 0.09, 0.09)


class RoundBody(NamedTuple):
    """A picture, and the mask of the body in it.

    Attributes
    ----------
    pixels : ndarray of shape (rows, cols), uint8
    mask : ndarray of shape (rows, cols), bool
    kind : str
    """

    pixels: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    kind: str


def round_body(
    contrast: Contrast, config: Config, random: Generator, touching: float = TOUCHING
) -> RoundBody:
    """Draw a body that is none of the polyhedra.

    Parameters
    ----------
    contrast : str
        Of the family `polyhedra`.
    config : Config
        Of that family: size of the image, extent, strength of contrast, noise.
    random : Generator
    touching : float
        Chance that neighbours cut it.

    Returns
    -------
    body : RoundBody

    Examples
    --------
    >>> from micrographia.simulation.families.polyhedra import Config
    >>> body = round_body("mass", Config(size=64), np.random.default_rng(0))
    >>> body.pixels.shape, bool(body.mask.any())
    ((64, 64), True)
    """
    kind = str(random.choice(_KINDS, p=_SHARES))
    field = (config.size, config.size)
    points, label = _outline(kind, random)
    points = contours.turned(points, random.uniform(0, math.tau))
    points = points * (config.size * random.uniform(*config.extent) / contours.diameter(points))
    points = points - (points.max(0) + points.min(0)) / 2 + (config.size - 1) / 2
    share = picture.cover(points).on(field)
    mask = share >= 0.5
    if random.uniform() < touching:
        contact = among_neighbours(points, label, field, random)
        mask = mask if contact is None else mask & contact.own
    pixels = _DRAWERS[contrast](share, _height(share, kind, random), config, random)
    return RoundBody(pixels, mask, kind)


def _outline(kind: str, random: Generator) -> tuple[NDArray[np.float64], str]:
    config = OutlineConfig.parse({})
    if kind == "sphere":
        points = contours.ellipse(1 + 0.12 * float(random.uniform()) ** 2)
        if random.uniform() < 0.5:
            ecd = math.sqrt(4 * contours.area_and_centre(points)[0] / math.pi)
            sigma = 0.02 * float(random.uniform()) ** 2 * ecd
            points = contours.roughened(points, sigma, random.uniform(3, 30), random)
        return points, "circle"
    if kind == "faceted":
        return faceted(random), "circle"
    if kind == "ellipsoid":
        return contours.ellipse(random.uniform(1.12, 3.5)), "ellipse"
    if kind == "rod":
        length = random.uniform(1.5, 6.0)
        corners = np.array([[0.0, 0.0], [0.0, length], [1.0, length], [1.0, 0.0]])
        return contours.rounded(corners, random.uniform(0.6, 1.0)), "rectangle"
    if kind == "grown together":
        return chain(random), "dumbbell"
    return make("irregular", config, random).points, "irregular"


def _height(share: NDArray[np.float32], kind: str, random: Generator) -> NDArray[np.float32]:
    """Half of the thickness; 1 at its largest.

    An ellipsoid's thickness along any beam falls as the root of 1 - r² from the middle of its
    outline, r the distance as a share of the way to the outline; of the others, the height over
    the outline is a quarter of a circle as wide as the widest part.
    """
    inside = (share >= 0.5).astype(np.uint8)
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, 5)
    widest = max(float(depth.max()), 1.0)
    near = np.minimum(depth / widest, 1)
    height = np.sqrt(near * (2 - near)).astype(np.float32)
    if kind in ("sphere", "faceted", "ellipsoid"):
        rows, cols = np.nonzero(inside)
        both = np.cov(np.stack([rows, cols])) + 0.1 * np.eye(2)
        away = np.stack([*np.indices(share.shape)], -1) - np.array([rows.mean(), cols.mean()])
        square = np.einsum("rci,ij,rcj->rc", away, np.linalg.inv(both), away) / 4
        smooth = np.sqrt(np.clip(1 - square, 0, None)).astype(np.float32)
        # between the ideal body and the rounded slab that its real outline makes
        mixed = random.uniform(0.0, 0.3 if kind != "faceted" else 0.7)
        height = np.float32(1 - mixed) * smooth + np.float32(mixed) * height
    if kind == "uneven" or random.uniform() < 0.2:
        bumps = picture.texture(share.shape, (random.uniform(0.1, 0.4) * widest + 1,), random)
        height = height * np.clip(1 + np.float32(random.uniform(0, 0.2)) * bumps, 0.2, 1.8)
    height = cv2.GaussianBlur(height, (0, 0), 0.02 * widest + 0.5) * share
    scaled: NDArray[np.float32] = height / np.float32(max(float(height.max()), 1e-6))
    return scaled


def _shaded(
    share: NDArray[np.float32], height: NDArray[np.float32], config: Config, random: Generator
) -> NDArray[np.uint8]:
    strength = float(random.uniform(*config.contrast))
    widest = float(cv2.distanceTransform((share >= 0.5).astype(np.uint8), cv2.DIST_L2, 5).max())
    fall = np.stack(np.gradient(height * np.float32(widest)), -1)
    tilt = random.normal(0, 0.2, 2)  # the middle plane need not lie flat
    up = 1 / np.sqrt(1 + ((fall + tilt) ** 2).sum(-1))
    aside, rise = random.uniform(0, math.tau), random.uniform(0.3, 1.2)
    light = np.array([math.sin(aside), math.cos(aside)]) / math.hypot(1, rise)
    lit = np.clip((rise / math.hypot(1, rise) - (fall + tilt) @ light) * up, 0, None)
    steep = np.minimum(1 / np.maximum(up, 0.25), 3) - 1
    shade = 0.3 + 0.5 * lit + random.uniform(0.05, 0.25) * steep
    inside = share >= 0.5
    shade = np.float32(shade / max(float(np.quantile(shade[inside], 0.98)), 1e-6))
    depth = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 5)
    rim = np.exp(-depth / random.uniform(1.2, 4.0)) * random.uniform(0.0, 0.35)
    low = random.uniform(0.03, max(0.9 - strength, 0.05))
    bright = np.float32(strength) * np.minimum(shade + np.float32(rim), 1.35)
    return _finish(np.float32(low) + share * bright, strength, config, random)[0]


def _mass(
    share: NDArray[np.float32], height: NDArray[np.float32], config: Config, random: Generator
) -> NDArray[np.uint8]:
    strength = float(random.uniform(*config.contrast))
    if random.uniform() < 0.5:
        low = random.uniform(0.03, max(0.95 - strength, 0.04))
        signal = np.float32(low) + np.float32(strength) * height
    else:
        high = random.uniform(min(strength + 0.05, 0.95), 0.97)
        decay = -math.log(1 - min(strength / high, 0.97)) * random.uniform(1.0, 2.5)
        signal = np.float32(high) * np.exp(-np.float32(decay) * height)
    return _finish(signal, strength, config, random)[0]


def _diffraction(
    share: NDArray[np.float32], height: NDArray[np.float32], config: Config, random: Generator
) -> NDArray[np.uint8]:
    """Fringes of thickness in one to five grains, each excited by its own strength."""
    strength = float(random.uniform(*config.contrast))
    excited = np.full(share.shape, random.uniform(0.1, 1.2), np.float32)
    rows, cols = np.indices(share.shape) - (np.array(share.shape)[:, None, None] - 1) / 2
    for _ in range(int(random.integers(0, 5))):
        turn, off = random.uniform(0, math.tau), random.normal(0, 0.15) * share.shape[0]
        side = rows * math.sin(turn) + cols * math.cos(turn) > off
        if random.uniform() < 0.3:
            side &= rows * math.cos(turn) - cols * math.sin(turn) > off / 2
        excited[side] = random.uniform(0.0, 1.3)
    wave = np.sin(np.float32(math.pi * random.uniform(0.6, 3.5)) * height) ** 2
    high = random.uniform(min(strength + 0.1, 0.95), 0.97)
    drop = np.minimum(np.float32(strength / high) * excited * wave, 0.97)
    decay = np.float32(random.uniform(0.4, 1.6))
    passed = (1 - drop) * np.exp(-decay * (0.5 + excited) * height)
    signal = np.float32(high) * (1 + (passed - 1) * share)
    return _finish(signal, strength, config, random)[0]


def _silhouette(
    share: NDArray[np.float32], height: NDArray[np.float32], config: Config, random: Generator
) -> NDArray[np.uint8]:
    ground, ink = random.uniform(0.8, 1.0), random.uniform(0.0, 0.25)
    low, high = (ground, ink) if random.uniform() < 0.6 else (ink, ground)
    return picture.quantize(np.float32(low) + np.float32(high - low) * share)


_DRAWERS = {
    "shaded": _shaded, "mass": _mass, "diffraction": _diffraction, "silhouette": _silhouette,
}  # fmt: skip
