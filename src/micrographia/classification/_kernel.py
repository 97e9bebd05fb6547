"""The score of strangeness "kernel": what similar training images answer, and how near they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["kernel_terms", "similarity", "unit"]

_STEEPNESS = 2.0
_BLOCK = 1 << 22


def unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Vectors of shape (n, d) brought to length 1."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12))


def similarity(cosines: NDArray[Any]) -> NDArray[Any]:
    """Kernel of two images: 1 for features of one direction, 0.02 for opposite ones.

    Parameters
    ----------
    cosines : ndarray
        Of the angles between features.

    Returns
    -------
    kernel : ndarray of the same shape and type
        exp(2 (cosine - 1)), which is the Gaussian kernel of features of length 1, with a deviation
        of 0.71.

    Examples
    --------
    >>> similarity(np.array([1.0, 0.0, -1.0])).round(2)
    array([1.  , 0.14, 0.02])
    """
    return np.asarray(np.exp(cosines.dtype.type(_STEEPNESS) * (cosines - cosines.dtype.type(1))))


def kernel_terms(
    points: NDArray[np.float64],
    known: NDArray[Any],
    answers: NDArray[Any],
    neighbours: int,
) -> NDArray[np.float64]:
    """Two measures of how strange images are, each the larger the stranger.

    Parameters
    ----------
    points : ndarray of shape (n, d)
        Features.
    known : ndarray of shape (m, d)
        Those of the training images, of length 1.
    answers : ndarray of shape (m, classes)
        Coefficients of the kernel regression on the classes.
    neighbours : int
        How many of them count.

    Returns
    -------
    terms : ndarray of shape (n, 2)
        1 less the largest answer of the regression, which falls to 0 away from all training images
        and between classes; and the root of the mean squared distance to the nearest neighbours,
        features brought to length 1.

    References
    ----------
    Bodesheim et al., "Kernel Null Space Methods for Novelty Detection", CVPR 2013 (the answer of a
    regression on all classes as a measure of novelty); Sun et al., ICML 2022 (neighbours).

    Examples
    --------
    >>> known = np.array([[1.0, 0.0], [0.0, 1.0]])
    >>> answers = np.linalg.solve(similarity(known @ known.T), np.eye(2))
    >>> kernel_terms(np.array([[2.0, 0.0], [1.0, 1.0]]), known, answers, 1).round(2) + 0.0
    array([[0.  , 0.  ],
           [0.51, 0.77]])
    """
    points, known = unit(points), np.asarray(known, np.float64)
    answers = np.asarray(answers, np.float64)
    nearest = min(neighbours, len(known))
    terms = np.empty((len(points), 2))
    step = max(1, _BLOCK // len(known))
    for start in range(0, len(points), step):
        cosines = points[start : start + step] @ known.T
        terms[start : start + step, 0] = 1 - (similarity(cosines) @ answers).max(axis=1)
        cosines *= -1
        cosines.partition(nearest - 1, axis=1)
        # unit vectors: |a - b|² = 2 - 2 a·b
        away = 2 + 2 * cosines[:, :nearest].mean(axis=1)
        terms[start : start + step, 1] = np.sqrt(np.maximum(away, 0))
    return terms
