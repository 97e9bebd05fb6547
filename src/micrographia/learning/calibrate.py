"""Probabilities that mean what they say, a limit for "unknown", and a measure of strangeness.

All three are found on images that the model did not learn from, and are stored in a bundle.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from micrographia.bundles.card import OodCard
from micrographia.classification.scores import doubt, ood_score, probabilities, relative_score
from micrographia.learning._crossed import Crossed, Refit, cross_fit, distances_to, kernel_to
from micrographia.learning._kernel import KERNEL_LEAST, kernel_statistics, known_kernel_terms
from micrographia.learning._limits import enough, limit_of
from micrographia.learning._strangers import (
    RELATIVE_LEAST,
    class_statistics,
    means_and_precision,
    projection,
    relative_statistics,
    scores_by_others,
    usual_terms,
)
from micrographia.settings import Settings

__all__ = [
    "Calibration",
    "CalibrationSettings",
    "calibrate",
    "fit_temperature",
    "strangeness",
    "threshold_for",
]

_FEW = 50  # images held back, below which they are too few to say what is usual
_DOZENS = 40  # images in all, below which distance alone tells strangers better than "relative"
_CROSSED = ("relative", "kernel", "mahalanobis", "none")  # scores whose crossed answers are known

Head = tuple[NDArray[Any], NDArray[Any]]
"""Weight (classes, d) and bias (classes,) of a linear step from features to logits."""


class CalibrationSettings(Settings):
    """How far a model's answers are to be trusted."""

    share: float = Field(
        default=0.15,
        ge=0,
        lt=0.9,
        description="share of the training images held back for calibration, for methods that do "
        "not hold any back to choose an epoch",
    )
    threshold: float = Field(
        default=0.8, ge=0, le=1, description="an answer with a lower probability is 'unknown'"
    )
    precision: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="choose the threshold so that this share of the answers above it is right",
    )
    ood: Literal["relative", "kernel", "combined", "mahalanobis", "neighbours", "none"] = Field(
        default="relative",
        description="how images unlike the known ones are told: doubt between the classes, "
        "distance to the nearest of them, and that distance relative to the one from all images; "
        "'kernel': how little a kernel regression on the classes answers, and distance to the "
        "nearest known images; 'combined': doubt, and distance from the classes that are answered "
        "(it and 'relative' want a linear last step and one class an image, else they are "
        "'mahalanobis', as 'relative' is where there are fewer than 40 images); 'mahalanobis': "
        "distance to the classes' means; 'neighbours': to the nearest known images; or not",
    )
    neighbours: int = Field(
        default=5, ge=1, description="which neighbour's distance counts; for 'kernel', how many"
    )
    flagged: float = Field(
        default=0.05,
        gt=0,
        lt=1,
        description="share of known images held back that may be called unlike",
    )
    dimensions: int = Field(
        default=64,
        ge=1,
        description="features are projected to at most so many before distances, for all but "
        "'relative' and 'kernel'",
    )
    relative_dimensions: int = Field(
        default=1024,
        ge=1,
        description="the same for 'relative', which strangers betray themselves to in directions "
        "of little spread too",
    )
    kernel_dimensions: int = Field(default=1024, ge=1, description="the same for 'kernel'")

    @property
    def directions(self) -> int:
        """To how many directions the score that is asked for projects features at most."""
        wanted = {"relative": self.relative_dimensions, "kernel": self.kernel_dimensions}
        return wanted.get(self.ood, self.dimensions)


@dataclasses.dataclass(frozen=True)
class Calibration:
    """What was found.

    Parameters
    ----------
    temperature : float
        Logits are divided by it.
    threshold : float
        Least probability of an answer that is believed.
    multi_label : bool
    ood : OodCard, optional
    arrays : dict of str to ndarray
        Statistics of the features, as `classification.scores.ood_score` wants them.
    held : int
        How many images it was found on; 0 means that nothing was calibrated.
    """

    temperature: float
    threshold: float
    multi_label: bool
    ood: OodCard | None
    arrays: dict[str, NDArray[Any]]
    held: int

    def probabilities(self, logits: NDArray[Any]) -> NDArray[np.float64]:
        """Calibrated probabilities of logits of shape (n, classes)."""
        return probabilities(logits, self.temperature, self.multi_label)

    def strangeness(self, features: NDArray[Any]) -> NDArray[np.float64]:
        """Score of features of shape (n, d), larger for stranger ones; NaN where none is known."""
        if self.ood is None:
            return np.full(len(features), np.nan)
        return ood_score(features, self.arrays, self.ood)


def fit_temperature(
    logits: NDArray[Any], targets: NDArray[Any], *, least: float = 0.05, most: float = 20.0
) -> float:
    """Find the temperature under which the truth is likeliest.

    Parameters
    ----------
    logits : ndarray of shape (n, classes)
    targets : ndarray of shape (n,) of int, or (n, classes) of 0 and 1
    least, most : float
        Limits of the temperature.

    Returns
    -------
    temperature : float

    References
    ----------
    Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, section 4.2. Each truth is
    doubted by 1 / (n + 2), as Platt (1999) does, so that a model with no mistakes among n images
    does not become certain.

    Examples
    --------
    >>> logits = np.array([[4.0, 0.0]] * 10)  # 98 % sure, right in 7 of 10
    >>> fit_temperature(logits, np.array([0] * 7 + [1] * 3)) > 4
    True
    """
    from scipy.optimize import minimize_scalar

    logits = np.asarray(logits, np.float64)

    doubt = 1 / (len(logits) + 2)

    def surprise(log_temperature: float) -> float:
        scaled = logits / np.exp(log_temperature)
        if targets.ndim == 2:
            wanted = targets * (1 - 2 * doubt) + doubt
            return float(np.mean(np.logaddexp(0, scaled) - wanted * scaled))
        total = np.logaddexp.reduce(scaled, axis=1)
        right = scaled[np.arange(len(scaled)), targets]
        others = (scaled.sum(1) - right) / (scaled.shape[1] - 1)
        return float(np.mean(total - (1 - doubt) * right - doubt * others))

    found = minimize_scalar(surprise, bounds=(np.log(least), np.log(most)), method="bounded")
    return float(np.exp(found.x))


def threshold_for(found: NDArray[np.float64], targets: NDArray[Any], precision: float) -> float:
    """Choose the least probability above which answers are right often enough.

    Parameters
    ----------
    found : ndarray of shape (n, classes)
        Calibrated probabilities.
    targets : ndarray of shape (n,) of int, or (n, classes) of 0 and 1
    precision : float
        Wanted share of right answers among those that are believed.

    Returns
    -------
    threshold : float
        The one that leaves most answers; where none reaches the precision, the largest
        probability that occurs.

    Examples
    --------
    >>> p = np.array([[0.9, 0.1], [0.8, 0.2], [0.6, 0.4]])
    >>> threshold_for(p, np.array([0, 0, 1]), 0.95)
    0.8
    """
    if targets.ndim == 2:
        sure, right = found[found >= 0.5], (targets > 0)[found >= 0.5]
    else:
        sure, right = found.max(1), found.argmax(1) == targets
    if len(sure) == 0:
        return 1.0
    order = np.argsort(-sure, kind="stable")
    sure, right = sure[order], right[order]
    share = np.cumsum(right) / np.arange(1, len(right) + 1)
    last_of_value = np.append(sure[1:] != sure[:-1], True)
    enough = np.flatnonzero((share >= precision) & last_of_value)
    return float(sure[enough[-1]] if len(enough) else sure[0])


def strangeness(
    features: NDArray[Any],
    targets: NDArray[Any],
    held: NDArray[Any],
    settings: CalibrationSettings,
    *,
    held_targets: NDArray[Any] | None = None,
    head: Head | None = None,
) -> tuple[OodCard | None, dict[str, NDArray[Any]]]:
    """Make the statistics that tell images unlike the known ones.

    Parameters
    ----------
    features : ndarray of shape (n, d)
        Of images that were learned from.
    targets : ndarray of shape (n,) of int, or (n, classes) of 0 and 1
    held : ndarray of shape (m, d)
        Features of known images that were not learned from; the limit is set by them, or by the
        others where there are none.
    settings : CalibrationSettings
    held_targets : ndarray of shape (m,) of int, or (m, classes), optional
        Classes of those. "relative" and "combined" want them.
    head : tuple of ndarray, optional
        Weight (classes, d) and bias (classes,) of the step from features to logits, divided by the
        temperature. "relative" and "combined" want it; without, and with several labels an image,
        the distance to the classes' means is used in their place.

    Returns
    -------
    card : OodCard or None
    arrays : dict of str to ndarray

    References
    ----------
    Ren et al., arXiv 2106.09022 (2021) (relative distance); Lee et al., NeurIPS 2018 (Mahalanobis
    distance); Sun et al., ICML 2022 (neighbours); Ledoit and
    Wolf, J. Multivar. Anal. 88 (2004) 365 (shrinkage).
    """
    if settings.ood == "none" or len(features) < 3:
        return None, {}
    if not len(held):
        held, held_targets = features, targets
    method = settings.ood
    if method in ("relative", "combined") and not _has_doubt(targets, held_targets, head):
        method = "mahalanobis"
    if method == "kernel":
        return _by_kernel(features, targets, held, settings)
    arrays = projection(features, settings.model_copy(update={"ood": method}).directions)
    centre, basis = arrays["ood_centre"], arrays["ood_basis"].astype(np.float64)
    points = (features - centre) @ basis
    terms = None
    if method == "neighbours":
        arrays["ood_features"] = points.astype(np.float16)
    elif method in ("relative", "combined") and head is not None and held_targets is not None:
        weight, bias = (np.asarray(part, np.float64) for part in head)
        logits = np.asarray(held, np.float64) @ weight.T + bias
        known = (held - centre) @ basis
        if method == "relative":
            made, terms = relative_statistics(points, targets, known, logits)
            arrays |= made
        else:
            arrays |= class_statistics(points, targets, known, held_targets, logits)
        arrays |= {"ood_weight": weight.astype(np.float32), "ood_bias": bias.astype(np.float32)}
    else:
        arrays |= means_and_precision(points, targets)
    card = OodCard(method=method, threshold=0.0, neighbours=settings.neighbours)
    scores = ood_score(held, arrays, card)
    if terms is not None:
        scores = _fair(scores, terms, settings.flagged, RELATIVE_LEAST)
    return card.model_copy(update={"threshold": limit_of(scores, settings.flagged)}), arrays


def _by_kernel(
    features: NDArray[Any],
    targets: NDArray[Any],
    held: NDArray[Any],
    settings: CalibrationSettings,
) -> tuple[OodCard, dict[str, NDArray[Any]]]:
    """Statistics and limit of the score "kernel"."""
    arrays = kernel_statistics(features, targets, settings.kernel_dimensions)
    terms = known_kernel_terms(held, arrays, settings.neighbours)
    usual = usual_terms(terms, KERNEL_LEAST)
    scores = _fair(relative_score(terms, usual), terms, settings.flagged, KERNEL_LEAST)
    card = OodCard(
        method="kernel",
        threshold=limit_of(scores, settings.flagged),
        neighbours=settings.neighbours,
    )
    return card, arrays | {"ood_usual": usual}


def _fair(
    scores: NDArray[np.float64],
    terms: NDArray[np.float64],
    flagged: float,
    least: Sequence[float],
) -> NDArray[np.float64]:
    """The scores of known images; of few, each by what is usual for the others."""
    if len(terms) < 3 or enough(len(terms), flagged):
        return scores
    return scores_by_others(terms, least)


def _has_doubt(targets: NDArray[Any], held_targets: NDArray[Any] | None, head: Head | None) -> bool:
    """Whether the images have one class each, every class occurs, and the last step is linear."""
    if head is None or held_targets is None or targets.ndim == 2:
        return False
    return len(head[1]) > 1 and len(np.unique(targets)) == len(head[1])


def calibrate(
    features: NDArray[Any],
    targets: NDArray[Any],
    held: tuple[NDArray[Any], NDArray[Any]] | None,
    held_targets: NDArray[Any],
    settings: CalibrationSettings,
    *,
    classes: int,
    head: Head | None = None,
    refit: Refit | None = None,
    groups: Any = None,
) -> Calibration:
    """Calibrate a model on images that it did not learn from.

    Where fewer than 50 are held back, and the last step can be learned anew, all images are judged
    by steps that have learned from the others (five-fold), and these answers calibrate the model.
    Fewer than 40 images in all take "mahalanobis" in the place of "relative": what doubt and
    relative distance mean cannot be learned from so few.

    Parameters
    ----------
    features : ndarray of shape (n, d)
        Of the images that were learned from.
    targets : ndarray of shape (n,) or (n, classes)
    held : tuple of ndarray, optional
        Logits (m, classes) and features (m, d) of images that were not.
    held_targets : ndarray of shape (m,) or (m, classes)
    settings : CalibrationSettings
    classes : int
    head : tuple of ndarray, optional
        Weight (classes, d) and bias (classes,) of the step from features to logits, where it is
        linear.
    refit : callable, optional
        Learns weight and bias from features and targets; for features that the network has without
        having learned from these images, and one class an image.
    groups : array-like of shape (n + m,), optional
        Groups of the images that were learned from and of those that were not, which are not
        divided in judging all images.

    Returns
    -------
    calibration : Calibration
        With temperature 1 where nothing was held back.
    """
    multi_label = targets.ndim == 2
    everything = features if held is None else np.concatenate([features, held[1]])
    truth = targets if held is None else np.concatenate([targets, held_targets])
    if settings.ood == "relative" and len(everything) < _DOZENS:
        settings = settings.model_copy(update={"ood": "mahalanobis"})
    crossed = None
    few = not multi_label and settings.ood in _CROSSED and len(held_targets) < _FEW
    if refit is not None and few:
        measure = (
            functools.partial(kernel_to, neighbours=settings.neighbours)
            if settings.ood == "kernel"
            else distances_to
        )
        crossed = cross_fit(everything, truth, groups, refit, settings.directions, measure=measure)
    if crossed is not None and len(crossed.targets) > len(held_targets):
        logits, judged = crossed.logits, crossed.targets
    elif held is not None:
        crossed, logits, judged = None, held[0], held_targets
    else:
        ood, arrays = strangeness(features, targets, features[:0], settings, head=head)
        return Calibration(1.0, settings.threshold, multi_label, ood, arrays, 0)
    temperature = fit_temperature(logits, judged) if len(logits) >= 5 * classes else 1.0
    found = probabilities(logits, temperature, multi_label)
    threshold = settings.threshold
    if settings.precision is not None:
        threshold = threshold_for(found, judged, settings.precision)
    if head is not None:
        head = head[0] / temperature, head[1] / temperature
    if crossed is not None:
        ood, arrays = _crossed_strangeness(everything, truth, crossed, found, settings, head)
    else:
        ood, arrays = strangeness(
            features, targets, everything[len(features) :], settings,
            held_targets=held_targets, head=head,
        )  # fmt: skip
    return Calibration(temperature, threshold, multi_label, ood, arrays, len(logits))


def _crossed_strangeness(
    features: NDArray[Any],
    targets: NDArray[Any],
    crossed: Crossed,
    found: NDArray[np.float64],
    settings: CalibrationSettings,
    head: Head | None,
) -> tuple[OodCard | None, dict[str, NDArray[Any]]]:
    """Statistics of all images; what is usual, and the limit, by the crossed answers to them."""
    # as many directions as the crossed distances have, so that they are comparable
    width = crossed.dimensions
    names = ("relative_dimensions", "kernel_dimensions", "dimensions")
    settings = settings.model_copy(update=dict.fromkeys(names, width))
    ood, arrays = strangeness(
        features, targets, features, settings, held_targets=targets, head=head
    )
    if ood is None:
        return ood, arrays
    if ood.method == "mahalanobis":
        distances = np.exp(crossed.terms[:, 0] / 2)
        limit = limit_of(distances, settings.flagged)
        return ood.model_copy(update={"threshold": limit}), arrays
    if ood.method == "kernel":
        terms, usual = crossed.terms, usual_terms(crossed.terms, KERNEL_LEAST)
    else:
        terms = np.column_stack([doubt(found), crossed.terms])
        usual = usual_terms(terms)
    limit = limit_of(relative_score(terms, usual), settings.flagged)
    return ood.model_copy(update={"threshold": limit}), arrays | {"ood_usual": usual}
