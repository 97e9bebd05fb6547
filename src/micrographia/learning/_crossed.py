"""What a linear classifier says of few images, each judged by one that did not learn from it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrographia.classification.scores import distance_terms
from micrographia.learning._kernel import kernel_statistics, known_kernel_terms
from micrographia.learning._labels import divide
from micrographia.learning._strangers import means_and_precision, projection

__all__ = ["Crossed", "Measure", "Refit", "cross_fit", "distances_to", "kernel_to"]

Refit = Callable[[NDArray[Any], NDArray[Any]], tuple[NDArray[Any], NDArray[Any]]]
"""From features (n, d) and targets (n,) to weight (classes, d) and bias (classes,)."""

Measure = Callable[[NDArray[Any], NDArray[Any], NDArray[Any], int], tuple[NDArray[np.float64], int]]
"""From features (n, d) and targets (n,) of images that are learned from, features (m, d) of those
that are judged, and the most directions, to the terms of a score, (m, k), and their directions."""

_PARTS = 5


@dataclasses.dataclass(frozen=True)
class Crossed:
    """Answers to images that the answering classifier did not learn from.

    Parameters
    ----------
    targets : ndarray of shape (m,) of int
    logits : ndarray of shape (m, classes)
    terms : ndarray of shape (m, 2)
        What the measure makes of the features.
    dimensions : int
        The fewest to which the features were projected.
    """

    targets: NDArray[np.intp]
    logits: NDArray[np.float64]
    terms: NDArray[np.float64]
    dimensions: int


def distances_to(
    learned: NDArray[Any], targets: NDArray[Any], judged: NDArray[Any], dimensions: int
) -> tuple[NDArray[np.float64], int]:
    """Measure by `micrographia.classification.scores.distance_terms`."""
    arrays = projection(learned, dimensions)
    centre, basis = arrays["ood_centre"], arrays["ood_basis"].astype(np.float64)
    known = means_and_precision((learned - centre) @ basis, targets)
    shares = np.unique(targets, return_counts=True)[1] / len(targets)
    terms = distance_terms(
        (judged - centre) @ basis, known["ood_mean"], known["ood_precision"], shares
    )
    return terms, basis.shape[1]


def kernel_to(
    learned: NDArray[Any], targets: NDArray[Any], judged: NDArray[Any], dimensions: int, *,
    neighbours: int,
) -> tuple[NDArray[np.float64], int]:  # fmt: skip
    """Measure by `micrographia.classification._kernel.kernel_terms`."""
    arrays = kernel_statistics(learned, targets, dimensions)
    return known_kernel_terms(judged, arrays, neighbours), arrays["ood_basis"].shape[1]


def cross_fit(
    features: NDArray[Any],
    targets: NDArray[Any],
    groups: Any,
    refit: Refit,
    dimensions: int,
    seed: int = 0,
    measure: Measure = distances_to,
) -> Crossed | None:
    """Judge each image by a classifier that has learned from the other groups' images.

    Parameters
    ----------
    features : ndarray of shape (n, d)
        Of a network that has learned from none of the images.
    targets : ndarray of shape (n,) of int
    groups : array-like of shape (n,), optional
        What must not be divided.
    refit : callable
        Learns weight and bias.
    dimensions : int
        Features are projected to at most so many before distances.
    seed : int
        Of the division in five parts.
    measure : callable
        How strange features are to those that are learned from.

    Returns
    -------
    crossed : Crossed or None
        Without images of classes that lie in a single part; None where no image is left.

    References
    ----------
    Cross-fitted calibration, as scikit-learn's ``CalibratedClassifierCV(ensemble=False)``.
    """
    part = divide(targets, groups, np.full(_PARTS, 1 / _PARTS), seed)
    truths, logits, terms, widths = [], [], [], []
    for number in range(_PARTS):
        learned = part != number
        present = np.unique(targets[learned])
        judged = (part == number) & np.isin(targets, present)
        if len(present) < 2 or not judged.any():
            continue
        weight, bias = refit(features[learned], targets[learned])
        found, width = measure(features[learned], targets[learned], features[judged], dimensions)
        truths.append(targets[judged])
        logits.append(features[judged] @ weight.T.astype(np.float64) + bias)
        terms.append(found)
        widths.append(width)
    if not truths:
        return None
    return Crossed(
        np.concatenate(truths), np.concatenate(logits), np.concatenate(terms), min(widths)
    )
