"""Pictures of single polyhedra, cut out as a segmentation would have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import cv2
import numpy as np

from micrographia.classification.crops import CropSettings, crop_particles
from micrographia.learning._seeds import stream
from micrographia.learning.shapes._examples import Pictures
from micrographia.learning.shapes._round import OTHER, TOUCHING, round_body
from micrographia.simulation import _picture as picture
from micrographia.simulation import label_image, simulate_one
from micrographia.simulation.families.polyhedra import Config
from micrographia.simulation.families.polyhedra._bodies import NAMES
from micrographia.simulation.families.polyhedra._config import BodyName, Contrast

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

__all__ = ["BODIES", "CLASSES", "CONTRASTS", "other_pictures", "polyhedron_pictures"]

BODIES = NAMES
CLASSES: tuple[str, ...] = (*BODIES, OTHER)
CONTRASTS: tuple[Contrast, ...] = get_args(Contrast)

_SIZES = (64, 96, 128)


def polyhedron_pictures(
    start: int,
    end: int,
    seed: int,
    crop: CropSettings,
    *,
    contrasts: tuple[Contrast, ...] = CONTRASTS,
    sizes: tuple[int, ...] = _SIZES,
    bodies: tuple[BodyName, ...] = BODIES,
    lying: float = 0.0,
    find_alike: bool = False,
) -> Pictures:
    """Draw bodies and cut them out; picture k is the same whatever `start` and `end` are.

    Parameters
    ----------
    start, end : int
        Index of the first, and of the one after the last.
    seed : int
    crop : CropSettings
        With one layer.
    contrasts : tuple of str
        Of the family, in turn.
    sizes : tuple of int [px]
        Edges of the simulated images, in turn.
    bodies : tuple of str
        To draw from.
    lying : float
        Share of them that lie on a facet; the others are turned at random.
    find_alike : bool
        Name in `right` the other bodies that fit a silhouette (slow).

    Returns
    -------
    pictures : Pictures
        `kinds` is the index in `CONTRASTS`; `right` has a column for each of `BODIES`.
    """
    images = np.empty((end - start, crop.side, crop.side), np.uint8)
    targets, kinds = np.empty(end - start, np.int64), np.empty(end - start, np.int64)
    right = np.zeros((end - start, len(BODIES)), bool)
    for at, index in enumerate(range(start, end)):
        contrast = contrasts[index % len(contrasts)]
        size = sizes[index // len(contrasts) % len(sizes)]
        config = Config.parse(
            {"size": size, "contrasts": (contrast,), "classes": bodies, "lying": lying,
             "find_alike": find_alike}
        )  # fmt: skip
        sample = simulate_one("polyhedra", index, seed, config)
        mask = _as_found(label_image(sample) > 0, stream(seed, "polyhedron", index))
        images[at] = _cut_out(sample.pixels, mask, crop)
        targets[at], kinds[at] = BODIES.index(sample.label), CONTRASTS.index(contrast)
        right[at, [BODIES.index(name) for name in sample.labels_all]] = True
    return Pictures(images, targets, right, kinds)


def other_pictures(
    start: int, end: int, seed: int, crop: CropSettings, *,
    sizes: tuple[int, ...] = _SIZES, touching: float = TOUCHING,
) -> Pictures:  # fmt: skip
    """Draw spheres and other bodies that are none of the eight; every k is the same, as above.

    Parameters
    ----------
    start, end : int
        Index of the first, and of the one after the last.
    seed : int
    crop : CropSettings
        With one layer.
    sizes : tuple of int [px]
        Edges of the simulated images, in turn.
    touching : float
        Share that neighbours cut.

    Returns
    -------
    pictures : Pictures
        `targets` is the last of `CLASSES`; `right` has a column for each.
    """
    count = end - start
    images = np.empty((count, crop.side, crop.side), np.uint8)
    indices = np.arange(start, end)
    for at, index in enumerate(indices):
        contrast = CONTRASTS[index % len(CONTRASTS)]
        size = sizes[index // len(CONTRASTS) % len(sizes)]
        random = stream(seed, "other", int(index))
        body = round_body(contrast, Config.parse({"size": size}), random, touching)
        mask = _as_found(body.mask, random)
        images[at] = _cut_out(body.pixels, mask, crop)
    right = np.zeros((count, len(CLASSES)), bool)
    right[:, -1] = True
    targets = np.full(count, len(CLASSES) - 1, np.int64)
    return Pictures(images, targets, right, indices % len(CONTRASTS))


def _cut_out(
    pixels: NDArray[np.integer], mask: NDArray[np.bool_], crop: CropSettings
) -> NDArray[np.floating]:
    """The particle as the model is given it, in whole grey levels."""
    _, pictures = crop_particles(pixels, mask.astype(np.int32), crop)
    scale = 255 if crop.layers == ("mask",) else 1
    return np.asarray(np.clip(np.rint(scale * pictures[0, 0]), 0, 255))


def _as_found(mask: NDArray[np.bool_], random: Generator) -> NDArray[np.bool_]:
    """The mask with an outline that lies a little inside or outside, and is a little rough."""
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), random.uniform(0.5, 1.5))
    if random.uniform() < 0.5:
        grain = picture.log_uniform(random, (0.7, 3.0))
        soft += np.float32(random.uniform(0, 0.12)) * picture.texture(mask.shape, (grain,), random)
    found: NDArray[np.bool_] = soft >= random.uniform(0.3, 0.65)
    if not found.any():
        return mask
    count, labels, stats, _ = cv2.connectedComponentsWithStats(found.astype(np.uint8))
    if count > 2:
        found = labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    return found
