"""What a reader must know of finished bundles' figures before reading them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from micrographia.bundles import Bundle
    from micrographia.evaluation._answer_store import ImageAnswer
    from micrographia.evaluation._bundle_answers import ImageList
    from micrographia.evaluation.evaluation import Evaluation
    from micrographia.learning.datasets import Dataset

__all__ = ["first_problem", "left_out_notes", "reader_notes", "warning_notes"]

_SHOWN = 10


def reader_notes(
    dataset: Dataset,
    bundles: Sequence[Bundle],
    names: Sequence[str],
    evaluations: Sequence[Evaluation],
    answered: int,
) -> list[str]:
    """What a reader must know before the figures, of each model and of all."""
    notes = []
    for bundle, name in zip(bundles, names, strict=True):
        learned = bundle.card.provenance.get("data")
        if isinstance(learned, str) and learned.startswith(f"{dataset.name}: "):
            notes.append(
                f"{name} says that it learned from a dataset of the name of this one ({learned}): "
                "figures are too good if images are among those that it has seen."
            )
    for name, one in zip(names, evaluations, strict=True):
        new = answered - len(one)
        if new:
            notes.append(
                f"{name}: {new} images of classes that it does not know count as strangers."
            )
    for name, one in zip(names, evaluations, strict=True):
        absent = _absent(one)
        if absent:
            notes.append(
                f"{name}: no image is of {', '.join(absent)}. Each of these that is called all the "
                "same enters macro F1 with 0."
            )
    if any(len(one) != len(evaluations[0]) for one in evaluations):
        notes.append("Models that know other classes are judged on other images: not compared.")
    return notes


def left_out_notes(
    inside: ImageList, failed: dict[int, str], outside: ImageList | None, torn: dict[int, str]
) -> list[str]:
    """Images that could not be answered, and why."""
    notes = []
    if failed:
        told = _listed(inside, failed)
        notes.append(f"Images left out, as not every model could answer them: {told}.")
    if torn and outside is not None:
        notes.append(f"Strangers left out: {_listed(outside, torn)}.")
    return notes


def _absent(one: Evaluation) -> list[str]:
    """Classes of a model that no image has."""
    counts = (
        one.truth.sum(axis=0)
        if one.multi_label
        else np.bincount(one.truth, minlength=len(one.classes))
    )
    return [name for name, count in zip(one.classes, counts, strict=True) if not count]


def warning_notes(names: Sequence[str], found: Sequence[dict[int, ImageAnswer]]) -> list[str]:
    """What was noticed while images were answered: each sentence once, with its images counted."""
    notes = []
    for name, answers in zip(names, found, strict=True):
        counts: dict[str, int] = {}
        for one in answers.values():
            for text in dict.fromkeys(one.warnings):
                counts[text] = counts.get(text, 0) + 1
        most = sorted(counts.items(), key=lambda pair: -pair[1])
        notes += [f"{name}, {count} images: {text}." for text, count in most[:3]]
        if len(most) > 3:
            notes.append(f"{name}: {len(most) - 3} more kinds of warnings.")
    return notes


def _listed(images: ImageList, failed: dict[int, str]) -> str:
    first = list(failed.items())[:_SHOWN]
    shown = "; ".join(f"{images.names[row]}: {text}" for row, text in first)
    return shown + (f" and {len(failed) - _SHOWN} more" if len(failed) > _SHOWN else "")


def first_problem(images: ImageList, failed: dict[int, str]) -> str:
    row, text = next(iter(failed.items()))
    return f"the first problem: {images.names[row]}: {text}"
