"""Random fields: grain, clouds, the edges of films."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np
import scipy.fft

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["clouds", "coloured", "fractal", "frequencies", "grain", "normal"]


def normal(shape: tuple[int, int], random: np.random.Generator) -> NDArray[np.float32]:
    """White noise of unit variance."""
    return np.asarray(random.standard_normal(shape, dtype=np.float32))


def frequencies(shape: tuple[int, int]) -> NDArray[np.float32]:
    """Spatial frequency [cycles/px] of each term of a real transform of `shape`."""
    rows = scipy.fft.fftfreq(shape[0]).astype(np.float32)[:, None]
    cols = scipy.fft.rfftfreq(shape[1]).astype(np.float32)[None]
    return np.asarray(np.sqrt(rows * rows + cols * cols), np.float32)


def coloured(
    shape: tuple[int, int],
    amplitude: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    random: np.random.Generator,
) -> NDArray[np.float32]:
    """Gaussian noise whose spectrum is `amplitude` (of the frequency), scaled to unit variance."""
    size = (scipy.fft.next_fast_len(shape[0], real=True), scipy.fft.next_fast_len(shape[1], True))
    spectrum = scipy.fft.rfft2(normal(size, random)) * amplitude(frequencies(size))
    spectrum[0, 0] = 0
    field = scipy.fft.irfft2(spectrum, size)[: shape[0], : shape[1]]
    return np.asarray(field / max(float(field.std()), 1e-12), np.float32)


def grain(shape: tuple[int, int], size: float, random: np.random.Generator) -> NDArray[np.float32]:
    """White noise blurred to grains of standard deviation `size` [px], unit variance."""
    field = normal(shape, random)
    if size > 0.3:
        field = cv2.GaussianBlur(field, (0, 0), size)
        field *= np.float32(1 / max(float(field.std()), 1e-12))
    return field


def clouds(shape: tuple[int, int], size: float, random: np.random.Generator) -> NDArray[np.float32]:
    """Smooth variation over lengths of about `size` [px], about unit variance; cheap if large."""
    if size < 6:
        return grain(shape, size / 2, random)
    if size < 40:
        return _enlarged(shape, size, random)
    rows, cols = (_spline(n, size, float(random.random())) for n in shape)
    coarse = normal((rows.shape[1], cols.shape[1]), random)
    field = cv2.gemm(cv2.gemm(rows, coarse, 1, None, 0), cols, 1, None, 0, flags=cv2.GEMM_2_T)
    return np.asarray(field, np.float32)


def _enlarged(
    shape: tuple[int, int], size: float, random: np.random.Generator
) -> NDArray[np.float32]:
    """The same by enlarging smoothed noise: faster where knots are many."""
    coarse = normal((math.ceil(shape[0] / size) + 4, math.ceil(shape[1] / size) + 4), random)
    coarse = cv2.GaussianBlur(coarse, (0, 0), 0.6) * np.float32(2.3)
    field = cv2.resize(coarse, None, fx=size, fy=size, interpolation=cv2.INTER_CUBIC)
    row, col = (int(random.integers(0, int(size))) for _ in shape)
    return np.ascontiguousarray(field[row : row + shape[0], col : col + shape[1]])


def _spline(n: int, size: float, shift: float) -> NDArray[np.float32]:
    """Weights (n, knots) of cubic B-splines whose knots are `size` apart, unit variance."""
    place = np.arange(n, dtype=np.float32) / np.float32(size) + np.float32(shift + 1)
    knots = np.arange(math.ceil(n / size) + 4, dtype=np.float32)
    far = np.abs(place[:, None] - knots[None])
    near = np.float32(2 / 3) - far**2 + far**3 / 2
    outer = np.clip(2 - far, 0, None) ** 3 / 6
    return np.asarray(np.where(far < 1, near, outer) * np.float32(1.44), np.float32)


def fractal(
    shape: tuple[int, int], largest: float, smallest: float, fall: float,
    random: np.random.Generator,
) -> NDArray[np.float32]:  # fmt: skip
    """Clouds within clouds: each octave `fall` times as strong as the one before it."""
    total = np.zeros(shape, np.float32)
    size, strength, power = largest, 1.0, 0.0
    while size >= smallest:
        total += np.float32(strength) * clouds(shape, size, random)
        power += strength**2
        size, strength = size / 2, strength * fall
    return total / np.float32(math.sqrt(power or 1.0))
