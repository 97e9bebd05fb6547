"""From marks on the fine stage to instances in the pixels of the image."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from micrographia.simulation._sample import Instance
from micrographia.simulation.families.sem._stage import FINE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.simulation.families.sem._stage import Mark, Stage

__all__ = ["instances"]


def instances(
    stage: Stage, margin: int, covered: NDArray[np.bool_], least: int
) -> tuple[Instance, ...]:
    """Particles of which at least `least` pixels are seen, from the bottom to the top.

    A pixel shows what its upper left fine pixel shows.

    Parameters
    ----------
    stage : Stage
    margin : int [px]
        Of the stage round the image.
    covered : ndarray of shape (rows, cols), bool
        Hidden by a bar.
    least : int [px]
    """
    rows, cols = covered.shape
    edge = FINE * margin
    owner = stage.owner[edge : edge + FINE * rows : FINE, edge : edge + FINE * cols : FINE]
    owner = np.where(covered, 0, owner)
    seen = np.bincount(owner.ravel(), minlength=len(stage.marks) + 1)
    found = []
    for number, mark in enumerate(stage.marks, 1):
        if seen[number] < least:
            continue
        top, left, bottom, right = box = _box(owner, number)
        origin, whole = _coarse(mark, margin)
        area = float(mark.mask.sum()) / FINE**2
        diameter = math.sqrt(4 * area / math.pi)
        more = {
            "ecd_px": round(diameter, 4),
            "ecd_nm": diameter * stage.nm * FINE,
            "visible_share": round(float(seen[number]) / max(int(whole.sum()), 1), 4),
        }
        found.append(
            Instance(
                class_name=str(mark.parameters["form"]),
                row=_pixel(mark.row, margin), col=_pixel(mark.col, margin), box=box,
                visible=owner[top:bottom, left:right] == number, origin=origin, whole=whole,
                parameters=more,
            )
        )  # fmt: skip
    return tuple(found)


def _pixel(place: float, margin: int) -> float:
    """A fine coordinate as one of the image; centres of first pixels are 0 in both."""
    return round((place + 0.5) / FINE - 0.5 - margin, 3)


def _box(owner: NDArray[np.int32], number: int) -> tuple[int, int, int, int]:
    left, top, width, height = cv2.boundingRect((owner == number).astype(np.uint8))
    return top, left, top + height, left + width


def _coarse(mark: Mark, margin: int) -> tuple[tuple[int, int], NDArray[np.bool_]]:
    """The whole outline at the same fine pixels as the image of owners."""
    top, left = mark.origin
    first = (-top % FINE, -left % FINE)
    mask = mark.mask[first[0] :: FINE, first[1] :: FINE]
    origin = ((top + first[0]) // FINE - margin, (left + first[1]) // FINE - margin)
    return origin, mask
