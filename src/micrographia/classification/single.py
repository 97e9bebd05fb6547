"""The one particle of a picture: a crop, a silhouette, or a drawing by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from micrographia.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["main_body"]

_SOLID = 0.12
"""Least radius of the largest circle inside a body, as a share of its longer side: a stroke's is
smaller."""
_FINE = 96


def main_body(pixels: NDArray[Any]) -> NDArray[np.bool_]:
    """Find the largest body of a picture that shows one particle.

    What differs from the picture's margin belongs to it. A stroke is closed, over growing gaps,
    until it encloses something, and is filled; a body that is thin and encloses nothing stays as
    it is.

    Parameters
    ----------
    pixels : ndarray of shape (rows, cols)
        Grey levels; the particle may be dark or bright.

    Returns
    -------
    body : ndarray of shape (rows, cols), bool
        All False where the picture shows nothing.

    Raises
    ------
    InputError
        If the array is no grey image.

    Examples
    --------
    >>> picture = np.full((40, 40), 255, np.uint8)
    >>> _ = cv2.rectangle(picture, (10, 10), (30, 25), 0, 2)
    >>> int(main_body(picture)[12:24, 12:29].mean() * 100)
    100
    """
    if pixels.ndim != 2 or pixels.dtype.kind not in "uifb" or pixels.size == 0:
        raise InputError(
            f"wanted a grey image of shape (rows, cols), got {pixels.dtype} of {pixels.shape}"
        )
    away = _away_from_margin(np.asarray(pixels, np.float32))
    if not away.any():
        return np.zeros(pixels.shape, bool)
    grey = np.rint(away * (255 / away.max())).astype(np.uint8)
    level, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_OTSU)
    return _solid((grey > level).astype(np.uint8))


def _away_from_margin(image: NDArray[np.float32]) -> NDArray[np.float32]:
    image = np.where(np.isfinite(image), image, np.nanmin(image) if image.size else 0)
    margin = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    away: NDArray[np.float32] = np.abs(image - np.float32(np.median(margin)))
    return away


def _solid(mask: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """The largest part, closed over gaps until it is more than a stroke."""
    pad = max(mask.shape) // 6 + 2
    padded = np.pad(mask, pad)
    plain = _filled(padded)
    best = plain
    if not _is_solid(plain):
        shorter = min(_FINE, max(mask.shape))
        step = max(mask.shape) / shorter
        for radius in range(1, shorter // 8):
            side = 2 * round(radius * step) + 1
            disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
            closed = _filled(cv2.morphologyEx(padded, cv2.MORPH_CLOSE, disc))
            if _is_solid(closed) and closed.sum() > 1.3 * plain.sum():
                best = closed
                break
    return best[pad : pad + mask.shape[0], pad : pad + mask.shape[1]] > 0


def _filled(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The part that covers most once its holes are filled."""
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    best = np.zeros_like(mask)
    largest = 0
    for contour in contours:
        one = cv2.drawContours(np.zeros_like(mask), [contour], -1, 1, -1)
        if (area := int(one.sum())) > largest:
            best, largest = one, area
    return best


def _is_solid(mask: NDArray[np.uint8]) -> bool:
    rows, cols = np.nonzero(mask)
    if not rows.size:
        return False
    longer = max(int(np.ptp(rows)), int(np.ptp(cols))) + 1
    radius = float(cv2.distanceTransform(mask, cv2.DIST_L2, 5).max())
    return radius >= _SOLID * longer
