"""Intensity of the background in a ring around each particle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.measurement._outline import Boxes

__all__ = ["ring_means"]


def ring_means(
    labels: NDArray[np.integer[Any]],
    pixels: NDArray[Any],
    ids: NDArray[np.int64],
    boxes: Boxes,
    gap: float,
    width: float,
    valid: NDArray[np.bool_] | None = None,
) -> NDArray[np.float64]:
    """Mean intensity of the background between two distances from each particle.

    Parameters
    ----------
    labels : ndarray of shape (rows, cols), integer
    pixels : ndarray of shape (rows, cols)
    ids : ndarray of shape (n,), int
    boxes : list of (slice, slice)
    gap, width : float [pixels]
        The ring begins `gap` outside the outermost pixel centres and is `width` wide.
    valid : ndarray of shape (rows, cols), bool, optional

    Returns
    -------
    means : ndarray of shape (n,)
        NaN where the ring holds no finite background pixel: other particles and invalid pixels
        do not belong to it.
    """
    margin = int(np.ceil(gap + width))
    means = np.full(len(ids), np.nan)
    floating = pixels.dtype.kind == "f"
    for k, (label, (rows, cols)) in enumerate(zip(ids.tolist(), boxes, strict=True)):
        wide = (
            slice(max(rows.start - margin, 0), rows.stop + margin),
            slice(max(cols.start - margin, 0), cols.stop + margin),
        )
        crop = labels[wide]
        outside = (crop != label).view(np.uint8)
        if outside.all():
            continue
        away = cv2.distanceTransform(outside, cv2.DIST_L2, 5)
        ring = (away > gap) & (away <= gap + width) & (crop == 0)
        if valid is not None:
            ring &= valid[wide]
        light = pixels[wide][ring]
        if floating:
            light = light[np.isfinite(light)]
        if light.size:
            means[k] = light.mean(dtype=np.float64)
    return means
