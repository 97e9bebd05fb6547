"""Splits into training and test that keep groups whole and classes in proportion.

Iterative stratification (Sechidis, Tsoumakas and Vlahavas, ECML PKDD 2011,
doi:10.1007/978-3-642-23808-6_10) with groups of images in the place of single ones; one label an
image is its simplest case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from micrographia.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from micrographia.learning.datasets import Dataset

__all__ = ["hold_out", "split_folds", "stratify"]

_ATTEMPTS = 50

Split = tuple["NDArray[np.int64]", "NDArray[np.int64]"]


def split_folds(dataset: Dataset, n_folds: int = 5, seed: int = 0) -> list[Split]:
    """Split a dataset for cross-validation.

    Parameters
    ----------
    dataset : Dataset
    n_folds : int
        At least 2.
    seed : int
        The same seed gives the same folds.

    Returns
    -------
    folds : list of tuple (train, test)
        Rows of the dataset's table in ascending order; every image is tested once, no group lies
        on both sides, every class is tested in every fold.

    Raises
    ------
    InputError
        If a class has fewer groups than there are folds, or, where images have several labels, no
        split was found that tests every class in every fold.
    """
    if n_folds < 2:
        raise InputError(f"cross-validation needs at least 2 folds, got {n_folds}")
    counts, place = _by_group(dataset)
    _check_groups(dataset, counts, n_folds, f"{n_folds} folds")
    part = _complete(dataset, counts, np.full(n_folds, 1 / n_folds), seed)[place]
    return [(np.flatnonzero(part != fold), np.flatnonzero(part == fold)) for fold in range(n_folds)]


def hold_out(dataset: Dataset, share: float = 0.2, seed: int = 0) -> Split:
    """Split off a share of a dataset for testing.

    Parameters
    ----------
    dataset : Dataset
    share : float
        Wanted share of the images of every class, above 0 and below 1; whole groups come as near
        to it as they can.
    seed : int

    Returns
    -------
    train, test : ndarray of int
        Rows of the dataset's table in ascending order.

    Raises
    ------
    InputError
        If the share is out of range, or a class has a single group.
    """
    if not 0 < share < 1:
        raise InputError(f"the share to hold out must lie between 0 and 1, got {share!r}")
    counts, place = _by_group(dataset)
    _check_groups(dataset, counts, 2, "training and test")
    part = _complete(dataset, counts, np.array([1 - share, share]), seed)[place]
    return np.flatnonzero(part == 0), np.flatnonzero(part == 1)


def stratify(
    counts: NDArray[np.integer], shares: NDArray[np.float64], seed: int | Sequence[int]
) -> NDArray[np.int64]:
    """Share groups out so that every part gets its share of every label.

    The label with the fewest groups left comes first, its largest group first; a group goes to
    the part that still lacks most of that label, then to the one that lacks most images.

    Parameters
    ----------
    counts : ndarray of shape (groups, labels), integer
        Images of each label in each group.
    shares : ndarray of shape (parts,)
        Wanted shares, which sum to 1.
    seed : int or sequence of int
        Decides between groups of one size and parts of one need.

    Returns
    -------
    part : ndarray of shape (groups,), integer

    Examples
    --------
    >>> stratify(np.array([[4], [2], [2], [2], [2]]), np.array([0.5, 0.5]), seed=0).shape
    (5,)
    """
    rng = np.random.default_rng(seed)
    n_groups = len(counts)
    part = np.full(n_groups, -1, np.int64)
    needs = shares[:, None] * counts.sum(0)
    holds = counts > 0
    size = counts.sum(1)
    chance = rng.permutation(n_groups)
    left = holds.sum(0)
    while (left > 0).any():
        label = int(np.argmin(np.where(left > 0, left, n_groups + 1)))
        members = np.flatnonzero(holds[:, label] & (part < 0))
        for group in members[
            np.lexsort((chance[members], -size[members], -counts[members, label]))
        ]:
            lack = np.round(needs[:, label], 9)
            rest = np.round(needs.sum(1), 9)
            best = np.flatnonzero(lack == lack.max())
            best = best[rest[best] == rest[best].max()]
            part[group] = chosen = rng.choice(best)
            needs[chosen] -= counts[group]
            left -= holds[group]
    part[part < 0] = rng.choice(len(shares), (part < 0).sum(), p=shares / shares.sum())
    return part


def _complete(
    dataset: Dataset, counts: NDArray[np.int64], shares: NDArray[np.float64], seed: int
) -> NDArray[np.int64]:
    """Groups shared out so that every part holds every class."""
    missing: NDArray[np.bool_] = np.zeros(counts.shape[1], bool)
    for attempt in range(_ATTEMPTS):
        part = stratify(counts, shares, [seed, attempt] if attempt else seed)
        held = np.zeros((len(shares), counts.shape[1]), np.int64)
        np.add.at(held, part, counts)
        missing = (held == 0).any(axis=0)
        if not missing.any():
            return part
    names = ", ".join(
        repr(name) for name, lacks in zip(dataset.classes, missing, strict=True) if lacks
    )
    raise InputError(
        f"{dataset.name}: no split into {len(shares)} parts was found that holds {names} in each "
        "of them, as groups carry several labels at once; take fewer parts, or merge or drop a "
        "class"
    )


def _by_group(dataset: Dataset) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Images of each class in each group, and the group of each image."""
    names, place = np.unique(dataset.groups, return_inverse=True)
    y = dataset.y
    truth = y if dataset.multi_label else np.eye(len(dataset.classes), dtype=np.int64)[y]
    counts = np.zeros((len(names), len(dataset.classes)), np.int64)
    np.add.at(counts, place, truth)
    return counts, place.astype(np.int64)


def _check_groups(dataset: Dataset, counts: NDArray[np.int64], wanted: int, purpose: str) -> None:
    groups = (counts > 0).sum(0)
    short = [
        f"{name!r} ({have} group{'' if have == 1 else 's'} of {images} images)"
        for name, have, images in zip(dataset.classes, groups, counts.sum(0), strict=True)
        if have < wanted
    ]
    if short:
        raise InputError(
            f"{dataset.name}: {purpose} need at least {wanted} groups in every class, too few "
            f"have: {', '.join(short)}; add images of other origin, merge or drop the class"
            + (f", or take {groups.min()} folds" if wanted > groups.min() > 1 else "")
        )
