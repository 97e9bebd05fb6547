"""Statistics of known images' features, from which strange ones are told."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrographia.classification.scores import (
    doubt,
    log_distances,
    probabilities,
    relative_score,
    strange_terms,
)

__all__ = [
    "RELATIVE_LEAST",
    "about_means",
    "class_statistics",
    "means_and_precision",
    "projection",
    "relative_statistics",
    "scores_by_others",
    "shrunk",
    "usual_terms",
]

RELATIVE_LEAST = (0.15, 0.1, 1.0)
"""Least deviations of the terms of "relative": doubt, logarithm, difference."""

_OWN = 0.8  # share of a class's own covariance, the rest is that of all classes
_FEW = 5.0  # images whose weight the mean of all classes has in that of one
_LEAST_SCATTER = 0.1
_LEAST_DOUBT = 0.3


def projection(features: NDArray[Any], dimensions: int) -> dict[str, NDArray[Any]]:
    """Centre and the directions in which the features vary most."""
    centre = features.mean(0, dtype=np.float64)
    most = min(dimensions, len(features) - 1, features.shape[1])
    centred = features - centre
    if len(features) > features.shape[1]:  # several times as fast
        squares, axes = np.linalg.eigh(centred.T @ centred)
        spread, axes = np.sqrt(squares[::-1].clip(0)), axes.T[::-1]
    else:
        _, spread, axes = np.linalg.svd(centred, full_matrices=False)
    kept = max(1, int((spread[:most] > 1e-6 * max(spread[0], 1e-12)).sum()))
    return {
        "ood_centre": centre.astype(np.float32),
        "ood_basis": np.ascontiguousarray(axes[:kept].T, np.float32),
    }


def means_and_precision(
    points: NDArray[np.float64], targets: NDArray[Any]
) -> dict[str, NDArray[Any]]:
    """Each class's mean, and the inverse of the covariance about them, shrunk."""
    if targets.ndim == 2:
        means = points.mean(0, keepdims=True)
    else:
        means = np.stack([points[targets == one].mean(0) for one in np.unique(targets)])
    covariance = shrunk(about_means(points, targets))
    return {
        "ood_mean": means.astype(np.float32),
        "ood_precision": np.linalg.inv(covariance).astype(np.float32),
    }


def about_means(points: NDArray[np.float64], targets: NDArray[Any]) -> NDArray[np.float64]:
    """Points less their class's mean; with several labels an image, less the mean of all."""
    if targets.ndim == 2:
        return np.asarray(points - points.mean(0))
    present, own = np.unique(targets, return_inverse=True)
    means = np.stack([points[own == one].mean(0) for one in range(len(present))])
    return np.asarray(points - means[own])


def shrunk(centred: NDArray[np.float64]) -> NDArray[np.float64]:
    """Covariance of centred points, drawn towards a multiple of the unit matrix; never singular.

    Ledoit and Wolf, J. Multivar. Anal. 88 (2004) 365.
    """
    from sklearn.covariance import ledoit_wolf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a class may have a single image
        covariance, _ = ledoit_wolf(centred, assume_centered=True)
    width = len(covariance)
    level = max(float(np.trace(covariance)) / width, 1e-12)
    return np.asarray(covariance + (1e-9 * level + 1e-12) * np.eye(width))


def class_statistics(
    points: NDArray[np.float64],
    targets: NDArray[Any],
    held: NDArray[np.float64],
    held_targets: NDArray[Any],
    held_logits: NDArray[np.float64],
) -> dict[str, NDArray[Any]]:
    """Make what the score "combined" needs, but for the model's last step.

    Parameters
    ----------
    points : ndarray of shape (n, e)
        Projected features of images that were learned from.
    targets : ndarray of shape (n,) of int
        Every class occurs.
    held : ndarray of shape (m, e)
        Of known images that were not.
    held_targets : ndarray of shape (m,) of int
    held_logits : ndarray of shape (m, classes)
        After the temperature.

    Returns
    -------
    arrays : dict of str to ndarray
        `ood_mean`, `ood_precision`, `ood_usual`, `ood_doubt` as
        `micrographia.classification.scores.ood_score` wants them.
    """
    present = np.unique(targets)
    means = np.stack([points[targets == one].mean(0) for one in present])
    away = points - means[np.searchsorted(present, targets)]
    common = shrunk(away)
    precisions = [
        np.linalg.inv(_OWN * shrunk(away[targets == one]) + (1 - _OWN) * common) for one in present
    ]
    distances = log_distances(held, means, np.stack(precisions))
    entropies = doubt(probabilities(held_logits))
    return {
        "ood_mean": means.astype(np.float32),
        "ood_precision": np.stack(precisions).astype(np.float32),
        "ood_usual": _usual(distances, np.searchsorted(present, held_targets)),
        "ood_doubt": np.array(
            [entropies.mean(), max(float(entropies.std()), _LEAST_DOUBT)], np.float32
        ),
    }


def relative_statistics(
    points: NDArray[np.float64],
    targets: NDArray[Any],
    held: NDArray[np.float64],
    held_logits: NDArray[np.float64],
) -> tuple[dict[str, NDArray[Any]], NDArray[np.float64]]:
    """Make what the score "relative" needs, but for the model's last step.

    Parameters
    ----------
    points : ndarray of shape (n, e)
        Projected features of images that were learned from.
    targets : ndarray of shape (n,) of int
        Every class occurs.
    held : ndarray of shape (m, e)
        Of known images that were not.
    held_logits : ndarray of shape (m, classes)
        After the temperature.

    Returns
    -------
    arrays : dict of str to ndarray
        `ood_mean`, `ood_precision`, `ood_share`, `ood_usual` as
        `micrographia.classification.scores.ood_score` wants them.
    terms : ndarray of shape (m, 3)
        Of the held images, from which what is usual was taken.
    """
    arrays = means_and_precision(points, targets)
    shares = np.bincount(targets, minlength=len(arrays["ood_mean"])) / len(targets)
    terms = strange_terms(
        probabilities(held_logits), held, arrays["ood_mean"], arrays["ood_precision"], shares
    )
    usual = {"ood_share": shares.astype(np.float32), "ood_usual": usual_terms(terms)}
    return arrays | usual, terms


def usual_terms(
    terms: NDArray[np.float64], least: Sequence[float] = RELATIVE_LEAST
) -> NDArray[np.float32]:
    """What is usual for the terms of a score: their mean and deviation.

    Parameters
    ----------
    terms : ndarray of shape (m, k)
        Of known images, by `micrographia.classification.scores.strange_terms` or `kernel_terms`.
    least : sequence of k float
        Smaller deviations are not believed; those of the score "relative" by default.

    Returns
    -------
    usual : ndarray of shape (2, k), float32
    """
    usual = np.stack([terms.mean(axis=0), np.maximum(terms.std(axis=0), least)])
    return usual.astype(np.float32)


def scores_by_others(
    terms: NDArray[np.float64], least: Sequence[float] = RELATIVE_LEAST
) -> NDArray[np.float64]:
    """Score each image by what is usual for the others: its own part in that makes it look usual.

    Parameters
    ----------
    terms : ndarray of shape (m, k)
        Of at least two known images.
    least : sequence of k float
        As for `usual_terms`.

    Returns
    -------
    scores : ndarray of shape (m,)
    """
    rows = range(len(terms))
    return np.concatenate(
        [
            relative_score(terms[[row]], usual_terms(np.delete(terms, row, axis=0), least))
            for row in rows
        ]
    )


def _usual(distances: NDArray[np.float64], targets: NDArray[np.intp]) -> NDArray[np.float32]:
    """Mean and deviation of each class's own distances, drawn to those of all classes."""
    own = distances[np.arange(len(targets)), targets]
    middle, scatter = (
        np.full(distances.shape[1], own.mean()),
        np.full(distances.shape[1], own.var()),
    )
    for one in np.unique(targets):
        mine = own[targets == one]
        weight = len(mine) / (len(mine) + _FEW)
        middle[one] += weight * (mine.mean() - middle[one])
        scatter[one] += weight * (np.square(mine - middle[one]).mean() - scatter[one])
    return np.stack([middle, np.maximum(np.sqrt(scatter), _LEAST_SCATTER)]).astype(np.float32)
