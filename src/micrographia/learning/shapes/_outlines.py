"""Masks of single particles as a segmentation would give them, from the outlines' contours."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from micrographia.classification.single import main_body
from micrographia.learning._seeds import stream
from micrographia.learning.shapes._clusters import (
    chain,
    clump,
    faceted,
    parted,
    sector,
    uneven_star,
)
from micrographia.learning.shapes._contacts import Contact, among_neighbours
from micrographia.learning.shapes._hand import by_hand, skewed, stroke
from micrographia.simulation import _picture as picture
from micrographia.simulation.families.outlines import Config
from micrographia.simulation.families.outlines import _contours as contours
from micrographia.simulation.families.outlines._borders import likeness_to_ellipse
from micrographia.simulation.families.outlines._config import CLASSES
from micrographia.simulation.families.outlines._shapes import Shape, make

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

__all__ = ["CLASSES", "FoundMask", "found_mask", "outline_masks"]


_ANGULAR = frozenset({"triangle", "square", "rectangle", "rhombus"})
_ROUND = frozenset({"circle", "ellipse"})
_LONG = frozenset({"ellipse", "rectangle"})
_SHORT_OF = 2.2
"""Length over width of every other one near borders; there circles and squares are confused."""
_STILL_ROUND = 0.92
"""Least overlap with its ellipse of a circle drawn by hand; an irregular outline has less."""
_LOBES = ("circle", "dumbbell")
_SOFTEST_BY_HAND = 0.45
"""Largest rounding of corners that a hand means to draw."""
_HOLLOW = frozenset({"star", "dumbbell", "irregular"})
"""Where closing a stroke would fill what is not inside."""


class FoundMask(NamedTuple):
    """A mask as found, the class that drew it, and every class that is right.

    Attributes
    ----------
    mask : ndarray of shape (rows, cols), bool
        The particle with a margin of background.
    label : str
    labels_all : tuple of str
    diameter : float [px]
        Largest diameter of the true outline.
    """

    mask: NDArray[np.bool_]
    label: str
    labels_all: tuple[str, ...]
    diameter: float


def found_mask(
    label: str, random: Generator, *, smallest: float = 14.0, largest: float = 120.0,
    config: Config | None = None, disturbed: bool = True, at_borders: bool = False,
    hand: bool = False, lobes: bool = False,
) -> FoundMask:  # fmt: skip
    """Draw an outline and find it again with the errors that segmentations make.

    The errors: an outline that noise has moved, a level that is not half, pixels as large as a
    fourteenth of the particle, neighbours that it is parted from or hidden by, a slice cut off,
    debris that sticks to it, the wobble of a hand; and strokes by hand, closed and filled. Nothing
    is rounded until it passes for a circle or an ellipse unless it is one; spheres may have facets,
    lobes be of unequal sizes and bent, several particles be found as one.

    Parameters
    ----------
    label : str
        A class of the family `outlines`.
    random : Generator
    smallest, largest : float [px]
        Diameter of the particle, uniform in its logarithm.
    config : Config, optional
        Of the family; its defaults where left out.
    disturbed : bool
        False draws the plain outline.
    at_borders : bool
        More of what is confused: short ellipses and rectangles, uneven and blunt stars, and clumps
        only where they cannot pass for one particle.
    hand : bool
        As hands draw them, mostly by a stroke.
    lobes : bool
        Circles and dumbbells that are lobes parted from chains.

    Returns
    -------
    found : FoundMask

    Examples
    --------
    >>> found = found_mask("star", np.random.default_rng(0))
    >>> found.label, bool(found.mask.any())
    ('star', True)
    """
    config = config or Config.parse({})
    if hand:
        config = config.model_copy(update={"max_rounding": _SOFTEST_BY_HAND})
    if at_borders and label in _LONG and random.uniform() < 0.5:
        config = config.model_copy(update={"max_aspect": min(_SHORT_OF, config.max_aspect)})
    shape = make(label, config, random)  # type: ignore[arg-type]
    while disturbed and label not in _ROUND and not _ROUND.isdisjoint(shape.labels):
        shape = make(label, config, random)  # type: ignore[arg-type]
    points, labels = shape.points, shape.labels
    if lobes:
        points, labels = parted(label, random), (label,)
    elif disturbed:
        points, labels = _beyond_family(shape, label, config, random, at_borders)
    if label == "triangle" and random.uniform() < 0.4:
        points = _stretched(points, random)
    points = contours.turned(points, random.uniform(0, math.tau))
    wanted = picture.log_uniform(random, (smallest, largest))
    points = points * (wanted / contours.diameter(points))
    if hand:
        points = by_hand(points, label, random)
    elif lobes:
        points = _grainy(points, config, random)
    elif disturbed:
        points = _rough(points, label, config, random)
    margin = 4 + 0.05 * wanted
    points = points - points.min(0) + margin + random.uniform(0, 1, 2)
    rows, cols = (math.ceil(edge) for edge in points.max(0) + margin + 1)
    if hand and label not in _HOLLOW and random.uniform() < 0.8:
        return FoundMask(_stroked(points, (rows, cols), random), label, labels, wanted)
    if disturbed and label not in _HOLLOW and random.uniform() < 0.15:
        body = main_body(_drawn(points, (rows, cols), random))
        return FoundMask(_largest(body), label, labels, wanted)
    contact = None
    if disturbed and not hand and not (lobes and label == "dumbbell") and random.uniform() < 0.45:
        contact = among_neighbours(points, label, (rows, cols), random)
    if contact is None:
        contact = Contact(picture.cover(points).on((rows, cols)), np.ones((rows, cols), bool))
    mask = _disturbed(contact, wanted, random) if disturbed else contact.together >= 0.5
    return FoundMask(_largest(mask), label, labels, wanted)


def _beyond_family(
    shape: Shape, label: str, config: Config, random: Generator, at_borders: bool
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Another contour of the class that the family does not draw, now and then."""
    chance = random.uniform()
    if label == "circle" and chance < 0.2:
        return faceted(random), ("circle",)
    if at_borders and label == "star" and chance < 0.4:
        return uneven_star(random), ("star",)
    if label == "dumbbell" and chance < 0.6:
        return chain(random), ("dumbbell",)
    if label == "irregular" and chance < 0.35:
        points = clump(config, random, seen=at_borders) if chance < 0.25 else sector(random)
        return points, ("irregular",)
    return shape.points, shape.labels


def _rough(
    points: NDArray[np.float64], label: str, config: Config, random: Generator
) -> NDArray[np.float64]:
    """Roughness of the particle, or the wobble and the skew of a hand."""
    ecd = math.sqrt(4 * contours.area_and_centre(points)[0] / math.pi)
    if random.uniform() < (0.5 if label in _ROUND else 0.35):
        if label in _ANGULAR or label in _ROUND:
            points = skewed(points, 0.05, random)
        most = 0.05 if label in _ROUND else 0.012
        waves = random.uniform(2.5, 4.5)
        wobbly = contours.roughened(points, random.uniform(0.002, most) * ecd, waves, random)
        while label in _ROUND and likeness_to_ellipse(wobbly) < _STILL_ROUND:
            wobbly = contours.roughened(points, random.uniform(0.002, most) * ecd, waves, random)
        return wobbly
    return _grainy(points, config, random)


def _grainy(points: NDArray[np.float64], config: Config, random: Generator) -> NDArray[np.float64]:
    """Roughness of the particle."""
    if random.uniform() < 0.5:
        ecd = math.sqrt(4 * contours.area_and_centre(points)[0] / math.pi)
        sigma = config.max_roughness * float(random.uniform()) ** 2 * ecd
        return contours.roughened(points, sigma, random.uniform(6, 40), random)
    return points


def _stretched(points: NDArray[np.float64], random: Generator) -> NDArray[np.float64]:
    """A triangle of any three sides is a triangle."""
    wide: NDArray[np.float64] = contours.turned(points, random.uniform(0, math.tau)) * np.array(
        [1.0, picture.log_uniform(random, (1.0, 4.0))]
    )
    return wide


def _stroked(
    points: NDArray[np.float64], field: tuple[int, int], random: Generator
) -> NDArray[np.bool_]:
    """A stroke by hand, closed and filled; one that stays open is drawn again."""
    while True:
        body = _largest(main_body(stroke(points, field, random)))
        if body.sum() > 0.8 * contours.area_and_centre(points)[0]:
            return body


def _drawn(
    points: NDArray[np.float64], field: tuple[int, int], random: Generator
) -> NDArray[np.uint8]:
    """A stroke along the outline; it may end before or beyond its beginning, and drifts."""
    count = len(points)
    begin, overlap = int(random.integers(count)), random.uniform(-0.03, 0.06)
    steps = np.arange(begin, begin + round(count * (1 + overlap)) + (overlap >= 0))
    path = points[steps % count].copy()
    stroke = max(1, round(random.uniform(0.01, 0.07) * max(field)))
    path += np.linspace(-0.5, 0.5, len(path))[:, None] * random.normal(0, 0.8 * stroke, 2)
    drawn = np.zeros(field, np.uint8)
    placed = np.round(path[:, ::-1] * 16).astype(np.int32)
    cv2.polylines(drawn, [placed], False, 255, stroke, cv2.LINE_AA, 4)
    return drawn


def _disturbed(contact: Contact, diameter: float, random: Generator) -> NDArray[np.bool_]:
    share = contact.together
    blur = random.uniform(0.3, 1.0 + 0.015 * diameter)
    soft = cv2.GaussianBlur(share, (0, 0), blur)
    if random.uniform() < 0.6:
        grain = picture.log_uniform(random, (0.5, 2.0 + 0.03 * diameter))
        strength = np.float32(random.uniform(0, 0.16))
        soft = soft + strength * picture.texture(share.shape, (grain,), random)
    mask: NDArray[np.bool_] = (soft >= random.uniform(0.36, 0.64)) & contact.own
    chance = random.uniform()
    if chance < 0.25:
        for _ in range(int(random.integers(1, 4))):
            _cut(mask, random)
    elif chance < 0.35:
        _stick(mask, diameter, random)
    return mask


def _cut(mask: NDArray[np.bool_], random: Generator) -> None:
    """Take a shallow slice away, as a watershed does where particles touch."""
    rows, cols = np.nonzero(mask)
    if not rows.size:
        return
    angle = random.uniform(0, math.tau)
    along = rows * math.sin(angle) + cols * math.cos(angle)
    extent = along.max() - along.min()
    drop = along > along.max() - extent * random.uniform(0.0, 0.04)
    mask[rows[drop], cols[drop]] = False


def _stick(mask: NDArray[np.bool_], diameter: float, random: Generator) -> None:
    """Let a small piece of debris stick to the outline."""
    edge = mask & ~cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    rows, cols = np.nonzero(edge)
    if not rows.size:
        return
    at = int(random.integers(rows.size))
    radius = max(round(random.uniform(0.01, 0.05) * diameter), 1)
    blob = np.zeros(mask.shape, np.uint8)
    cv2.circle(blob, (int(cols[at]), int(rows[at])), radius, 1, -1)
    mask |= blob > 0


def _largest(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The largest 4-connected part, its holes filled."""
    from scipy import ndimage

    labels, count = ndimage.label(mask)
    if count > 1:
        sizes = np.bincount(labels.ravel())
        sizes[0] = 0
        mask = labels == int(sizes.argmax())
    filled: NDArray[np.bool_] = ndimage.binary_fill_holes(mask)
    return filled


def outline_masks(
    start: int, end: int, seed: int, config: Config | None = None, *,
    disturbed: bool = True, at_borders: bool = False, hand: bool = False, lobes: bool = False,
) -> list[FoundMask]:  # fmt: skip
    """Draw masks of every class in turn; mask k is the same whatever `start` and `end` are.

    Parameters
    ----------
    start, end : int
        Index of the first, and of the one after the last.
    seed : int
    config : Config, optional
        Of the family; its defaults where left out.
    disturbed : bool
        With the errors of a segmentation.
    at_borders, hand, lobes : bool
        As of `found_mask`.

    Returns
    -------
    masks : list of FoundMask

    Examples
    --------
    >>> [found.label for found in outline_masks(0, 3, seed=1)]
    ['circle', 'ellipse', 'triangle']
    """
    found = []
    labels = _LOBES if lobes else CLASSES
    for index in range(start, end):
        random = stream(seed, "outline", index)
        while True:
            one = found_mask(
                labels[index % len(labels)], random, config=config, disturbed=disturbed,
                at_borders=at_borders, hand=hand, lobes=lobes,
            )  # fmt: skip
            if one.mask.any():
                break
        found.append(one)
    return found
