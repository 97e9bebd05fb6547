"""Intervals of proportions: Wilson's, also where images come in groups."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from micrographia.evaluation._answers import check_groups

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["Interval", "mean_of", "proportion", "wilson"]


@dataclasses.dataclass(frozen=True)
class Interval:
    """A value and the ends of its interval.

    Parameters
    ----------
    value, low, high : float
        NaN where there is nothing to say.
    """

    value: float
    low: float = float("nan")
    high: float = float("nan")

    def to_dict(self) -> dict[str, float | None]:
        """Fit for JSON: None instead of NaN."""
        values = dataclasses.asdict(self)
        return {name: None if np.isnan(value) else value for name, value in values.items()}

    def mapped(self, function: Callable[[float], float]) -> Interval:
        """The interval after a growing function of its value."""
        return Interval(*(float(function(x)) for x in (self.value, self.low, self.high)))


def wilson(successes: float, trials: float, level: float = 0.95) -> Interval:
    """Wilson's interval of a proportion.

    E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209, doi:10.1080/01621459.1927.10502953.

    Parameters
    ----------
    successes, trials : float
        Need not be whole: an effective number of trials will do.
    level : float
        Confidence, such as 0.95.

    Returns
    -------
    interval : Interval
        NaN without trials.

    Examples
    --------
    >>> found = wilson(81, 263)
    >>> round(found.low, 4), round(found.high, 4)
    (0.2553, 0.3662)
    """
    from scipy.special import ndtri

    deviate = float(ndtri((1 + level) / 2))
    return _wilson(successes / trials if trials > 0 else float("nan"), trials, deviate)


def _wilson(share: float, trials: float, deviate: float) -> Interval:
    if trials <= 0:
        return Interval(float("nan"))
    square = deviate**2 / trials
    middle = (share + square / 2) / (1 + square)
    reach = np.sqrt(square * (share * (1 - share) + square / 4)) / (1 + square)
    return Interval(
        float(share),
        float(max(0.0, middle - reach)) if share > 0 else 0.0,
        float(min(1.0, middle + reach)) if share < 1 else 1.0,
    )


def proportion(
    holds: NDArray[np.bool_], groups: ArrayLike | None = None, level: float = 0.95
) -> Interval:
    """Share of the images for which something holds, with its interval.

    Images of one group (one specimen, one original and its rotations) tell less than as many
    independent ones. Wilson's interval then takes the effective number of images: their number
    divided by the design effect, which is the variance between groups over that of independent
    images and never taken as less than one (E. L. Korn and B. I. Graubard, Surv. Methodol. 24
    (1998) 193). Where all images agree the design effect cannot be seen, and the effective number
    is that of the groups.

    Parameters
    ----------
    holds : ndarray of shape (n,), bool
    groups : array-like of shape (n,), optional
        Group of each image; each is its own where not given.
    level : float

    Returns
    -------
    interval : Interval

    Examples
    --------
    >>> right = np.array([True] * 18 + [False] * 2)
    >>> alone = proportion(right)
    >>> paired = proportion(right, np.arange(20) // 2)
    >>> alone.value == paired.value and paired.low < alone.low
    True
    """
    from scipy.special import ndtri, stdtrit

    n = len(holds)
    if n == 0:
        return Interval(float("nan"))
    numbers = check_groups(groups, n)
    tail = (1 + level) / 2
    share = float(holds.mean())
    count = int(numbers.max()) + 1
    deviate = float(ndtri(tail))
    if count == n:
        return _wilson(share, n, deviate)
    sizes = np.bincount(numbers).astype(np.float64)
    if count < 2:
        return Interval(share, 0.0, 1.0)
    effective = n**2 / float((sizes**2).sum())
    if 0 < share < 1:
        off = np.bincount(numbers, holds.astype(np.float64)) - share * sizes
        variance = count / (count - 1) * float((off**2).sum()) / n**2
        effective = n / max(1.0, variance / (share * (1 - share) / n))
    return _wilson(share, effective, float(stdtrit(count - 1, tail)))


def mean_of(intervals: Sequence[Interval]) -> Interval:
    """The mean of independent quantities, with its interval.

    The distances from the values to their limits are added as squares (G. Y. Zou and A. Donner,
    Stat. Med. 27 (2008) 1693, doi:10.1002/sim.3095), so that limits need not be symmetric.

    Parameters
    ----------
    intervals : sequence of Interval
        Those that are NaN are left out.

    Returns
    -------
    interval : Interval

    Examples
    --------
    >>> mean_of([Interval(1.0, 0.7, 1.0), Interval(0.5, 0.1, 0.9)])
    Interval(value=0.75, low=0.5, high=0.95)
    """
    known = [one for one in intervals if not np.isnan(one.value)]
    if not known:
        return Interval(float("nan"))
    value, low, high = np.array([(x.value, x.low, x.high) for x in known], np.float64).T
    mean, count = float(value.mean()), len(known)
    below = float(np.sqrt(((value - low) ** 2).sum())) / count
    above = float(np.sqrt(((high - value) ** 2).sum())) / count
    return Interval(mean, round(mean - below, 15), round(mean + above, 15))
