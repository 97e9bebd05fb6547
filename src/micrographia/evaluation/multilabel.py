"""Scores of images that carry several labels at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from micrographia.errors import InputError
from micrographia.evaluation._answers import check_groups, check_indicators
from micrographia.evaluation.intervals import Interval, proportion
from micrographia.evaluation.metrics import f1_interval, mean_known

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

__all__ = ["average_precision", "label_table", "multilabel_scores"]


def _pair(truth: ArrayLike, called: ArrayLike) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    true, so = check_indicators(truth), check_indicators(called, "predicted labels")
    if true.shape != so.shape:
        raise InputError(f"true labels of shape {true.shape}, predicted ones of {so.shape}")
    return true, so


def label_table(
    truth: ArrayLike,
    called: ArrayLike,
    labels: Sequence[str],
    groups: ArrayLike | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Support, precision, recall and F1 of every label, with intervals.

    Parameters
    ----------
    truth, called : array-like of shape (n, labels), 0 or 1
    labels : sequence of str
    groups : array-like of shape (n,), optional
    level : float

    Returns
    -------
    table : DataFrame
        Columns as those of `micrographia.evaluation.metrics.class_table`.
    """
    import pandas as pd

    true, so = _pair(truth, called)
    numbers = check_groups(groups, len(true))
    rows = []
    for at, name in enumerate(labels):
        of, said = true[:, at], so[:, at]
        scores = {
            "precision": proportion(of[said], numbers[said], level),
            "recall": proportion(said[of], numbers[of], level),
            "f1": f1_interval(of, said, numbers, level),
        }
        row: dict[str, object] = {
            "class": name,
            "support": int(of.sum()),
            "predicted": int(said.sum()),
        }
        for score, found in scores.items():
            row |= {score: found.value, f"{score}_low": found.low, f"{score}_high": found.high}
        rows.append(row)
    return pd.DataFrame(rows)


def multilabel_scores(
    truth: ArrayLike,
    called: ArrayLike,
    groups: ArrayLike | None = None,
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 0,
) -> dict[str, Interval]:
    """Subset accuracy, Hamming accuracy, micro and macro F1.

    Parameters
    ----------
    truth, called : array-like of shape (n, labels), 0 or 1
    groups : array-like of shape (n,), optional
    level : float
    draws : int
        Bootstrap draws, of whole groups, for all but subset accuracy.
    seed : int

    Returns
    -------
    scores : dict of str to Interval
        `subset_accuracy` (all labels of an image right), `hamming_loss` (share of the wrong
        labels), `micro_f1` (labels pooled), `macro_f1` (mean over labels).

    Examples
    --------
    >>> scores = multilabel_scores([[1, 0], [1, 1]], [[1, 0], [0, 1]])
    >>> scores["subset_accuracy"].value, scores["hamming_loss"].value
    (0.5, 0.25)
    >>> round(scores["micro_f1"].value, 3), round(scores["macro_f1"].value, 3)
    (0.8, 0.833)
    """
    true, so = _pair(truth, called)
    numbers = check_groups(groups, len(true))
    counts = np.stack([true & so, ~true & so, true & ~so], axis=2).astype(np.float64)
    count = int(numbers.max()) + 1
    cells = np.zeros((count, *counts.shape[1:]))
    np.add.at(cells, numbers, counts)
    images = np.bincount(numbers).astype(np.float64)
    values = _scores(cells.sum(axis=0)[None], np.array([len(true)], np.float64))
    subset = proportion((true == so).all(axis=1), numbers, level)
    if count < 2:
        return {"subset_accuracy": subset} | {k: Interval(float(v[0])) for k, v in values.items()}
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(count, np.full(count, 1 / count), size=draws).astype(np.float64)
    drawn = _scores(np.tensordot(weights, cells, axes=1), weights @ images)
    ends = [(1 - level) / 2, (1 + level) / 2]
    found = {"subset_accuracy": subset}
    for name, value in values.items():
        low, high = np.nanquantile(drawn[name], ends)
        found[name] = Interval(float(value[0]), float(low), float(high))
    return found


def _scores(
    cells: NDArray[np.float64], images: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Scores from counts of right, wrongly said and missed labels, (draws, labels, 3)."""
    right, said, missed = np.moveaxis(cells, 2, 0)
    whole = 2 * right + said + missed
    each = np.divide(2 * right, whole, out=np.full(right.shape, np.nan), where=whole > 0)
    pooled = whole.sum(axis=1)
    return {
        "hamming_loss": (said + missed).sum(axis=1) / (images * cells.shape[1]),
        "micro_f1": np.divide(
            2 * right.sum(axis=1), pooled, out=np.full(len(pooled), np.nan), where=pooled > 0
        ),
        "macro_f1": mean_known(each),
    }


def average_precision(holds: ArrayLike, score: ArrayLike) -> float:
    """Area under the steps of precision against recall, for one label.

    Parameters
    ----------
    holds : array-like of shape (n,), 0 or 1
    score : array-like of shape (n,)
        Larger where the label is thought to hold.

    Returns
    -------
    area : float
        NaN where the label holds nowhere.

    Examples
    --------
    >>> round(average_precision([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]), 4)
    0.8333
    """
    true = np.asarray(holds, bool)
    values = np.asarray(score, np.float64)
    if not true.any():
        return float("nan")
    order = np.argsort(-values, kind="stable")
    ordered = values[order]
    last = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    right = np.cumsum(true[order])[last]
    precision = right / (last + 1)
    return float((np.diff(np.append(0, right)) / right[-1] * precision).sum())
