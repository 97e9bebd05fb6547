"""The method `auto` where the network agrees with it, the network where it does not."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from micrographia.segmentation import auto, network
from micrographia.segmentation._labels import areas_of, shared_pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.segmentation._scene import Found, Scene

__all__ = ["REFINES", "agreement", "find"]

REFINES = True

_AGREE = 0.8
_SAME = 0.5


def find(scene: Scene) -> Found:
    """Run both; where most particles are the same, those of `auto`, otherwise the network's.

    The certainty of `auto`'s particles is that of the network's with most of the same pixels; 0
    where it has none.
    """
    plain = auto.find(scene)
    learned = network.find(scene)
    if agreement(plain.labels, learned.labels) < _AGREE:
        return learned
    return dataclasses.replace(plain, certainty=_lent(plain.labels, learned))


def agreement(one: NDArray[np.int32], other: NDArray[np.int32]) -> float:
    """Share (F1) of particles that both label images have, at an IoU of 0.5; 1 where none are.

    Parameters
    ----------
    one, other : ndarray of shape (rows, cols), int32
        Label images; 0 is background.

    Returns
    -------
    agreement : float
        0 to 1.

    Examples
    --------
    >>> labels = np.int32([[1, 1, 0, 2, 2]])
    >>> agreement(labels, labels), agreement(labels, np.where(labels == 2, 0, labels))
    (1.0, 0.6666666666666666)
    """
    areas, others = (areas_of(a, int(a.max(initial=0))) for a in (one, other))
    counts = np.count_nonzero(areas[1:]) + np.count_nonzero(others[1:])
    if not counts:
        return 1.0
    left, right, shared = shared_pixels(one, other)
    same = shared > _SAME * (areas[left] + others[right] - shared)
    return float(2 * np.count_nonzero(same) / counts)


def _lent(labels: NDArray[np.int32], learned: Found) -> NDArray[np.float32]:
    value = np.zeros(int(labels.max(initial=0)) + 1, np.float32)
    if learned.certainty is None:
        return value
    left, right, shared = shared_pixels(labels, learned.labels)
    order = np.argsort(shared, kind="stable")
    value[left[order]] = learned.certainty[right[order]]
    return value
