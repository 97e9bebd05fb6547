"""Pictures of a dataset: a few images of every class, to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from micrographia.learning.datasets._pixels import read_pixels, stretch_to_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from micrographia.learning.datasets._dataset import Dataset

__all__ = ["choose_examples", "contact_sheet", "picture_rows"]

_TILE, _TEXT, _GAP = 128, 18, 4
_PAPER, _INK = 250, 28


def choose_examples(dataset: Dataset, number: int, seed: int = 0) -> dict[str, list[int]]:
    """Rows of a few images of every class, of as many groups as there are.

    Parameters
    ----------
    dataset : Dataset
    number : int
        How many images a class.
    seed : int

    Returns
    -------
    rows : dict of str to list of int
        In ascending order.
    """
    rng = np.random.default_rng(seed)
    groups = dataset.groups
    chosen = {}
    for name in dataset.classes:
        rows = np.flatnonzero([name in labels for labels in dataset.table["labels"]])
        rows = rng.permutation(rows)
        _, first = np.unique(groups[rows], return_index=True)
        rest = np.setdiff1d(np.arange(len(rows)), first)
        order = np.concatenate([np.sort(first), rest])[:number]
        chosen[name] = sorted(rows[order].tolist())
    return chosen


def picture_rows(dataset: Dataset, rows: Sequence[int]) -> NDArray[np.uint8]:
    """Images side by side, each fitted into a square.

    Parameters
    ----------
    dataset : Dataset
    rows : sequence of int

    Returns
    -------
    strip : ndarray of shape (128, 132 · n), uint8
    """
    tiles = [_tile(dataset, row) for row in rows]
    return np.hstack(tiles) if tiles else np.full((_TILE, _TILE), _PAPER, np.uint8)


def contact_sheet(dataset: Dataset, examples: dict[str, list[int]]) -> NDArray[np.uint8]:
    """A row of images for every class, with the class's name and number of images.

    Parameters
    ----------
    dataset : Dataset
    examples : dict of str to list of int
        From `choose_examples`.

    Returns
    -------
    sheet : ndarray of shape (rows, cols), uint8
    """
    width = max((len(rows) for rows in examples.values()), default=1) * (_TILE + _GAP)
    width = max(width, 4 * _TILE)
    bands = []
    for place, name in enumerate(dataset.classes):
        strip = picture_rows(dataset, examples[name])
        band = np.full((_TILE + _TEXT + _GAP, width), _PAPER, np.uint8)
        band[_TEXT : _TEXT + _TILE, : strip.shape[1]] = strip
        y = dataset.y
        count = int((y == place).sum()) if y.ndim == 1 else int(y[:, place].sum())
        text = f"{name.encode('ascii', 'replace').decode()}: {count}"
        cv2.putText(
            band, text, (3, _TEXT - 5), cv2.FONT_HERSHEY_SIMPLEX, 0.42, _INK, 1, cv2.LINE_AA
        )
        bands.append(band)
    return np.vstack(bands)


def _tile(dataset: Dataset, row: int) -> NDArray[np.uint8]:
    frame = int(dataset.table["frame"].iloc[row]) if "frame" in dataset.table else None
    path = dataset.root / dataset.table["path"].iloc[row]
    pixels: NDArray[Any] = read_pixels(path, 1, frame, dataset.settings.bars)
    grey = stretch_to_bytes(_clipped(pixels))
    scale = _TILE / max(grey.shape)
    rows, cols = (max(1, round(edge * scale)) for edge in grey.shape)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
    tile = np.full((_TILE, _TILE + _GAP), _PAPER, np.uint8)
    tile[:rows, :cols] = cv2.resize(grey, (cols, rows), interpolation=how)
    return tile


def _clipped(pixels: NDArray[Any]) -> NDArray[Any]:
    """Levels beyond the 0.1 and 99.9 percentiles cut, where an image has more than 8 bits."""
    if pixels.dtype == np.uint8:
        return pixels
    values = np.nan_to_num(pixels.astype(np.float32))
    return np.clip(values, *np.percentile(values, (0.1, 99.9)))
