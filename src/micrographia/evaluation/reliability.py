"""Whether probabilities mean what they say: reliability and expected calibration error."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Literal

import numpy as np

from micrographia.errors import InputError
from micrographia.evaluation._answers import check_groups, check_labels, check_probabilities
from micrographia.evaluation.intervals import Interval, proportion

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "Calibration",
    "calibration_error",
    "confidences",
    "measure_calibration",
    "reliability_bins",
]

BINS = 15
Binning = Literal["width", "mass"]


def confidences(
    truth: ArrayLike, probabilities: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Probability of the class that each image is called, and whether that is right.

    For several labels at once, truth is 0 or 1 of shape (n, labels), and every label of every
    image is a decision at 0.5 with the confidence max(p, 1 - p).

    Parameters
    ----------
    truth : array-like of shape (n,), int, or (n, labels), 0 or 1
    probabilities : array-like of shape (n, classes)

    Returns
    -------
    confidence : ndarray of shape (decisions,)
    right : ndarray of shape (decisions,), bool

    Examples
    --------
    >>> confidence, right = confidences([0, 1], [[0.9, 0.1], [0.6, 0.4]])
    >>> confidence.tolist(), right.tolist()
    ([0.9, 0.6], [True, False])
    """
    true = np.asarray(truth)
    if true.ndim == 2:
        chances = check_probabilities(probabilities, len(true), multi_label=True)
        so = chances >= 0.5
        return np.where(so, chances, 1 - chances).ravel(), (so == true.astype(bool)).ravel()
    chances = check_probabilities(probabilities, len(true))
    right = chances.argmax(axis=1) == check_labels(true, chances.shape[1])
    return chances.max(axis=1), right


def bin_numbers(confidence: Floats, bins: int, binning: Binning) -> tuple[NDArray[np.intp], Floats]:
    """The bin of every confidence, and the edges of the bins.

    Bins of equal width divide 0 … 1, each without its lower edge; bins of equal mass hold the
    same number of decisions, but equal confidences are never torn apart.
    """
    if bins < 1:
        raise InputError(f"bins: wanted at least 1, got {bins}")
    if binning == "width":
        edges = np.linspace(0, 1, bins + 1)
    else:
        edges = np.quantile(confidence, np.linspace(0, 1, bins + 1))
        edges[0], edges[-1] = 0.0, 1.0
        edges = np.unique(edges)
    place = np.searchsorted(edges[1:-1], confidence, "left")
    return place.astype(np.intp), edges


def reliability_bins(
    confidence: ArrayLike,
    right: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    bins: int = BINS,
    binning: Binning = "width",
    level: float = 0.95,
) -> pd.DataFrame:
    """Mean confidence against the share that is right, bin by bin.

    Parameters
    ----------
    confidence : array-like of shape (n,)
    right : array-like of shape (n,), bool
    groups : array-like of shape (n,), optional
    bins : int
    binning : {"width", "mass"}
        Bins of equal width, or of equal numbers of decisions (adaptive).
    level : float

    Returns
    -------
    table : DataFrame
        A row per bin that is not empty: `from`, `to`, `count`, `confidence` (its mean),
        `accuracy`, `accuracy_low`, `accuracy_high`.

    Examples
    --------
    >>> reliability_bins([0.55, 0.95, 0.95], [False, True, True], bins=2)["count"].tolist()
    [3]
    """
    import pandas as pd

    sure, hit, numbers = _decisions(confidence, right, groups)
    place, edges = bin_numbers(sure, bins, binning)
    rows = []
    for at in np.unique(place):
        inside = place == at
        found = proportion(hit[inside], numbers[inside], level)
        rows.append(
            {
                "from": float(edges[at]),
                "to": float(edges[at + 1]),
                "count": int(inside.sum()),
                "confidence": float(sure[inside].mean()),
                "accuracy": found.value,
                "accuracy_low": found.low,
                "accuracy_high": found.high,
            }
        )
    return pd.DataFrame(rows)


def calibration_error(
    confidence: ArrayLike, right: ArrayLike, *, bins: int = BINS, binning: Binning = "width"
) -> float:
    """Expected calibration error: mean distance of accuracy from confidence over bins.

    C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, ICML (2017), arXiv:1706.04599, eq. (3); with
    bins of equal mass the adaptive one of J. Nixon et al., CVPR Workshops (2019),
    arXiv:1904.01685.

    Parameters
    ----------
    confidence : array-like of shape (n,)
    right : array-like of shape (n,), bool
    bins : int
    binning : {"width", "mass"}

    Returns
    -------
    error : float
        From 0 (best) to 1. Chance alone keeps it above 0 in a finite sample; see
        `measure_calibration`.

    Examples
    --------
    >>> round(calibration_error([0.9, 0.9, 0.9, 0.9, 0.9], [True, True, True, True, False]), 3)
    0.1
    """
    sure, hit, _ = _decisions(confidence, right, None)
    place, _ = bin_numbers(sure, bins, binning)
    return float(np.abs(np.bincount(place, hit - sure)).sum() / len(sure))


@dataclasses.dataclass(frozen=True)
class Calibration:
    """How well confidence and accuracy agree.

    Parameters
    ----------
    ece, adaptive_ece : Interval
        Expected calibration error with bins of equal width and of equal mass; percentile intervals
        of a bootstrap of whole groups.
    by_chance : float
        The error (equal width) that decisions of these very confidences would show on average if
        every confidence were exact; an error near it can't be told from none.
    over : float
        Mean confidence minus accuracy: above 0 is too sure.
    bins : int
    """

    ece: Interval
    adaptive_ece: Interval
    by_chance: float
    over: float
    bins: int


def measure_calibration(
    confidence: ArrayLike,
    right: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    bins: int = BINS,
    level: float = 0.95,
    draws: int = 500,
    seed: int = 0,
) -> Calibration:
    """Expected calibration errors with intervals, and what chance alone would give.

    Parameters
    ----------
    confidence : array-like of shape (n,)
    right : array-like of shape (n,), bool
    groups : array-like of shape (n,), optional
    bins : int
    level : float
    draws : int
        Bootstrap draws.
    seed : int

    Returns
    -------
    calibration : Calibration
    """
    sure, hit, numbers = _decisions(confidence, right, groups)
    rng = np.random.default_rng(seed)
    count = int(numbers.max()) + 1
    weights = rng.multinomial(count, np.full(count, 1 / count), size=draws)[:, numbers]
    found = {}
    for binning in ("width", "mass"):
        place, _ = bin_numbers(sure, bins, binning)
        one_hot = np.eye(int(place.max()) + 1)[place]
        value = float(np.abs((hit - sure) @ one_hot).sum() / len(sure))
        errors = np.abs((weights * (hit - sure)) @ one_hot).sum(axis=1)
        shares = errors / np.maximum(weights.sum(axis=1), 1)
        low, high = np.quantile(shares, [(1 - level) / 2, (1 + level) / 2])
        found[binning] = Interval(value, min(float(low), value), max(float(high), value))
        if binning == "width":
            fair = (rng.random((draws, len(sure))) < sure) - sure
            by_chance = float((np.abs(fair @ one_hot).sum(axis=1) / len(sure)).mean())
    return Calibration(
        found["width"], found["mass"], by_chance, float(sure.mean() - hit.mean()), bins
    )


def _decisions(
    confidence: ArrayLike, right: ArrayLike, groups: ArrayLike | None
) -> tuple[Floats, NDArray[np.bool_], NDArray[np.intp]]:
    sure = np.asarray(confidence, np.float64)
    hit = np.asarray(right, bool)
    if sure.ndim != 1 or sure.shape != hit.shape or sure.size == 0:
        raise InputError(
            "wanted a confidence and a true or false per decision, both of shape (n,), "
            f"got {sure.shape} and {hit.shape}"
        )
    if not (np.isfinite(sure).all() and sure.min() >= 0 and sure.max() <= 1):
        raise InputError("confidences: wanted values from 0 to 1")
    return sure, hit, check_groups(groups, len(sure))
