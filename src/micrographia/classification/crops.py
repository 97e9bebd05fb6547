"""Particles cut out one by one, each filling the same share of its picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import cv2
import numpy as np
from pydantic import Field

from micrographia.errors import BundleError, InputError, SettingsError
from micrographia.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from micrographia._patches import Patch
    from micrographia.bundles import Card

__all__ = ["CropSettings", "Layer", "crop_particles", "crop_settings"]

Layer = Literal["grey", "mask", "inside"]

_LEAST_SIDE = 4.0


class CropSettings(Settings):
    """How particles are cut out for a model; what a card holds as ``parameters["crop"]``."""

    side: int = Field(default=64, ge=8, le=1024, description="Rows and columns of a picture [px].")
    share: float = Field(
        default=0.7,
        gt=0.05,
        le=1,
        description="Part of a picture's side that the longer side of the bounding box takes.",
    )
    layers: tuple[Layer, ...] = Field(
        default=("grey",),
        min_length=1,
        max_length=3,
        description=(
            "What the channels are. 'grey': the image as recorded; 'mask': 1 in the particle, 0 "
            "outside; 'inside': grey in the particle, outside of it the mean of its surroundings."
        ),
    )


def crop_settings(card: Card) -> CropSettings:
    """How a bundle wants particles to be cut out.

    Parameters
    ----------
    card : Card
        With ``parameters["crop"]``, or none of it for the defaults at the size of its input.

    Returns
    -------
    settings : CropSettings

    Raises
    ------
    BundleError
        If what the card says cannot be understood, or does not fit its input.
    """
    asked = card.parameters.get("crop", {})
    source = f"{card.name}: parameters.crop"
    if not isinstance(asked, dict):
        raise BundleError(f"{source}: wanted an object with side, share and layers, got {asked!r}")
    values: dict[str, Any] = {"side": card.input.rows or 64, **asked}
    try:
        settings = CropSettings.parse(values, source)
    except SettingsError as error:
        raise BundleError(str(error)) from error
    rows, cols, channels = card.input.rows, card.input.cols, card.input.channels
    fits = channels == len(settings.layers) and all(
        side is None or side == settings.side for side in (rows, cols)
    )
    if not fits:
        raise BundleError(
            f"{source}: pictures of {len(settings.layers)} layers and {settings.side} × "
            f"{settings.side} px do not fit the input of {channels} channels and {rows} × {cols} px"
        )
    return settings


def crop_particles(
    pixels: NDArray[Any],
    labels: NDArray[np.integer],
    settings: CropSettings | None = None,
    *,
    invert: bool = False,
    wholes: Mapping[int, Patch] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Cut every particle out with its surroundings, scaled so that all fill the same share.

    Training and inference both use this, so that a model sees the same either way.

    Parameters
    ----------
    pixels : ndarray of shape (rows, cols)
        Grey levels as recorded; they are interpolated, not normalised. What lies outside of the
        image repeats its nearest pixel.
    labels : ndarray of shape (rows, cols), integer
        0 is background; particle k covers the pixels equal to k.
    settings : CropSettings, optional
    invert : bool
        Whether bright and dark change places.
    wholes : mapping of int to Patch, optional
        All pixels of particles that lie over or under others; the labels' own otherwise.

    Returns
    -------
    ids : ndarray of shape (n,), int64
        Labels that occur, ascending.
    pictures : ndarray of shape (n, layers, side, side), float32

    Raises
    ------
    InputError
        If labels and pixels are of different shapes.

    Examples
    --------
    >>> labels = np.zeros((40, 50), int)
    >>> labels[10:20, 10:30] = 3
    >>> ids, pictures = crop_particles(labels * 9.0, labels, CropSettings(layers=("mask",)))
    >>> ids, pictures.shape, round(float(pictures[0, 0, 32].sum()) / 64, 2)
    (array([3]), (1, 1, 64, 64), 0.7)
    """
    from scipy.ndimage import find_objects

    settings = settings or CropSettings()
    if pixels.shape != labels.shape or pixels.ndim != 2:
        raise InputError(
            f"labels have shape {labels.shape}, the image {pixels.shape}; wanted the same rows "
            "and columns"
        )
    grey = _grey(pixels, invert)
    boxes = find_objects(np.asarray(labels, np.int32))
    ids = [number for number, box in enumerate(boxes, 1) if box is not None]
    pictures = np.empty((len(ids), len(settings.layers), settings.side, settings.side), np.float32)
    alone = np.zeros(labels.shape if wholes else (0, 0), np.uint8)
    for picture, number in zip(pictures, ids, strict=True):
        if not wholes or number not in wholes:
            _fill(picture, grey, labels, number, boxes[number - 1], settings)
            continue
        patch = wholes[number]
        alone[patch.box][patch.mask] = 1
        _fill(picture, grey, alone, 1, patch.box, settings)
        alone[patch.box] = 0
    return np.asarray(ids, np.int64), pictures


def _grey(pixels: NDArray[Any], invert: bool) -> NDArray[np.float32]:
    image = np.asarray(pixels, np.float32)
    if pixels.dtype.kind == "f":
        finite = np.isfinite(image)
        if not finite.all():
            image = np.where(finite, image, image[finite].min() if finite.any() else 0)
    return np.asarray(image.max() - image if invert else image, np.float32)


def _fill(
    picture: NDArray[np.float32],
    grey: NDArray[np.float32],
    labels: NDArray[np.integer],
    number: int,
    box: tuple[slice, slice],
    settings: CropSettings,
) -> None:
    """Draw the layers of one particle."""
    middle = [(part.start + part.stop) / 2 for part in box]
    longest = max(part.stop - part.start for part in box)
    window = max(longest / settings.share, _LEAST_SIDE)
    part = _Window((middle[0], middle[1]), window, settings.side)
    mask = None
    if settings.layers != ("grey",):
        mask = part.cut(np.asarray(part.inside(labels) == number, np.float32), 0.0)
    shown = None if settings.layers == ("mask",) else part.cut(part.inside(grey), None)
    for at, layer in enumerate(settings.layers):
        if layer == "grey" and shown is not None:
            picture[at] = shown
        elif layer == "mask" and mask is not None:
            picture[at] = mask
        elif shown is not None and mask is not None:
            outside = mask < 0.5
            ground = shown[outside].mean() if outside.any() else shown.mean()
            picture[at] = mask * shown + (1 - mask) * ground


class _Window:
    """A square of the image, perhaps reaching out of it, and how it becomes a picture."""

    def __init__(self, middle: tuple[float, float], window: float, side: int) -> None:
        self._start = [at - window / 2 for at in middle]
        self._window, self._side = window, side
        # whole pixels that the square touches, with one more for interpolation
        self._from = [int(np.floor(at)) - 1 for at in self._start]
        self._to = [int(np.ceil(at + window)) + 1 for at in self._start]

    def inside(self, image: NDArray[Any]) -> NDArray[Any]:
        """What of the square the image holds."""
        (r0, c0), (r1, c1) = self._from, self._to
        return image[max(r0, 0) : max(r1, 0), max(c0, 0) : max(c1, 0)]

    def cut(self, part: NDArray[np.float32], outside: float | None) -> NDArray[np.float32]:
        """The picture of a part that `inside` gave; beyond the image `outside`, or its edge."""
        above, before = (max(0, -start) for start in self._from)
        rows, cols = (stop - start for start, stop in zip(self._from, self._to, strict=True))
        below, after = rows - above - part.shape[0], cols - before - part.shape[1]
        if above or before or below or after:
            border = cv2.BORDER_REPLICATE if outside is None else cv2.BORDER_CONSTANT
            part = cv2.copyMakeBorder(part, above, below, before, after, border, value=outside or 0)
        factor = self._side / self._window
        if factor < 1:
            # first to whole multiples by area, so that nothing is skipped
            shape = tuple(max(2, round(n * factor)) for n in part.shape[:2])
            scale = [new / old for new, old in zip(shape, part.shape[:2], strict=True)]
            part = cv2.resize(part, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
        else:
            scale = [1.0, 1.0]
        step = [self._window * s / self._side for s in scale]
        origin = [
            (start - first) * s + 0.5 * by - 0.5
            for start, first, s, by in zip(self._start, self._from, scale, step, strict=True)
        ]
        matrix = np.array([[step[1], 0, origin[1]], [0, step[0], origin[0]]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        picture: NDArray[np.float32] = cv2.warpAffine(
            part, matrix, (self._side, self._side), flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        return picture
