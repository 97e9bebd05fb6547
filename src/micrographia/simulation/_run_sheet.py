"""The contact sheet of a run: a few images of every label, to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["contact_sheet", "tile"]

_TILE, _TEXT, _COLUMNS, _ROWS = 128, 16, 12, 24


def tile(pixels: NDArray[Any], caption: str = "", size: int = _TILE) -> NDArray[np.uint8]:
    """An image fitted into a square, its 0.1 to 99.9 percentiles black to white, with a caption.

    Parameters
    ----------
    pixels : ndarray of shape (rows, cols)
    caption : str
    size : int [px]

    Returns
    -------
    tile : ndarray of shape (size + 16, size), uint8
    """
    low, high = np.percentile(pixels, (0.1, 99.9))
    grey = np.clip((pixels.astype(np.float32) - low) / max(high - low, 1e-6) * 255, 0, 255)
    scale = size / max(pixels.shape)
    rows, cols = (max(round(edge * scale), 1) for edge in pixels.shape)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
    small = cv2.resize(grey.astype(np.uint8), (cols, rows), interpolation=how)
    frame = np.full((size + _TEXT, size), 255, np.uint8)
    frame[:rows, :cols] = small
    cv2.putText(frame, caption, (2, size + 12), cv2.FONT_HERSHEY_SIMPLEX, 0.38, 0, 1, cv2.LINE_AA)
    return frame


def contact_sheet(out: Path, manifest: Path, path: Path) -> None:
    """Draw the first images of every label, a row a label, into a PNG.

    Parameters
    ----------
    out : Path
        Folder of the run.
    manifest : Path
    path : Path
        PNG to write.
    """
    import pyarrow.parquet as pq

    table = pq.read_table(manifest, columns=["path", "label"]).to_pydict()
    chosen: dict[str, list[str]] = {}
    for image, label in zip(table["path"], table["label"], strict=True):
        if len(row := chosen.setdefault(label, [])) < _COLUMNS:
            row.append(image)
    rows = []
    for label in sorted(chosen)[:_ROWS]:
        tiles = [tile(_read(out / image), label) for image in chosen[label]]
        blank = np.full_like(tiles[0], 255)
        rows.append(np.hstack(tiles + [blank] * (_COLUMNS - len(tiles))))
    _, content = cv2.imencode(".png", np.vstack(rows))
    path.write_bytes(content.tobytes())


def _read(path: Path) -> NDArray[Any]:
    if path.suffix == ".tif":
        import tifffile

        return np.asarray(tifffile.imread(path))
    return np.asarray(cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED))
