"""Maps of relevance over the image that they explain."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia._files import whole_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["draw_check", "draw_liked", "draw_maps", "save_figure"]

_DARK, _GREY, _GRID = "#1B2430", "#68717D", "#E3E6EA"
_CLIP = 99.5


def draw_maps(
    image: NDArray[Any],
    maps: dict[str, NDArray[np.float64]],
    columns: Sequence[str],
    *,
    signed: Sequence[str] = (),
    title: str = "",
) -> Any:
    """Draw a row per method and a column per class: the image, then every map over it.

    Parameters
    ----------
    image : ndarray of shape (rows, cols)
        As the model saw it.
    maps : dict of str to ndarray of shape (classes, rows, cols)
        Name of the method to its maps.
    columns : sequence of str
        What stands over each class.
    signed : sequence of str
        Methods whose maps have two signs that matter: blue speaks against the class.
    title : str

    Returns
    -------
    figure : matplotlib Figure
    """
    across = 1 + len(columns)
    figure = _figure(2.3 * across, 2.45 * len(maps) + 0.5)
    panels = figure.subplots(len(maps), across, squeeze=False)
    for row, (method, own) in zip(panels, maps.items(), strict=True):
        for axes in row:
            axes.set_xticks([])
            axes.set_yticks([])
            for spine in axes.spines.values():
                spine.set_visible(False)
        _show(row[0], image)
        row[0].set_ylabel(method, color=_DARK, fontsize=10)
        both = method in signed
        scale = float(np.percentile(np.abs(own), _CLIP)) or 1.0
        for axes, one in zip(row[1:], own, strict=True):
            _show(axes, image)
            _lay_over(axes, one / scale, signed=both)
    for axes, name in zip(panels[0], ["image", *columns], strict=True):
        axes.set_title(name, color=_DARK, fontsize=9.5)
    if title:
        figure.suptitle(title, color=_DARK, fontsize=11, x=0.01, ha="left")
    return figure


def _show(axes: Any, image: NDArray[Any]) -> None:
    axes.imshow(image, cmap="gray", interpolation="nearest")


def _lay_over(axes: Any, relevance: NDArray[np.float64], *, signed: bool) -> None:
    """Colour as strong as the relevance, over the grey image."""
    from matplotlib import colormaps

    value = relevance.clip(-1, 1)
    if signed:
        colours = colormaps["RdBu_r"](0.5 + 0.5 * value)
        strength = np.abs(value)
    else:
        colours = colormaps["inferno"](value.clip(0, 1))
        strength = value.clip(0, 1)
    colours[..., 3] = 0.15 + 0.75 * strength**0.7
    axes.imshow(colours, interpolation="bilinear")


def draw_liked(images: Sequence[NDArray[Any]], names: Sequence[str], title: str = "") -> Any:
    """Draw the inputs that classes like best, side by side.

    Parameters
    ----------
    images : sequence of ndarray of shape (channels, rows, cols)
    names : sequence of str
    title : str

    Returns
    -------
    figure : matplotlib Figure
    """
    across = min(len(images), 5)
    down = -(-len(images) // across)
    figure = _figure(2.3 * across, 2.5 * down + 0.4)
    panels = figure.subplots(down, across, squeeze=False).ravel()
    for axes in panels:
        axes.set_axis_off()
    for axes, image, name in zip(panels, images, names, strict=False):
        grey = image[0] if len(image) == 1 else np.moveaxis(image, 0, -1)
        axes.imshow(grey, cmap="gray")
        axes.set_title(name, color=_DARK, fontsize=9.5)
    if title:
        figure.suptitle(title, color=_DARK, fontsize=11, x=0.01, ha="left")
    return figure


def draw_check(tables: dict[str, pd.DataFrame]) -> Any:
    """Draw how alike the maps stay while ever more layers become random.

    Parameters
    ----------
    tables : dict of str to DataFrame
        Method to the table of its `RandomisationCheck`.

    Returns
    -------
    figure : matplotlib Figure
    """
    figure = _figure(6.4, 3.8)
    axes = figure.subplots()
    colours = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
    for colour, (method, table) in zip(colours, tables.items(), strict=False):
        axes.plot(table["layers"], table["rank_correlation"], "o-", color=colour, label=method,
                  markersize=4)  # fmt: skip
        axes.plot(table["layers"], table["edges"], ":", color=colour, linewidth=1.2)
    axes.axhline(0.5, color=_GREY, linestyle=(0, (4, 2)), linewidth=1)
    axes.set_ylim(-0.35, 1.05)
    axes.set_xlabel("Layers with random weights, from the answer on", color=_DARK)
    axes.set_ylabel("Rank correlation", color=_DARK)
    axes.grid(axis="y", color=_GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=_GREY, length=3)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.set_title("With the trained network's map; dotted: with the image's edges", fontsize=9.5,
                   color=_DARK, loc="left")  # fmt: skip
    axes.legend(frameon=False, fontsize=8.5)
    return figure


def _figure(width: float, height: float) -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=150, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def save_figure(figure: Any, path: str | Path) -> Path:
    """Write a figure; the suffix chooses png, svg or pdf.

    Parameters
    ----------
    figure : matplotlib Figure
    path : path

    Returns
    -------
    path : Path
    """
    path = Path(path)
    with whole_file(path) as temporary:
        figure.savefig(temporary)
    return path
