"""Weighted statistics of a sample, and their bootstrap intervals."""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "Estimate",
    "Resampling",
    "Variable",
    "effective_number",
    "estimate",
    "weighted_quantiles",
]

_BLOCK = 1 << 17
_KEPT = 1 << 23
_MOST_NUMBERS = 20_000_000
_FEWEST_DRAWS = 400
FEWEST_FOR_INTERVAL = 5


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A value with its interval; None where there is too little to say.

    Parameters
    ----------
    value, low, high : float or None
    error : float or None
        Standard error of the bootstrap.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    error: float | None = None

    def to_dict(self) -> dict[str, float | None]:
        """Value and interval."""
        return {"value": self.value, "low": self.low, "high": self.high}


@dataclasses.dataclass(frozen=True)
class Variable:
    """One quantity of the counted particles, sorted.

    Parameters
    ----------
    values, weights : ndarray of shape (n,)
    order : ndarray of shape (n,), int
        Positions in the unsorted sample.
    """

    values: Floats
    weights: Floats
    order: NDArray[np.intp]

    @classmethod
    def of(cls, values: Floats, weights: Floats) -> Variable:
        """Sort the values and their weights."""
        order = np.argsort(values, kind="stable")
        return cls(values[order], weights[order], order)

    @property
    def mean(self) -> float:
        """Weighted mean."""
        return float(np.average(self.values, weights=self.weights))

    @property
    def variance(self) -> float:
        """Weighted variance with the divisor n - 1, n being the effective number; 0 for one."""
        number = effective_number(self.weights)
        if number <= 1:
            return 0.0
        spread = np.average((self.values - self.mean) ** 2, weights=self.weights)
        return float(spread) * number / (number - 1)


def effective_number(weights: Floats) -> float:
    """Kish's effective sample size, (Σw)²/Σw².

    Examples
    --------
    >>> effective_number(np.array([1.0, 1.0, 1.0, 1.0])), effective_number(np.array([1.0, 0.0]))
    (4.0, 1.0)
    """
    squares = float((weights**2).sum())
    return float(weights.sum()) ** 2 / squares if squares > 0 else 0.0


def weighted_quantiles(variable: Variable, probabilities: Floats) -> Floats:
    """Quantiles by Hazen's rule, generalised to weights.

    Parameters
    ----------
    variable : Variable
        At least one value.
    probabilities : ndarray of shape (q,)

    Returns
    -------
    quantiles : ndarray of shape (q,)

    Notes
    -----
    A value stands at the middle of its own weight; between values the quantile is linear. For
    equal weights this is definition 5 of Hyndman and Fan (1996), doi:10.2307/2684934; its median
    is the usual one.

    Examples
    --------
    >>> weighted_quantiles(Variable.of(np.array([3.0, 1.0, 2.0]), np.ones(3)), np.array([0.5]))
    array([2.])
    """
    running = np.cumsum(variable.weights)
    middle = (running - variable.weights / 2) / running[-1]
    return np.interp(probabilities, middle, variable.values)


class Resampling:
    """Bootstrap draws of a sample: how often each particle is drawn.

    Parameters
    ----------
    count : int
        Particles.
    draws : int
        Wanted draws; large samples get fewer (at least 400), so that draws times particles stay
        below 20 million.
    seed : int or SeedSequence
    groups : ndarray of shape (count,), int, optional
        Whole groups (images) are drawn instead of particles.
    """

    def __init__(
        self,
        count: int,
        draws: int,
        seed: int | np.random.SeedSequence,
        groups: NDArray[np.intp] | None = None,
    ) -> None:
        self.count = count
        self.draws = min(draws, max(_FEWEST_DRAWS, _MOST_NUMBERS // max(count, 1)))
        self.groups = groups
        self._seed = seed

    def blocks(self) -> Iterator[NDArray[np.integer[Any]]]:
        """Counts of shape (some draws, particles), the same at every call.

        Blocks are small, so that what is computed from them stays in the processor's cache.
        """
        if self.count * self.draws <= _KEPT:
            yield from self._kept
        else:
            yield from self._fresh()

    @functools.cached_property
    def _kept(self) -> list[NDArray[np.integer[Any]]]:
        return list(self._fresh())

    def _fresh(self) -> Iterator[NDArray[np.integer[Any]]]:
        rng = np.random.default_rng(self._seed)
        units = self.count if self.groups is None else int(self.groups.max()) + 1
        step = max(1, _BLOCK // max(self.count, 1))
        for begin in range(0, self.draws, step):
            rows = min(step, self.draws - begin)
            drawn = rng.integers(0, units, size=(rows, units))
            drawn += np.arange(rows)[:, None] * units
            counts = np.bincount(drawn.ravel(), minlength=rows * units)
            counts = counts.reshape(rows, units).astype(np.uint16)
            yield counts if self.groups is None else np.take(counts, self.groups, axis=1)


def replicate(
    variable: Variable, resampling: Resampling, probabilities: Floats
) -> tuple[Floats, Floats]:
    """Mean and variance, and quantiles, of every draw.

    Parameters
    ----------
    variable : Variable
    resampling : Resampling
    probabilities : ndarray of shape (q,)

    Returns
    -------
    moments : ndarray of shape (draws, 2)
    quantiles : ndarray of shape (draws, q)
    """
    moments, quantiles = [], []
    sample = np.stack([np.ones_like(variable.values), variable.values, variable.weights], 1)
    sample[:, 1] -= variable.mean
    powers = np.concatenate([sample[:, :2], sample[:, 1:2] ** 2, sample[:, 2:]], 1)
    for counts in resampling.blocks():
        weights = np.take(counts, variable.order, axis=1) * variable.weights
        total, first, second, squares = (weights @ powers).T
        number = total**2 / np.maximum(squares, 1e-300)
        mean = first / total
        spread = (second / total - mean**2) * number / np.maximum(number - 1, 1e-9)
        moments.append(np.stack([mean + variable.mean, spread], 1))
        quantiles.append(_reached(variable.values, weights, probabilities))
    return np.concatenate(moments), np.concatenate(quantiles)


def _reached(values: Floats, weights: Floats, probabilities: Floats) -> Floats:
    """Quantiles of sorted values, for each row of weights; the middle of two at a tie.

    The running sum goes on from row to row, so that one search finds all of them.
    """
    running = np.cumsum(weights.ravel())
    count = len(values)
    ends = running[count - 1 :: count]
    starts = np.concatenate([[0.0], ends[:-1]])
    goals = starts[:, None] + (ends - starts)[:, None] * probabilities
    # So that rounding does not decide about a tie.
    slack = 1e-9 * (ends - starts)[:, None]
    first = np.arange(len(weights))[:, None] * count
    below = np.searchsorted(running, goals - slack, "left") - first
    upto = np.searchsorted(running, goals + slack, "right") - first
    last = count - 1
    return np.asarray((values[np.clip(below, 0, last)] + values[np.clip(upto, 0, last)]) / 2)


def estimate(
    variable: Variable, resampling: Resampling, probabilities: Floats, confidence: float
) -> tuple[Estimate, Estimate, list[Estimate]]:
    """Mean, standard deviation and quantiles with their intervals.

    Parameters
    ----------
    variable : Variable
    resampling : Resampling
    probabilities : ndarray of shape (q,)
    confidence : float

    Returns
    -------
    mean, deviation : Estimate
    quantiles : list of Estimate, length q

    Notes
    -----
    Quantiles take the percentile interval, mean and standard deviation the BCa interval (B. Efron,
    J. Am. Stat. Assoc. 82 (1987) 171–185) with the normal deviate widened for small samples as
    T. C. Hesterberg, Am. Stat. 69 (2015) 371–386, doi:10.1080/00031305.2015.1089789, advises.
    """
    count = len(variable.values)
    if count == 0:
        return Estimate(None), Estimate(None), [Estimate(None)] * len(probabilities)
    values = weighted_quantiles(variable, probabilities)
    deviation = float(np.sqrt(variable.variance)) if count > 1 else None
    units = count if resampling.groups is None else len(np.unique(resampling.groups))
    if units < FEWEST_FOR_INTERVAL:
        return Estimate(variable.mean), Estimate(deviation), [Estimate(float(v)) for v in values]
    moments, quantiles = replicate(variable, resampling, probabilities)
    share = (variable.weights / variable.weights.sum())[:, None]
    off = (variable.values - variable.mean)[:, None]
    influence = share * np.concatenate([off, off**2 - (off**2 * share).sum()], 1)
    if resampling.groups is not None:
        groups = resampling.groups[variable.order]
        influence = np.stack([np.bincount(groups, column) for column in influence.T], 1)
    number = effective_number(variable.weights) if resampling.groups is None else float(units)
    spreads = np.sqrt(np.maximum(moments[:, 1], 0))
    return (
        _bca(variable.mean, moments[:, 0], influence[:, 0], number, confidence),
        _bca(deviation or 0.0, spreads, influence[:, 1], number, confidence),
        [
            _percentile(float(value), draws, confidence)
            for value, draws in zip(values, quantiles.T, strict=True)
        ],
    )


def _percentile(value: float, draws: Floats, confidence: float) -> Estimate:
    low, high = np.quantile(draws, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Estimate(value, min(float(low), value), max(float(high), value), float(draws.std()))


def _bca(
    value: float, draws: Floats, influence: Floats, number: float, confidence: float
) -> Estimate:
    """Bias-corrected and accelerated interval."""
    from scipy.special import ndtr, ndtri, stdtrit

    spread = float((influence**2).sum())
    if spread == 0 or np.ptp(draws) == 0:
        return Estimate(value, value, value, 0.0)
    below = ((draws < value).sum() + (draws == value).sum() / 2) / len(draws)
    bias = float(ndtri(np.clip(below, 1 / len(draws), 1 - 1 / len(draws))))
    bend = float((influence**3).sum()) / (6 * spread**1.5)
    freedom = max(number - 1, 1.0)
    deviate = float(stdtrit(freedom, (1 + confidence) / 2)) * np.sqrt(number / freedom)
    ends = np.array([-deviate, deviate]) + bias
    ranks = ndtr(bias + ends / np.maximum(1 - bend * ends, 0.1))
    low, high = np.quantile(draws, np.clip(ranks, 0, 1))
    return Estimate(value, min(float(low), value), max(float(high), value), float(draws.std()))
