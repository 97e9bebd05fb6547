"""From what a file stores to (rows, cols) of real numbers, intensities as recorded."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrographia.errors import UnsupportedFileError

__all__ = [
    "LUMINANCE",
    "TO_GREY",
    "palette_to_colours",
    "palette_to_grey",
    "to_colours",
    "to_grey",
]

LUMINANCE = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in grey (ITU-R BT.601, luma Y')."""

TO_GREY = "a colour image was converted to grey (luminance, ITU-R BT.601)"
"""What a person is told where that was done."""


def _luminance(colours: NDArray[Any]) -> NDArray[Any]:
    """Grey of an array (..., 3), in its own type; exact where the three channels are equal."""
    red, green, blue = (colours[..., k] for k in range(3))
    if np.array_equal(red, green) and np.array_equal(red, blue):
        return red
    grey = np.zeros(red.shape, np.float32 if colours.dtype.itemsize <= 2 else np.float64)
    for weight, channel in zip(LUMINANCE, (red, green, blue), strict=True):
        grey += np.multiply(channel, weight, dtype=grey.dtype)
    if colours.dtype.kind in "ui":
        np.rint(grey, out=grey)
    return grey.astype(colours.dtype)


def _samples(array: NDArray[Any]) -> NDArray[Any]:
    """A structured array of R, G, B (and A) as one more axis."""
    names = array.dtype.names
    if names is None:
        return array
    if tuple(names[:3]) != ("R", "G", "B"):
        raise UnsupportedFileError(f"pixels made of the fields {names} are no image")
    return np.stack([array[name] for name in names], axis=-1)


def to_grey(array: NDArray[Any]) -> tuple[NDArray[Any], list[str]]:
    """One grey image in native byte order, and what a person should know of the conversion.

    Parameters
    ----------
    array : ndarray of shape (rows, cols) or (rows, cols, samples)
        Samples are grey; grey and alpha; red, green, blue; or these and alpha. A structured array
        has the fields R, G, B and perhaps A.

    Returns
    -------
    grey : ndarray of shape (rows, cols)
        Colours become luminance with the weights `LUMINANCE`, rounded to the file's own integer
        type; grey stored as three equal channels stays exactly what it was. Boolean becomes 0 and
        1. Alpha is dropped.
    warnings : list of str

    Examples
    --------
    >>> to_grey(np.array([[[255, 0, 0], [7, 7, 7]]], np.uint8))[0]
    array([[76,  7]], dtype=uint8)
    """
    array = _samples(np.asarray(array))
    warnings = []
    if array.ndim == 3:
        samples = array.shape[-1]
        if samples in (2, 4):
            opaque = array[..., -1]
            if (opaque != opaque.flat[0]).any():
                warnings.append("the image has a transparency channel; it was dropped")
        if samples in (3, 4):
            grey = _luminance(array[..., :3])
            if grey.base is None:
                warnings.append(TO_GREY)
            array = grey
        elif samples in (1, 2):
            array = array[..., 0]
        else:
            raise UnsupportedFileError(f"an image of {samples} samples a pixel is no micrograph")
    if array.dtype.kind == "b":
        array = (array.view(np.uint8) != 0).view(np.uint8)  # some decoders write True as 255
    if array.dtype == np.float16:
        array = array.astype(np.float32)
    if array.dtype.kind == "f" and array.dtype.itemsize > 8:
        array = array.astype(np.float64)
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    return np.ascontiguousarray(array), warnings + _not_finite(array)


def to_colours(array: NDArray[Any]) -> NDArray[Any] | None:
    """Red, green and blue in native byte order; None of a grey image.

    Parameters
    ----------
    array : ndarray of shape (rows, cols) or (rows, cols, samples)
        As `to_grey` takes it.

    Returns
    -------
    colours : ndarray of shape (rows, cols, 3) or None

    Examples
    --------
    >>> to_colours(np.array([[[255, 0, 0, 9]]], np.uint8))
    array([[[255,   0,   0]]], dtype=uint8)
    """
    array = _samples(np.asarray(array))
    if array.ndim != 3 or array.shape[-1] not in (3, 4):
        return None
    colours = array[..., :3]
    if colours.dtype == np.float16:
        colours = colours.astype(np.float32)
    return np.ascontiguousarray(colours.astype(colours.dtype.newbyteorder("="), copy=False))


def _not_finite(array: NDArray[Any]) -> list[str]:
    if array.dtype.kind != "f":
        return []
    bad = array.size - int(np.count_nonzero(np.isfinite(array)))
    return [f"{bad:,} of {array.size:,} pixels are not finite (NaN or infinite)"] if bad else []


def palette_to_grey(indices: NDArray[Any], palette: NDArray[Any]) -> NDArray[Any]:
    """Grey of an image of palette indices.

    Parameters
    ----------
    indices : ndarray of shape (rows, cols), unsigned integer
    palette : ndarray of shape (entries, 3)
        Red, green and blue of each index, 8 bits.

    Returns
    -------
    grey : ndarray of shape (rows, cols), uint8

    Examples
    --------
    >>> palette_to_grey(np.array([[0, 1]]), np.array([[9, 9, 9], [255, 0, 0]], np.uint8))
    array([[ 9, 76]], dtype=uint8)
    """
    return np.asarray(_luminance(_table(indices, palette))[indices])


def palette_to_colours(indices: NDArray[Any], palette: NDArray[Any]) -> NDArray[Any]:
    """Colours of an image of palette indices; black where an index has none.

    Parameters
    ----------
    indices : ndarray of shape (rows, cols), unsigned integer
    palette : ndarray of shape (entries, 3)
        Red, green and blue of each index, 8 bits.

    Returns
    -------
    colours : ndarray of shape (rows, cols, 3), uint8
    """
    return np.asarray(_table(indices, palette)[indices])


def _table(indices: NDArray[Any], palette: NDArray[Any]) -> NDArray[np.uint8]:
    """The palette with an entry for every index."""
    table = np.zeros((max(int(indices.max()) + 1, len(palette)), 3), np.uint8)
    table[: len(palette)] = palette
    return table
