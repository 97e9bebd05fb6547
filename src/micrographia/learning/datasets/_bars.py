"""What a classifier would learn from data bars and scale bars, and images without them."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.classification.cropping import covered

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.classification.cropping import Bars
    from micrographia.learning.datasets._dataset import Dataset

__all__ = ["bars_of", "kept_bars_note", "without_strips"]

_LOOKED_AT = 20
_WORTH_SAYING = 0.2  # share of those that have a bar


def bars_of(dataset: Dataset) -> Bars:
    """What is to be done to the bars of an image for a model that learned from a dataset.

    The same as was done to the dataset's own, so that the model sees what it knows: they are kept
    where it has learned from images with bars, and covered where it has never seen one.

    Parameters
    ----------
    dataset : Dataset
        Where it keeps bars, at most 20 of its images are looked at, spread over all of them.

    Returns
    -------
    bars : {"keep", "crop", "fill"}
    """
    how = dataset.settings.bars
    if how != "keep":
        return how
    found, looked = _barred(dataset)
    return "keep" if _many(found, looked) else "fill"


def kept_bars_note(dataset: Dataset) -> str | None:
    """What to tell a person whose images have bars that a classifier is about to learn from.

    Parameters
    ----------
    dataset : Dataset
        At most 20 of its images are looked at, spread over all of them.

    Returns
    -------
    note : str or None
        None where bars are taken away, or hardly any image has one.
    """
    if dataset.settings.bars != "keep":
        return None
    found, looked = _barred(dataset)
    if not _many(found, looked):
        return None
    return (
        f"{found} of {looked} images looked at have a data bar or scale bar, and the model learns "
        "from it: it may tell microscopes apart instead of specimens; dataset.bars = 'fill' or "
        "'crop' takes bars away"
    )


def without_strips(pixels: NDArray[Any]) -> NDArray[Any]:
    """An image without data bars at its bottom and top, found in milliseconds.

    Parameters
    ----------
    pixels : ndarray of shape (rows, cols)

    Returns
    -------
    pixels : ndarray of shape (fewer rows, cols)
        A view.
    """
    from micrographia.calibration import find_footer, find_header

    bottom, top = find_footer(pixels), find_header(pixels)
    return pixels[top or 0 : bottom]


def _barred(dataset: Dataset) -> tuple[int, int]:
    """How many images have a bar, of how many that were looked at."""
    if not len(dataset):
        return 0, 0
    rows = np.unique(np.linspace(0, len(dataset) - 1, _LOOKED_AT).astype(int))
    frames = dataset.table.get("frame")
    found = [
        _has_bar(path, None if frames is None else int(frames.iloc[row]), path.stat().st_mtime_ns)
        for row, path in ((row, dataset.paths[row]) for row in rows)
    ]
    return sum(found), len(found)


@functools.lru_cache(maxsize=_LOOKED_AT)
def _has_bar(path: Path, frame: int | None, changed: int) -> bool:
    """Whether an image, last changed then, has a bar; asked twice, for the note and the card."""
    from micrographia.errors import MicrographiaError
    from micrographia.io import read

    try:
        return bool(covered(read(path, frame=frame), read=False).any())
    except MicrographiaError:
        return False


def _many(found: int, looked: int) -> bool:
    return found >= max(2, _WORTH_SAYING * looked)
