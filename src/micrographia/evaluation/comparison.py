"""Two classifiers on the same images: is one really better?"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.errors import InputError
from micrographia.evaluation._answers import check_groups
from micrographia.evaluation.intervals import Interval

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["PairedComparison", "bootstrap_difference", "compare_pair", "mcnemar", "resampled_t"]


def mcnemar(only_first: int, only_second: int) -> float:
    """Exact two-sided p-value of McNemar's test.

    Q. McNemar, Psychometrika 12 (1947) 153; exact: a binomial test of the images on which the two
    differ.

    Parameters
    ----------
    only_first, only_second : int
        Images that only the first, or only the second, calls rightly.

    Returns
    -------
    p : float

    Examples
    --------
    >>> round(mcnemar(1, 9), 5), mcnemar(4, 4)
    (0.02148, 1.0)
    """
    from scipy.special import bdtr

    differing = only_first + only_second
    if differing == 0:
        return 1.0
    return float(min(1.0, 2 * bdtr(min(only_first, only_second), differing, 0.5)))


def resampled_t(differences: ArrayLike, train_size: float, test_size: float) -> tuple[float, float]:
    """Corrected resampled t-test of the difference between two methods over folds.

    Folds share their training images, so that a plain t-test finds differences that are not
    there; the variance is multiplied by 1/k + n_test/n_train instead of 1/k (C. Nadeau and
    Y. Bengio, Mach. Learn. 52 (2003) 239, doi:10.1023/A:1024068626366).

    Parameters
    ----------
    differences : array-like of shape (folds,)
        Score of the second minus that of the first, in each fold.
    train_size, test_size : float
        Images learned from and tested on in a fold, on average.

    Returns
    -------
    t, p : float
        Statistic and two-sided p-value; (0, 1) where all differences are 0, NaN with one fold.

    Examples
    --------
    >>> t, p = resampled_t([0.02, 0.04, 0.03, 0.01, 0.05], 80, 20)
    >>> round(t, 3), round(p, 4)
    (2.828, 0.0474)
    """
    from scipy.special import stdtr

    values = np.asarray(differences, np.float64)
    count = len(values)
    if count < 2:
        return float("nan"), float("nan")
    mean, variance = float(values.mean()), float(values.var(ddof=1))
    if variance <= 0:
        return (0.0, 1.0) if mean == 0 else (float(np.copysign(np.inf, mean)), 0.0)
    t = mean / np.sqrt((1 / count + test_size / train_size) * variance)
    return float(t), float(2 * stdtr(count - 1, -abs(t)))


def bootstrap_difference(
    first: ArrayLike,
    second: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    level: float = 0.95,
    draws: int = 2000,
    seed: int = 0,
) -> Interval:
    """Accuracy of the second minus that of the first, with a bootstrap interval by group.

    Parameters
    ----------
    first, second : array-like of shape (n,), bool or float
        What each scores on every image (right or not).
    groups : array-like of shape (n,), optional
        Groups are drawn whole; each image is its own where not given.
    level : float
    draws : int
    seed : int

    Returns
    -------
    difference : Interval

    Examples
    --------
    >>> found = bootstrap_difference([1, 0, 0, 1] * 25, [1, 1, 0, 1] * 25)
    >>> found.value, 0.1 < found.low < 0.25 < found.high < 0.4
    (0.25, True)
    """
    gain = np.asarray(second, np.float64) - np.asarray(first, np.float64)
    numbers = check_groups(groups, len(gain))
    count = int(numbers.max()) + 1
    value = float(gain.mean())
    if count < 2:
        return Interval(value)
    rng = np.random.default_rng(seed)
    sums, sizes = np.bincount(numbers, gain), np.bincount(numbers)
    weights = rng.multinomial(count, np.full(count, 1 / count), size=draws)
    drawn = (weights @ sums) / (weights @ sizes)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value, min(float(low), value), max(float(high), value))


@dataclasses.dataclass(frozen=True)
class PairedComparison:
    """What the same images say of two methods.

    Parameters
    ----------
    first, second : str
        Names.
    images : int
    only_first, only_second : int
        Images that only one of the two calls rightly.
    difference : Interval
        Accuracy of the second minus that of the first; bootstrap by group.
    mcnemar_p : float
        Takes images as independent: too small a p-value where groups are large.
    t_p : float
        Of the corrected resampled t-test over folds; NaN without common folds.
    """

    first: str
    second: str
    images: int
    only_first: int
    only_second: int
    difference: Interval
    mcnemar_p: float
    t_p: float

    def to_dict(self) -> dict[str, Any]:
        """A row of a table."""
        row = dataclasses.asdict(self)
        found = row.pop("difference")
        row |= {"difference": found["value"], "low": found["low"], "high": found["high"]}
        return row


def compare_pair(
    names: tuple[str, str],
    first: NDArray[np.bool_],
    second: NDArray[np.bool_],
    *,
    groups: ArrayLike | None = None,
    folds: ArrayLike | None = None,
    level: float = 0.95,
) -> PairedComparison:
    """Compare two methods on the same images.

    Parameters
    ----------
    names : tuple of str
    first, second : ndarray of shape (n,), bool
        Which images each calls rightly, in the same order.
    groups : array-like of shape (n,), optional
    folds : array-like of shape (n,), int, optional
        In which fold each image was tested, for both methods.
    level : float

    Returns
    -------
    comparison : PairedComparison

    Raises
    ------
    InputError
        If the two do not hold the same number of images.
    """
    if len(first) != len(second) or len(first) == 0:
        raise InputError(
            f"{names[0]} has {len(first)} images, {names[1]} {len(second)}; "
            "a paired comparison wants the same images"
        )
    t_p = float("nan")
    if folds is not None and len(np.unique(np.asarray(folds))) > 1:
        numbers = np.unique(np.asarray(folds), return_inverse=True)[1]
        sizes = np.bincount(numbers)
        gains = np.bincount(numbers, second.astype(float) - first.astype(float)) / sizes
        test = float(sizes.mean())
        t_p = resampled_t(gains, len(first) - test, test)[1]
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    return PairedComparison(
        *names,
        len(first),
        only_first,
        only_second,
        bootstrap_difference(first, second, groups, level=level),
        mcnemar(only_first, only_second),
        t_p,
    )
