"""Which other bodies could have cast nearly the same silhouette.

A dictionary holds the silhouettes of every body, sharp and cut and rounded to stated amounts, in
directions that lie a stated angle apart. Two silhouettes are compared as distances from their
centroids in 256 directions, at equal areas, in every turn, as they are and mirrored (a body seen
from behind casts the mirror image).
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from micrographia.simulation.families.polyhedra._bodies import NAMES, body, symmetries
from micrographia.simulation.families.polyhedra._views import onto_beam, radial, silhouette

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "ANGLE_APART",
    "OVERLAP",
    "VARIANTS",
    "Dictionary",
    "alike",
    "dictionary",
    "directions",
    "overlap",
]

OVERLAP = 0.98
"""Intersection over union from which two silhouettes are nearly the same."""

ANGLE_APART = 2.0
"""Mean distance of neighbouring directions in the dictionary [degrees]."""

VARIANTS = ((0, 0), (0, 4), (3, 0), (3, 4))
"""Truncation and rounding of the dictionary's bodies, in steps."""

_RAYS, _COARSE = 256, 64
_WAVES = 14
_SLACK, _TRIES, _NEAR = 0.025, 4, 3


class Dictionary(NamedTuple):
    """Squared distances (mean 1), their Fourier coefficients, and whose silhouette each is."""

    square: NDArray[np.float32]
    waves: NDArray[np.complex64]
    size: NDArray[np.float32]
    owner: NDArray[np.intp]


def directions(name: str, apart: float = ANGLE_APART) -> NDArray[np.float64]:
    """Directions of view that differ by more than the body's symmetry, shape (n, 3).

    Points of a Fibonacci lattice on the sphere, those kept that lie in one cell of the body's
    symmetry; a view and the view from behind count as one.

    Examples
    --------
    >>> len(directions("FCC_CUBE")), len(directions("TPT"))
    (215, 429)
    """
    count = round(4 * math.pi / math.radians(apart) ** 2)
    number = np.arange(count) + 0.5
    polar = np.arccos(1 - 2 * number / count)
    around = math.pi * (1 + math.sqrt(5)) * number
    points = np.stack(
        [np.sin(polar) * np.cos(around), np.sin(polar) * np.sin(around), np.cos(polar)], 1
    )
    group = symmetries(name)
    group = np.concatenate([group, -group])
    marker = np.array([0.3717, 0.1309, 0.9191])  # lies in no mirror plane of any of the bodies
    images = group.transpose(0, 2, 1) @ marker
    nearest: NDArray[np.float64] = points[points @ marker >= (points @ images.T).max(1) - 1e-12]
    return nearest


@functools.cache
def dictionary(
    apart: float = ANGLE_APART, variants: tuple[tuple[int, int], ...] = VARIANTS
) -> Dictionary:
    """The silhouettes of every body in directions some degrees apart, made when first used."""
    square, owner = [], []
    for number, name in enumerate(NAMES):
        views = np.array([onto_beam(direction) for direction in directions(name, apart)])
        for variant in variants:
            square.append(_normal(silhouette(body(name, *variant), views)).astype(np.float32))
            owner += [number] * len(views)
    found = np.concatenate(square)
    waves = (np.fft.rfft(found, axis=1) / _RAYS).astype(np.complex64)
    size = np.ascontiguousarray(np.abs(waves[:, 1 : _WAVES + 1]).T)
    return Dictionary(found, waves, size, np.array(owner))


def _normal(contour: NDArray[np.float64]) -> NDArray[np.float64]:
    square = radial(contour, _RAYS) ** 2
    normal: NDArray[np.float64] = square / square.mean(-1, keepdims=True)
    return normal


def overlap(first: NDArray[np.floating], second: NDArray[np.floating]) -> NDArray[np.floating]:
    """Intersection over union of silhouettes of equal area and centroid, from squared distances.

    Parameters
    ----------
    first, second : ndarray of shape (..., rays)
        Squared distances, each of mean 1.

    Returns
    -------
    overlap : ndarray of shape (...)
    """
    half = np.abs(first - second).mean(-1) / 2
    ratio: NDArray[np.floating] = (1 - half) / (1 + half)
    return ratio


def alike(
    contour: NDArray[np.float64], own: str, book: Dictionary | None = None
) -> dict[str, float]:
    """Find the other bodies that could have cast a silhouette.

    Parameters
    ----------
    contour : ndarray of shape (n, 2)
        Convex; any size and place.
    own : str
        The body that cast it.
    book : Dictionary, optional
        Silhouettes to compare with; `dictionary()` if left out.

    Returns
    -------
    found : dict of str to float
        Name to the largest overlap found, those of at least `OVERLAP`, in the order of `NAMES`.

    Notes
    -----
    A Fourier coefficient of the difference is at most its mean absolute value, so silhouettes whose
    coefficients differ by more in size cannot overlap enough and are left out unseen.
    """
    book = dictionary() if book is None else book
    square = _normal(contour).astype(np.float32)
    waves = (np.fft.rfft(square) / _RAYS).astype(np.complex64)
    most = 2 * (1 - OVERLAP) / (1 + OVERLAP)
    size = np.abs(waves[1 : _WAVES + 1])
    near = (np.abs(book.size - size[:, None]).max(0) <= most) & (book.owner != NAMES.index(own))
    chosen = np.flatnonzero(near)
    best = np.zeros(len(NAMES))
    for mirrored in (False, True):
        seen = np.roll(square[::-1], 1) if mirrored else square
        entries, turns = _candidates(seen, waves.conj() if mirrored else waves, book, chosen)
        if entries.size:
            windows = np.lib.stride_tricks.sliding_window_view(np.tile(seen, 2), _RAYS)
            mine = windows[(turns[:, None] + np.arange(-_NEAR, _NEAR + 1)) % _RAYS]
            fit = overlap(mine, book.square[entries][:, None]).max(1)
            np.maximum.at(best, book.owner[entries], fit)
    return {
        name: round(float(value), 4)
        for name, value in zip(NAMES, best, strict=True)
        if value >= OVERLAP
    }


def _candidates(
    square: NDArray[np.float32],
    waves: NDArray[np.complex64],
    book: Dictionary,
    chosen: NDArray[np.intp],
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The few entries of each body that fit best on a coarse circle, with the turn that fits."""
    step = _RAYS // _COARSE
    half = _COARSE // 2 + 1
    match = np.fft.irfft(waves[:half] * book.waves[chosen, :half].conj(), _COARSE, axis=1)
    turn = match.argmax(1)
    doubled = np.concatenate([square[::step], square[::step]])
    mine = doubled[turn[:, None] + np.arange(_COARSE)]
    rough = overlap(mine, book.square[chosen, ::step])
    order = np.argsort(-rough, kind="stable")
    order = order[rough[order] >= OVERLAP - _SLACK]
    owners = book.owner[chosen[order]]
    keep = [order[owners == owner][:_TRIES] for owner in np.unique(owners)]
    best = np.concatenate(keep) if keep else order
    return chosen[best], turn[best] * step
