"""One look at every image of a dataset: whether it can be read, its size, what it looks like."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from micrographia.errors import MicrographiaError
from micrographia.io import read
from micrographia.learning.datasets._bars import without_strips
from micrographia.learning.datasets._cache import Cache, Seen
from micrographia.learning.datasets._pixels import stretch_to_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["THUMBNAIL", "Scan", "scan_images", "thumbnail"]

THUMBNAIL = 32
"""Rows and columns of a thumbnail [px]."""

_WORTH_KEEPING = 5.0  # s of looking


@dataclasses.dataclass(frozen=True)
class Scan:
    """What was seen of each image; of one that could not be read, nothing but why.

    Parameters
    ----------
    thumbnails : ndarray of shape (n, 32, 32), uint8
        Without data bars, darkest to brightest.
    hashes : ndarray of shape (n,), text
        SHA-256 of size, type and pixels.
    shapes : ndarray of shape (n, 2), integer [px]
        Rows and columns.
    dtypes : ndarray of shape (n,), text
        Type of the pixels as recorded.
    nm_per_px : ndarray of shape (n,) [nm]
        Pixel size that the file states; NaN where it states none.
    errors : dict of int to str
        Why an image could not be read.
    """

    thumbnails: NDArray[np.uint8]
    hashes: NDArray[np.str_]
    shapes: NDArray[np.int64]
    dtypes: NDArray[np.str_]
    nm_per_px: NDArray[np.float64]
    errors: dict[int, str]


def scan_images(
    paths: Sequence[Path],
    frames: Sequence[int | None],
    cache: Cache | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Scan:
    """Look at every image once.

    Parameters
    ----------
    paths : sequence of Path
    frames : sequence of int or None
        Which image of a stack.
    cache : Cache, optional
        What was seen earlier of files that have not changed since.
    progress : callable, optional
        Called with the number of images done and their total.

    Returns
    -------
    scan : Scan
    """
    n = len(paths)
    thumbnails = np.zeros((n, THUMBNAIL, THUMBNAIL), np.uint8)
    hashes, dtypes = np.full(n, "", "U64"), np.full(n, "", "U8")
    shapes, sizes = np.zeros((n, 2), np.int64), np.full(n, np.nan)
    errors: dict[int, str] = {}
    cache = Cache(None) if cache is None else cache
    began = time.monotonic()
    for index, (path, frame) in enumerate(zip(paths, frames, strict=True)):
        try:
            seen = cache.get(path, frame) or cache.put(path, frame, _look(path, frame))
        except (MicrographiaError, OSError) as error:
            errors[index] = str(error)
        else:
            thumbnails[index], hashes[index], shapes[index], dtypes[index], sizes[index] = seen
        if progress is not None:
            progress(index + 1, n)
    if time.monotonic() - began > _WORTH_KEEPING:
        cache.save()
    return Scan(thumbnails, hashes, shapes, dtypes, sizes, errors)


def thumbnail(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """A grey image made small, without data bars, its darkest to brightest stretched to bytes.

    Parameters
    ----------
    pixels : ndarray of shape (rows, cols)

    Returns
    -------
    thumbnail : ndarray of shape (32, 32), uint8
    """
    image = without_strips(pixels)
    image = image if image.dtype == np.uint8 else np.nan_to_num(image.astype(np.float32))
    for axis in (0, 1):  # each edge for itself: an average needs every edge to shrink
        shape = list(image.shape)
        how = cv2.INTER_AREA if shape[axis] > THUMBNAIL else cv2.INTER_LINEAR
        shape[axis] = THUMBNAIL
        image = cv2.resize(image, (shape[1], shape[0]), interpolation=how)
    return stretch_to_bytes(image.astype(np.float32))


def _look(path: Path, frame: int | None) -> Seen:
    micrograph = read(path, frame=frame)
    pixels = np.ascontiguousarray(micrograph.pixels)
    about = f"{pixels.shape} {pixels.dtype.str} ".encode()
    digest = hashlib.sha256(about + pixels.tobytes()).hexdigest()
    size = micrograph.pixel_size
    nm_per_px = float("nan") if size is None else size.mean
    return thumbnail(pixels), digest, micrograph.shape, str(pixels.dtype), nm_per_px
