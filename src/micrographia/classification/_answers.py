"""What a bundle's raw answers mean, for images and particles alike."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from micrographia.classification.scores import (
    Verdict,
    chosen,
    ood_score,
    probabilities,
    verdict,
)
from micrographia.errors import BundleError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from micrographia.bundles import Bundle, Card

__all__ = ["Answers", "Named", "answers_of", "check_task", "name_answer", "read_answers"]


@dataclasses.dataclass(frozen=True, eq=False)
class Answers:
    """Probabilities (n, classes), scores of strangeness (n,) and features (n, d).

    The last two are None where none are known.
    """

    probabilities: NDArray[np.float64]
    ood: NDArray[np.float64] | None
    features: NDArray[np.float32] | None = None


@dataclasses.dataclass(frozen=True)
class Named:
    """One answer in words."""

    label: str
    labels: tuple[str, ...]
    verdict: Verdict
    probability: float
    ood_score: float | None


def answers_of(bundle: Bundle, images: NDArray[np.float32]) -> Answers:
    """Run a bundle and read its answers.

    Parameters
    ----------
    bundle : Bundle
    images : ndarray of shape (n, channels, rows, cols), float32

    Returns
    -------
    answers : Answers
    """
    return read_answers(bundle, bundle.run(images))


def read_answers(bundle: Bundle, raw: Mapping[str, NDArray[np.float32]]) -> Answers:
    """Read what a bundle has given.

    Parameters
    ----------
    bundle : Bundle
    raw : mapping of str to ndarray
        Of `Bundle.run`.

    Returns
    -------
    answers : Answers
    """
    card = bundle.card
    found = probabilities(raw["logits"], card.temperature, card.multi_label)
    features = raw.get("features")
    if card.ood is None:
        return Answers(found, None, features)
    if features is None:
        raise BundleError(
            f"{bundle.path}: the card tells strangers by features, but the model gives none; "
            "export it with the output 'features'"
        )
    return Answers(found, ood_score(features, bundle.arrays, card.ood), features)


def name_answer(card: Card, answers: Answers, index: int, threshold: float | None = None) -> Named:
    """Say what one answer means.

    Where the card says that two classes look alike (``parameters["alike"]``, a list of groups of
    classes), and they are likely enough together but not each for itself, both are named.
    """
    row = answers.probabilities[index]
    score = None if answers.ood is None else float(answers.ood[index])
    least = card.unknown_threshold if threshold is None else threshold
    limit = None if card.ood is None else card.ood.threshold
    believed = verdict(row, least, card.multi_label, score, limit)
    indices = chosen(row, card.multi_label)
    if believed == "unknown" and not card.multi_label:
        pair = _alike(card, row, least)
        if pair is not None:
            names = tuple(card.classes[i] for i in pair)
            return Named(" or ".join(names), names, "known", float(row[list(pair)].sum()), score)
    names = tuple(card.classes[i] for i in indices)
    return Named("+".join(names), names, believed, float(min(row[i] for i in indices)), score)


def _alike(
    card: Card, row: NDArray[np.float64], least: float | tuple[float, ...]
) -> tuple[int, int] | None:
    """The two likeliest classes, if they look alike and one of them it surely is."""
    groups = card.parameters.get("alike")
    if not isinstance(groups, list) or len(row) < 2:
        return None
    first, second = np.argsort(-row, kind="stable")[:2].tolist()
    pair = {card.classes[first], card.classes[second]}
    needed = np.broadcast_to(np.asarray(least, np.float64), row.shape)[[first, second]].max()
    together = any(isinstance(group, list) and pair <= set(group) for group in groups)
    if together and row[first] + row[second] >= needed:
        return min(first, second), max(first, second)
    return None


def check_task(bundle: Bundle, task: str, threshold: float | None) -> None:
    """Whether the bundle does what is wanted of it.

    Raises
    ------
    SettingsError
        If it is for another task, or the threshold is no probability.
    """
    if bundle.card.task != task:
        raise SettingsError(
            f"model {bundle.card.name!r} is for {bundle.card.task}; wanted one for {task}; "
            "'micrographia models list' shows what there is"
        )
    if threshold is not None and not 0 <= threshold <= 1:
        raise SettingsError(f"the threshold is a probability from 0 to 1, got {threshold}")
