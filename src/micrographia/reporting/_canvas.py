"""A micrograph as an 8-bit picture: contrast by percentiles, and a size that fits a screen."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Fit", "fit", "grey_picture", "limits", "nice_length", "resize_mask", "stretch"]

_SAMPLE = 1_000_000
_BAND = 1 << 22
_SMALLEST_SIDE = 640
_MOST_ENLARGED = 8
_SMALLEST_DETAIL = 20
_ENLARGED_SIDE = 2400


@dataclasses.dataclass(frozen=True)
class Fit:
    """How an image of one shape is brought to another.

    Parameters
    ----------
    shape : tuple of int, (rows, cols) [px]
        Shape of the picture.
    row, col : float
        Pixels of the picture per pixel of the image.
    """

    shape: tuple[int, int]
    row: float
    col: float

    @property
    def scale(self) -> float:
        """The larger of both factors, the one that was chosen."""
        return max(self.row, self.col)


def fit(shape: tuple[int, int], longest: int, detail: float | None = None) -> Fit:
    """Choose a picture size: large images shrink, tiny ones grow by a whole factor.

    Parameters
    ----------
    shape : tuple of int, (rows, cols) [px]
    longest : int [px]
        Longest side that the picture may have.
    detail : float, optional [px]
        Size of what has to be seen; where it is below 20 px the picture grows until it is, or
        until its longest side comes to 2,400 px.

    Examples
    --------
    >>> fit((8192, 4096), 4096).shape, fit((100, 160), 4096).shape, fit((1, 5000), 4096).shape
    ((4096, 2048), (400, 640), (1, 4096))
    >>> fit((700, 700), 4096, detail=10.0).shape
    (1400, 1400)
    """
    rows, cols = shape
    side = max(shape)
    factor: float = 1.0
    if side > longest:
        factor = longest / side
    else:
        wanted = math.ceil(_SMALLEST_SIDE / side)
        if detail:
            room = max(1, _ENLARGED_SIDE // side)
            wanted = max(wanted, min(math.ceil(_SMALLEST_DETAIL / detail), room))
        factor = min(wanted, _MOST_ENLARGED, max(1, longest // side))
    new = max(1, round(rows * factor)), max(1, round(cols * factor))
    return Fit(new, new[0] / rows, new[1] / cols)


def limits(pixels: NDArray[Any], clip: float) -> tuple[float, float]:
    """Intensities that become black and white.

    Parameters
    ----------
    pixels : ndarray of shape (rows, cols)
        NaN and infinite pixels are left out.
    clip : float [%]
        Share of the pixels clipped at each end.

    Returns
    -------
    low, high : float
        Equal where the image is constant or nothing is finite.
    """
    step = max(1, math.isqrt(max(1, pixels.size // _SAMPLE)))
    sample = pixels[::step, ::step].astype(np.float64, copy=False).ravel()
    sample = sample[np.isfinite(sample)]
    if sample.size == 0:
        return 0.0, 0.0
    low, high = np.percentile(sample, [clip, 100 - clip])
    if low == high:
        low, high = sample.min(), sample.max()
    return float(low), float(high)


def stretch(pixels: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Map intensities to 0 … 255 between two limits, band by band so that memory stays small.

    Parameters
    ----------
    pixels : ndarray of shape (rows, cols)
        Left untouched; NaN becomes black, a constant image mid-grey.
    low, high : float
        As `limits` gives them.

    Returns
    -------
    grey : ndarray of shape (rows, cols), uint8

    Examples
    --------
    >>> stretch(np.array([[0.0, 5.0, 10.0, np.nan]]), 0, 10)
    array([[  0, 128, 255,   0]], dtype=uint8)
    """
    if not high > low:
        return np.full(pixels.shape, 128, np.uint8)
    if pixels.dtype.kind in "ub" and pixels.dtype.itemsize <= 2:
        table = np.arange(1 << (8 * pixels.dtype.itemsize), dtype=np.float64)
        lookup = _scaled(table, low, high)
        if pixels.dtype.itemsize == 1:
            mapped: NDArray[np.uint8] = cv2.LUT(np.ascontiguousarray(pixels.view(np.uint8)), lookup)
            return mapped.reshape(pixels.shape)
        found: NDArray[np.uint8] = lookup[pixels]
        return found
    grey = np.empty(pixels.shape, np.uint8)
    height = max(1, _BAND // pixels.shape[1])
    for top in range(0, pixels.shape[0], height):
        band = pixels[top : top + height]
        wide = band.dtype.itemsize > 4 or band.dtype.kind in "ui"
        grey[top : top + height] = _scaled(
            band.astype(np.float64 if wide else np.float32), low, high
        )
    return grey


def _scaled(values: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Overwrites the floats it is given."""
    np.clip(values, low, high, out=values)
    values -= low
    values *= 255 / (high - low)
    values += 0.5
    np.nan_to_num(values, copy=False, nan=0.0)
    return values.astype(np.uint8)


def grey_picture(pixels: NDArray[Any], to: Fit, clip: float) -> NDArray[np.uint8]:
    """The micrograph as grey RGB of the wanted size.

    Parameters
    ----------
    pixels : ndarray of shape (rows, cols)
    to : Fit
    clip : float [%]

    Returns
    -------
    picture : ndarray of shape (*to.shape, 3), uint8
    """
    grey = stretch(pixels, *limits(pixels, clip))
    if to.shape != grey.shape:
        method = cv2.INTER_AREA if to.scale < 1 else cv2.INTER_NEAREST
        grey = cv2.resize(grey, to.shape[::-1], interpolation=method)
    picture: NDArray[np.uint8] = cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)
    return picture


def resize_mask(mask: NDArray[np.bool_], to: Fit) -> NDArray[np.bool_]:
    """A mask at the size of the picture; the nearest pixel decides."""
    small = np.ascontiguousarray(mask).view(np.uint8)
    if to.shape != mask.shape:
        small = cv2.resize(small, to.shape[::-1], interpolation=cv2.INTER_NEAREST)
    return small.astype(bool)


def nice_length(longest: float) -> float:
    """The largest of 1, 2, 5 × 10^k that is not above `longest`.

    Examples
    --------
    >>> nice_length(70.0), nice_length(0.3), nice_length(5.0)
    (50.0, 0.2, 5.0)
    """
    exponent = math.floor(math.log10(longest) + 1e-12)
    lead = longest / 10.0**exponent
    first = max(step for step in (1, 2, 5) if step <= lead * (1 + 1e-9) or step == 1)
    return float(first * 10.0**exponent) if exponent >= 0 else first / 10.0**-exponent
