"""Flattening of an uneven background."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from micrographia.preprocessing._base import StepBase, check_image

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Flatten"]

_GRID = 96


class Flatten(StepBase):
    """Subtraction of a smooth surface fitted to the background.

    A polynomial in rows and columns is fitted to block means by iteratively reweighted least
    squares (Tukey's biweight), so that particles, which fit no smooth surface, lose their say. It
    follows uneven illumination and thickness gradients; it does not follow structure of the size
    of particles, as a rolling ball would. The surface's mean is put back.

    Examples
    --------
    >>> rows, cols = np.mgrid[:64, :64].astype(np.float32)
    >>> tilted = 5 + 0.1 * rows - 0.02 * cols
    >>> bool(np.ptp(Flatten(degree=1).apply(tilted)) < 1e-3)
    True
    """

    name: Literal["flatten"] = "flatten"
    degree: int = Field(default=2, ge=1, le=5, description="degree of the polynomial")

    def apply(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """Subtract the background's surface."""
        check_image(image)
        surface = background(image, self.degree)
        return image - surface + np.float32(surface.mean(dtype=np.float64))


def background(
    image: NDArray[np.float32], degree: int = 2, valid: NDArray[np.bool_] | None = None
) -> NDArray[np.float32]:
    """Smooth surface through the background of an image.

    Parameters
    ----------
    image : ndarray of shape (rows, cols), float32
    degree : int
        Of the polynomial.
    valid : ndarray of shape (rows, cols), bool, optional
        Pixels that may take part in the fit.

    Returns
    -------
    surface : ndarray of shape (rows, cols), float32
    """
    import cv2

    rows, cols = image.shape
    size = (min(cols, _GRID), min(rows, _GRID))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.float64)
    weight = np.ones(small.shape)
    if valid is not None:
        weight = cv2.resize(valid.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.99
        weight = weight.astype(np.float64)
    basis = _basis(size[1], size[0], degree)
    coefficients = _robust_fit(basis, small.ravel(), weight.ravel())
    coarse = (basis @ coefficients).reshape(small.shape).astype(np.float32)
    surface = cv2.resize(coarse, (cols, rows), interpolation=cv2.INTER_LINEAR)
    return np.asarray(surface, np.float32)


def _basis(rows: int, cols: int, degree: int) -> NDArray[np.float64]:
    row = np.linspace(-1, 1, rows)[:, None] if rows > 1 else np.zeros((1, 1))
    col = np.linspace(-1, 1, cols)[None, :] if cols > 1 else np.zeros((1, 1))
    columns = [
        (row**i * col**j).ravel()
        for i in range(min(degree, rows - 1) + 1)
        for j in range(min(degree, cols - 1) + 1)
        if i + j <= degree
    ]
    return np.stack(columns, axis=1)


def _robust_fit(
    basis: NDArray[np.float64], values: NDArray[np.float64], prior: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Iteratively reweighted least squares with Tukey's biweight (c = 4.685)."""
    if prior.sum() < 2 * basis.shape[1]:
        flat = np.full(values.shape, np.median(values))
        return np.asarray(np.linalg.lstsq(basis, flat, rcond=None)[0], np.float64)
    weight = prior
    residual = values - np.median(values[prior > 0])
    coefficients: NDArray[np.float64] = np.zeros(basis.shape[1])
    for _ in range(15):
        scale = 1.4826 * np.median(np.abs(residual[prior > 0]))
        if scale > 0:
            weight = prior * np.clip(1 - (residual / (4.685 * scale)) ** 2, 0, None) ** 2
        root = np.sqrt(weight)
        solution = np.linalg.lstsq(basis * root[:, None], values * root, rcond=None)[0]
        coefficients = np.asarray(solution, np.float64).ravel()
        residual = values - basis @ coefficients
    return coefficients
