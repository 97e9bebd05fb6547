"""Images and labels as the methods take them, and the part that is held back from learning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrographia.errors import InputError
from micrographia.learning.splits import stratify

__all__ = ["check_images", "divide", "encode", "hold_back"]


def check_images(images: Any, channels: int | None = None) -> NDArray[Any]:
    """Check a stack of images.

    Parameters
    ----------
    images : array-like of shape (n, rows, cols) or (n, rows, cols, 3)
    channels : int, optional
        1 or 3, where it is known what is wanted.

    Returns
    -------
    images : ndarray
        As given if of a number type, else float32.

    Raises
    ------
    InputError
        If the shape is another, there are no images, or a value is not finite.

    Examples
    --------
    >>> check_images(np.zeros((2, 8, 8), np.uint8)).shape
    (2, 8, 8)
    """
    array = np.asarray(images)
    if array.dtype.kind not in "uifb":
        try:
            array = array.astype(np.float32)
        except (TypeError, ValueError) as error:
            raise InputError(
                f"images: wanted numbers, got {array.dtype}; read pictures first"
            ) from error
    if array.ndim not in (3, 4) or (array.ndim == 4 and array.shape[3] != 3):
        raise InputError(
            "images: wanted shape (n, rows, cols) or (n, rows, cols, 3), "
            f"got {array.shape}; stack images of one size"
        )
    if array.size == 0:
        raise InputError(f"images: got none (shape {array.shape}); give at least one")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise InputError("images: some values are NaN or infinite; fill or leave out such images")
    found = 1 if array.ndim == 3 else 3
    if channels is not None and found != channels:
        raise InputError(f"images: wanted {channels} channel(s) as in training, got {found}")
    return array


def encode(
    y: Any, number: int, class_names: Sequence[str] | None = None
) -> tuple[NDArray[Any], NDArray[Any], bool]:
    """Turn labels into numbers.

    Parameters
    ----------
    y : array-like of shape (n,) or (n, classes)
        One label an image, or 0 and 1 for each class.
    number : int
        How many images there are.
    class_names : sequence of str, optional
        Names of the columns of an indicator, or of the classes 0, 1, ... where labels are such
        numbers, or all names that labels can have.

    Returns
    -------
    targets : ndarray of shape (n,) int64 or (n, classes) float32
    classes : ndarray of shape (classes,)
    multi_label : bool

    Raises
    ------
    InputError
        If numbers do not agree, or there are fewer than two classes.
    """
    labels = np.asarray(y)
    if labels.ndim not in (1, 2) or len(labels) != number:
        raise InputError(
            f"labels: wanted one for each of {number} images, as (n,) or (n, classes), "
            f"got shape {labels.shape}"
        )
    if labels.ndim == 2:
        if not np.isin(labels, (0, 1)).all():
            raise InputError("labels of several classes: wanted 0 and 1 only")
        if class_names is not None and len(class_names) != labels.shape[1]:
            raise InputError(
                f"labels have {labels.shape[1]} columns, class_names {len(class_names)}"
            )
        return labels.astype(np.float32), np.arange(labels.shape[1]), True
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        raise InputError("labels: some are NaN or infinite")
    present = np.unique(labels)
    if len(present) < 2:
        raise InputError(
            f"labels: only one class ({present[0]!r}); at least two are wanted to tell apart"
        )
    classes = present
    if class_names is not None:
        numbers = labels.dtype.kind in "iu"
        classes = np.arange(len(class_names)) if numbers else np.asarray(class_names)
    order = np.argsort(classes, kind="stable")
    place = np.searchsorted(classes, labels, sorter=order).clip(0, len(classes) - 1)
    targets = order[place]
    if not (classes[targets] == labels).all():
        strange = sorted(set(map(str, present)) - set(map(str, classes)))
        raise InputError(f"labels {', '.join(strange)} are not among the classes that were named")
    return targets.astype(np.int64), classes, False


def hold_back(
    targets: NDArray[Any], groups: Any, share: float, seed: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Divide a training set once more, in the same proportions and no group on both sides.

    Parameters
    ----------
    targets : ndarray of shape (n,) or (n, classes)
    groups : array-like of shape (n,), optional
        What must not be divided; each image by itself where not given.
    share : float
        About this share is held back; 0 holds nothing back.
    seed : int

    Returns
    -------
    learned, held : ndarray of int
        Indices, sorted. A class of a single group stays with what is learned.
    """
    number = len(targets)
    everything = np.arange(number)
    names = _names(groups, number)
    if share <= 0 or number < 10 or len(np.unique(names)) < 1 / share:
        return everything, everything[:0]
    part = divide(targets, groups, np.array([1 - share, share]), seed)
    learned, held = np.flatnonzero(part == 0), np.flatnonzero(part == 1)
    if targets.ndim == 1:
        lost = np.setdiff1d(targets[held], targets[learned])
        back = held[np.isin(targets[held], lost)]
        learned, held = np.union1d(learned, back), np.setdiff1d(held, back)
    return learned, held


def divide(
    targets: NDArray[Any], groups: Any, shares: NDArray[np.float64], seed: int
) -> NDArray[np.int64]:
    """Divide images into parts of the same proportions, no group in two of them.

    Parameters
    ----------
    targets : ndarray of shape (n,) of int, or (n, classes) of 0 and 1
    groups : array-like of shape (n,), optional
        What must not be divided; each image by itself where not given.
    shares : ndarray of shape (parts,)
        Which sum to 1.
    seed : int

    Returns
    -------
    part : ndarray of shape (n,) of int

    Examples
    --------
    >>> np.bincount(divide(np.array([0, 0, 1, 1]), None, np.array([0.5, 0.5]), 0))
    array([2, 2])
    """
    truth = targets if targets.ndim == 2 else np.eye(int(targets.max()) + 1)[targets]
    kinds, place = np.unique(_names(groups, len(targets)), return_inverse=True)
    counts = np.zeros((len(kinds), truth.shape[1]), np.int64)
    np.add.at(counts, place, truth.astype(np.int64))
    return stratify(counts, shares, seed)[place]


def _names(groups: Any, number: int) -> NDArray[Any]:
    """A name of each image's group."""
    names = np.arange(number) if groups is None else np.asarray(groups)
    if len(names) != number:
        raise InputError(f"groups: wanted one for each of {number} images, got {len(names)}")
    return names
