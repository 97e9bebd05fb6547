"""A second and a third look at a text, each with another picture of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from micrographia.calibration._types import Box
from micrographia.calibration._votes import read_again

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.calibration._match import Label
    from micrographia.calibration._types import Bar

__all__ = ["Checked", "verified"]


class Checked(NamedTuple):
    """How sure a length is, and how many readings of its line agree on it."""

    confidence: float
    readings: int


def verified(grey: NDArray[np.float32], label: Label, bar: Bar | None = None) -> Checked | None:
    """How sure a length is after reading its line again in other pictures.

    Parameters
    ----------
    grey : ndarray of shape (rows, cols), grey levels 0 … 255
    label : Label
    bar : Bar or None
        Kept out of the pictures, as its end looks like a 1.

    Returns
    -------
    checked : Checked or None
        The mean confidence of the readings that agree, at least two; None where they do not say
        this length.
    """
    line = label.line
    if line.readings >= 2:
        return Checked(line.confidence, line.readings)
    box = line.box()
    within = Box(
        max(box.top, 0),
        max(box.left, 0),
        min(box.bottom, grey.shape[0]),
        min(box.right, grey.shape[1]),
    )
    vote = read_again(grey, within, bar, label.token.kind, [(line.text, line.confidence)])
    if vote is None or abs(vote.token.length_nm / label.token.length_nm - 1) > 1e-6:
        return None
    return Checked(vote.confidence, vote.readings)
