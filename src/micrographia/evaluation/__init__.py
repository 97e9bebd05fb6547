"""How good a classifier is, and how sure one can be of that.

Metrics are functions of true classes and probabilities and need nothing but NumPy:

>>> from micrographia.evaluation import proportion
>>> import numpy as np
>>> found = proportion(np.array([True] * 48 + [False] * 2))
>>> found.value, round(found.low, 3), round(found.high, 3)
(0.96, 0.865, 0.989)
"""

from typing import TYPE_CHECKING

from micrographia._lazy import attach

if TYPE_CHECKING:
    from micrographia.evaluation.bundles import evaluate_bundles
    from micrographia.evaluation.comparison import PairedComparison, compare_pair
    from micrographia.evaluation.crossval import cross_validate
    from micrographia.evaluation.embedding import embed
    from micrographia.evaluation.evaluation import Evaluation
    from micrographia.evaluation.intervals import Interval, proportion, wilson
    from micrographia.evaluation.metrics import class_table, confusion_matrix, overall_scores
    from micrographia.evaluation.multilabel import label_table, multilabel_scores
    from micrographia.evaluation.recipes import evaluate_recipes
    from micrographia.evaluation.reliability import (
        calibration_error,
        measure_calibration,
        reliability_bins,
    )
    from micrographia.evaluation.report import save_evaluations
    from micrographia.evaluation.settings import EvaluationSettings
    from micrographia.evaluation.strangers import StrangerScores, rank_strangers
    from micrographia.evaluation.summary import compare_all, summarize_evaluation

__getattr__, __dir__, _ = attach(
    __name__,
    {
        "Evaluation": "micrographia.evaluation.evaluation",
        "EvaluationSettings": "micrographia.evaluation.settings",
        "Interval": "micrographia.evaluation.intervals",
        "PairedComparison": "micrographia.evaluation.comparison",
        "StrangerScores": "micrographia.evaluation.strangers",
        "calibration_error": "micrographia.evaluation.reliability",
        "class_table": "micrographia.evaluation.metrics",
        "compare_all": "micrographia.evaluation.summary",
        "compare_pair": "micrographia.evaluation.comparison",
        "confusion_matrix": "micrographia.evaluation.metrics",
        "cross_validate": "micrographia.evaluation.crossval",
        "embed": "micrographia.evaluation.embedding",
        "evaluate_bundles": "micrographia.evaluation.bundles",
        "evaluate_recipes": "micrographia.evaluation.recipes",
        "label_table": "micrographia.evaluation.multilabel",
        "measure_calibration": "micrographia.evaluation.reliability",
        "multilabel_scores": "micrographia.evaluation.multilabel",
        "overall_scores": "micrographia.evaluation.metrics",
        "proportion": "micrographia.evaluation.intervals",
        "rank_strangers": "micrographia.evaluation.strangers",
        "reliability_bins": "micrographia.evaluation.reliability",
        "save_evaluations": "micrographia.evaluation.report",
        "summarize_evaluation": "micrographia.evaluation.summary",
        "wilson": "micrographia.evaluation.intervals",
    },
)

__all__ = [
    "Evaluation",
    "EvaluationSettings",
    "Interval",
    "PairedComparison",
    "StrangerScores",
    "calibration_error",
    "class_table",
    "compare_all",
    "compare_pair",
    "confusion_matrix",
    "cross_validate",
    "embed",
    "evaluate_bundles",
    "evaluate_recipes",
    "label_table",
    "measure_calibration",
    "multilabel_scores",
    "overall_scores",
    "proportion",
    "rank_strangers",
    "reliability_bins",
    "save_evaluations",
    "summarize_evaluation",
    "wilson",
]
