"""The figures of an evaluation: one row of the summary, and the tables behind the pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.evaluation.comparison import PairedComparison, compare_pair
from micrographia.evaluation.coverage import area_under_risk, at_threshold, coverage_curve
from micrographia.evaluation.evaluation import VERDICTS
from micrographia.evaluation.intervals import Interval, proportion
from micrographia.evaluation.metrics import class_table, confusion_matrix, overall_scores
from micrographia.evaluation.multilabel import average_precision, label_table, multilabel_scores
from micrographia.evaluation.reliability import (
    confidences,
    measure_calibration,
    reliability_bins,
)
from micrographia.evaluation.settings import EvaluationSettings
from micrographia.evaluation.strangers import StrangerScores, rank_strangers

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from micrographia.evaluation.evaluation import Evaluation

__all__ = [
    "class_scores_table",
    "compare_all",
    "confusion_table",
    "coverage_table",
    "reliability_table",
    "stranger_scores",
    "summarize_evaluation",
    "worst_mistakes",
]


def summarize_evaluation(
    evaluation: Evaluation, settings: EvaluationSettings | None = None
) -> dict[str, Any]:
    """All overall figures of one method.

    Parameters
    ----------
    evaluation : Evaluation
    settings : EvaluationSettings, optional

    Returns
    -------
    summary : dict
        Fit for JSON; scores are dicts of value, low and high. `fold_accuracy` is mean and standard
        deviation over folds.
    """
    settings = settings or EvaluationSettings()
    groups = evaluation.groups
    share, kept = at_threshold(evaluation.certainty, evaluation.right, settings.unknown_threshold)
    folds, _ = evaluation.fold_accuracies()
    summary: dict[str, Any] = {
        "name": evaluation.name,
        "variant": evaluation.variant,
        "images": len(evaluation),
        "groups": len(np.unique(groups)),
        "folds": len(folds),
        "classes": list(evaluation.classes),
        "multi_label": evaluation.multi_label,
        "scores": {name: found.to_dict() for name, found in _scores(evaluation, settings).items()},
        "fold_accuracy": {
            "mean": float(folds.mean()),
            "deviation": float(folds.std(ddof=1)) if len(folds) > 1 else None,
        },
        "calibration": _calibration(evaluation, settings),
        "certainty": {
            "area_under_risk": area_under_risk(evaluation.certainty, evaluation.right),
            "threshold": settings.unknown_threshold,
            "coverage": share,
            "accuracy": None if np.isnan(kept) else kept,
        },
        "facts": evaluation.facts,
    }
    if evaluation.strangeness is not None and evaluation.strangeness_limits is not None:
        flagged = evaluation.strangeness > evaluation.strangeness_limits
        summary["known_flagged"] = proportion(flagged, groups, settings.level).to_dict()
    if evaluation.verdicts is not None:
        summary["verdicts"] = _verdicts(evaluation, settings)
    strange = stranger_scores(evaluation, settings)
    if strange is not None:
        summary["strangers"] = strange.to_dict()
    strangers = evaluation.strangers
    if strangers is not None and "verdict" in strangers and len(strangers):
        answered = (strangers["verdict"] == "known").to_numpy(bool)
        found = proportion(answered, strangers["group"].to_numpy(dtype=str), settings.level)
        summary["strangers_answered"] = found.to_dict()
    if evaluation.naive is not None:
        naive = evaluation.naive
        summary["naive_accuracy"] = proportion(naive.right, None, settings.level).to_dict()
    return summary


def _verdicts(evaluation: Evaluation, settings: EvaluationSettings) -> dict[str, Any]:
    """Shares of the verdicts, and how many of the answers that may be believed are right."""
    verdicts, groups = evaluation.verdicts, evaluation.groups
    found: dict[str, Any] = {
        name: proportion(np.asarray(verdicts == name), groups, settings.level).to_dict()
        for name in VERDICTS
    }
    known = np.asarray(verdicts == "known")
    if known.any():
        right = proportion(evaluation.right[known], groups[known], settings.level)
        found["right_of_known"] = right.to_dict()
    return found


def _scores(evaluation: Evaluation, settings: EvaluationSettings) -> dict[str, Interval]:
    if evaluation.multi_label:
        return multilabel_scores(
            evaluation.truth, evaluation.called, evaluation.groups, settings.level,
            seed=settings.seed,
        )  # fmt: skip
    return overall_scores(
        evaluation.truth, evaluation.probabilities, evaluation.groups, settings.level,
        seed=settings.seed,
    )  # fmt: skip


def _calibration(evaluation: Evaluation, settings: EvaluationSettings) -> dict[str, Any]:
    sure, right = confidences(evaluation.truth, evaluation.probabilities)
    groups = np.repeat(evaluation.groups, len(sure) // len(evaluation))
    found = measure_calibration(
        sure, right, groups, bins=settings.bins, level=settings.level, seed=settings.seed
    )
    return {
        "ece": found.ece.to_dict(),
        "adaptive_ece": found.adaptive_ece.to_dict(),
        "by_chance": found.by_chance,
        "over": found.over,
        "bins": found.bins,
    }


def class_scores_table(
    evaluation: Evaluation, settings: EvaluationSettings | None = None
) -> pd.DataFrame:
    """Scores of every class, with mean and standard deviation of the recall over folds.

    Parameters
    ----------
    evaluation : Evaluation
    settings : EvaluationSettings, optional

    Returns
    -------
    table : DataFrame
    """
    settings = settings or EvaluationSettings()
    make = label_table if evaluation.multi_label else class_table
    table = make(
        evaluation.truth, evaluation.called, evaluation.classes, evaluation.groups, settings.level
    )
    if evaluation.multi_label:
        table["average_precision"] = [
            average_precision(truth, chance)
            for truth, chance in zip(evaluation.truth.T, evaluation.probabilities.T, strict=True)
        ]
    _, per_class = evaluation.fold_accuracies()
    known = np.isfinite(per_class)
    for number in range(len(evaluation.classes)):
        values = per_class[known[:, number], number]
        table.loc[number, "fold_recall"] = values.mean() if len(values) else np.nan
        table.loc[number, "fold_deviation"] = values.std(ddof=1) if len(values) > 1 else np.nan
    return table


def confusion_table(evaluation: Evaluation) -> pd.DataFrame:
    """How many images of each class were called each class, a row a pair.

    Parameters
    ----------
    evaluation : Evaluation

    Returns
    -------
    table : DataFrame
        `truth`, `called`, `images`, `share` (of the images of the true class). With several
        labels an image: for every label how often it held and was said.
    """
    import pandas as pd

    rows = []
    if evaluation.multi_label:
        for at, name in enumerate(evaluation.classes):
            pair = confusion_matrix(evaluation.truth[:, at], evaluation.called[:, at], 2)
            words = (f"not {name}", name)
            rows += _rows(pair, words)
    else:
        matrix = confusion_matrix(evaluation.truth, evaluation.called, len(evaluation.classes))
        rows = _rows(matrix, evaluation.classes)
    return pd.DataFrame(rows)


def _rows(matrix: Any, names: Sequence[str]) -> list[dict[str, Any]]:
    sums = np.maximum(matrix.sum(axis=1), 1)
    return [
        {
            "truth": truth,
            "called": called,
            "images": int(matrix[row, col]),
            "share": float(matrix[row, col] / sums[row]),
        }
        for row, truth in enumerate(names)
        for col, called in enumerate(names)
    ]


def reliability_table(
    evaluation: Evaluation, settings: EvaluationSettings | None = None
) -> pd.DataFrame:
    """Confidence against accuracy, bin by bin.

    Parameters
    ----------
    evaluation : Evaluation
    settings : EvaluationSettings, optional

    Returns
    -------
    table : DataFrame
        As `micrographia.evaluation.reliability.reliability_bins` gives it.
    """
    settings = settings or EvaluationSettings()
    sure, right = confidences(evaluation.truth, evaluation.probabilities)
    groups = np.repeat(evaluation.groups, len(sure) // len(evaluation))
    return reliability_bins(
        sure, right, groups, bins=settings.bins, binning=settings.binning, level=settings.level
    )


def coverage_table(evaluation: Evaluation) -> pd.DataFrame:
    """Accuracy against coverage, as `micrographia.evaluation.coverage.coverage_curve` gives it."""
    return coverage_curve(evaluation.certainty, evaluation.right)


def stranger_scores(
    evaluation: Evaluation, settings: EvaluationSettings | None = None
) -> StrangerScores | None:
    """How well strangers are told, where there are any.

    Scores of different folds are compared after division by the limit of their fold's model; an
    image is flagged above 1.

    Parameters
    ----------
    evaluation : Evaluation
    settings : EvaluationSettings, optional

    Returns
    -------
    scores : StrangerScores or None
    """
    settings = settings or EvaluationSettings()
    strangers, limits = evaluation.strangers, evaluation.strangeness_limits
    if strangers is None or "score" not in strangers or limits is None:
        return None
    if evaluation.strangeness is None:
        return None
    return rank_strangers(
        evaluation.strangeness / limits,
        (strangers["score"] / strangers["limit"]).to_numpy(np.float64),
        1.0,
        known_groups=evaluation.groups,
        stranger_groups=strangers["group"].to_numpy(dtype=str),
        level=settings.level,
        seed=settings.seed,
        draws=200,
    )


def worst_mistakes(evaluation: Evaluation, count: int) -> pd.DataFrame:
    """Wrong answers, the surest first.

    Parameters
    ----------
    evaluation : Evaluation
    count : int

    Returns
    -------
    table : DataFrame
        Rows of `Evaluation.to_table` without the probabilities, and `p_truth`: what the true class
        was given.
    """
    table = evaluation.to_table()
    if evaluation.multi_label:
        own = np.where(
            evaluation.truth == 1, evaluation.probabilities, 1 - evaluation.probabilities
        )
        table["p_truth"] = own.min(axis=1)
    else:
        table["p_truth"] = evaluation.probabilities[np.arange(len(table)), evaluation.truth]
    columns = ["image", "group", "fold", "truth", "called", "certainty", "p_truth"]
    wrong = table.loc[~table["right"], columns]
    order = wrong["p_truth"] if evaluation.multi_label else -wrong["certainty"]
    return wrong.loc[order.sort_values(kind="stable").index].head(count).reset_index(drop=True)


def compare_all(
    evaluations: Sequence[Evaluation], settings: EvaluationSettings | None = None
) -> list[PairedComparison]:
    """Compare the first method with each of the others, on the same images.

    Parameters
    ----------
    evaluations : sequence of Evaluation
        Those without the very images of the first are left out.
    settings : EvaluationSettings, optional

    Returns
    -------
    comparisons : list of PairedComparison
        The difference is that of the other method to the first.
    """
    settings = settings or EvaluationSettings()
    first, found = evaluations[0], []
    for other in evaluations[1:]:
        if len(first) != len(other) or not (first.images == other.images).all():
            continue
        same_folds = bool((first.folds == other.folds).all())
        found.append(
            compare_pair(
                (first.title, other.title),
                first.right,
                other.right,
                groups=first.groups,
                folds=first.folds if same_folds else None,
                level=settings.level,
            )
        )
    return found
