"""Pictures inside the report: JPEG of bounded size, as data URI."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["data_uri", "jpeg", "picture_budget"]

_MOST_BYTES = 200_000
_ALL_BYTES = 16_000_000
_FEWEST_BYTES = 12_000


def picture_budget(images: int) -> int:
    """Bytes that each of so many pictures may take.

    Examples
    --------
    >>> picture_budget(1), picture_budget(50), picture_budget(200)
    (200000, 200000, 80000)
    """
    return max(_FEWEST_BYTES, min(_MOST_BYTES, _ALL_BYTES // max(1, images)))


def jpeg(picture: NDArray[np.uint8], most: int) -> bytes:
    """Encode a picture as JPEG of at most so many bytes, smaller and coarser as needed.

    Parameters
    ----------
    picture : ndarray of shape (rows, cols, 3), uint8
        RGB.
    most : int [bytes]

    Returns
    -------
    data : bytes
    """
    side = 1400.0 if most >= _MOST_BYTES else max(320.0, 1400.0 * (most / _MOST_BYTES) ** 0.5)
    data = b""
    shown = cv2.cvtColor(_shrunk(picture, side), cv2.COLOR_RGB2BGR)
    while side >= 64:
        shown = _shrunk(shown, side)
        for quality in (84, 68):
            options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
            data = cv2.imencode(".jpg", shown, options)[1].tobytes()
            if len(data) <= most:
                return data
        side *= max(0.5, min(0.9, (most / len(data)) ** 0.5))
    return data


def _shrunk(picture: NDArray[np.uint8], side: float) -> NDArray[np.uint8]:
    rows, cols = picture.shape[:2]
    factor = side / max(rows, cols)
    if factor < 1:
        size = max(1, round(cols * factor)), max(1, round(rows * factor))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return picture


def data_uri(source: Path | NDArray[np.uint8] | None, most: int) -> str | None:
    """A picture, given as array or as the path of a PNG, as data URI.

    Parameters
    ----------
    source : Path, ndarray of shape (rows, cols, 3) uint8, or None
    most : int [bytes]
        Of the JPEG; the URI is a third longer.

    Returns
    -------
    uri : str or None
        None where there is no picture, or its file cannot be read.
    """
    picture = _load(Path(source)) if isinstance(source, str | Path) else source
    if picture is None:
        return None
    return "data:image/jpeg;base64," + base64.b64encode(jpeg(picture, most)).decode("ascii")


def _load(path: Path) -> NDArray[np.uint8] | None:
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError:
        return None
    if data.size == 0:
        return None
    found = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return None if found is None else cv2.cvtColor(found, cv2.COLOR_BGR2RGB)
