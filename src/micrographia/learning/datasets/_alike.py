"""Pairs of images that are one picture: the same pixels, or nearly the same at any right angle.

Two pictures are told apart by how far one would have to be shifted to differ as much: the root
mean square difference of their thumbnails over that of neighbouring pixels, in shares of the
picture's edge. A correlation, or the number of bits of a perceptual hash, would need another limit
for silhouettes than for textures; this measure does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["find_alike", "shift_between"]

_BLOCK = 512
_COARSE = 8  # lowest frequencies in each direction, to rule most pairs out


def find_alike(
    thumbnails: NDArray[np.uint8], hashes: NDArray[np.str_], shift: float
) -> NDArray[np.int64]:
    """Find pairs of duplicates and near-duplicates.

    Parameters
    ----------
    thumbnails : ndarray of shape (n, size, size), uint8
    hashes : ndarray of shape (n,), text
        Equal for equal pixels.
    shift : float
        Largest difference of near-duplicates, as a shift in shares of the edge; 0: only equal
        pixels count.

    Returns
    -------
    pairs : ndarray of shape (k, 2), integer
        The lower index first, each pair once, in ascending order. Turned and mirrored copies
        count.

    Examples
    --------
    >>> images = np.random.default_rng(0).integers(0, 256, (3, 32, 32), np.uint8)
    >>> images[2] = np.rot90(images[0])
    >>> find_alike(images, np.array(["a", "b", "c"]), 0.008)
    array([[0, 2]])
    """
    pairs = [_equal(hashes)]
    if shift > 0 and len(thumbnails):
        unit, detail = _unit(thumbnails)
        coarse = _coarse(unit)
        alive = np.flatnonzero(detail > 0)
        for turned in _turns(unit[alive]) if len(alive) else ():
            pairs += _near(unit, coarse, detail, alive, turned, shift)
    found = np.sort(np.concatenate(pairs), axis=1)
    return np.unique(found[found[:, 0] != found[:, 1]], axis=0)


def shift_between(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    """How much two thumbnails differ, as a shift in shares of the edge; not turned, not mirrored.

    Parameters
    ----------
    first, second : ndarray of shape (size, size), uint8

    Returns
    -------
    shift : float
        Infinite where one is of one grey level.
    """
    unit, detail = _unit(np.stack([first, second]))
    if not detail.all():
        return float("inf")
    apart = float(((unit[0] - unit[1]) ** 2).sum())
    return float(np.sqrt(apart / detail.mean()) / first.shape[0])


def _near(
    unit: NDArray[np.float32],
    coarse: NDArray[np.float32],
    detail: NDArray[np.float32],
    alive: NDArray[np.int64],
    turned: NDArray[np.float32],
    shift: float,
) -> Iterator[NDArray[np.int64]]:
    """Pairs of an image and a turned one within the shift; a block of rows at a time."""
    limit = np.float32((shift * unit.shape[1]) ** 2 / 2)
    turned_coarse, turned_detail = _coarse(turned), detail[alive]
    inside = (turned_coarse**2).sum(1)
    for start in range(0, len(alive), _BLOCK):
        rows = alive[start : start + _BLOCK]
        allowed = limit * (detail[rows, None] + turned_detail[None])
        held = (coarse[rows] ** 2).sum(1)[:, None] + inside[None]
        least = held - 2 * (coarse[rows] @ turned_coarse.T)
        first, second = np.nonzero(least <= allowed + 1e-4)
        later = alive[second] > rows[first]  # the turned other way round is met as well
        first, second = first[later], second[later]
        for part in range(0, len(first), 1 << 16):
            one, two = first[part : part + (1 << 16)], second[part : part + (1 << 16)]
            apart = ((unit[rows[one]] - turned[two]) ** 2).sum((1, 2))
            near = apart <= allowed[one, two]
            yield np.stack([rows[one[near]], alive[two[near]]], axis=1)


def _unit(thumbnails: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Thumbnails of mean 0 and norm 1, and the mean squared step between their neighbours."""
    images = thumbnails.astype(np.float32)
    images -= images.mean((1, 2), keepdims=True)
    norm = np.sqrt((images**2).sum((1, 2), keepdims=True))
    images /= np.maximum(norm, 1)
    down = (np.diff(images, axis=1) ** 2).sum((1, 2))
    across = (np.diff(images, axis=2) ** 2).sum((1, 2))
    return images, (down + across).astype(np.float32)


def _coarse(unit: NDArray[np.float32]) -> NDArray[np.float32]:
    """The lowest frequencies of each image: no two images are nearer than these are."""
    from scipy.fft import dctn

    kept = dctn(unit, axes=(1, 2), norm="ortho")[:, :_COARSE, :_COARSE]
    return np.ascontiguousarray(kept.reshape(len(unit), -1), np.float32)


def _turns(images: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    for quarter in range(4):
        turned = np.rot90(images, quarter, (1, 2))
        yield np.ascontiguousarray(turned)
        yield np.ascontiguousarray(turned[:, :, ::-1])


def _equal(hashes: NDArray[np.str_]) -> NDArray[np.int64]:
    order = np.argsort(hashes, kind="stable")
    same = hashes[order[1:]] == hashes[order[:-1]]
    return np.stack([order[:-1][same], order[1:][same]], axis=1).astype(np.int64)
