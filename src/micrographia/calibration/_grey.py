"""Pixels of any type as the grey levels that footers, bars and text are looked for in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["to_grey"]

_TAIL = 0.05  # percent of the pixels that may lie outside on either side


def to_grey(pixels: NDArray[Any]) -> NDArray[np.float32]:
    """Map intensities to 0 … 255; 8-bit images stay as they are.

    Parameters
    ----------
    pixels : ndarray of shape (rows, cols)

    Returns
    -------
    grey : ndarray of shape (rows, cols), float32
        Other types are stretched between their 0.05 and 99.95 percentiles; what lies outside, and
        what is not finite, is set to the nearer end.

    Examples
    --------
    >>> to_grey(np.array([[0, 65535]], np.uint16)).tolist()
    [[0.0, 255.0]]
    """
    if pixels.dtype == np.uint8:
        return pixels.astype(np.float32)
    if pixels.dtype == np.bool_:
        return pixels.astype(np.float32) * 255
    values = pixels.astype(np.float32)
    finite = np.isfinite(values)
    if not finite.all():
        if not finite.any():
            return np.zeros(pixels.shape, np.float32)
        values = np.nan_to_num(
            values, nan=float(values[finite].min()), posinf=np.nan, neginf=np.nan
        )
        values = np.where(np.isnan(values), float(values[np.isfinite(values)].max()), values)
    low, high = np.percentile(values[:: 1 + values.shape[0] // 2048], [_TAIL, 100 - _TAIL])
    if high <= low:
        low, high = float(values.min()), float(values.max())
    if high <= low:
        return np.zeros(pixels.shape, np.float32)
    scaled: NDArray[np.float32] = np.clip((values - low) * (255 / (high - low)), 0, 255)
    return scaled.astype(np.float32)
