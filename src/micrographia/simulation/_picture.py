"""Painting one particle: exact coverage of a polygon, backgrounds, blur and noise, grey levels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

__all__ = [
    "Cover", "cover", "fringed", "level", "log_uniform", "noise_level", "noisy", "quantize",
    "texture",
]  # fmt: skip

_FINE = 8
_SHIFT = 8
_EDGE = 0.45
"""OpenCV fills the pixels on a polygon's edge too; so much, in fine pixels, it grows on average."""


class Cover(NamedTuple):
    """Share of each pixel that an outline covers, in a box that may reach beyond the image."""

    origin: tuple[int, int]
    share: NDArray[np.float32]

    def on(self, shape: tuple[int, int]) -> NDArray[np.float32]:
        """The shares in an image of a shape; what lies outside is cut off."""
        canvas = np.zeros(shape, np.float32)
        (row, col), (rows, cols) = self.origin, self.share.shape
        top, left = max(row, 0), max(col, 0)
        bottom, right = max(min(row + rows, shape[0]), top), max(min(col + cols, shape[1]), left)
        canvas[top:bottom, left:right] = self.share[
            top - row : bottom - row, left - col : right - col
        ]
        return canvas


def cover(points: NDArray[np.float64], *, margin: int = 1, fine: int = _FINE) -> Cover:
    """Share of each pixel that a closed polygon covers.

    Parameters
    ----------
    points : ndarray of shape (n, 2), (row, col) [px]
        Corners; the centre of the first pixel is (0, 0).
    margin : int [px]
        Empty pixels round the polygon.
    fine : int
        Samples a pixel and direction; a power of two.

    Returns
    -------
    cover : Cover

    Examples
    --------
    >>> square = np.array([[0.5, 0.5], [0.5, 4.5], [4.5, 4.5], [4.5, 0.5]])
    >>> bool(abs(cover(square).share.sum() - 16) < 0.1)
    True
    """
    first = np.floor(points.min(0) + 0.5).astype(int) - margin
    end = np.floor(points.max(0) + 0.5).astype(int) + 1 + margin
    rows, cols = end - first
    canvas = np.zeros((rows * fine, cols * fine), np.uint8)
    inner = _shrunk(points, _EDGE / fine)
    placed = (inner - first + 0.5) * fine - 0.5
    corners = np.round(placed[:, ::-1] * 2**_SHIFT).astype(np.int32)
    cv2.fillPoly(canvas, [corners], 255, cv2.LINE_8, _SHIFT)
    share = cv2.resize(canvas, (int(cols), int(rows)), interpolation=cv2.INTER_AREA)
    return Cover((int(first[0]), int(first[1])), share.astype(np.float32) / np.float32(255))


def _shrunk(points: NDArray[np.float64], depth: float) -> NDArray[np.float64]:
    """A polygon scaled about its centre so that its area falls as by an inset of `depth`."""
    following = np.concatenate([points[1:], points[:1]])
    cross = points[:, 0] * following[:, 1] - points[:, 1] * following[:, 0]
    area = cross.sum() / 2
    if abs(area) < 1e-9:
        return points
    centre = ((points + following) * cross[:, None]).sum(0) / (6 * area)
    edges = following - points
    perimeter = float(np.hypot(edges[:, 0], edges[:, 1]).sum())
    scale = max(1 - depth * perimeter / (2 * abs(area)), 0.5)
    shrunk: NDArray[np.float64] = centre + (points - centre) * scale
    return shrunk


def log_uniform(random: Generator, limits: tuple[float, float]) -> float:
    """A number whose logarithm is uniform between the logarithms of two limits."""
    return math.exp(random.uniform(math.log(limits[0]), math.log(limits[1])))


def noise_level(random: Generator, limits: tuple[float, float], contrast: float) -> float:
    """A noise between two limits and 0.4 of the contrast at most, oftener weak than strong."""
    low = max(limits[0], 1e-4)
    high = max(min(limits[1], 0.4 * contrast), low)
    return float(low * (high / low) ** (float(random.uniform()) ** 1.5))


def texture(
    shape: tuple[int, int], scales: Sequence[float], random: Generator
) -> NDArray[np.float32]:
    """Smoothed white noise of several lengths, each of unit variance, averaged.

    Parameters
    ----------
    shape : tuple of int
    scales : sequence of float [px]
        Standard deviations of the smoothing.
    random : Generator

    Returns
    -------
    texture : ndarray of shape `shape`, float32
    """
    total = np.zeros(shape, np.float32)
    for scale in scales:
        shrink = max(scale / 2, 1.0)
        rows, cols = (math.ceil(edge / shrink) + 4 for edge in shape)
        coarse = random.standard_normal((rows, cols), np.float32)
        cv2.GaussianBlur(coarse, (0, 0), scale / shrink, dst=coarse)
        coarse /= max(float(coarse.std()), 1e-6)
        wide, high = int(cols * shrink), int(rows * shrink)
        layer = coarse if shrink == 1 else cv2.resize(coarse, (wide, high))
        total += layer[: shape[0], : shape[1]]
    return total / np.float32(max(len(scales), 1))


def level(shape: tuple[int, int], tilt: float, angle: float) -> NDArray[np.float32]:
    """A plane of mean 0 that falls by `tilt` across the image in a direction [rad]."""
    rows = np.linspace(-0.5, 0.5, shape[0], dtype=np.float32)[:, None]
    cols = np.linspace(-0.5, 0.5, shape[1], dtype=np.float32)[None, :]
    plane: NDArray[np.float32] = np.float32(tilt) * (
        np.float32(math.sin(angle)) * rows + np.float32(math.cos(angle)) * cols
    )
    return plane


def fringed(signal: NDArray[np.float32], strength: float, width: float) -> NDArray[np.float32]:
    """Overshoot on both sides of every edge, as of a defocused or sharpened image.

    Parameters
    ----------
    signal : ndarray of shape (rows, cols)
    strength : float
        Share of the step at an edge that is added to it, about.
    width : float [px]
        Standard deviation of the smoothing that the fringe is the difference to.

    Returns
    -------
    image : ndarray of shape (rows, cols), float32
    """
    smooth = cv2.GaussianBlur(signal, (0, 0), width)
    out: NDArray[np.float32] = signal + np.float32(2 * strength) * (signal - smooth)
    return out


def noisy(
    signal: NDArray[np.float32], sigma: float, grain: float, random: Generator
) -> NDArray[np.float32]:
    """Noise of counted electrons: its variance grows in proportion to the signal.

    Parameters
    ----------
    signal : ndarray of shape (rows, cols)
        Expected intensity, 0 to 1.
    sigma : float
        Standard deviation where the signal is 0.5.
    grain : float [px]
        Standard deviation of the smoothing of the noise, which keeps its variance; 0 for white.
        From 0.8 on the noise is a band of wavelengths, as of an amorphous film.
    random : Generator

    Returns
    -------
    image : ndarray of shape (rows, cols), float32
    """
    noise = random.standard_normal(signal.shape, np.float32)
    if grain > 0.2:
        cv2.GaussianBlur(noise, (0, 0), grain, dst=noise)
        if grain >= 0.8:
            noise -= cv2.GaussianBlur(noise, (0, 0), 1.5 * grain)
        noise /= max(float(noise.std()), 1e-6)
    strength = np.sqrt(np.clip(signal, 0.02, None) * 2) * np.float32(sigma)
    out: NDArray[np.float32] = signal + noise * strength
    return out


def quantize(image: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Intensities from 0 to 1 as 8 bits; what lies outside is cut off."""
    grey: NDArray[Any] = np.clip(image * np.float32(255) + np.float32(0.5), 0, 255)
    return grey.astype(np.uint8)
