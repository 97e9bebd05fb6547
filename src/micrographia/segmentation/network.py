"""A small network finds the particles, looking at the scales that suit their sizes."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from micrographia.segmentation._answers import ask, levels_of
from micrographia.segmentation._fragments import with_fragments
from micrographia.segmentation._fusion import (
    Look,
    Seen,
    carriers,
    enlarged,
    fuse,
    neighbours,
    weighed,
)
from micrographia.segmentation._grown import grown_together
from micrographia.segmentation._labels import areas_of
from micrographia.segmentation._overlaps import Parted, part_overlapping
from micrographia.segmentation._parting import part
from micrographia.segmentation._refine import light_smoothing
from micrographia.segmentation._scene import Found
from micrographia.segmentation._smoothing import smoothing_for
from micrographia.segmentation._stand_out import standing_out
from micrographia.segmentation._whole_answers import ask_wholes, tells_wholes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.bundles import Bundle
    from micrographia.preprocessing._polarity import Polarity
    from micrographia.segmentation._scene import Scene
    from micrographia.segmentation._whole_answers import WholeAnswers

__all__ = ["REFINES", "find"]

REFINES = True

_COARSE = 1_200_000
"""Pixels that a first look may have [px²]."""

_MOST = 5_000_000
"""Pixels that an enlarged image may have [px²]; the image's own are always allowed."""

_ASKED = 8_000_000
"""Pixels of all turns of one look together [px²]; one turn is always taken."""

_LEAST_SIDE = 64
_LEAST_PX = 6.0
_IDEAL_PX = 30.0
_NEAR = 0.3
"""Scales that are no farther apart than this are the same [octaves]."""

_SUITED = 1.1
"""A look counts where a typical size is no farther than this from the ideal [octaves]."""

_SHARES = (0.1, 0.5, 0.9)

_FLAT = 1e-6


def find(scene: Scene) -> Found:
    """Find particles by the network of a bundle.

    A first look takes the image at halved scales; the sizes of what is found say at which scale to
    look again. What the scales found is made one set, each particle from the scale that suits it.
    What is found with little certainty, or does not stand out from the background's texture, is
    left out.
    """
    settings = scene.settings.network
    dark = scene.settings.polarity == "dark"
    image = 1 - scene.image if dark else scene.image
    levels = levels_of(image, scene.valid)
    if levels[1] < _FLAT:
        return Found(np.zeros(image.shape, np.int32), "dark" if dark else "bright")
    looker = _Looker(scene, image, levels)
    seen = looker.all_scales()
    certain = seen.certainty >= settings.min_certainty
    labels = np.where(certain[seen.labels], seen.labels, np.int32(0))
    if scene.valid is not None:
        labels[~scene.valid] = 0
    polarity = _polarity(scene, labels)
    smooth = light_smoothing(scene, polarity)
    labels = standing_out(labels, smooth, seen.certainty >= settings.sure)
    labels = with_fragments(labels, seen.certainty, settings.sure)
    if polarity == "bright":
        labels = grown_together(labels, smooth)
    parted = looker.whole(labels, seen.certainty)
    labels = parted.labels
    if not labels.any():
        scene.warnings.append("nothing stands out from the noise: no particles found")
    sigma = smoothing_for(scene.image, labels)
    if sigma > 1:
        smooth = light_smoothing(scene, polarity, sigma)
    return Found(labels, polarity, smooth=smooth, certainty=parted.certainty, wholes=parted.wholes)


@functools.lru_cache(maxsize=2)
def _bundle(name: str) -> Bundle:
    from micrographia.bundles import load_bundle

    return load_bundle(name)


class _Looker:
    """The network's looks at one image."""

    def __init__(
        self, scene: Scene, image: NDArray[np.float32], levels: NDArray[np.float32]
    ) -> None:
        self.scene, self.image, self.levels = scene, image, levels
        self.settings = scene.settings.network
        self.bundle = _bundle(self.settings.bundle)
        self.looks: dict[float, Look] = {}

    def turns_at(self, scale: float) -> int:
        """How many turns of a look at a scale are asked for."""
        affordable = int(_ASKED / (self.image.size * scale**2))
        return max(min(self.settings.turns, affordable), 1)

    def look(self, scale: float) -> None:
        """Take the image at one scale."""
        if scale in self.looks:
            return
        answers = ask(self.bundle, self.image, self.levels, scale, self.turns_at(scale))
        found = part(answers, self.settings)
        if self.scene.recorded:
            for name in ("foreground", "distance", "contact"):
                picture = cv2.resize(getattr(answers, name), self.image.shape[::-1])
                self.scene.record(f"{name} {scale:.3g}x", picture)
        self.looks[scale] = enlarged(found, answers, self.image.shape)

    def whole(self, labels: NDArray[np.int32], certainty: NDArray[np.float32]) -> Parted:
        """Tell particles apart that lie over each other, if the bundle can."""
        if not self.settings.wholes or not tells_wholes(self.bundle):
            return Parted(labels, certainty, {})

        def look(scale: float, turns: int | None) -> WholeAnswers:
            turns = self.turns_at(scale) if turns is None else turns
            answers = ask_wholes(self.bundle, self.image, self.levels, scale, turns)
            if self.scene.recorded:
                self.scene.record(f"over {scale:.3g}x", answers.over_in(self.image.shape))
            return answers

        return part_overlapping(labels, certainty, look)

    def all_scales(self) -> Seen:
        """First look, second look, and what those that suit the sizes make together."""
        if self.settings.scale is not None:
            self.look(self.settings.scale)
            return self.weighed()[self.settings.scale]
        for scale in first_scales(self.image.shape):
            self.look(scale)
        typical = self.typical_sizes()
        while not typical and max(self.looks) < 1:  # small particles in a very large image
            self.look(2 * max(self.looks))
            typical = self.typical_sizes()
        for scale in self.second_scales(typical):
            self.look(scale)
        seen = self.weighed()
        suited = [
            scale
            for scale in self.looks
            if any(abs(math.log2(scale * size / _IDEAL_PX)) <= _SUITED for size in typical)
        ]
        order = sorted(suited or self.looks, key=lambda scale: _worth(seen[scale]), reverse=True)
        united = seen[order[0]]
        for scale in order[1:]:
            united = fuse(united, seen[scale])
        return united

    def weighed(self) -> dict[float, Seen]:
        """Particles of each look in the light of all, without what carries those of a finer one."""
        looks = list(self.looks.values())
        seen = {one.scale: weighed(one, neighbours(one, looks)) for one in looks}
        for scale, one in seen.items():
            support = np.zeros(one.merit.size, bool)
            for finer, others in seen.items():
                if finer > scale:
                    support |= carriers(one, others)
            one.certainty[support] = 0
            one.merit[support] = 0
        return seen

    def typical_sizes(self) -> list[float]:
        """Diameters of the smaller, the usual and the larger particles [px of the image].

        Each particle counts by its merit and its diameter, at every scale at which it was seen.
        """
        sizes: list[NDArray[np.floating]] = [np.zeros(0)]
        weights: list[NDArray[np.floating]] = [np.zeros(0)]
        for scale, seen in self.weighed().items():
            diameter = self.looks[scale].diameter
            good = seen.certainty >= self.settings.min_certainty
            good &= diameter * scale > _LEAST_PX
            sizes.append(diameter[good])
            weights.append(seen.merit[good] ** 2 * sizes[-1])
        size, weight = np.concatenate(sizes), np.concatenate(weights)
        order = np.argsort(size)
        total = np.cumsum(weight[order])
        if not size.size or not total[-1] > 0:
            return []
        return [float(size[order][np.searchsorted(total, share * total[-1])]) for share in _SHARES]

    def second_scales(self, typical: list[float]) -> list[float]:
        """Scales that bring the typical sizes to where the network sees best."""
        chosen: list[float] = []
        for size in typical:
            scale = 2.0 ** (round(2 * math.log2(_IDEAL_PX / size)) / 2)
            scale = min(scale, largest_scale(self.image.size))
            if all(abs(math.log2(scale / other)) > _NEAR for other in [*self.looks, *chosen]):
                chosen.append(scale)
        return chosen


def _worth(seen: Seen) -> float:
    """Merit of all that was seen, by area."""
    return float((areas_of(seen.labels, seen.merit.size - 1) * seen.merit)[1:].sum())


def largest_scale(pixels: int) -> float:
    """The largest enlargement for an image of so many pixels: 4, or what memory allows."""
    return max(min(4.0, math.sqrt(_MOST / pixels)), 1.0)


def first_scales(shape: tuple[int, ...]) -> list[float]:
    """Scales of the first look: octaves between a small image and about a megapixel.

    Examples
    --------
    >>> first_scales((2048, 2048)), first_scales((300, 400))
    ([0.5, 0.25, 0.125, 0.0625], [2.0, 1.0, 0.5])
    """
    rows, cols = shape
    top = min(2.0 ** math.floor(math.log2(math.sqrt(_COARSE / (rows * cols)))), 2.0)
    scales = [top]
    while len(scales) < 4 and min(rows, cols) * scales[-1] / 2 >= 2 * _LEAST_SIDE:
        scales.append(scales[-1] / 2)
    return scales


def _polarity(scene: Scene, labels: NDArray[np.int32]) -> Polarity:
    """Whether the particles are darker or brighter than what lies close around them."""
    if scene.settings.polarity != "auto":
        return scene.settings.polarity
    inside = labels > 0
    near = cv2.dilate(inside.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    around = near & ~inside
    if not inside.any() or not around.any():
        return "dark"
    return "bright" if scene.image[inside].mean() > scene.image[around].mean() else "dark"
