"""Label images: every particle's pixels carry its number. In from anywhere, out for ImageJ."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.errors import InputError, OutputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.micrograph import PixelSize

__all__ = ["read_labels", "read_mask", "write_labels"]

_ROI_SUFFIXES = (".roi", ".zip")
_MARK = "micrographia_labels"
_MAX_ID = 2**31 - 1
_MAX_FLOAT_ID = 2**24  # float32 holds every integer up to here


def read_labels(
    path: str | os.PathLike[str],
    shape: tuple[int, int] | None = None,
    *,
    binary: bool = False,
) -> NDArray[np.int32]:
    """Read a label image, or an ImageJ ROI or ROI set turned into one.

    Parameters
    ----------
    path : str or path
        An image of whole numbers (TIFF, PNG, ...), 0 where no particle is; or a ``.roi`` or
        ``.zip`` of ImageJ, whose regions become 1, 2, 3 ... in their order, or their names where
        these are different whole numbers.
    shape : tuple of int, optional
        (rows, cols) that the labels must have; needed for ROIs, which do not know their image.
    binary : bool
        Take an image of two values for a mask and number its 8-connected regions. Without it such
        an image is refused, as all its particles would become one.

    Returns
    -------
    labels : ndarray of shape (rows, cols), int32

    Raises
    ------
    InputError
        If the file is no label image, has another shape, is a binary mask, or holds fractions or
        negative numbers.

    Examples
    --------
    >>> import tempfile
    >>> path = tempfile.mkdtemp() + "/labels.tif"
    >>> write_labels(path, np.array([[0, 1], [2, 2]]))
    >>> read_labels(path)
    array([[0, 1],
           [2, 2]], dtype=int32)
    """
    path = Path(path)
    if path.suffix.lower() in _ROI_SUFFIXES:
        from micrographia.io._rois import read_rois

        return read_rois(path, shape)
    pixels, ours = _pixels(path)
    _check_shape(path, pixels.shape, shape)
    if binary:
        return _numbered(pixels != 0)
    labels = _whole_numbers(path, pixels)
    if not ours:
        _refuse_mask(path, labels)
    return labels


def read_mask(path: str | os.PathLike[str], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Read a mask: an image that is 0 outside, or ImageJ ROIs.

    Parameters
    ----------
    path : str or path
    shape : tuple of int
        (rows, cols) of the micrograph it belongs to.

    Returns
    -------
    mask : ndarray of shape (rows, cols), bool

    Raises
    ------
    InputError
        If it has another shape, or cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> path = tempfile.mkdtemp() + "/mask.tif"
    >>> write_labels(path, np.array([[0, 1], [1, 1]]))
    >>> read_mask(path, (2, 2))
    array([[False,  True],
           [ True,  True]])
    """
    path = Path(path)
    if path.suffix.lower() in _ROI_SUFFIXES:
        return read_labels(path, shape) > 0
    pixels, _ = _pixels(path)
    _check_shape(path, pixels.shape, shape)
    if pixels.dtype.kind == "f" and not np.isfinite(pixels).all():
        raise InputError(f"{path.name}: a mask cannot hold NaN or infinite values")
    return np.asarray(pixels != 0)


def write_labels(
    path: str | os.PathLike[str], labels: NDArray[Any], pixel_size: PixelSize | None = None
) -> None:
    """Write labels as a TIFF that ImageJ opens with its pixel size and unit.

    Numbers up to 65,535 are stored as uint16, beyond that as float32, the only wider type of
    ImageJ. The TIFF is compressed (deflate), which ImageJ reads since 1.52.

    Parameters
    ----------
    path : str or path
    labels : ndarray of shape (rows, cols), integer
        0 is background; at most 16,777,216, up to where float32 is exact.
    pixel_size : PixelSize, optional

    Raises
    ------
    InputError
        If the labels are no two-dimensional array of whole numbers from 0.
    OutputError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> write_labels(tempfile.mkdtemp() + "/labels.tif", np.zeros((4, 6), np.int32))
    """
    import tifffile

    array = np.asarray(labels)
    if array.ndim != 2 or array.dtype.kind not in "uib" or array.size == 0:
        raise InputError(
            f"labels are a two-dimensional array of integers, got {array.dtype} of shape "
            f"{array.shape}"
        )
    low, high = int(array.min()), int(array.max())
    if low < 0 or high > _MAX_FLOAT_ID:
        raise InputError(f"labels must lie between 0 and {_MAX_FLOAT_ID:,}, got {low} to {high}")
    dtype = np.uint16 if high < 2**16 else np.float32
    metadata: dict[str, Any] = {"axes": "YX", "min": 0.0, "max": float(max(high, 1)), _MARK: high}
    resolution = None
    if pixel_size is not None:
        metadata["unit"] = "nm"
        resolution = (1 / pixel_size.col, 1 / pixel_size.row)
    try:
        tifffile.imwrite(
            path, array.astype(dtype), imagej=True, resolution=resolution, metadata=metadata,
            compression="zlib", compressionargs={"level": 6}, predictor=False,
        )  # fmt: skip
    except OSError as error:
        raise OutputError(
            f"{path}: the labels could not be written ({error.strerror or error}); choose a "
            "folder that exists, is writable and has space"
        ) from error


def _pixels(path: Path) -> tuple[NDArray[Any], bool]:
    """Numbers as stored, without any colour table, and whether `write_labels` wrote them."""
    from micrographia.io._pixels import to_grey
    from micrographia.io._read import read_stored

    stored, metadata = read_stored(path)
    grey, _ = to_grey(stored)
    if stored.ndim == 3 and not np.array_equal(grey, stored[..., 0]):
        raise InputError(
            f"{path.name}: a colour picture; wanted an image of numbers, one for every particle"
        )
    ours = metadata.get("original", {}).get("imagej", {}).get(_MARK) is not None
    return grey, ours


def _refuse_mask(path: Path, labels: NDArray[np.int32]) -> None:
    """One value in several places, or another value than 1, is a mask rather than a particle."""
    values = np.unique(labels)
    inside = values[values > 0]
    if len(inside) != 1 or (inside[0] == 1 and _numbered(labels > 0).max() == 1):
        return
    raise InputError(
        f"{path.name}: the image holds no number but {inside[0]}: a binary mask, not labels. "
        "Wanted a number for every particle; to have the mask's regions numbered, ask for it "
        "(binary=True)"
    )


def _check_shape(path: Path, found: tuple[int, ...], wanted: tuple[int, int] | None) -> None:
    if wanted is not None and tuple(found) != tuple(wanted):
        raise InputError(
            f"{path.name}: it has {found[0]} × {found[1]} (rows × cols) pixels, the micrograph "
            f"{wanted[0]} × {wanted[1]}; wanted the same"
        )


def _whole_numbers(path: Path, pixels: NDArray[Any]) -> NDArray[np.int32]:
    if pixels.dtype.kind == "f" and not (
        np.isfinite(pixels).all() and (pixels == np.floor(pixels)).all()
    ):
        raise InputError(f"{path.name}: labels are whole numbers, but it holds fractions or NaN")
    if pixels.min() < 0 or pixels.max() > _MAX_ID:
        raise InputError(
            f"{path.name}: labels lie between 0 and {_MAX_ID:,}, got {pixels.min()} to "
            f"{pixels.max()}"
        )
    return pixels.astype(np.int32)


def _numbered(mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """8-connected regions, numbered by the place of their first pixel in reading order."""
    import cv2

    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8, ltype=cv2.CV_32S)
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    outside = labels.flat[first] == 0
    rank = np.empty(len(first), np.int32)
    rank[np.argsort(np.where(outside, -1, first))] = np.arange(len(first))
    if not outside.any():
        rank += 1
    return rank[inverse].reshape(labels.shape)
