"""Accuracy against coverage: what is gained by leaving the least certain images to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from micrographia.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

__all__ = ["area_under_risk", "at_threshold", "coverage_curve", "threshold_for"]


def coverage_curve(confidence: ArrayLike, right: ArrayLike) -> pd.DataFrame:
    """Accuracy of the images that are at least so certain, for every level of certainty.

    Parameters
    ----------
    confidence : array-like of shape (n,)
        Larger is more certain; need not be a probability.
    right : array-like of shape (n,), bool

    Returns
    -------
    table : DataFrame
        `threshold`, `coverage` (share of the images at or above it), `accuracy` (of these),
        `risk` (1 - accuracy), by rising coverage.

    Examples
    --------
    >>> coverage_curve([0.9, 0.6, 0.8], [True, False, True])[["coverage", "accuracy"]].round(3)
       coverage  accuracy
    0     0.333     1.000
    1     0.667     1.000
    2     1.000     0.667
    """
    import pandas as pd

    sure = np.asarray(confidence, np.float64)
    hit = np.asarray(right, bool)
    if sure.ndim != 1 or sure.shape != hit.shape or sure.size == 0 or not np.isfinite(sure).all():
        raise InputError(
            "wanted a finite confidence and a true or false per image, both of shape (n,), "
            f"got {sure.shape} and {hit.shape}"
        )
    order = np.argsort(-sure, kind="stable")
    ordered = sure[order]
    last = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    accuracy = np.cumsum(hit[order])[last] / (last + 1)
    return pd.DataFrame(
        {
            "threshold": ordered[last],
            "coverage": (last + 1) / len(ordered),
            "accuracy": accuracy,
            "risk": 1 - accuracy,
        }
    )


def area_under_risk(confidence: ArrayLike, right: ArrayLike) -> float:
    """Mean risk over all coverages (AURC), 0 at best, the overall error if certainty says nothing.

    Y. Geifman, G. Uziel and R. El-Yaniv, ICLR (2019), arXiv:1805.08206. Images of equal
    confidence come in no order: each counts with the risk at the end of its tie.

    Parameters
    ----------
    confidence : array-like of shape (n,)
    right : array-like of shape (n,), bool

    Returns
    -------
    area : float

    Examples
    --------
    >>> round(area_under_risk([0.9, 0.8, 0.6], [True, True, False]), 4)
    0.1111
    """
    curve = coverage_curve(confidence, right)
    width = np.diff(curve["coverage"].to_numpy(), prepend=0.0)
    return float((width * curve["risk"].to_numpy()).sum())


def at_threshold(confidence: ArrayLike, right: ArrayLike, threshold: float) -> tuple[float, float]:
    """Coverage, and accuracy of the images at or above a threshold (NaN without any).

    Parameters
    ----------
    confidence : array-like of shape (n,)
    right : array-like of shape (n,), bool
    threshold : float

    Returns
    -------
    coverage, accuracy : float

    Examples
    --------
    >>> at_threshold([0.9, 0.85, 0.6, 0.5], [True, False, False, True], 0.8)
    (0.5, 0.5)
    """
    kept = np.asarray(confidence) >= threshold
    share = float(kept.mean())
    return share, float(np.asarray(right, bool)[kept].mean()) if kept.any() else float("nan")


def threshold_for(confidence: ArrayLike, right: ArrayLike, accuracy: float) -> float | None:
    """The lowest threshold above which the wanted accuracy is kept; None where none does.

    Choose it on other images than those it is then judged on.

    Parameters
    ----------
    confidence : array-like of shape (n,)
    right : array-like of shape (n,), bool
    accuracy : float

    Returns
    -------
    threshold : float or None

    Examples
    --------
    >>> threshold_for([0.9, 0.8, 0.6], [True, True, False], 0.95)
    0.8
    """
    curve = coverage_curve(confidence, right)
    enough = np.flatnonzero(curve["accuracy"].to_numpy() >= accuracy)
    return float(curve["threshold"].iloc[enough[-1]]) if enough.size else None
