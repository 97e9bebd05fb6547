"""Knowing what one does not know: scores of images of no class that a model has learned."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.errors import InputError
from micrographia.evaluation.coverage import coverage_curve
from micrographia.evaluation.intervals import Interval, proportion

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

__all__ = ["StrangerScores", "auroc", "open_coverage", "rank_strangers"]


def auroc(known: ArrayLike, strangers: ArrayLike) -> float:
    """Share of the pairs in which the stranger has the larger score; ties count half.

    This is the area under the receiver operating characteristic: 0.5 by chance, 1 at best.

    Parameters
    ----------
    known, strangers : array-like of shape (n,) and (m,)
        Scores, larger for what is stranger.

    Returns
    -------
    area : float

    Examples
    --------
    >>> auroc([0.1, 0.2], [0.2, 0.9])
    0.875
    """
    low, high = _scores(known, "known images"), _scores(strangers, "strangers")
    ordered = np.sort(low)
    below = np.searchsorted(ordered, high, "left")
    upto = np.searchsorted(ordered, high, "right")
    return float((below + upto).sum() / (2 * len(low) * len(high)))


@dataclasses.dataclass(frozen=True)
class StrangerScores:
    """How well a score tells strangers from the known kinds.

    Parameters
    ----------
    auroc : Interval
        The interval is a bootstrap's, of whole groups.
    known_flagged, strangers_flagged : Interval
        Shares of the known images and of the strangers that are called `unlike`.
    threshold : float
        Above which an image is flagged.
    strangers_at_5 : float
        Share of the strangers flagged by the threshold that flags 5 % of these known images.
    known, strangers : int
        Images.
    """

    auroc: Interval
    known_flagged: Interval
    strangers_flagged: Interval
    threshold: float
    strangers_at_5: float
    known: int
    strangers: int

    def to_dict(self) -> dict[str, Any]:
        """Fit for JSON."""
        return {
            name: value.to_dict() if isinstance(value, Interval) else value
            for name, value in vars(self).items()
        }


def rank_strangers(
    known: ArrayLike,
    strangers: ArrayLike,
    threshold: float,
    *,
    known_groups: ArrayLike | None = None,
    stranger_groups: ArrayLike | None = None,
    level: float = 0.95,
    draws: int = 500,
    seed: int = 0,
) -> StrangerScores:
    """Judge a score of strangeness, and a threshold that was set elsewhere.

    Parameters
    ----------
    known, strangers : array-like of shape (n,) and (m,)
        Scores of images of the known kinds that were not learned from, and of strangers; larger
        is stranger.
    threshold : float
    known_groups, stranger_groups : array-like, optional
        Images of one group are drawn together.
    level : float
    draws : int
    seed : int

    Returns
    -------
    scores : StrangerScores

    Examples
    --------
    >>> found = rank_strangers(np.arange(100.0), np.arange(80.0, 130.0), 94.5)
    >>> round(found.auroc.value, 2), found.known_flagged.value, found.strangers_flagged.value
    (0.96, 0.05, 0.7)
    """
    low, high = _scores(known, "known images"), _scores(strangers, "strangers")
    value = auroc(low, high)
    rng = np.random.default_rng(seed)
    members = [_members(x, groups) for x, groups in ((low, known_groups), (high, stranger_groups))]
    drawn = [
        auroc(*(np.concatenate([m[i] for i in rng.integers(0, len(m), len(m))]) for m in members))
        for _ in range(draws)
    ]
    ends = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return StrangerScores(
        Interval(value, min(float(ends[0]), value), max(float(ends[1]), value)),
        proportion(low > threshold, known_groups, level),
        proportion(high > threshold, stranger_groups, level),
        float(threshold),
        float((high > np.quantile(low, 0.95)).mean()),
        len(low),
        len(high),
    )


def _members(scores: NDArray[np.float64], groups: ArrayLike | None) -> list[NDArray[np.float64]]:
    if groups is None:
        return list(scores[:, None])
    names = np.asarray(groups)
    return [scores[names == name] for name in np.unique(names)]


def open_coverage(
    right: ArrayLike, known_certainty: ArrayLike, stranger_certainty: ArrayLike
) -> pd.DataFrame:
    """Accuracy against coverage where strangers are among the images and always count as wrong.

    Parameters
    ----------
    right : array-like of shape (n,), bool
        Of the known images.
    known_certainty, stranger_certainty : array-like of shape (n,) and (m,)
        Larger is more certain; minus the score of strangeness, say.

    Returns
    -------
    table : DataFrame
        As `micrographia.evaluation.coverage.coverage_curve` gives it.
    """
    low, high = _scores(known_certainty, "known images"), _scores(stranger_certainty, "strangers")
    hit = np.concatenate([np.asarray(right, bool), np.zeros(len(high), bool)])
    return coverage_curve(np.concatenate([low, high]), hit)


def _scores(values: ArrayLike, what: str) -> NDArray[np.float64]:
    found = np.asarray(values, np.float64)
    if found.ndim != 1 or found.size == 0 or np.isnan(found).any():
        raise InputError(f"{what}: wanted a score per image, none of them NaN, got {found.shape}")
    return found
