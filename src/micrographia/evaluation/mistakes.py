"""The worst mistakes as pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.errors import MicrographiaError
from micrographia.evaluation._style import BAD, DARK, GREY, new_figure
from micrographia.evaluation.summary import worst_mistakes

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from micrographia.evaluation.evaluation import Evaluation

__all__ = ["draw_mistakes", "load_picture"]

_SIDE = 224
_ACROSS = 6


def load_picture(path: Path, side: int = _SIDE) -> NDArray[np.uint8] | None:
    """An image file as a small grey picture; None where it cannot be read.

    Parameters
    ----------
    path : Path
    side : int [px]
        Of the longer side.

    Returns
    -------
    picture : ndarray of shape (rows, cols), uint8, or None
    """
    from micrographia.io import read
    from micrographia.reporting._canvas import limits, stretch

    try:
        pixels = read(path).pixels
    except (MicrographiaError, OSError):
        return None
    import cv2

    grey = stretch(pixels, *limits(pixels, 0.2))
    factor = side / max(grey.shape)
    size = tuple(max(1, round(length * factor)) for length in grey.shape[::-1])
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_NEAREST
    picture: NDArray[np.uint8] = cv2.resize(grey, size, interpolation=how)
    return picture


def draw_mistakes(evaluation: Evaluation, count: int) -> tuple[Any, pd.DataFrame]:
    """Draw the images that were called wrongly with the greatest certainty.

    Parameters
    ----------
    evaluation : Evaluation
    count : int
        At most so many.

    Returns
    -------
    figure : matplotlib Figure or None
        None where there is no mistake, or no picture of one can be read.
    table : DataFrame
        As `micrographia.evaluation.summary.worst_mistakes` gives it.
    """
    table = worst_mistakes(evaluation, count)
    if evaluation.root is None or table.empty:
        return None, table
    pictures = [load_picture(evaluation.root / name) for name in table["image"]]
    if all(picture is None for picture in pictures):
        return None, table
    across = min(_ACROSS, len(pictures))
    down = -(-len(pictures) // across)
    figure = new_figure(1.75 * across, 2.3 * down)
    panels = figure.subplots(down, across, squeeze=False).ravel()
    for axes in panels:
        axes.set_axis_off()
    for axes, picture, row in zip(panels, pictures, table.to_dict("records"), strict=False):
        if picture is not None:
            axes.imshow(picture, cmap="gray", vmin=0, vmax=255)
        axes.set_title(str(row["truth"] or "none"), fontsize=8.5, color=DARK, loc="left", pad=13)
        said = f"called {row['called'] or 'none'}, {row['certainty']:.2f}"
        axes.text(0, 1.03, said, transform=axes.transAxes, fontsize=7.5, color=BAD, va="bottom")
        name = str(row["image"])
        axes.text(0, -0.03, name if len(name) < 28 else f"…{name[-26:]}", fontsize=6, color=GREY,
                  transform=axes.transAxes, va="top")  # fmt: skip
    return figure, table
