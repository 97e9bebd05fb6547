"""What a bundle's raw answers mean, for images and particles alike."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from micrographia.classification.scores import Verdict, ood_score, probabilities, verdict
from micrographia.errors import BundleError, SettingsError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from micrographia.bundles import Bundle

__all__ = ["Answers", "answers_of", "check_task", "judge"]


@dataclasses.dataclass(frozen=True, eq=False)
class Answers:
    """Probabilities (n, classes) and scores of strangeness (n,), or None where none are known."""

    probabilities: NDArray[np.float64]
    ood: NDArray[np.float64] | None


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
    card = bundle.card
    raw = bundle.run(images)
    found = probabilities(raw["logits"], card.temperature, card.multi_label)
    if card.ood is None:
        return Answers(found, None)
    if "features" not in raw:
        raise BundleError(
            f"{bundle.path}: the card tells strangers by features, but the model gives none; "
            "export it with the output 'features'"
        )
    return Answers(found, ood_score(raw["features"], bundle.arrays, card.ood))


def judge(
    bundle: Bundle, answers: Answers, index: int, threshold: float | None = None
) -> tuple[Verdict, float | None]:
    """Verdict and score of strangeness of one answer."""
    card = bundle.card
    score = None if answers.ood is None else float(answers.ood[index])
    least = card.unknown_threshold if threshold is None else threshold
    limit = None if card.ood is None else card.ood.threshold
    row = answers.probabilities[index]
    return verdict(row, least, card.multi_label, score, limit), score


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
