"""Pictures to learn from, made in pieces that a stopped run finds again."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from micrographia._files import ensure_folder, whole_file

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

__all__ = ["Pictures", "chosen", "collect", "joined"]

_PIECE = 2000


class Pictures(NamedTuple):
    """Pictures of single particles and what they show.

    Attributes
    ----------
    images : ndarray of shape (n, side, side), uint8
    targets : ndarray of shape (n,), int64
        Index of the class that drew the picture.
    right : ndarray of shape (n, classes), bool
        Every class that is right.
    kinds : ndarray of shape (n,), int64
        The contrast, where a family has several.
    """

    images: NDArray[np.uint8]
    targets: NDArray[np.int64]
    right: NDArray[np.bool_]
    kinds: NDArray[np.int64]


def collect(
    make: Callable[[int, int], Pictures],
    n: int,
    folder: str | Path,
    recipe: dict[str, object],
    report: Callable[[str], object] = lambda _: None,
) -> Pictures:
    """Make pictures 0 to n - 1 in pieces, each kept in a file of its own.

    Parameters
    ----------
    make : callable
        ``make(start, end)`` gives the pictures of these indices.
    n : int
    folder : path
        Pieces of another recipe that lie there are left alone.
    recipe : dict of str to JSON values
        All that decides the pictures.
    report : callable
        Called with a line for a person.

    Returns
    -------
    pictures : Pictures

    Examples
    --------
    >>> import tempfile
    >>> def make(start, end):
    ...     size = end - start
    ...     blank = np.zeros((size, 8, 8), np.uint8)
    ...     return Pictures(blank, np.arange(start, end), np.eye(size) > 0, np.zeros(size, int))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     len(collect(make, 3, folder, {"seed": 1}).images)
    3
    """
    folder = ensure_folder(Path(folder))
    mark = hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:12]
    pieces = []
    for start in range(0, n, _PIECE):
        end = min(start + _PIECE, n)
        path = folder / f"{mark}-{start:07d}-{end:07d}.npz"
        if not path.exists():
            pictures = make(start, end)
            with whole_file(path) as beside, beside.open("wb") as file:
                np.savez(file, **pictures._asdict())
            report(f"{end} of {n} pictures")
        with np.load(path, allow_pickle=False) as stored:
            pieces.append(Pictures(**{name: stored[name] for name in Pictures._fields}))
    return joined(pieces)


def joined(parts: Sequence[Pictures]) -> Pictures:
    """All pictures of several parts, in their order."""
    return Pictures(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def chosen(pictures: Pictures, at: NDArray[np.intp]) -> Pictures:
    """The pictures at some places, in this order."""
    images, targets, right, kinds = pictures
    return Pictures(images[at], targets[at], right[at], kinds[at])
