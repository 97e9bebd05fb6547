"""From an image as recorded to what a model is given: geometry only, grey levels stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import cv2
import numpy as np

from micrographia.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.bundles.card import InputCard

__all__ = ["pixel_size_problem", "prepare", "resized", "seen_pixel_size"]

_MOST = 1 << 28
_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)


def prepare(
    pixels: NDArray[Any],
    card: InputCard,
    pixel_size_nm: float | None = None,
    polarity: Literal["dark", "bright"] | None = None,
) -> NDArray[np.float32]:
    """Bring an image to the size and number of channels that a model wants.

    Training and inference both use this, so that a model sees the same either way. Grey levels are
    interpolated but not normalised: that is inside the model.

    Parameters
    ----------
    pixels : ndarray of shape (rows, cols) or (rows, cols, 3)
        Real numbers in any range; what is not finite becomes the lowest finite level.
    card : InputCard
        What the model wants.
    pixel_size_nm : float, optional
        Of the image as given [nm]; without it the card's range cannot be kept to.
    polarity : {"dark", "bright"}, optional
        Of the particles in the image; inverted where the card wants the other.

    Returns
    -------
    image : ndarray of shape (channels, rows, cols), float32

    Raises
    ------
    InputError
        If the array is no image, or its pixel size lies outside the card's range and the card
        says that such an image is refused.

    Examples
    --------
    >>> from micrographia.bundles import InputCard
    >>> prepare(np.eye(100), InputCard(rows=32, cols=32, channels=3)).shape
    (3, 32, 32)
    """
    image = _channels(_finite(pixels), card.channels)
    if card.polarity != "any" and polarity is not None and polarity != card.polarity:
        image = image.min() + image.max() - image
    factors = _factors(image.shape[:2], card)
    if pixel_size_nm is not None and card.pixel_size_nm is not None:
        seen = _seen(pixel_size_nm, factors)
        wanted = _within(seen, card.pixel_size_nm)
        if wanted != seen:
            problem = pixel_size_problem(image.shape[:2], card, pixel_size_nm)
            if card.outside == "refuse":
                raise InputError(f"{problem}; take another model, or an image at that scale")
            if card.outside == "resample":
                factors = (factors[0] * seen / wanted, factors[1] * seen / wanted)
    image = _scaled(image, factors)
    rows, cols = _target(image.shape[:2], card)
    image = _cut_or_filled(image, rows, cols, about_middle=card.rows is not None)
    return np.ascontiguousarray(np.moveaxis(np.atleast_3d(image), 2, 0), np.float32)


def seen_pixel_size(shape: tuple[int, int], card: InputCard, pixel_size_nm: float) -> float:
    """Pixel size of an image as a model sees it, after resizing.

    Parameters
    ----------
    shape : tuple of int, (rows, cols)
    card : InputCard
    pixel_size_nm : float [nm]

    Returns
    -------
    pixel_size : float [nm]

    Examples
    --------
    >>> from micrographia.bundles import InputCard
    >>> seen_pixel_size((1000, 1000), InputCard(rows=100, cols=100), 0.5)
    5.0
    """
    return _seen(pixel_size_nm, _factors(shape, card))


def pixel_size_problem(
    shape: tuple[int, int], card: InputCard, pixel_size_nm: float | None
) -> str | None:
    """What is wrong with the scale of an image for a model; None where nothing is.

    Parameters
    ----------
    shape : tuple of int, (rows, cols)
    card : InputCard
    pixel_size_nm : float, optional [nm]

    Returns
    -------
    problem : str or None
    """
    if card.pixel_size_nm is None:
        return None
    low, high = card.pixel_size_nm
    wanted = f"the model is valid for {low:.4g} to {high:.4g} nm/px"
    if pixel_size_nm is None:
        return f"{wanted}, but the image has no pixel size; state it to have that checked"
    seen = seen_pixel_size(shape, card, pixel_size_nm)
    if _within(seen, (low, high)) == seen:
        return None
    return f"{wanted} and would see this image at {seen:.4g} nm/px"


def _finite(pixels: NDArray[Any]) -> NDArray[np.float32]:
    pixels = np.asarray(pixels)
    colour = pixels.ndim == 3 and pixels.shape[2] in (3, 4)
    if not (pixels.ndim == 2 or colour) or pixels.size == 0 or pixels.dtype.kind not in "uifb":
        raise InputError(
            f"wanted an image of shape (rows, cols) or (rows, cols, 3) of real numbers, "
            f"got {pixels.dtype} of shape {pixels.shape}"
        )
    image = np.asarray(pixels[..., :3] if colour else pixels, np.float64)
    if pixels.dtype.kind == "f":
        finite = np.isfinite(image)
        if not finite.all():
            if not finite.any():
                raise InputError("the image holds no finite number; nothing can be told from it")
            image = np.where(finite, image, image[finite].min())
    # large offsets, such as of 32-bit counts, would cost float32 its last digits
    offset = image.min() if np.abs(image).max() > 2**24 else 0.0
    return np.asarray(image - offset, np.float32)


def _channels(image: NDArray[np.float32], channels: int) -> NDArray[np.float32]:
    if channels == 1:
        return image @ _LUMINANCE if image.ndim == 3 else image
    return image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)


def _factors(shape: tuple[int, ...], card: InputCard) -> tuple[float, float]:
    """By how much rows and columns are scaled."""
    if card.rows is None or card.cols is None or card.resize == "none":
        return 1.0, 1.0
    down, across = card.rows / shape[0], card.cols / shape[1]
    return (down, across) if card.resize == "stretch" else (min(down, across),) * 2


def _seen(pixel_size_nm: float, factors: tuple[float, float]) -> float:
    return pixel_size_nm / float(np.sqrt(factors[0] * factors[1]))


def _within(value: float, limits: tuple[float, float]) -> float:
    """The nearest value within the limits; a thousandth beyond them is let pass."""
    low, high = limits
    return value if low * 0.999 <= value <= high * 1.001 else min(max(value, low), high)


def _scaled(image: NDArray[np.float32], factors: tuple[float, float]) -> NDArray[np.float32]:
    rows, cols = (max(1, round(side * f)) for side, f in zip(image.shape[:2], factors, strict=True))
    if rows * cols > _MOST:
        raise InputError(
            f"at the scale that the model wants the image would have {rows} × {cols} pixels; "
            f"wanted at most {_MOST} in all; cut a part out of it, or check its pixel size"
        )
    return resized(image, rows, cols)


def resized(image: NDArray[np.float32], rows: int, cols: int) -> NDArray[np.float32]:
    """Resize by area averages where it shrinks, linearly where it grows.

    Parameters
    ----------
    image : ndarray of shape (rows, cols) or (rows, cols, channels), float32
    rows, cols : int
        Wanted.

    Returns
    -------
    image : ndarray of shape (rows, cols) or (rows, cols, channels), float32
    """
    shrinks = rows < image.shape[0], cols < image.shape[1]
    steps = [(rows, cols)] if shrinks[0] == shrinks[1] else [(rows, image.shape[1]), (rows, cols)]
    for size, smaller in zip(steps, shrinks, strict=False):
        if image.shape[:2] != size:
            method = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
            image = cv2.resize(image, (size[1], size[0]), interpolation=method)
    return image


def _target(shape: tuple[int, ...], card: InputCard) -> tuple[int, int]:
    rows, cols = card.rows or shape[0], card.cols or shape[1]
    step = card.multiple_of
    return -(-rows // step) * step, -(-cols // step) * step


def _cut_or_filled(
    image: NDArray[np.float32], rows: int, cols: int, *, about_middle: bool
) -> NDArray[np.float32]:
    """Bring an image to a size without scaling: what is missing is mirrored at the edges."""
    spare_rows, spare_cols = image.shape[0] - rows, image.shape[1] - cols
    top, left = max(0, spare_rows) // 2, max(0, spare_cols) // 2
    image = image[top : top + rows, left : left + cols]
    down, across = max(0, -spare_rows), max(0, -spare_cols)
    if not (down or across):
        return image
    above, before = (down // 2, across // 2) if about_middle else (0, 0)
    border = cv2.BORDER_REFLECT if min(image.shape[:2]) > 1 else cv2.BORDER_REPLICATE
    filled: NDArray[np.float32] = cv2.copyMakeBorder(
        np.ascontiguousarray(image), above, down - above, before, across - before, border
    )
    return filled
