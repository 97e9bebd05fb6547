"""From what a model puts out to probabilities, a score of strangeness, and a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from micrographia.classification._kernel import kernel_terms, unit
from micrographia.errors import BundleError, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from micrographia.bundles import OodCard

__all__ = [
    "Verdict",
    "chosen",
    "chosen_labels",
    "distance_terms",
    "doubt",
    "log_distances",
    "ood_score",
    "probabilities",
    "relative_score",
    "strange_terms",
    "verdict",
]

Verdict = Literal["known", "unknown", "unlike"]

_BLOCK = 1 << 22
_FAR = 1.5  # deviations beyond the usual from which on distance counts in full
_FARTHEST = 50.0  # beyond, an exponential says no more


def probabilities(
    logits: ArrayLike,
    temperature: float | Sequence[float] = 1.0,
    multi_label: bool = False,
) -> NDArray[np.float64]:
    """Probabilities of the classes: softmax, or where several may hold at once the logistic curve.

    Parameters
    ----------
    logits : array_like of shape (n, classes)
    temperature : float or sequence of float
        Divides the logits (Guo et al., ICML 2017, section 4.2); one for all, or one a class.
    multi_label : bool
        Whether each class is answered for itself.

    Returns
    -------
    probabilities : ndarray of shape (n, classes), float64
        Rows sum to 1 unless `multi_label`.

    Examples
    --------
    >>> probabilities([[0.0, 0.0], [2.0, 0.0]]).round(2)
    array([[0.5 , 0.5 ],
           [0.88, 0.12]])
    >>> probabilities([[2.0, 0.0]], temperature=2.0).round(2)
    array([[0.73, 0.27]])
    """
    scaled = np.asarray(logits, np.float64) / np.asarray(temperature, np.float64)
    if scaled.ndim != 2:
        raise InputError(f"logits have shape (n, classes), got {scaled.shape}")
    if multi_label:
        return np.asarray(0.5 * (1 + np.tanh(0.5 * scaled)))
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def ood_score(
    features: ArrayLike, arrays: Mapping[str, NDArray[Any]], ood: OodCard
) -> NDArray[np.float64]:
    """How strange features are to a model: the larger, the less like its training images.

    "mahalanobis" is the distance to the nearest class mean under a covariance that all classes
    share (Lee et al., NeurIPS 2018); "neighbours" the distance to the k-th nearest of the training
    features, each brought to length 1 (Sun et al., ICML 2022). "combined" adds how much farther
    than usual the image is from the classes that the model answers, each under its own covariance
    and in units of how known images of that class scatter, to how much more than usual the model
    doubts between them (the entropy of its answer), in units of how that scatters. The score is
    the exponential of half the sum: about 1 for a known image. "relative" takes the mean of three
    terms, each less what is usual for known images and in units of how it scatters: the doubt, the
    logarithm of the squared distance to the nearest class mean, and how much larger that squared
    distance is than the one from the middle of all images (Ren et al., arXiv 2106.09022); as far
    as the distance exceeds the usual by more than 1.5 deviations, it is added in full. Again the
    exponential is the score. "kernel" does the same with two terms: how little a kernel regression
    on the classes answers, and the distance to the k nearest of the training features.

    Parameters
    ----------
    features : array_like of shape (n, d)
    arrays : mapping of str to ndarray
        `ood_mean` (classes, d) and `ood_precision` (d, d), or `ood_features` (m, d). Where there
        are `ood_centre` (d,) and `ood_basis` (d, e), features are first centred and projected.
        "combined" wants `ood_mean` (classes, d), `ood_precision` (classes, d, d), mean and
        deviation of the logarithm of known squared distances in `ood_usual` (2, classes) and of
        known entropies in `ood_doubt` (2,), and the model's last step, after its temperature, in
        `ood_weight` (classes, d before projection) and `ood_bias` (classes,). "relative" wants
        `ood_mean` (classes, d), `ood_precision` (d, d), `ood_share` (classes,), the classes' shares
        of the training images, mean and deviation of the three terms of known images in
        `ood_usual` (2, 3), and `ood_weight` and `ood_bias` too. "kernel" wants `ood_features`, of
        length 1, the regression's coefficients in `ood_answers` (m, classes), and mean and
        deviation of the two terms of known images in `ood_usual` (2, 2).
    ood : OodCard

    Returns
    -------
    scores : ndarray of shape (n,), float64

    Raises
    ------
    BundleError
        If the arrays that the method needs are missing or do not fit the features.

    Examples
    --------
    >>> from micrographia.bundles import OodCard
    >>> arrays = {"ood_mean": np.zeros((1, 2)), "ood_precision": np.eye(2)}
    >>> ood_score([[3.0, 4.0]], arrays, OodCard(method="mahalanobis", threshold=3.0))
    array([5.])
    """
    raw = points = np.asarray(features, np.float64)
    try:
        if "ood_centre" in arrays:
            points = (points - arrays["ood_centre"]) @ np.asarray(arrays["ood_basis"], np.float64)
        if ood.method == "mahalanobis":
            return _mahalanobis(points, arrays["ood_mean"], arrays["ood_precision"])
        if ood.method == "combined":
            return _combined(raw, points, arrays)
        if ood.method == "relative":
            return _relative(raw, points, arrays)
        if ood.method == "kernel":
            known, answers = arrays["ood_features"], arrays["ood_answers"]
            terms = kernel_terms(points, known, answers, ood.neighbours)
            return relative_score(terms, arrays["ood_usual"])
        return _neighbours(points, arrays["ood_features"], ood.neighbours)
    except (KeyError, ValueError) as error:
        raise BundleError(
            f"the statistics for {ood.method!r} do not fit the model's features: {error}; "
            "wanted in arrays.npz: ood_mean and ood_precision, for 'combined' also ood_usual, "
            "ood_doubt, ood_weight and ood_bias, for 'relative' ood_usual, ood_share, ood_weight "
            "and ood_bias; or ood_features, for 'kernel' also ood_answers and ood_usual"
        ) from error


def log_distances(
    points: NDArray[np.float64], means: NDArray[Any], precisions: NDArray[Any]
) -> NDArray[np.float64]:
    """Logarithm of the squared Mahalanobis distance to each class under its own covariance.

    Parameters
    ----------
    points : ndarray of shape (n, d)
    means : ndarray of shape (classes, d)
    precisions : ndarray of shape (classes, d, d)
        Inverse covariances.

    Returns
    -------
    logarithms : ndarray of shape (n, classes)

    Examples
    --------
    >>> log_distances(np.array([[3.0, 4.0]]), np.zeros((1, 2)), np.eye(2)[None]).round(3)
    array([[3.219]])
    """
    found = np.empty((len(points), len(means)))
    for column, (mean, precision) in enumerate(zip(means, precisions, strict=True)):
        away = points - np.asarray(mean, np.float64)
        found[:, column] = ((away @ np.asarray(precision, np.float64)) * away).sum(axis=1)
    return np.asarray(np.log(np.maximum(found, 1e-12)))


def doubt(chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Entropy of an answer, as a share of the largest possible.

    Parameters
    ----------
    chances : ndarray of shape (n, classes)
        Rows sum to 1.

    Returns
    -------
    entropy : ndarray of shape (n,)
        From 0, certain of one class, to 1, all alike.

    Examples
    --------
    >>> doubt(np.array([[1.0, 0.0], [0.5, 0.5]])) + 0.0
    array([0., 1.])
    """
    terms = chances * np.log(np.maximum(chances, 1e-300))
    return np.asarray(-terms.sum(axis=1) / np.log(max(2, chances.shape[1])))


def strange_terms(
    chances: NDArray[np.float64],
    points: NDArray[np.float64],
    means: NDArray[Any],
    precision: NDArray[Any],
    shares: NDArray[Any],
) -> NDArray[np.float64]:
    """Three measures of how strange images are, each the larger the stranger.

    Parameters
    ----------
    chances : ndarray of shape (n, classes)
        Probabilities that the model answers.
    points : ndarray of shape (n, d)
        Features.
    means : ndarray of shape (classes, d)
    precision : ndarray of shape (d, d)
        Inverse covariance about the classes' means.
    shares : ndarray of shape (classes,)
        Of the training images.

    Returns
    -------
    terms : ndarray of shape (n, 3)
        Doubt (entropy of the answer, a share of the largest); logarithm of the squared Mahalanobis
        distance D to the nearest class mean; D less the squared distance from the mean of all
        images under the covariance of all images (that about the classes' means and that of the
        means), which by Woodbury's identity needs no matrix of its own.

    References
    ----------
    Ren et al., "A Simple Fix to Mahalanobis Distance for Improving Near-OOD Detection", arXiv
    2106.09022 (2021), equation 4.

    Examples
    --------
    >>> means, shares = np.array([[-2.0, 0.0], [2.0, 0.0]]), np.array([0.5, 0.5])
    >>> sure = np.array([[1.0, 0.0], [1.0, 0.0]])
    >>> far_and_between = np.array([[-2.0, 3.0], [0.0, 0.0]])
    >>> strange_terms(sure, far_and_between, means, np.eye(2), shares).round(2) + 0.0
    array([[ 0.  ,  2.2 , -0.8 ],
           [ 0.  ,  1.39,  4.  ]])
    """
    return np.column_stack([doubt(chances), distance_terms(points, means, precision, shares)])


def distance_terms(
    points: NDArray[np.float64],
    means: NDArray[Any],
    precision: NDArray[Any],
    shares: NDArray[Any],
) -> NDArray[np.float64]:
    """Make the last two of `strange_terms`, which the model's answer does not enter.

    Parameters
    ----------
    points, means, precision, shares : ndarray
        As in `strange_terms`.

    Returns
    -------
    terms : ndarray of shape (n, 2)
    """
    precision = np.asarray(precision, np.float64)
    shares = np.asarray(shares, np.float64)
    means = np.asarray(means, np.float64)
    middle = shares @ means
    away, shifts = points - middle, means - middle
    turned, spread = away @ precision, np.sqrt(shares)[:, None] * shifts
    own = (turned * away).sum(axis=1)
    squares = ((shifts @ precision) * shifts).sum(axis=1)
    nearest = np.maximum((own[:, None] - 2 * turned @ shifts.T + squares).min(axis=1), 1e-12)
    across = turned @ spread.T
    inner = np.eye(len(means)) + spread @ precision @ spread.T
    common = own - (across * np.linalg.solve(inner, across.T).T).sum(axis=1)
    return np.column_stack([np.log(nearest), nearest - common])


def _answered(
    features: NDArray[np.float64], arrays: Mapping[str, NDArray[Any]]
) -> NDArray[np.float64]:
    """What the model answers, by its last step."""
    weight, bias = (np.asarray(arrays[name], np.float64) for name in ("ood_weight", "ood_bias"))
    return probabilities(features @ weight.T + bias)


def _relative(
    features: NDArray[np.float64], points: NDArray[np.float64], arrays: Mapping[str, NDArray[Any]]
) -> NDArray[np.float64]:
    chances = _answered(features, arrays)
    terms = strange_terms(
        chances, points, arrays["ood_mean"], arrays["ood_precision"], arrays["ood_share"]
    )
    return relative_score(terms, arrays["ood_usual"])


def relative_score(terms: NDArray[np.float64], usual: NDArray[Any]) -> NDArray[np.float64]:
    """Make the score "relative", or "kernel", of its terms.

    Parameters
    ----------
    terms : ndarray of shape (n, k)
        Of `strange_terms` or `kernel_terms`; the second is the distance.
    usual : ndarray of shape (2, k)
        Mean and deviation of those of known images.

    Returns
    -------
    scores : ndarray of shape (n,)
        About 1 for a known image.

    Examples
    --------
    >>> usual = np.array([[0.1, 2.0, 0.0], [0.2, 0.5, 1.0]])
    >>> relative_score(np.array([[0.1, 2.0, 0.0], [0.3, 3.0, 1.0]]), usual).round(2)
    array([1.  , 6.25])
    """
    middle, scatter = np.asarray(usual, np.float64)
    terms = (terms - middle) / scatter
    # whatever the others say, what is far from every class is strange
    total = terms.mean(axis=1) + np.maximum(terms[:, 1] - _FAR, 0)
    return np.asarray(np.exp(np.clip(total, -_FARTHEST, _FARTHEST)))


def _combined(
    features: NDArray[np.float64], points: NDArray[np.float64], arrays: Mapping[str, NDArray[Any]]
) -> NDArray[np.float64]:
    chances = _answered(features, arrays)
    distances = log_distances(points, arrays["ood_mean"], arrays["ood_precision"])
    usual, scatter = np.asarray(arrays["ood_usual"], np.float64)
    middle, spread = np.asarray(arrays["ood_doubt"], np.float64)
    away = (chances * (distances - usual) / scatter).sum(axis=1)
    unsure = (doubt(chances) - middle) / spread
    total = np.maximum(away, 0) + unsure  # nearer than usual is no reason to doubt less
    return np.asarray(np.exp(np.clip(total / 2, -_FARTHEST, _FARTHEST)))


def _mahalanobis(
    points: NDArray[np.float64], means: NDArray[Any], precision: NDArray[Any]
) -> NDArray[np.float64]:
    precision = np.asarray(precision, np.float64)
    nearest = np.full(len(points), np.inf)
    for mean in np.asarray(means, np.float64):
        away = points - mean
        nearest = np.minimum(
            nearest, np.einsum("ij,jk,ik->i", away, precision, away, optimize=True)
        )
    return np.asarray(np.sqrt(np.maximum(nearest, 0)))


def _neighbours(
    points: NDArray[np.float64], known: NDArray[Any], count: int
) -> NDArray[np.float64]:
    points, known = unit(points), unit(np.asarray(known, np.float64))
    kth = min(count, len(known)) - 1
    scores = np.empty(len(points))
    step = max(1, _BLOCK // len(known))
    for start in range(0, len(points), step):
        # unit vectors: |a - b|² = 2 - 2 a·b
        squares = 2 - 2 * points[start : start + step] @ known.T
        squares.partition(kth, axis=1)
        scores[start : start + step] = np.sqrt(np.maximum(squares[:, kth], 0))
    return scores


def chosen_labels(rows: NDArray[np.float64], multi_label: bool = False) -> NDArray[np.bool_]:
    """Which classes answers name.

    Parameters
    ----------
    rows : ndarray of shape (n, classes)
        Probabilities.
    multi_label : bool
        Whether all with at least one half are named, instead of the likeliest.

    Returns
    -------
    named : ndarray of shape (n, classes), bool
        At least one a row: the likeliest, where none reaches one half.

    Examples
    --------
    >>> chosen_labels(np.array([[0.6, 0.5, 0.1], [0.1, 0.4, 0.3]]), multi_label=True)
    array([[ True,  True, False],
           [False,  True, False]])
    """
    likeliest = np.zeros(rows.shape, bool)
    np.put_along_axis(likeliest, rows.argmax(axis=1)[:, None], True, axis=1)
    if not multi_label:
        return likeliest
    above = rows >= 0.5
    return np.asarray(np.where(above.any(axis=1, keepdims=True), above, likeliest))


def chosen(row: NDArray[np.float64], multi_label: bool = False) -> tuple[int, ...]:
    """Which classes one answer names, by number, as `chosen_labels` of many.

    Parameters
    ----------
    row : ndarray of shape (classes,)
        Probabilities.
    multi_label : bool

    Returns
    -------
    indices : tuple of int
        Of at least one class.
    """
    return tuple(np.flatnonzero(chosen_labels(row[None], multi_label)[0]).tolist())


def verdict(
    row: NDArray[np.float64],
    threshold: float | Sequence[float],
    multi_label: bool = False,
    ood: float | None = None,
    ood_threshold: float | None = None,
) -> Verdict:
    """Whether an answer is to be believed.

    Parameters
    ----------
    row : ndarray of shape (classes,)
        Probabilities.
    threshold : float or sequence of float
        The least probability that is believed; one for all, or one a class.
    multi_label : bool
    ood, ood_threshold : float, optional
        Score of strangeness, and the largest that is not strange.

    Returns
    -------
    verdict : {"known", "unknown", "unlike"}
        "unlike": nothing of the kind was in the training; "unknown": too little certainty.

    Examples
    --------
    >>> verdict(np.array([0.9, 0.1]), 0.8), verdict(np.array([0.7, 0.3]), 0.8)
    ('known', 'unknown')
    >>> verdict(np.array([0.9, 0.1]), 0.8, ood=7.0, ood_threshold=5.0)
    'unlike'
    """
    if ood is not None and ood_threshold is not None and not ood <= ood_threshold:
        return "unlike"
    least = np.broadcast_to(np.asarray(threshold, np.float64), row.shape)
    named = list(chosen(row, multi_label))
    return "known" if (row[named] >= least[named]).all() else "unknown"
