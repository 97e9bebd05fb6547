"""What stands between a specimen and its picture: supports, contrast, point spread, noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter, zoom

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from micrographia.simulation.phantoms import Outline

__all__ = ["camera", "film", "heights", "shading"]


def film(
    shape: tuple[int, int], scales: Sequence[float], random: np.random.Generator
) -> NDArray[np.float32]:
    """Texture of a support: white noise smoothed at several lengths, each of unit variance.

    Parameters
    ----------
    shape : tuple of int
    scales : sequence of float [px]
        Standard deviations of the smoothing; the result is the mean of the layers.
    random : Generator

    Returns
    -------
    texture : ndarray of shape `shape`, float32
    """
    total = np.zeros(shape, np.float32)
    for scale in scales:
        shrink = max(int(scale / 3), 1)
        coarse = random.normal(size=[size // shrink + 2 for size in shape]).astype(np.float32)
        layer = gaussian_filter(coarse, scale / shrink)
        layer = zoom(layer, shrink, order=1)[: shape[0], : shape[1]] if shrink > 1 else layer
        layer = layer[: shape[0], : shape[1]]
        total += (layer - layer.mean()) / layer.std()
    return total / np.float32(len(scales))


def heights(outline: Outline, rows: slice, cols: slice) -> NDArray[np.float32]:
    """Thickness of a body along the beam, as a share of its width, within a box.

    Discs and ellipses are spheroids, rods are cylinders with round ends, everything with corners
    is a plate.
    """
    down = np.arange(rows.start, rows.stop)[:, None] - outline.row
    right = np.arange(cols.start, cols.stop)[None, :] - outline.col
    cos, sin = np.cos(outline.angle), np.sin(outline.angle)
    along, across = cos * right + sin * down, cos * down - sin * right
    if outline.corners() is not None:
        return np.ones(np.broadcast(along, across).shape, np.float32)
    if outline.kind == "rod":
        beyond = np.maximum(np.abs(along) - (outline.length - outline.minor) / 2, 0)
        square = (beyond**2 + across**2) / (outline.minor / 2) ** 2
    else:
        square = (2 * along / outline.length) ** 2 + (2 * across / outline.minor) ** 2
    height: NDArray[np.float32] = np.sqrt(np.clip(1 - square, 0.02, 1)).astype(np.float32)
    return height


def shading(height: NDArray[np.float32], softness: float) -> NDArray[np.float32]:
    """Secondary electrons of a surface: more where it is steep (one over the cosine, bounded)."""
    rows, cols = np.gradient(gaussian_filter(height, softness))
    steepness: NDArray[np.float32] = np.sqrt(1 + rows**2 + cols**2).astype(np.float32)
    return np.minimum(steepness, np.float32(2.4))


def camera(
    signal: NDArray[np.float32], blur: float, dose: float, random: np.random.Generator
) -> NDArray[np.float32]:
    """Blur by the point spread, then count electrons.

    Parameters
    ----------
    signal : ndarray of shape (rows, cols)
        Expected intensity, 1 = full.
    blur : float [px]
        Standard deviation of the point spread.
    dose : float
        Electrons a pixel at full intensity.
    random : Generator

    Returns
    -------
    counts : ndarray of shape (rows, cols), float32
        Share of the full intensity, with Poisson noise.
    """
    smooth = gaussian_filter(signal, blur)
    counts: NDArray[np.float32] = random.poisson(np.clip(smooth, 0, None) * dose).astype(np.float32)
    return counts / np.float32(dose)
