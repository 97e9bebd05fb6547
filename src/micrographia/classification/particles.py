"""The particles of a micrograph to classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from micrographia.classification._answers import answers_of, check_task, judge
from micrographia.classification.crops import crop_particles, crop_settings
from micrographia.classification.scores import chosen
from micrographia.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from micrographia.bundles import Bundle
    from micrographia.micrograph import Micrograph

__all__ = ["classify_particles"]


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
    import pandas as pd

    check_task(bundle, "particle-classification", threshold)
    if labels.shape != micrograph.shape:
        raise InputError(
            f"{micrograph.name}: labels have shape {labels.shape}, the image {micrograph.shape}; "
            "wanted a label image of the same rows and columns"
        )
    card = bundle.card
    settings = crop_settings(card)
    invert = polarity is not None and card.input.polarity not in ("any", polarity)
    ids, pictures = crop_particles(micrograph.pixels, labels, settings, invert=invert)
    rows: list[dict[str, object]] = []
    if len(ids):
        answers = answers_of(bundle, pictures)
        for index, (number, row) in enumerate(zip(ids, answers.probabilities, strict=True)):
            named = chosen(row, card.multi_label)
            believed, score = judge(bundle, answers, index, threshold)
            rows.append(
                {
                    "id": int(number),
                    "label": "+".join(card.classes[i] for i in named),
                    "verdict": believed,
                    "probability": float(row[list(named)].min()),
                    "ood_score": np.nan if score is None else score,
                    **{f"p_{c}": float(p) for c, p in zip(card.classes, row, strict=True)},
                }
            )
    columns = ["id", "label", "verdict", "probability", "ood_score"]
    return pd.DataFrame(rows, columns=[*columns, *(f"p_{name}" for name in card.classes)])
