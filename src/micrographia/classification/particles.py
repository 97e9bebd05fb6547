"""The particles of a micrograph to classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from micrographia.classification._answers import Answers, answers_of, check_task, name_answer
from micrographia.classification.crops import crop_particles, crop_settings
from micrographia.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from micrographia._patches import Patch
    from micrographia.bundles import Bundle, Card
    from micrographia.micrograph import Micrograph

__all__ = ["classify_particles", "particle_answers", "particle_pictures", "particle_table"]


def classify_particles(
    bundle: Bundle,
    micrograph: Micrograph,
    labels: NDArray[np.integer],
    *,
    polarity: Literal["dark", "bright"] | None = None,
    threshold: float | None = None,
) -> pd.DataFrame:
    """Tell the class of every particle.

    Parameters
    ----------
    bundle : Bundle
        For particle classification.
    micrograph : Micrograph
    labels : ndarray of shape (rows, cols), integer
        0 is background; particle k covers the pixels equal to k.
    polarity : {"dark", "bright"}, optional
        Of the particles; the grey levels are inverted where the card wants the other.
    threshold : float, optional
        The least probability that is believed; the card's otherwise.

    Returns
    -------
    answers : DataFrame
        A row a particle, in order of id: `id`, `label`, `verdict`, `probability`, `ood_score`,
        and ``p_<class>`` for each class.

    Raises
    ------
    InputError
        If the labels do not have the micrograph's shape.
    SettingsError
        If the bundle is for another task.
    """
    check_task(bundle, "particle-classification", threshold)
    ids, answers = particle_answers(bundle, micrograph, labels, polarity)
    return particle_table(bundle.card, ids, answers, threshold)


def particle_answers(
    bundle: Bundle,
    micrograph: Micrograph,
    labels: NDArray[np.integer],
    polarity: Literal["dark", "bright"] | None = None,
    wholes: Mapping[int, Patch] | None = None,
) -> tuple[NDArray[np.int64], Answers]:
    """Cut the particles out and let a bundle answer.

    Parameters
    ----------
    bundle : Bundle
    micrograph : Micrograph
    labels : ndarray of shape (rows, cols), integer
    polarity : {"dark", "bright"}, optional
    wholes : mapping of int to Patch, optional
        All pixels of particles that lie over or under others.

    Returns
    -------
    ids : ndarray of shape (n,), int64
    answers : Answers

    Raises
    ------
    InputError
        If the labels do not have the micrograph's shape.
    """
    ids, pictures = particle_pictures(bundle.card, micrograph, labels, polarity, wholes)
    if not len(ids):
        return ids, Answers(np.empty((0, len(bundle.card.classes))), None)
    return ids, answers_of(bundle, pictures)


def particle_pictures(
    card: Card,
    micrograph: Micrograph,
    labels: NDArray[np.integer],
    polarity: Literal["dark", "bright"] | None = None,
    wholes: Mapping[int, Patch] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Cut the particles out as a model is given them.

    Parameters
    ----------
    card : Card
    micrograph : Micrograph
    labels : ndarray of shape (rows, cols), integer
    polarity : {"dark", "bright"}, optional
    wholes : mapping of int to Patch, optional
        All pixels of particles that lie over or under others.

    Returns
    -------
    ids : ndarray of shape (n,), int64
    pictures : ndarray of shape (n, layers, side, side) or (n, descriptors), float32

    Raises
    ------
    InputError
        If the labels do not have the micrograph's shape.
    """
    if labels.shape != micrograph.shape:
        raise InputError(
            f"{micrograph.name}: labels have shape {labels.shape}, the image {micrograph.shape}; "
            "wanted a label image of the same rows and columns"
        )
    settings = crop_settings(card)
    invert = polarity is not None and card.input.polarity not in ("any", polarity)
    ids, pictures = crop_particles(
        micrograph.pixels, labels, settings, invert=invert, wholes=wholes
    )
    if len(ids) and card.input.kind == "descriptors":
        from micrographia.classification.descriptors import describe

        pictures = np.asarray(describe(pictures, str(card.input.descriptors)))
    return ids, pictures


def particle_table(
    card: Card, ids: NDArray[np.int64], answers: Answers, threshold: float | None = None
) -> pd.DataFrame:
    """Answers as a table, a row a particle.

    Parameters
    ----------
    card : Card
    ids : ndarray of shape (n,)
    answers : Answers
    threshold : float, optional

    Returns
    -------
    table : DataFrame
        As `classify_particles` gives it.
    """
    import pandas as pd

    named = [name_answer(card, answers, index, threshold) for index in range(len(ids))]
    table = pd.DataFrame(
        {
            "id": ids,
            "label": pd.Series([one.label for one in named], dtype="object"),
            "verdict": pd.Series([one.verdict for one in named], dtype="object"),
            "probability": np.array([one.probability for one in named], np.float64),
            "ood_score": np.full(len(ids), np.nan) if answers.ood is None else answers.ood,
        }
    )
    shares = {f"p_{name}": answers.probabilities[:, k] for k, name in enumerate(card.classes)}
    return table.assign(**shares)
