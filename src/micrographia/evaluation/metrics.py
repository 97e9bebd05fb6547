"""Accuracy, precision, recall and F1 by their usual formulas, with intervals.

Precision is the share of the images called a class that are of it, recall the share of the images
of a class that are called so; both from the confusion matrix, with the true classes as rows.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from micrographia.errors import InputError
from micrographia.evaluation._answers import check_groups, check_labels, check_probabilities
from micrographia.evaluation.intervals import Interval, mean_of, proportion

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

__all__ = [
    "ClassScores",
    "accuracy",
    "balanced_accuracy",
    "brier_score",
    "class_scores",
    "class_table",
    "confusion_matrix",
    "log_loss",
    "overall_scores",
    "top_accuracy",
]


@dataclasses.dataclass(frozen=True)
class ClassScores:
    """Scores of every class.

    Parameters
    ----------
    support : ndarray of shape (classes,), int
        Images of the class.
    precision, recall, f1 : ndarray of shape (classes,)
        NaN where a share of nothing is asked for: precision of a class that no image was called,
        recall of a class without images, F1 of one with neither.
    """

    support: Ints
    precision: Floats
    recall: Floats
    f1: Floats


def confusion_matrix(truth: ArrayLike, predicted: ArrayLike, n_classes: int) -> Ints:
    """How many images of each true class (rows) were called each class (columns).

    Parameters
    ----------
    truth, predicted : array-like of shape (n,), int
        Class numbers.
    n_classes : int

    Returns
    -------
    confusion : ndarray of shape (n_classes, n_classes), int

    Raises
    ------
    InputError
        If the two differ in length or hold a number that is no class.

    Examples
    --------
    >>> confusion_matrix([0, 0, 1], [0, 1, 1], 2).tolist()
    [[1, 1], [0, 1]]
    """
    true = check_labels(truth, n_classes)
    called = check_labels(predicted, n_classes, "predicted classes")
    if len(true) != len(called):
        raise InputError(f"{len(true)} true classes but {len(called)} predicted ones")
    flat = np.bincount(true * n_classes + called, minlength=n_classes**2)
    return flat.reshape(n_classes, n_classes).astype(np.intp)


def class_scores(confusion: NDArray[np.integer]) -> ClassScores:
    """Precision, recall and F1 of every class.

    Parameters
    ----------
    confusion : ndarray of shape (classes, classes)
        As `confusion_matrix` gives it.

    Returns
    -------
    scores : ClassScores

    Examples
    --------
    >>> scores = class_scores(np.array([[1, 1], [0, 2]]))
    >>> scores.precision.round(3).tolist(), scores.recall.tolist(), scores.f1.round(3).tolist()
    ([1.0, 0.667], [0.5, 1.0], [0.667, 0.8])
    """
    right = np.diag(confusion).astype(np.float64)
    support, called = confusion.sum(axis=1), confusion.sum(axis=0)
    return ClassScores(
        support.astype(np.intp),
        _ratio(right, called),
        _ratio(right, support),
        _ratio(2 * right, support + called),
    )


def _ratio(part: NDArray[np.float64], whole: NDArray[np.integer]) -> Floats:
    found: Floats = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
    return found


def accuracy(truth: ArrayLike, predicted: ArrayLike) -> float:
    """Share of the images that are called what they are.

    Parameters
    ----------
    truth, predicted : array-like of shape (n,), int

    Returns
    -------
    share : float

    Examples
    --------
    >>> accuracy([0, 1, 2, 2], [0, 1, 1, 2])
    0.75
    """
    return float((np.asarray(truth) == np.asarray(predicted)).mean())


def balanced_accuracy(truth: ArrayLike, predicted: ArrayLike, n_classes: int) -> float:
    """Mean recall of the classes that have images, so that a large class weighs no more.

    Parameters
    ----------
    truth, predicted : array-like of shape (n,), int
    n_classes : int

    Returns
    -------
    share : float

    Examples
    --------
    >>> balanced_accuracy([0, 0, 0, 1], [0, 0, 0, 0], 2)
    0.5
    """
    recall = class_scores(confusion_matrix(truth, predicted, n_classes)).recall
    return float(np.nanmean(recall))


def top_accuracy(truth: ArrayLike, probabilities: ArrayLike, k: int) -> float:
    """Share of the images whose true class is among the k most probable ones.

    Parameters
    ----------
    truth : array-like of shape (n,), int
    probabilities : array-like of shape (n, classes)
    k : int

    Returns
    -------
    share : float

    Examples
    --------
    >>> top_accuracy([2, 0], [[0.5, 0.2, 0.3], [0.1, 0.4, 0.5]], 2)
    0.5
    """
    true = np.asarray(truth)
    chances = check_probabilities(probabilities, len(true))
    own = chances[np.arange(len(true)), check_labels(true, chances.shape[1])]
    return float(((chances > own[:, None]).sum(axis=1) < k).mean())


def brier_score(truth: ArrayLike, probabilities: ArrayLike) -> float:
    """Mean squared distance of the probabilities from the truth, from 0 (best) to 2.

    G. W. Brier, Mon. Weather Rev. 78 (1950) 1.

    Parameters
    ----------
    truth : array-like of shape (n,), int
    probabilities : array-like of shape (n, classes)

    Returns
    -------
    score : float

    Examples
    --------
    >>> brier_score([0, 1], [[1.0, 0.0], [0.5, 0.5]])
    0.25
    """
    true = np.asarray(truth)
    chances = check_probabilities(probabilities, len(true))
    one_hot = np.eye(chances.shape[1])[check_labels(true, chances.shape[1])]
    return float(((chances - one_hot) ** 2).sum(axis=1).mean())


def log_loss(truth: ArrayLike, probabilities: ArrayLike) -> float:
    """Mean of minus the logarithm of the true class' probability [nat].

    Probabilities below the smallest normal number of their precision count as that number.

    Parameters
    ----------
    truth : array-like of shape (n,), int
    probabilities : array-like of shape (n, classes)

    Returns
    -------
    loss : float

    Examples
    --------
    >>> round(log_loss([0, 1], [[1.0, 0.0], [0.5, 0.5]]), 4)
    0.3466
    """
    true = np.asarray(truth)
    chances = check_probabilities(probabilities, len(true))
    own = chances[np.arange(len(true)), check_labels(true, chances.shape[1])]
    return float(-np.log(np.maximum(own, np.finfo(np.float64).eps)).mean())


def class_table(
    truth: ArrayLike,
    predicted: ArrayLike,
    classes: Sequence[str],
    groups: ArrayLike | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Support, precision, recall and F1 of every class, with intervals.

    Precision and recall are shares of images (`proportion`). F1 grows with the share J of the
    right ones among the images that are of the class or called so, F1 = 2 J / (1 + J), and takes
    its interval from that of J.

    Parameters
    ----------
    truth, predicted : array-like of shape (n,), int
    classes : sequence of str
    groups : array-like of shape (n,), optional
    level : float

    Returns
    -------
    table : DataFrame
        A row per class: `class`, `support`, `predicted`, and `precision`, `recall`, `f1`, each
        also with `_low` and `_high`.
    """
    import pandas as pd

    true = check_labels(truth, len(classes))
    called = check_labels(predicted, len(classes), "predicted classes")
    numbers = check_groups(groups, len(true))
    rows = []
    for number, name in enumerate(classes):
        of, so = true == number, called == number
        scores = {
            "precision": proportion(of[so], numbers[so], level),
            "recall": proportion(so[of], numbers[of], level),
            "f1": f1_interval(of, so, numbers, level),
        }
        row: dict[str, object] = {
            "class": name,
            "support": int(of.sum()),
            "predicted": int(so.sum()),
        }
        for score, found in scores.items():
            row |= {score: found.value, f"{score}_low": found.low, f"{score}_high": found.high}
        rows.append(row)
    return pd.DataFrame(rows)


def f1_interval(
    of: NDArray[np.bool_], so: NDArray[np.bool_], groups: Ints, level: float = 0.95
) -> Interval:
    """F1 of one class, with its interval.

    Parameters
    ----------
    of, so : ndarray of shape (n,), bool
        Which images are of the class, and which are called so.
    groups : ndarray of shape (n,), int
    level : float

    Returns
    -------
    f1 : Interval

    Examples
    --------
    >>> of, so = np.array([1, 1, 0], bool), np.array([1, 0, 0], bool)
    >>> round(f1_interval(of, so, np.arange(3)).value, 4)
    0.6667
    """
    either = of | so
    shared = proportion((of & so)[either], groups[either], level)
    return shared.mapped(lambda share: 2 * share / (1 + share))


def overall_scores(
    truth: ArrayLike,
    probabilities: ArrayLike,
    groups: ArrayLike | None = None,
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 0,
) -> dict[str, Interval]:
    """Accuracy, balanced accuracy and macro F1 with intervals; Brier score and log loss.

    Parameters
    ----------
    truth : array-like of shape (n,), int
    probabilities : array-like of shape (n, classes)
    groups : array-like of shape (n,), optional
    level : float
    draws : int
        Bootstrap draws (of whole groups) for macro F1, whose classes are not independent.
    seed : int

    Returns
    -------
    scores : dict of str to Interval
        Brier score and log loss come without interval.
    """
    chances = check_probabilities(probabilities, len(np.asarray(truth)))
    n_classes = chances.shape[1]
    true = check_labels(truth, n_classes)
    called = chances.argmax(axis=1)
    numbers = check_groups(groups, len(true))
    recalls = [
        proportion((called == k)[true == k], numbers[true == k], level) for k in range(n_classes)
    ]
    return {
        "accuracy": proportion(called == true, numbers, level),
        "balanced_accuracy": mean_of(recalls),
        "macro_f1": _macro_f1(true, called, n_classes, numbers, level, draws, seed),
        "brier": Interval(brier_score(true, chances)),
        "log_loss": Interval(log_loss(true, chances)),
    }


def _macro_f1(
    true: Ints, called: Ints, n_classes: int, groups: Ints, level: float, draws: int, seed: int
) -> Interval:
    value = float(np.nanmean(class_scores(confusion_matrix(true, called, n_classes)).f1))
    if (true == called).all():
        return mean_of([
            f1_interval(true == k, called == k, groups, level) for k in range(n_classes)
        ])  # fmt: skip
    count = int(groups.max()) + 1
    if count < 2:
        return Interval(value)
    cells = np.zeros((count, n_classes**2))
    np.add.at(cells, (groups, true * n_classes + called), 1)
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(count, np.full(count, 1 / count), size=draws).astype(np.float64)
    drawn = (weights @ cells).reshape(draws, n_classes, n_classes)
    right = np.diagonal(drawn, axis1=1, axis2=2)
    both = drawn.sum(axis=1) + drawn.sum(axis=2)
    scores = np.divide(2 * right, both, out=np.full(right.shape, np.nan), where=both > 0)
    low, high = np.quantile(mean_known(scores), [(1 - level) / 2, (1 + level) / 2])
    return Interval(value, min(float(low), value), max(float(high), value))


def mean_known(values: Floats) -> Floats:
    """Mean over the last axis of what is not NaN; NaN where nothing else is.

    Examples
    --------
    >>> mean_known(np.array([[1.0, np.nan], [np.nan, np.nan]]))
    array([ 1., nan])
    """
    known = np.isfinite(values)
    sums, counts = np.where(known, values, 0).sum(axis=-1), known.sum(axis=-1)
    found: Floats = np.divide(sums, counts, out=np.full(counts.shape, np.nan), where=counts > 0)
    return found
