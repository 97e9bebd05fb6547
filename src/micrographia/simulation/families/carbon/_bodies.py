"""Bodies without a fixed shape: rough lumps, heaps of grains, clouds of matrix."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from micrographia.simulation.families.micrographs import _textures as tex

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["blob", "grains", "relief"]


def blob(
    shape: tuple[int, int], centre: NDArray[np.float64], radius: float, rough: float,
    random: np.random.Generator, *, aspect: float = 1.0,
) -> NDArray[np.float32]:  # fmt: skip
    """How deep inside a rough, roughly elliptical outline each pixel lies [px]; outside negative.

    Parameters
    ----------
    shape : tuple of int
    centre : ndarray of shape (2,), (row, col) [px]
    radius : float [px]
    rough : float
        Departure from the ellipse, as a share of the radius.
    random : Generator
    aspect : float
        Length over width; the ellipse's turn is drawn.
    """
    down = np.arange(shape[0], dtype=np.float32)[:, None] - np.float32(centre[0])
    right = np.arange(shape[1], dtype=np.float32)[None] - np.float32(centre[1])
    turn, long = random.uniform(0, math.pi), math.sqrt(aspect)
    u = (math.cos(turn) * right + math.sin(turn) * down) / np.float32(long)
    v = (math.cos(turn) * down - math.sin(turn) * right) * np.float32(long)
    depth = np.float32(radius) - np.sqrt(u * u + v * v)
    waves = tex.fractal(shape, 1.2 * radius, 4, random.uniform(0.45, 0.65), random)
    return np.asarray(depth + np.float32(rough * radius) * waves, np.float32)


def relief(
    depth: NDArray[np.float32], rise: float, texture: float, size: float,
    random: np.random.Generator,
) -> NDArray[np.float32]:  # fmt: skip
    """Thickness, at most about 1, that rises from an outline inwards over `rise` pixels.

    The inside is uneven by `texture` at scales from `size` [px] downwards.
    """
    inside = np.clip(depth / np.float32(rise), 0, None)
    height = 1 - np.exp(-inside)
    if texture > 0:
        waves = tex.fractal(depth.shape, size, 3, random.uniform(0.6, 0.8), random)
        height *= np.clip(1 + np.float32(texture) * waves, 0.15, None)
    edge = np.clip(depth + np.float32(0.5), 0, 1)
    return np.asarray(height * edge, np.float32)


def grains(
    shape: tuple[int, int], where: NDArray[np.float32], size: float, count: int,
    random: np.random.Generator,
) -> NDArray[np.float32]:  # fmt: skip
    """Sum of the chords [px] of many ellipsoids of about `size` [px], laid where `where` is True.

    Parameters
    ----------
    shape : tuple of int
    where : ndarray of shape `shape`
        Depth inside an outline; grains are centred where it is above 0.
    size : float [px]
        Median diameter.
    count : int
    random : Generator
    """
    total = np.zeros(shape, np.float32)
    rows, cols = np.nonzero(where > 0)
    if not rows.size:
        return total
    for _ in range(count):
        k = int(random.integers(rows.size))
        long = 0.5 * size * math.exp(random.normal(0, 0.35))
        wide = long * random.uniform(0.5, 1)
        turn = random.uniform(0, math.pi)
        reach = math.ceil(long) + 1
        top, left = max(rows[k] - reach, 0), max(cols[k] - reach, 0)
        bottom, right = min(rows[k] + reach + 1, shape[0]), min(cols[k] + reach + 1, shape[1])
        down = np.arange(top, bottom, dtype=np.float32)[:, None] - np.float32(rows[k])
        across = np.arange(left, right, dtype=np.float32)[None] - np.float32(cols[k])
        u = (math.cos(turn) * across + math.sin(turn) * down) / np.float32(long)
        v = (math.cos(turn) * down - math.sin(turn) * across) / np.float32(wide)
        chord = np.sqrt(np.clip(1 - u * u - v * v, 0, None))
        total[top:bottom, left:right] += np.float32(2 * wide) * chord
    return np.asarray(cv2.GaussianBlur(total, (0, 0), 0.6), np.float32)
