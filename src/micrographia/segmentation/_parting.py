"""From the network's answers at one scale to particles."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from micrographia.segmentation._basins import basins, find_saddles, join_basins, peaks_of
from micrographia.segmentation._depth import depth
from micrographia.segmentation._labels import areas_of, connected, keep

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.segmentation._answers import Answers
    from micrographia.segmentation.settings import NetworkSettings

__all__ = ["Instances", "part"]

_LEAST_PX = 12


class Instances(NamedTuple):
    """Particles at one scale.

    Parameters
    ----------
    labels : ndarray of shape (rows, cols), int32
    certainty : ndarray of shape (count + 1,), float32
        How well the answers agree with each other in each particle, 0 to 1; entry 0 is 0.
    diameter : ndarray of shape (count + 1,), float32 [px]
        Of the disc of the same area, in pixels of this scale.
    scale : float
        Pixels of `labels` to one of the image.
    """

    labels: NDArray[np.int32]
    certainty: NDArray[np.float32]
    diameter: NDArray[np.float32]
    scale: float


def part(answers: Answers, settings: NetworkSettings) -> Instances:
    """Divide the foreground among the hearts of particles.

    Every local maximum of depth - 0.35 × contact begins a basin. Basins are joined, the highest
    pass first, where the pass is nearly as high as the lower of their peaks, or where the network
    sees little contact between them.

    Parameters
    ----------
    answers : Answers
    settings : NetworkSettings

    Returns
    -------
    instances : Instances
    """
    import cv2

    mask = answers.foreground > settings.foreground
    height = answers.distance - np.float32(settings.contact_share) * answers.contact
    height = np.asarray(cv2.GaussianBlur(height, (0, 0), 0.7), np.float32)
    labels = basins(height, mask)
    labels = _joined(labels, height, answers.contact, settings)
    labels = connected(labels)
    areas = areas_of(labels, int(labels.max(initial=0)))
    kept = areas >= _LEAST_PX
    labels = keep(labels, kept)
    areas = areas_of(labels, int(labels.max(initial=0)))
    diameter = np.sqrt(4 / np.pi * areas).astype(np.float32)
    diameter[0] = 0
    return Instances(labels, _certainty(labels, areas, answers), diameter, answers.scale)


def _joined(
    labels: NDArray[np.int32], height: NDArray[np.float32], contact: NDArray[np.float32],
    settings: NetworkSettings,
) -> NDArray[np.int32]:  # fmt: skip
    saddles = find_saddles(labels, height, contact)
    between = {
        (int(a), int(b)): (float(edge), int(length))
        for a, b, edge, length in zip(
            saddles.first, saddles.second, saddles.edge, saddles.length, strict=True
        )
    }
    members: dict[int, list[int]] = {}

    def border(one: int, other: int) -> float:
        """Mean contact along the border of two groups."""
        total = count = 0.0
        for a in members.get(one, [one]):
            for b in members.get(other, [other]):
                edge, length = between.get((min(a, b), max(a, b)), (0.0, 0))
                total, count = total + edge * length, count + length
        return total / max(count, 1)

    def may_join(one: int, other: int, saddle: float, peak: float) -> bool:
        flat = peak - saddle < settings.rise
        weak = saddle > settings.pass_share * peak and border(one, other) < settings.weak_contact
        if flat or weak:
            low, high = sorted((one, other))
            members[low] = members.get(low, [low]) + members.pop(high, [high])
            return True
        return False

    return join_basins(saddles, peaks_of(labels, height), may_join)[labels].astype(np.int32)


def _certainty(
    labels: NDArray[np.int32], areas: NDArray[np.int64], answers: Answers
) -> NDArray[np.float32]:
    """Mean chance of the foreground, times the agreement of the depth with that of the outline."""
    size = areas.size
    where = np.flatnonzero(labels)
    number = labels.ravel()[where]
    ideal = depth(labels).ravel()[where].astype(np.float32) / 255
    off = np.abs(ideal - answers.distance.ravel()[where])
    chance = np.bincount(number, answers.foreground.ravel()[where], size) / np.maximum(areas, 1)
    wrong = np.bincount(number, off, size) / np.maximum(areas, 1)
    certainty = chance * np.clip(1 - 2 * wrong, 0, 1)
    certainty[0] = 0
    return certainty.astype(np.float32)
