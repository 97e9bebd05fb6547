"""A linear classifier on features, as one matrix and one vector."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["fit_softmax"]


def fit_softmax(
    features: NDArray[Any], targets: NDArray[Any], classes: int, strength: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Fit a multinomial logistic regression on standardised features.

    Parameters
    ----------
    features : ndarray of shape (n, d)
    targets : ndarray of shape (n,) of int, or (n, classes) of 0 and 1
        Each column of the latter gets a classifier for itself.
    classes : int
        How many classes there are, also such as do not occur.
    strength : float
        Inverse of the penalty.

    Returns
    -------
    weight : ndarray of shape (classes, d), float32
    bias : ndarray of shape (classes,), float32
        For the features as they are: standardisation is multiplied in.
    """
    centre = features.mean(0, dtype=np.float64)
    spread = features.std(0, dtype=np.float64)
    spread = np.where(spread > 1e-6 * max(float(spread.max()), 1e-12), spread, np.inf)
    scaled = (features - centre) / spread
    if targets.ndim == 2:
        rows = [_binary(scaled, column > 0, strength) for column in targets.T]
        weight, bias = np.stack([r[0] for r in rows]), np.array([r[1] for r in rows])
    else:
        weight, bias = _multinomial(scaled, targets, classes, strength)
    weight = weight / spread
    bias = bias - weight @ centre
    return weight.astype(np.float32), bias.astype(np.float32)


def _regression(scaled: NDArray[np.float64], targets: NDArray[Any], strength: float) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(C=strength, max_iter=1000).fit(scaled, targets)


def _multinomial(
    scaled: NDArray[np.float64], targets: NDArray[Any], classes: int, strength: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    fitted = _regression(scaled, targets, strength)
    weight = np.zeros((classes, scaled.shape[1]))
    bias = np.full(classes, -30.0)  # a class without images is never answered
    if len(fitted.classes_) == 2:
        low, high = fitted.classes_
        weight[low], weight[high] = -fitted.coef_[0] / 2, fitted.coef_[0] / 2
        bias[low], bias[high] = -fitted.intercept_[0] / 2, fitted.intercept_[0] / 2
    else:
        weight[fitted.classes_], bias[fitted.classes_] = fitted.coef_, fitted.intercept_
    return weight, bias


def _binary(
    scaled: NDArray[np.float64], present: NDArray[np.bool_], strength: float
) -> tuple[NDArray[np.float64], float]:
    if present.all() or not present.any():
        return np.zeros(scaled.shape[1]), 10.0 if present.all() else -10.0
    fitted = _regression(scaled, present, strength)
    return fitted.coef_[0], float(fitted.intercept_[0])
