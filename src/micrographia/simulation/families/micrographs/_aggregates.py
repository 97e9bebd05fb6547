"""Fractal aggregates of spheres: cluster-cluster aggregation with a tunable fractal dimension.

Clusters of the same kind are joined in pairs, at the distance of their centres of mass at which
the joint cluster obeys N = k (Rg / a)^D (Thouy & Jullien 1994, doi:10.1088/0305-4470/27/9/012;
Filippov, Zurita & Rosner 2000, doi:10.1006/jcis.2000.7027, Eq. 12, generalised to masses).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["aggregate", "gyration_radius"]

_MOST_TRIALS = 48


def gyration_radius(centres: NDArray[np.floating], radii: NDArray[np.floating]) -> float:
    """Radius of gyration of solid spheres, each with the mass of its volume.

    Parameters
    ----------
    centres : ndarray of shape (n, 3)
    radii : ndarray of shape (n,)

    Examples
    --------
    >>> gyration_radius(np.zeros((1, 3)), np.ones(1)).__round__(4)
    0.7746
    """
    mass = radii**3
    middle = (mass[:, None] * centres).sum(axis=0) / mass.sum()
    square = ((centres - middle) ** 2).sum(axis=1) + 0.6 * radii**2
    return math.sqrt(float((mass * square).sum() / mass.sum()))


def aggregate(
    radii: NDArray[np.floating], dimension: float, prefactor: float, random: np.random.Generator,
    overlap: float = 0.0,
) -> NDArray[np.float64]:  # fmt: skip
    """Join spheres into one cluster.

    Parameters
    ----------
    radii : ndarray of shape (n,)
        Radii of the primary spheres.
    dimension, prefactor : float
        Wanted D and k of N = k (Rg / a)^D, a being the radius of the sphere of mean mass.
    random : Generator
    overlap : float
        Share of the sum of two radii by which touching spheres penetrate one another (0 to 0.4).

    Returns
    -------
    centres : ndarray of shape (n, 3)
        In units of `radii`, the centre of mass at 0.

    Examples
    --------
    >>> random = np.random.default_rng(1)
    >>> aggregate(np.ones(2), 1.8, 1.3, random).shape
    (2, 3)
    """
    clusters = [(np.zeros((1, 3)), np.array([radius], float)) for radius in radii]
    while len(clusters) > 1:
        joined = [
            _join(first, second, dimension, prefactor, random, overlap)
            for first, second in zip(clusters[::2], clusters[1::2], strict=False)
        ]
        if len(clusters) % 2:
            joined.append(clusters[-1])
        clusters = joined
    centres, _ = clusters[0]
    return centres


_Cluster = tuple["NDArray[np.float64]", "NDArray[np.float64]"]


def _join(
    first: _Cluster, second: _Cluster, dimension: float, prefactor: float,
    random: np.random.Generator, overlap: float,
) -> _Cluster:  # fmt: skip
    """Bring two clusters into contact, at nearly the wanted distance."""
    radii = np.concatenate([first[1], second[1]])
    share = (first[1] ** 3).sum() / (radii**3).sum()
    mean = float((radii**3).mean()) ** (1 / 3)
    wanted = mean**2 * (len(radii) / prefactor) ** (2 / dimension)
    own = share * gyration_radius(*first) ** 2 + (1 - share) * gyration_radius(*second) ** 2
    distance = math.sqrt(max((wanted - own) / (share * (1 - share)), 0.0))
    trials = int(np.clip(24_000 // (len(first[1]) * len(second[1])), 10, _MOST_TRIALS))
    turns, axes = _rotations(trials, random), _directions(trials, random)
    moved = np.einsum("tij,nj->tni", turns, second[0])
    reached = _contact(first, moved, second[1], axes, overlap)
    best = int(np.argmin(np.abs(reached - distance)))
    shifted = moved[best] + reached[best] * axes[best]
    centres = np.concatenate([first[0], shifted])
    mass = radii**3
    return centres - (mass[:, None] * centres).sum(axis=0) / mass.sum(), radii


def _directions(trials: int, random: np.random.Generator) -> NDArray[np.float64]:
    axes = random.standard_normal((trials, 3))
    unit: NDArray[np.float64] = axes / np.linalg.norm(axes, axis=1, keepdims=True)
    return unit


def _rotations(trials: int, random: np.random.Generator) -> NDArray[np.float64]:
    """Rotations, uniform on SO(3): quaternions of four normal numbers (Muller 1959)."""
    q = random.standard_normal((4, trials))
    w, x, y, z = q / np.sqrt((q**2).sum(axis=0))
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), 2, 0)


def _contact(
    first: _Cluster, moved: NDArray[np.float64], radii: NDArray[np.float64],
    axes: NDArray[np.float64], overlap: float,
) -> NDArray[np.float64]:  # fmt: skip
    """How far along each axis the second cluster must go so that it just touches the first."""
    apart = (1 - overlap) * (first[1][:, None] + radii[None])
    between = moved[:, None, :, :] - first[0][None, :, None, :]
    along = np.einsum("tk,tnmk->tnm", axes, between)
    square = along**2 - (between**2).sum(axis=3) + apart**2
    meet = np.where(square > 0, -along + np.sqrt(np.clip(square, 0, None)), -np.inf)
    reached: NDArray[np.float64] = meet.max(axis=(1, 2))
    return np.maximum(reached, 0.0)
