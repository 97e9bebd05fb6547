"""What the network says of an image at a scale: in tiles, so that memory stays bounded."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from micrographia.bundles import Bundle

__all__ = ["Answers", "ask", "levels_of", "scaled", "tiles_of"]

_WHOLE = 2_400_000
"""Images of more pixels are cut into tiles [px²]."""

_TILE, _HALO = 1344, 96

_NAMES = ("foreground", "distance", "contact")


class Answers(NamedTuple):
    """Answers for each pixel of an image at one scale, each of shape (rows, cols), float32.

    Parameters
    ----------
    foreground : ndarray
        Chance of being inside a particle.
    distance : ndarray
        Depth inside the particle, 1 at its heart.
    contact : ndarray
        Chance of lying between two particles.
    scale : float
        Pixels of these maps to one of the image.
    """

    foreground: NDArray[np.float32]
    distance: NDArray[np.float32]
    contact: NDArray[np.float32]
    scale: float


def scaled(image: NDArray[np.float32], scale: float) -> NDArray[np.float32]:
    """An image at another scale: areas averaged when it shrinks, cubic when it grows."""
    if scale == 1:
        return image
    size = tuple(max(round(side * scale), 1) for side in image.shape[::-1])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, size, interpolation=how), np.float32)


def levels_of(image: NDArray[np.float32], valid: NDArray[np.bool_] | None) -> NDArray[np.float32]:
    """Mean and standard deviation of the valid pixels."""
    chosen = image if valid is None or not valid.any() else image[valid]
    return np.array([chosen.mean(dtype=np.float64), chosen.std(dtype=np.float64)], np.float32)


def ask(
    bundle: Bundle,
    image: NDArray[np.float32],
    levels: NDArray[np.float32],
    scale: float,
    turns: int = 1,
) -> Answers:
    """Run the network on an image at a scale.

    Parameters
    ----------
    bundle : Bundle
    image : ndarray of shape (rows, cols), float32
    levels : ndarray of shape (2,), float32
        Mean and deviation to take out of the scaled image.
    scale : float
    turns : int
        Ask 1 to 4 times and take the mean: each time the image is turned by a further 90° and made
        its own negative. With 4, an image that is turned and inverted has the same answer.

    Returns
    -------
    answers : Answers
        Of the scaled image's shape.
    """
    small = scaled(image, scale)
    total = np.zeros((3, *small.shape), np.float32)
    for turn in range(turns):
        sign = np.float32(1 - 2 * (turn % 2))
        seen = np.ascontiguousarray(np.rot90(sign * small, turn))
        said = _ask_once(bundle, seen, levels * np.array([sign, 1], np.float32))
        total += np.rot90(said, -turn, (1, 2))
    total /= turns
    return Answers(total[0], total[1], total[2], scale)


def _ask_once(
    bundle: Bundle, small: NDArray[np.float32], levels: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Foreground, distance and contact, (3, rows, cols)."""
    maps = np.empty((3, *small.shape), np.float32)
    multiple = bundle.card.input.multiple_of
    for source, inner, place in tiles_of(small.shape, multiple):
        part = small[source]
        fill = [(0, -side % multiple) for side in part.shape]
        part = np.pad(part, fill, "reflect" if min(part.shape) > multiple else "edge")
        said = bundle.session.run({"images": part[None, None], "levels": levels}, _NAMES)
        for k, name in enumerate(_NAMES):
            maps[k][place] = said[name][0, 0][inner]
    np.negative(maps[::2], out=maps[::2])
    maps[::2] = 1 / (1 + np.exp(np.clip(maps[::2], -30, 30)))
    return maps


Place = tuple[slice, slice]


def tiles_of(shape: tuple[int, ...], multiple: int) -> Iterator[tuple[Place, Place, Place]]:
    """Where each tile lies in the image, which part of it counts, and where that belongs."""
    if math.prod(shape) <= _WHOLE:
        whole = (slice(0, shape[0]), slice(0, shape[1]))
        yield whole, whole, whole
        return
    for rows in _spans(shape[0], multiple):
        for cols in _spans(shape[1], multiple):
            source, inner, place = zip(rows, cols, strict=True)
            yield source, inner, place


def _spans(side: int, multiple: int) -> Iterator[tuple[slice, slice, slice]]:
    if side <= _TILE:
        yield (slice(0, side),) * 3
        return
    count = math.ceil((side - 2 * _HALO) / (_TILE - 2 * _HALO))
    step = math.ceil((side - 2 * _HALO) / count / multiple) * multiple
    for k in range(count):
        first = _HALO + k * step if k else 0
        last = min(_HALO + (k + 1) * step, side - _HALO) if k < count - 1 else side
        start, end = max(first - _HALO, 0), min(last + _HALO, side)
        yield slice(start, end), slice(first - start, last - start), slice(first, last)
