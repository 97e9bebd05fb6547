"""How much an image is smoothed before outlines are placed in it: as much as its noise asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from micrographia.segmentation._labels import areas_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["noise", "smoothing_for"]

_SIGMAS = (1.0, 1.4, 2.0, 2.8, 4.0)

_ENOUGH = 0.12
"""Noise at which outlines are smooth, as a share of the contrast of particles."""

_PER_DIAMETER = 14.0
"""The median diameter is at least so many deviations of the Gaussian."""

_RIM, _RING = 7, 25


def smoothing_for(image: NDArray[np.float32], labels: NDArray[np.int32]) -> float:
    """Deviation of the Gaussian that takes the noise out without taking the edges, too.

    Parameters
    ----------
    image : ndarray of shape (rows, cols), float32
    labels : ndarray of shape (rows, cols), int32
        Particles as found so far.

    Returns
    -------
    sigma : float
        1 to 4 [px]: the least at which the background's noise is 12 % of the particles' contrast,
        and at most a fourteenth of their median diameter.

    Examples
    --------
    >>> rows, cols = np.mgrid[:300, :300]
    >>> inside = np.hypot(rows - 150, cols - 150) < 60
    >>> noise = np.random.default_rng(0).normal(0, 1, inside.shape)
    >>> quiet, noisy = ((inside + s * noise).astype(np.float32) for s in (0.1, 1.0))
    >>> smoothing_for(quiet, inside.astype(np.int32)), smoothing_for(noisy, inside.astype(np.int32))
    (1.0, 2.8)
    """
    inside = labels > 0
    areas = areas_of(labels, int(labels.max(initial=0)))[1:]
    if not areas.any():
        return _SIGMAS[0]
    most = float(np.median(np.sqrt(4 / np.pi * areas[areas > 0]))) / _PER_DIAMETER
    near, far = (
        cv2.dilate(inside.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
        for side in (_RIM, _RING)
    )
    ring = far & ~near
    if not ring.any():
        return _SIGMAS[0]
    contrast = abs(float(np.median(image[inside])) - float(np.median(image[ring])))
    allowed = [sigma for sigma in _SIGMAS if sigma <= most] or [_SIGMAS[0]]
    quiet = (sigma for sigma in allowed if noise(image, ~near, sigma) <= _ENOUGH * contrast)
    return next(quiet, allowed[-1])


def noise(image: NDArray[np.float32], ground: NDArray[np.bool_], sigma: float) -> float:
    """Robust deviation that is left in the background after a Gaussian of `sigma` [px].

    What is coarser than four times `sigma` does not count.
    """
    smooth = cv2.GaussianBlur(image, (0, 0), sigma)
    rest = (smooth - cv2.GaussianBlur(smooth, (0, 0), 4 * sigma))[ground]
    return 1.4826 * float(np.median(np.abs(rest - np.median(rest))))
