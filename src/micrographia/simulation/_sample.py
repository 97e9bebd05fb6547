"""A simulated image and everything that is true of it.

Every family of images gives `Sample` objects: the pixels, the pixel size, the labels, and each
particle with what is seen of it and what is hidden behind others or beyond the image's edge.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from micrographia.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Instance", "Sample", "Whole", "decode_runs", "encode_runs", "label_image", "stack"]

Box = tuple[int, int, int, int]

RESERVED = frozenset(
    {
        "path", "labels_path", "label", "labels_all", "group", "nm_per_px",
        "family", "seed", "index", "rows", "cols",
    }
)  # fmt: skip
"""Columns of the manifest that no parameter may be named after."""

_DTYPES = ("uint8", "uint16", "float32")


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Instance:
    """One particle of an image.

    Parameters
    ----------
    class_name : str
    row, col : float [px]
        Centre; the centre of the first pixel is (0, 0).
    box : tuple of int, (first row, first col, end row, end col) [px]
        Where `visible` lies, inside the image; the end is not included. Empty where nothing of
        the particle is seen.
    visible : ndarray of shape (box rows, box cols), bool
        Pixels in which this particle is seen.
    origin : tuple of int, (row, col) [px]
        Place of the first pixel of `whole`; negative where the particle begins outside.
    whole : ndarray of shape (any rows, any cols), bool
        The particle's whole outline: what is covered and what lies outside of the image too.
    parameters : dict of str to JSON values
        What the particle was made with.
    """

    class_name: str
    row: float
    col: float
    box: Box
    visible: NDArray[np.bool_]
    origin: tuple[int, int]
    whole: NDArray[np.bool_]
    parameters: dict[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        top, left, bottom, right = self.box
        if self.visible.shape != (bottom - top, right - left):
            raise InputError(
                f"instance {self.class_name}: box {self.box} wants a visible mask of "
                f"({bottom - top}, {right - left}), got {self.visible.shape}"
            )


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Sample:
    """A simulated image with its truth.

    Parameters
    ----------
    pixels : ndarray of shape (rows, cols), uint8, uint16 or float32
    nm_per_px : float [nm]
        Edge length of a pixel.
    label : str
        Class of the image, or its main class.
    labels_all : tuple of str
        Every label that is right, `label` among them: two near the border between classes,
        several where an image mixes them.
    group : str
        What must never be split between training and test: images of one specimen share it.
    parameters : dict of str to JSON values
        What the image was made with.
    instances : tuple of Instance
        From the bottom to the top; those later in the tuple cover those before.

    Raises
    ------
    InputError
        If shape or type of the pixels, the pixel size, a label or the name of a parameter is not
        as described.
    """

    pixels: NDArray[Any]
    nm_per_px: float
    label: str
    labels_all: tuple[str, ...]
    group: str
    parameters: dict[str, Any] = dataclasses.field(default_factory=dict)
    instances: tuple[Instance, ...] = ()

    def __post_init__(self) -> None:
        if self.pixels.ndim != 2 or self.pixels.dtype.name not in _DTYPES:
            raise InputError(
                f"a sample has pixels (rows, cols) of {', '.join(_DTYPES)}; "
                f"got {self.pixels.shape} of {self.pixels.dtype}"
            )
        if not self.nm_per_px > 0:
            raise InputError(f"nm_per_px must be positive, got {self.nm_per_px}")
        if self.label not in self.labels_all:
            raise InputError(f"labels_all {self.labels_all} must hold the label {self.label!r}")
        if taken := sorted(RESERVED & self.parameters.keys()):
            raise InputError(
                f"parameters named as columns of the manifest: {', '.join(taken)}; rename them"
            )


class Whole(NamedTuple):
    """A particle before it is known what covers it; fields as in `Instance`."""

    class_name: str
    row: float
    col: float
    origin: tuple[int, int]
    mask: NDArray[np.bool_]
    parameters: dict[str, Any]


def stack(wholes: Sequence[Whole], shape: tuple[int, int]) -> tuple[Instance, ...]:
    """Lay particles over each other and find what is seen of each.

    Parameters
    ----------
    wholes : sequence of Whole
        From the bottom to the top.
    shape : tuple of int
        Rows and columns of the image.

    Returns
    -------
    instances : tuple of Instance
        In the order given; those of which nothing is seen are kept, with an empty box.

    Examples
    --------
    >>> square = np.ones((4, 4), bool)
    >>> below = Whole("square", 1.5, 1.5, (0, 0), square, {})
    >>> above = Whole("square", 3.5, 3.5, (2, 2), square, {})
    >>> [int(one.visible.sum()) for one in stack([below, above], (5, 5))]
    [12, 9]
    """
    canvas = np.zeros(shape, np.int32)
    boxes: list[Box] = []
    for number, whole in enumerate(wholes, 1):
        (row, col), (rows, cols) = whole.origin, whole.mask.shape
        top, left = max(row, 0), max(col, 0)
        bottom, right = min(row + rows, shape[0]), min(col + cols, shape[1])
        box = (top, left, max(bottom, top), max(right, left))
        boxes.append(box)
        inside = whole.mask[top - row : box[2] - row, left - col : box[3] - col]
        canvas[box[0] : box[2], box[1] : box[3]][inside] = number
    found = []
    for number, (whole, box) in enumerate(zip(wholes, boxes, strict=True), 1):
        seen = canvas[box[0] : box[2], box[1] : box[3]] == number
        box, seen = _tight(box, seen)
        found.append(
            Instance(
                class_name=whole.class_name, row=whole.row, col=whole.col, box=box, visible=seen,
                origin=whole.origin, whole=whole.mask, parameters=whole.parameters,
            )
        )  # fmt: skip
    return tuple(found)


def _tight(box: Box, seen: NDArray[np.bool_]) -> tuple[Box, NDArray[np.bool_]]:
    """The smallest box round the pixels that are True."""
    rows, cols = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    if not rows.size:
        return (box[0], box[1], box[0], box[1]), np.zeros((0, 0), bool)
    top, bottom, left, right = rows[0], rows[-1] + 1, cols[0], cols[-1] + 1
    tight = (int(box[0] + top), int(box[1] + left), int(box[0] + bottom), int(box[1] + right))
    return tight, seen[top:bottom, left:right]


def label_image(sample: Sample) -> NDArray[np.int32]:
    """Draw what is seen of each particle.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    labels : ndarray of shape (rows, cols), int32
        0 is background; ``sample.instances[k - 1]`` is seen in the pixels equal to k. A number is
        missing where nothing of a particle is seen.
    """
    labels = np.zeros(sample.pixels.shape, np.int32)
    for number, instance in enumerate(sample.instances, 1):
        top, left, bottom, right = instance.box
        labels[top:bottom, left:right][instance.visible] = number
    return labels


def encode_runs(mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Write a mask as lengths of runs in reading order, the first of them of False.

    Examples
    --------
    >>> encode_runs(np.array([[False, True], [True, False]])).tolist()
    [1, 2, 1]
    """
    flat = np.concatenate([[False], mask.ravel()])
    edges = np.flatnonzero(flat[1:] != flat[:-1])
    return np.diff(np.concatenate([[0], edges, [mask.size]])).astype(np.int32)


def decode_runs(runs: NDArray[np.integer[Any]], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Read a mask that `encode_runs` wrote.

    Parameters
    ----------
    runs : ndarray of shape (n,), integer
        Lengths of alternating runs of False and True in reading order.
    shape : tuple of int
        Rows and columns of the mask.

    Returns
    -------
    mask : ndarray of shape `shape`, bool

    Raises
    ------
    InputError
        If the runs do not fill the shape.

    Examples
    --------
    >>> decode_runs(np.array([1, 2, 1]), (2, 2)).tolist()
    [[False, True], [True, False]]
    """
    total = int(np.sum(runs))
    if total != shape[0] * shape[1]:
        raise InputError(f"runs of {total} pixels in all do not fill a mask of shape {shape}")
    values = np.arange(len(runs)) % 2 == 1
    return np.repeat(values, runs).reshape(shape)
