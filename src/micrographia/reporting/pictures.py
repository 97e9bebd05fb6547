"""Pictures as PNG files, and the picture of each stage of a segmentation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from micrographia._files import whole_file
from micrographia.errors import InputError, OutputError
from micrographia.reporting._canvas import limits, stretch

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["colour_labels", "save_png", "save_stage", "stage_picture"]

_SPREAD = 0.618033988749895


def save_png(path: str | Path, rgb: NDArray[np.uint8]) -> Path:
    """Write a picture as PNG, whole or not at all.

    Parameters
    ----------
    path : str or Path
    rgb : ndarray of shape (rows, cols, 3) or (rows, cols), uint8

    Returns
    -------
    path : Path

    Raises
    ------
    InputError
        If the array is no such picture.
    OutputError
        If the file cannot be written.
    """
    if rgb.dtype != np.uint8 or rgb.ndim not in (2, 3) or (rgb.ndim == 3 and rgb.shape[2] != 3):
        raise InputError(
            "a picture is uint8 of shape (rows, cols, 3) or (rows, cols), "
            f"got {rgb.dtype} of shape {rgb.shape}"
        )
    order = rgb if rgb.ndim == 2 else cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    options = [cv2.IMWRITE_PNG_COMPRESSION, 1]
    if hasattr(cv2, "IMWRITE_PNG_FILTER"):  # no filter: noisy pictures take half the time
        options += [cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_NONE]
    done, data = cv2.imencode(".png", order, options)
    if not done:
        raise OutputError(f"{path}: the picture of shape {rgb.shape} could not be turned into PNG")
    path = Path(path)
    with whole_file(path) as temporary:
        temporary.write_bytes(data.tobytes())
    return path


def save_stage(path: str | Path, name: str, array: NDArray[Any]) -> Path:
    """Write the picture of one stage: a grey image, a mask, a distance map, seeds or labels.

    What the array is, is seen from its type: booleans are masks (black and white), integers other
    than uint8 and uint16 are labels (a colour each), and a float array whose stage is called a
    distance gets a colour map; everything else is a grey image.

    Parameters
    ----------
    path : str or Path
    name : str
        Name of the stage.
    array : ndarray of shape (rows, cols)

    Returns
    -------
    path : Path

    Raises
    ------
    InputError
        If the array is not two-dimensional.
    OutputError
        If the file cannot be written.
    """
    return save_png(path, stage_picture(name, array))


def stage_picture(name: str, array: NDArray[Any]) -> NDArray[np.uint8]:
    """The picture that `save_stage` writes.

    Parameters
    ----------
    name : str
        Of the stage: decides whether grey levels, a colour map or one colour a label is drawn.
    array : ndarray of shape (rows, cols)

    Returns
    -------
    picture : ndarray of shape (rows, cols) or (rows, cols, 3), uint8

    Examples
    --------
    >>> stage_picture("binary", np.array([[True, False]])).tolist()
    [[255, 0]]
    >>> stage_picture("distance", np.array([[0.0, 1.0]])).shape
    (1, 2, 3)
    """
    if array.ndim != 2 or array.size == 0:
        raise InputError(f"stage {name!r}: wanted an array (rows, cols), got shape {array.shape}")
    words = name.lower()
    if array.dtype.kind == "b":
        return array.astype(np.uint8) * 255
    if array.dtype.kind in "iu" and (
        array.dtype.itemsize > 2 or any(word in words for word in ("label", "seed", "marker"))
    ):
        seeds = "seed" in words or "marker" in words
        return colour_labels(array, swell=3 if seeds else 0)
    if array.dtype.kind == "f" and ("distance" in words or "depth" in words):
        low, high = 0.0, limits(array, 0.0)[1]
        coloured = cv2.applyColorMap(stretch(array, low, high), cv2.COLORMAP_VIRIDIS)
        coloured = cv2.cvtColor(coloured, cv2.COLOR_BGR2RGB)
        coloured[~(array > 0)] = 0
        mapped: NDArray[np.uint8] = coloured
        return mapped
    return stretch(array, *limits(array, 0.2))


def colour_labels(labels: NDArray[np.integer[Any]], swell: int = 0) -> NDArray[np.uint8]:
    """Give every label a colour; neighbours in number differ in hue.

    Parameters
    ----------
    labels : ndarray of shape (rows, cols), integer
        0 is background and stays black.
    swell : int [px]
        Widen each label by so much, that single points can be seen.

    Returns
    -------
    picture : ndarray of shape (rows, cols, 3), uint8

    Examples
    --------
    >>> colour_labels(np.array([[0, 1]]))[0, 0].tolist()
    [0, 0, 0]
    """
    count = int(labels.max(initial=0))
    index = np.arange(count + 1)
    hue = (index * _SPREAD % 1.0 * 180).astype(np.uint8)
    light = np.where(index % 2 == 0, 255, 200).astype(np.uint8)
    hsv = np.stack([hue, np.full(count + 1, 150, np.uint8), light], axis=-1)[None]
    table = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0]
    table[0] = 0
    shown = np.maximum(labels, 0)
    if swell:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * swell + 1, 2 * swell + 1))
        shown = cv2.dilate(shown.astype(np.float32), kernel).astype(np.int64)
    picture: NDArray[np.uint8] = table[shown]
    return picture
