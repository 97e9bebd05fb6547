"""Whole micrographs to classes."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.bundles import pixel_size_problem, prepare
from micrographia.classification._answers import (
    Answers,
    Named,
    answers_of,
    check_task,
    name_answer,
)
from micrographia.classification.scores import Verdict
from micrographia.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from micrographia.bundles import Bundle, Card
    from micrographia.micrograph import Micrograph

__all__ = ["Prediction", "answer_image", "classify_images", "seen_by"]


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
    bundle: Bundle,
    micrographs: Sequence[Micrograph],
    *,
    threshold: float | None = None,
    colours: Sequence[NDArray[Any] | None] | None = None,
) -> list[Prediction]:
    """Tell the class of each micrograph as a whole.

    A model for particles takes each image as the picture of one particle, a crop or a drawing,
    and names its `main_body`.

    Parameters
    ----------
    bundle : Bundle
        For images or particles.
    micrographs : sequence of Micrograph
        Data bars are taken for part of the image; crop them first.
    threshold : float, optional
        The least probability that is believed; the card's otherwise.
    colours : sequence of ndarray of shape (rows, cols, 3), or None for an image, optional
        Red, green and blue of each micrograph, as `micrographia.io.read_colours` gives them, for
        models that look at colours; without them grey is taken for all three.

    Returns
    -------
    predictions : list of Prediction
        One for each micrograph.

    Raises
    ------
    InputError
        If the pixel size of an image does not suit and the card says to refuse it, or an image
        that should show a particle shows none.
    SettingsError
        If the bundle is for another task.
    """
    of_one = bundle.card.task == "particle-classification"
    check_task(bundle, "particle-classification" if of_one else "image-classification", threshold)
    pictures = [None] * len(micrographs) if colours is None else colours
    images = [
        seen_by(bundle.card, micrograph, picture)
        for micrograph, picture in zip(micrographs, pictures, strict=True)
    ]
    found: dict[int, Prediction] = {}
    shapes: dict[tuple[int, ...], list[int]] = {}
    for index, image in enumerate(images):
        shapes.setdefault(image.shape, []).append(index)
    for members in shapes.values():
        answers = answers_of(bundle, np.stack([images[index] for index in members]))
        for place, index in enumerate(members):
            warnings = () if of_one else _warnings(bundle, micrographs[index])
            found[index] = _prediction(bundle, answers, place, threshold, warnings)
    return [found[index] for index in range(len(images))]


def answer_image(
    bundle: Bundle, micrograph: Micrograph, colours: NDArray[Any] | None = None
) -> tuple[Answers, Named, tuple[str, ...]]:
    """Answer one image as `classify_images` does, with the numbers behind it.

    Parameters
    ----------
    bundle : Bundle
        For images or particles.
    micrograph : Micrograph
    colours : ndarray of shape (rows, cols, 3), optional
        Of the micrograph, for models that look at colours.

    Returns
    -------
    answers : Answers
        Of one image: probabilities, score of strangeness, features.
    named : Named
        What they mean.
    warnings : tuple of str

    Raises
    ------
    InputError
        As `classify_images` does.
    """
    card = bundle.card
    answers = answers_of(bundle, seen_by(card, micrograph, colours)[None])
    of_one = card.task == "particle-classification"
    return answers, name_answer(card, answers, 0), () if of_one else _warnings(bundle, micrograph)


def seen_by(
    card: Card, micrograph: Micrograph, colours: NDArray[Any] | None = None
) -> NDArray[np.float32]:
    """What a model is given of an image: the whole of it, or the one particle that it shows.

    Parameters
    ----------
    card : Card
        Of the model.
    micrograph : Micrograph
    colours : ndarray of shape (rows, cols, 3), optional
        Of the micrograph, for models that look at colours.

    Returns
    -------
    image : ndarray of shape (channels, rows, cols) or (descriptors,), float32

    Raises
    ------
    InputError
        As `classify_images` does.
    """
    if card.task == "particle-classification":
        return _one_particle(card, micrograph)
    return _prepared(card, micrograph, colours)


def _one_particle(card: Card, micrograph: Micrograph) -> NDArray[np.float32]:
    """The one particle that an image shows, cut out."""
    from micrographia.classification.particles import particle_pictures
    from micrographia.classification.single import main_body

    body = main_body(micrograph.pixels)
    if not body.any():
        raise InputError(
            f"{micrograph.name}: nothing stands out from the margin of the image; "
            f"{card.name!r} wants the picture of one particle, 'micrographia analyze' finds "
            "the particles of a whole micrograph"
        )
    inside = np.asarray(micrograph.pixels, np.float32)
    dark = bool(np.nanmean(inside[body]) < np.nanmean(inside[~body])) if not body.all() else False
    _, pictures = particle_pictures(
        card, micrograph, body.astype(np.int32), "dark" if dark else "bright"
    )
    return np.asarray(pictures[0])


def _prepared(
    card: Card, micrograph: Micrograph, colours: NDArray[Any] | None
) -> NDArray[np.float32]:
    inside = card.input
    polarity = None
    if inside.polarity != "any":
        from micrographia.preprocessing import estimate_polarity

        polarity = estimate_polarity(np.nan_to_num(np.asarray(micrograph.pixels, np.float32)))
    pixels = colours if inside.channels == 3 and colours is not None else micrograph.pixels
    image = prepare(pixels, inside, _pixel_size_nm(micrograph), polarity)
    if inside.kind == "descriptors":
        from micrographia.classification.descriptors import describe

        return np.asarray(describe(image[None], str(inside.descriptors))[0])
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
