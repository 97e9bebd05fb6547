"""Whole micrographs to classes."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from micrographia.bundles import pixel_size_problem, prepare
from micrographia.classification._answers import Answers, answers_of, check_task, name_answer
from micrographia.classification.scores import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from micrographia.bundles import Bundle
    from micrographia.micrograph import Micrograph

__all__ = ["Prediction", "classify_images"]


@dataclasses.dataclass(frozen=True)
class Prediction:
    """What a model says of one image.

    Parameters
    ----------
    label : str
        The class; several are joined by ``+``.
    labels : tuple of str
        The classes.
    verdict : {"known", "unknown", "unlike"}
        Whether to believe it: "unknown" is too little certainty, "unlike" an image such as the
        model never learned from.
    probability : float
        Of the label; of the least certain one where there are several.
    probabilities : dict of str to float
        Of every class.
    ood_score : float or None
        The larger, the stranger; None where the model knows no measure of it.
    warnings : tuple of str
    """

    label: str
    labels: tuple[str, ...]
    verdict: Verdict
    probability: float
    probabilities: dict[str, float]
    ood_score: float | None = None
    warnings: tuple[str, ...] = ()


def classify_images(
    bundle: Bundle, micrographs: Sequence[Micrograph], *, threshold: float | None = None
) -> list[Prediction]:
    """Tell the class of each micrograph as a whole.

    Parameters
    ----------
    bundle : Bundle
        For image classification.
    micrographs : sequence of Micrograph
        Data bars are taken for part of the image; crop them first.
    threshold : float, optional
        The least probability that is believed; the card's otherwise.

    Returns
    -------
    predictions : list of Prediction
        One for each micrograph.

    Raises
    ------
    InputError
        If the pixel size of an image does not suit and the card says to refuse it.
    SettingsError
        If the bundle is for another task.
    """
    check_task(bundle, "image-classification", threshold)
    images = [_prepared(bundle, micrograph) for micrograph in micrographs]
    found: dict[int, Prediction] = {}
    shapes: dict[tuple[int, ...], list[int]] = {}
    for index, image in enumerate(images):
        shapes.setdefault(image.shape, []).append(index)
    for members in shapes.values():
        answers = answers_of(bundle, np.stack([images[index] for index in members]))
        for place, index in enumerate(members):
            warnings = _warnings(bundle, micrographs[index])
            found[index] = _prediction(bundle, answers, place, threshold, warnings)
    return [found[index] for index in range(len(images))]


def _prepared(bundle: Bundle, micrograph: Micrograph) -> NDArray[np.float32]:
    card = bundle.card.input
    polarity = None
    if card.polarity != "any":
        from micrographia.preprocessing import estimate_polarity

        polarity = estimate_polarity(np.nan_to_num(np.asarray(micrograph.pixels, np.float32)))
    image = prepare(micrograph.pixels, card, _pixel_size_nm(micrograph), polarity)
    if card.kind == "descriptors":
        from micrographia.classification.descriptors import describe

        return np.asarray(describe(image[None], str(card.descriptors))[0])
    return image


def _pixel_size_nm(micrograph: Micrograph) -> float | None:
    return None if micrograph.pixel_size is None else micrograph.pixel_size.mean


def _warnings(bundle: Bundle, micrograph: Micrograph) -> tuple[str, ...]:
    size = _pixel_size_nm(micrograph)
    card = bundle.card.input
    problem = pixel_size_problem(micrograph.shape, card, size)
    if problem is None:
        return ()
    resampled = size is not None and card.outside == "resample"
    return (f"{problem}; {'resampled to suit' if resampled else 'answers may be wrong'}",)


def _prediction(
    bundle: Bundle,
    answers: Answers,
    index: int,
    threshold: float | None,
    warnings: tuple[str, ...],
) -> Prediction:
    card = bundle.card
    named = name_answer(card, answers, index, threshold)
    row = answers.probabilities[index].tolist()
    return Prediction(
        label=named.label,
        labels=named.labels,
        verdict=named.verdict,
        probability=named.probability,
        probabilities=dict(zip(card.classes, row, strict=True)),
        ood_score=named.ood_score,
        warnings=warnings,
    )
