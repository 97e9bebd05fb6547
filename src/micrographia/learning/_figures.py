"""The few figures that a training tells of its held-out test; `evaluate` tells more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrographia.classification.scores import chosen, chosen_labels, verdict
from micrographia.learning.calibrate import Calibration

__all__ = ["figures_of", "wilson"]


def wilson(right: int, number: int, z: float = 1.959963984540054) -> tuple[float, float]:
    """Interval of 95 % of a share.

    Parameters
    ----------
    right, number : int
    z : float
        Quantile of the normal distribution.

    Returns
    -------
    low, high : float

    References
    ----------
    Wilson, J. Am. Stat. Assoc. 22 (1927) 209.

    Examples
    --------
    >>> [round(end, 3) for end in wilson(98, 100)]
    [0.93, 0.994]
    """
    share = right / number
    middle = (share + z * z / (2 * number)) / (1 + z * z / number)
    half = z / (1 + z * z / number)
    half *= np.sqrt(share * (1 - share) / number + z * z / (4 * number * number))
    return float(max(0.0, middle - half)), float(min(1.0, middle + half))


def figures_of(
    y: NDArray[Any],
    found: NDArray[np.float64],
    strange: NDArray[np.float64],
    calibration: Calibration,
    classes: Sequence[str],
) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """Judge probabilities of images whose truth is known.

    Parameters
    ----------
    y : ndarray of shape (n,) of int, or (n, classes) of 0 and 1
    found : ndarray of shape (n, classes)
    strange : ndarray of shape (n,)
        NaN where it is not known.
    calibration : Calibration
    classes : sequence of str

    Returns
    -------
    figures : dict
        Fit for JSON. With several labels an image, accuracy is the share of images whose labels
        are all right, and balanced accuracy is the mean over classes of that of each.
    rows : dict of str to list
        Columns: predicted, verdict, probability, p of each class, ood_score.
    """
    several = y.ndim == 2
    truth = y > 0 if several else np.eye(len(classes), dtype=bool)[y]
    guess = chosen_labels(found, several)
    right = (truth == guess).all(1)
    low, high = wilson(int(right.sum()), len(right))
    limit = None if calibration.ood is None else calibration.ood.threshold
    verdicts = [
        verdict(row, calibration.threshold, several, None if limit is None else float(score), limit)
        for row, score in zip(found, strange, strict=True)
    ]
    known = np.array([one == "known" for one in verdicts])
    per_class = {
        name: _one_class(truth[:, k], guess[:, k], several) for k, name in enumerate(classes)
    }
    figures = {
        "images": len(right),
        "accuracy": {"value": float(right.mean()), "low": low, "high": high},
        "balanced_accuracy": float(
            np.mean([c["balanced" if several else "recall"] for c in per_class.values()])
        ),
        "per_class": per_class,
        "threshold": calibration.threshold,
        "temperature": calibration.temperature,
        "unknown": verdicts.count("unknown") / len(verdicts),
        "unlike": verdicts.count("unlike") / len(verdicts),
        "not_answered": float(1 - known.mean()),
        "accuracy_of_known": float(right[known].mean()) if known.any() else None,
    }
    names = ["+".join(classes[k] for k in chosen(row, several)) for row in found]
    rows: dict[str, list[Any]] = {
        "predicted": names,
        "verdict": list(verdicts),
        "probability": found.max(1).round(6).tolist(),
        **{f"p_{name}": found[:, k].round(6).tolist() for k, name in enumerate(classes)},
        "ood_score": strange.round(6).tolist(),
    }
    return figures, rows


def _one_class(truth: NDArray[np.bool_], guess: NDArray[np.bool_], several: bool) -> dict[str, Any]:
    """Precision, recall and F1 by their usual formulas; none where they are not determined."""
    both = int((truth & guess).sum())
    is_so, said = int(truth.sum()), int(guess.sum())
    found = {
        "images": is_so,
        "precision": both / said if said else None,
        "recall": both / is_so if is_so else 0.0,
        "f1": 2 * both / (said + is_so) if said + is_so else None,
    }
    if several:
        others = len(truth) - is_so
        rejected = int((~truth & ~guess).sum()) / others if others else 1.0
        found["balanced"] = (float(found["recall"] or 0.0) + rejected) / 2
    return found
