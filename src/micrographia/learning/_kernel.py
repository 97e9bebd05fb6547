"""Statistics of the score "kernel": a kernel regression on the classes of the training images."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrographia.classification._kernel import kernel_terms, similarity, unit
from micrographia.learning._strangers import about_means, projection

__all__ = ["KERNEL_LEAST", "kernel_statistics", "known_kernel_terms"]

KERNEL_LEAST = (0.1, 0.05)
"""Least deviations of the terms: answer, distance."""

_RIDGE = 0.1
_DAMPING = 3.0
_MOST = 10_000  # images that the regression learns from


def kernel_statistics(
    features: NDArray[Any], targets: NDArray[Any], dimensions: int
) -> dict[str, NDArray[Any]]:
    """Make what the score "kernel" needs, but for what is usual.

    Features are projected to the directions in which they vary most; there the directions in which
    the images of a class scatter most are shortened, to the inverse root of their variance plus
    three times the mean variance. Then they are brought to length 1.

    Parameters
    ----------
    features : ndarray of shape (n, d)
        Of images that were learned from. Of more than 10,000, as many are drawn.
    targets : ndarray of shape (n,) of int, or (n, classes) of 0 and 1
    dimensions : int
        Features are projected to at most so many.

    Returns
    -------
    arrays : dict of str to ndarray
        `ood_centre`, `ood_basis`, `ood_features`, `ood_answers` as
        `micrographia.classification.scores.ood_score` wants them.
    """
    from scipy.linalg import cho_factor, cho_solve

    if len(features) > _MOST:
        drawn = np.sort(np.random.default_rng(0).permutation(len(features))[:_MOST])
        features, targets = features[drawn], targets[drawn]
    arrays = projection(features, dimensions)
    centre, basis = arrays["ood_centre"], arrays["ood_basis"].astype(np.float64)
    centred = about_means((features - centre) @ basis, targets)
    variances, axes = np.linalg.eigh(centred.T @ centred / len(centred))
    damped = variances.clip(0) + _DAMPING * max(float(variances.mean()), 1e-12)
    basis = (basis @ (axes / np.sqrt(damped))).astype(np.float32)
    known = unit((features - centre) @ basis.astype(np.float64)).astype(np.float16)
    # the regression learns from what is stored, so that its rounding does no harm
    points = known.astype(np.float32)
    kernel = similarity(points @ points.T)
    kernel[np.diag_indices_from(kernel)] += np.float32(_RIDGE)
    wanted = targets if targets.ndim == 2 else np.eye(int(targets.max()) + 1)[targets]
    factor = cho_factor(kernel, lower=True, overwrite_a=True, check_finite=False)
    answers = cho_solve(factor, wanted.astype(np.float32), check_finite=False)
    return {
        "ood_centre": centre,
        "ood_basis": basis,
        "ood_features": known,
        "ood_answers": answers.astype(np.float32),
    }


def known_kernel_terms(
    features: NDArray[Any], arrays: dict[str, NDArray[Any]], neighbours: int
) -> NDArray[np.float64]:
    """Terms (m, 2) of the score of features (m, d), before they are projected."""
    points = (features - arrays["ood_centre"]) @ arrays["ood_basis"].astype(np.float64)
    return kernel_terms(points, arrays["ood_features"], arrays["ood_answers"], neighbours)
