"""True classes and probabilities as every metric wants them, checked once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

__all__ = ["check_groups", "check_indicators", "check_labels", "check_probabilities"]

_SLACK = 1e-3


def check_labels(labels: ArrayLike, n_classes: int, what: str = "true classes") -> Ints:
    """Class numbers from 0 to n_classes - 1.

    Parameters
    ----------
    labels : array-like of shape (n,), int
    n_classes : int
    what : str
        Name for the message.

    Raises
    ------
    InputError
        If there is none, or one that is no class.
    """
    found = np.asarray(labels)
    if found.ndim != 1 or found.size == 0:
        raise InputError(f"{what}: wanted a number per image, shape (n,), got shape {found.shape}")
    if found.dtype.kind not in "iub":
        raise InputError(f"{what}: wanted class numbers as integers, got {found.dtype}")
    numbers = found.astype(np.intp)
    if numbers.min() < 0 or numbers.max() >= n_classes:
        raise InputError(
            f"{what}: wanted numbers from 0 to {n_classes - 1}, "
            f"got {numbers.min()} to {numbers.max()}"
        )
    return numbers


def check_probabilities(probabilities: ArrayLike, n: int, *, multi_label: bool = False) -> Floats:
    """Probabilities of every class, a row per image.

    Parameters
    ----------
    probabilities : array-like of shape (n, classes)
    n : int
        Images that there must be.
    multi_label : bool
        Whether rows need not add up to one.

    Raises
    ------
    InputError
        If the shape is another, a value lies outside 0 … 1, or a row does not add up to one.
    """
    found = np.asarray(probabilities, np.float64)
    if found.ndim != 2 or len(found) != n or found.shape[1] < 1:
        raise InputError(
            f"probabilities: wanted shape ({n}, classes), a row per image, got {found.shape}"
        )
    if not np.isfinite(found).all() or found.min() < -_SLACK or found.max() > 1 + _SLACK:
        raise InputError(
            "probabilities: wanted finite values from 0 to 1, got "
            f"{np.nanmin(found):g} to {np.nanmax(found):g}; give probabilities, not logits"
        )
    sums = found.sum(axis=1)
    if not multi_label and np.abs(sums - 1).max() > _SLACK * max(1, found.shape[1]):
        worst = int(np.abs(sums - 1).argmax())
        raise InputError(
            f"probabilities: row {worst} adds up to {sums[worst]:.4g}, wanted 1; "
            "for images of several classes at once say that they are multi-label"
        )
    return found.clip(0, 1)


def check_indicators(truth: ArrayLike, what: str = "true labels") -> NDArray[np.bool_]:
    """Which labels hold for every image.

    Parameters
    ----------
    truth : array-like of shape (n, labels), 0 or 1

    Raises
    ------
    InputError
        If it is no such array.
    """
    found: NDArray[Any] = np.asarray(truth)
    if found.ndim != 2 or found.size == 0 or not np.isin(found, (0, 1)).all():
        raise InputError(
            f"{what}: wanted 0 or 1 for every image and label, shape (n, labels), "
            f"got {found.dtype} of shape {found.shape}"
        )
    return found.astype(bool)


def check_groups(groups: ArrayLike | None, n: int) -> Ints:
    """The group of every image as a number from 0; each its own where none are given.

    Raises
    ------
    InputError
        If there is not one for every image.
    """
    if groups is None:
        return np.arange(n, dtype=np.intp)
    found = np.asarray(groups)
    if found.shape != (n,):
        raise InputError(f"groups: wanted one per image, shape ({n},), got {found.shape}")
    return np.unique(found, return_inverse=True)[1].astype(np.intp)
