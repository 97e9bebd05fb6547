"""Recorded pixels of any type and range made into finite float32 between 0 and 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.errors import InputError
from micrographia.preprocessing._base import check_image

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["clean"]

_BLOCK = 1 << 22


def clean(
    pixels: NDArray[Any], valid: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.float32], NDArray[np.bool_] | None, list[str]]:
    """Bring an image to float32 between 0 and 1, and its bad pixels out of the way.

    The range that becomes [0, 1] is that of the 3 × 3 median of the valid pixels, so that single
    hot or dead pixels do not set it; what lies outside is clipped. The subtraction is done before
    the precision is reduced, so that 1 part in 10⁶ on a large offset survives. NaN and infinite
    pixels get the value of the nearest other pixel and are marked as not valid.

    Parameters
    ----------
    pixels : ndarray of shape (rows, cols)
        Intensities as recorded: integers, floats or booleans.
    valid : ndarray of shape (rows, cols), bool, optional
        True where the image may be used.

    Returns
    -------
    image : ndarray of shape (rows, cols), float32
        Between 0 and 1; all 0 for a constant image.
    valid : ndarray of shape (rows, cols), bool, or None
        None where every pixel is valid.
    warnings : list of str

    Raises
    ------
    InputError
        If `pixels` is no image of real numbers, or `valid` is of another shape.

    Examples
    --------
    >>> image, valid, warnings = clean(np.array([[10.0, 20.0, np.nan]]))
    >>> image, valid, warnings
    (array([[0., 1., 1.]], dtype=float32), array([[ True,  True, False]]),
     ['1 pixel is NaN or infinite: left out'])
    """
    pixels = np.asarray(pixels)
    check_image(pixels)
    if pixels.dtype.kind not in "uifb":
        raise InputError(f"pixels must be integers or floats, got {pixels.dtype}")
    if valid is not None:
        valid = np.asarray(valid, dtype=bool)
        if valid.shape != pixels.shape:
            raise InputError(
                f"`valid` must have the image's shape {pixels.shape}, got {valid.shape}"
            )
        if valid.all():
            valid = None
    warnings: list[str] = []
    bad: NDArray[np.bool_] | None = None
    if pixels.dtype.kind == "f":
        finite = np.isfinite(pixels)
        count = int(finite.size - np.count_nonzero(finite))
        if count:
            bad = ~finite
            verb = "pixel is" if count == 1 else "pixels are"
            warnings.append(f"{count} {verb} NaN or infinite: left out")
            pixels = np.where(finite, pixels, _middle(pixels[finite]))
            valid = finite if valid is None else valid & finite
    if valid is not None and not valid.any():
        warnings.append("no pixel is left to look for particles in")
        return np.zeros(pixels.shape, np.float32), valid, warnings
    image = _to_unit(pixels, valid)
    if bad is not None:
        _fill_from_nearest(image, bad)
    return image, valid, warnings


def _fill_from_nearest(image: NDArray[np.float32], bad: NDArray[np.bool_]) -> None:
    import cv2

    _, nearest = cv2.distanceTransformWithLabels(
        bad.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    good = ~bad
    values = np.zeros(int(nearest.max()) + 1, np.float32)
    values[nearest[good]] = image[good]
    image[bad] = values[nearest[bad]]


def _middle(values: NDArray[Any]) -> Any:
    if not values.size:
        return values.dtype.type(0)
    # a value that occurs: the mean of the two in the middle may be too large for a double
    return np.quantile(values, 0.5, method="lower").astype(values.dtype)


def _to_unit(pixels: NDArray[Any], valid: NDArray[np.bool_] | None) -> NDArray[np.float32]:
    usable = pixels if valid is None else pixels[valid]
    low, high = float(usable.min()), float(usable.max())
    if not high > low:
        return np.zeros(pixels.shape, np.float32)
    image = _rescale(pixels, low, high)
    if valid is not None:
        image[~valid] = np.float32(np.median(image[valid]))
    first, last = _range_without_outliers(image, valid)
    if (first, last) != (0.0, 1.0) and last - first > 1e-30:
        ends = [low * (1 - share) + high * share for share in (first, last)]
        if ends[1] > ends[0]:
            image = _rescale(pixels, ends[0], ends[1])
            if valid is not None:
                image[~valid] = np.float32(np.median(image[valid]))
    return image


def _rescale(pixels: NDArray[Any], low: float, high: float) -> NDArray[np.float32]:
    """(pixels - low) / (high - low), in double precision where float32 is too coarse."""
    if pixels.dtype.itemsize <= 2:
        image: NDArray[np.float32] = pixels.astype(np.float32)
        image -= np.float32(low)
        image *= np.float32(1 / (high - low))
        return np.clip(image, 0, 1, out=image)
    image = np.empty(pixels.shape, np.float32)
    rows = max(1, _BLOCK // pixels.shape[1])
    # Halving first keeps the difference of the two largest doubles finite.
    span = high / 2 - low / 2
    for start in range(0, pixels.shape[0], rows):
        block = np.clip(pixels[start : start + rows].astype(np.float64), low, high)
        image[start : start + rows] = (block / 2 - low / 2) / span
    return np.clip(image, 0, 1, out=image)


def _range_without_outliers(
    image: NDArray[np.float32], valid: NDArray[np.bool_] | None
) -> tuple[float, float]:
    if min(image.shape) < 3:
        return 0.0, 1.0
    import cv2

    smooth = cv2.medianBlur(image, 3)
    usable = smooth if valid is None else smooth[valid]
    return float(usable.min()), float(usable.max())
