"""More images from few: turns that fill rare classes, and random changes at each epoch.

Both happen inside a training fold only; what is tested is never turned or changed.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from micrographia.errors import InputError
from micrographia.learning._seeds import stream
from micrographia.settings import Settings

__all__ = ["AugmentationSettings", "augment", "balance"]


class AugmentationSettings(Settings):
    """How training images are varied; every range is drawn from anew for each image and epoch."""

    per_class: int | None = Field(
        default=None,
        ge=1,
        description="images a class: large classes are subsampled, small ones filled with "
        "turns by 90, 180 and 270 degrees",
    )
    right_angles: bool = Field(default=False, description="turn by a random multiple of 90 degrees")
    reflect: bool = Field(default=False, description="reflect at random about both axes")
    rotation_deg: float = Field(
        default=0.0, ge=0, le=180, description="largest random rotation, either way [degrees]"
    )
    scale: float = Field(
        default=0.0, ge=0, lt=0.9, description="largest random change of size, as a share"
    )
    shear_deg: float = Field(
        default=0.0, ge=0, le=60, description="largest random shear, either way [degrees]"
    )
    shift: float = Field(
        default=0.0, ge=0, lt=0.5, description="largest random shift, as a share of the edge"
    )
    brightness: float = Field(
        default=0.0, ge=0, le=1, description="largest change of level, as a share of the range"
    )
    contrast: float = Field(
        default=0.0, ge=0, lt=1, description="largest change of contrast, as a share"
    )
    blur_px: float = Field(
        default=0.0, ge=0, description="largest standard deviation of a Gaussian blur [px]"
    )
    noise: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="largest standard deviation of Gaussian noise, as a share of the range",
    )

    @property
    def moves(self) -> bool:
        """Whether an image's geometry is changed by more than turns and reflections."""
        return bool(self.rotation_deg or self.scale or self.shear_deg or self.shift)


def balance(
    y: NDArray[Any], per_class: int, seed: int = 0
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Choose as many images of every class, filling small classes with turned copies.

    A class with more images is subsampled without repetition. One with fewer keeps all of them
    and gets turns by 90, 180 and 270 degrees, drawn without repetition; four times its number is
    the most it can reach without repeating itself, beyond that copies repeat.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Class of each image.
    per_class : int
        Images wanted of each class.
    seed : int
        The same seed gives the same choice.

    Returns
    -------
    indices : ndarray of shape (classes * per_class,), int
        Which image.
    turns : ndarray of the same shape, int
        By how many right angles, anticlockwise.

    Raises
    ------
    InputError
        If labels are not one a image, as those of images with several classes.

    References
    ----------
    Luo, Holm, Wang, Nanoscale Adv. 3 (2021) 206: "90 degree rotation transformations to the small
    size datasets", "evenly distributed classes".

    Examples
    --------
    >>> indices, turns = balance(np.array([0, 0, 0, 0, 1]), per_class=3)
    >>> sorted(indices[-3:].tolist()), len(set(turns[-3:].tolist()))
    ([4, 4, 4], 3)
    """
    y = np.asarray(y)
    if y.ndim != 1:
        raise InputError(
            f"classes can be balanced where each image has one; got labels of shape {y.shape}; "
            "leave augmentation.per_class out for images of several classes"
        )
    random = stream(seed, "balance")
    indices: list[NDArray[np.intp]] = []
    turns: list[NDArray[np.intp]] = []
    for name in np.unique(y):
        members = np.flatnonzero(y == name)
        pool = np.stack([np.tile(members, 3), np.repeat((1, 2, 3), len(members))])
        kept = random.permutation(members)[:per_class]
        taken = [np.stack([kept, np.zeros_like(kept)])]
        missing = per_class - taken[0].shape[1]
        while missing > 0:
            more = pool[:, random.permutation(pool.shape[1])[:missing]]
            taken.append(more)
            missing -= more.shape[1]
            pool = np.stack([np.tile(members, 4), np.repeat((0, 1, 2, 3), len(members))])
        chosen = np.concatenate(taken, axis=1)
        indices.append(chosen[0])
        turns.append(chosen[1])
    return np.concatenate(indices), np.concatenate(turns)


def augment(
    image: NDArray[np.float32], random: np.random.Generator, settings: AugmentationSettings
) -> NDArray[np.float32]:
    """Vary one image at random.

    Parameters
    ----------
    image : ndarray of shape (rows, cols) or (rows, cols, 3)
        Any grey levels; brightness, contrast and noise are in shares of its range.
    random : numpy.random.Generator
        Where the variation comes from.
    settings : AugmentationSettings
        What may vary, and how much.

    Returns
    -------
    varied : ndarray of the same shape, float32

    Examples
    --------
    >>> image = np.arange(6, dtype=np.float32).reshape(2, 3)
    >>> bool((augment(image, np.random.default_rng(0), AugmentationSettings()) == image).all())
    True
    """
    image = np.asarray(image, np.float32)
    if settings.right_angles:
        turns = int(random.integers(4))
        if image.shape[0] != image.shape[1]:
            turns -= turns % 2
        image = np.rot90(image, turns)
    if settings.reflect:
        image = image[:: 1 - 2 * int(random.integers(2)), :: 1 - 2 * int(random.integers(2))]
    if settings.moves:
        image = _moved(np.ascontiguousarray(image), random, settings)
    if settings.blur_px:
        sigma = float(random.uniform(0, settings.blur_px))
        if sigma > 0.1:
            image = cv2.GaussianBlur(np.ascontiguousarray(image), (0, 0), sigma)
    if settings.brightness or settings.contrast or settings.noise:
        image = _relit(image, random, settings)
    return np.ascontiguousarray(image)


def _moved(
    image: NDArray[np.float32], random: np.random.Generator, settings: AugmentationSettings
) -> NDArray[np.float32]:
    """Rotate, scale, shear and shift about the middle in one interpolation."""
    rows, cols = image.shape[:2]
    angle = np.deg2rad(random.uniform(-1, 1) * settings.rotation_deg)
    size = np.exp(random.uniform(-1, 1) * np.log1p(settings.scale))
    shear = np.tan(np.deg2rad(random.uniform(-1, 1) * settings.shear_deg))
    cos, sin = np.cos(angle), np.sin(angle)
    linear = size * np.array([[cos, -sin], [sin, cos]]) @ np.array([[1, shear], [0, 1]])
    middle = np.array([(cols - 1) / 2, (rows - 1) / 2])
    shift = random.uniform(-1, 1, 2) * settings.shift * np.array([cols, rows])
    matrix = np.column_stack([linear, middle + shift - linear @ middle])
    moved = cv2.warpAffine(
        image, matrix, (cols, rows), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(moved, np.float32)


def _relit(
    image: NDArray[np.float32], random: np.random.Generator, settings: AugmentationSettings
) -> NDArray[np.float32]:
    """Change level and contrast, add noise, and clip to the range that the image had."""
    low, high = float(image.min()), float(image.max())
    span = high - low
    level = random.uniform(-1, 1) * settings.brightness * span
    factor = 1 + random.uniform(-1, 1) * settings.contrast
    middle = (low + high) / 2
    lit = (image - middle) * np.float32(factor) + np.float32(middle + level)
    if settings.noise:
        sigma = random.uniform(0, settings.noise) * span
        lit = lit + np.float32(sigma) * random.standard_normal(image.shape, dtype=np.float32)
    return np.asarray(np.clip(lit, low, high), np.float32)
