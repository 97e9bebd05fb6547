"""The look that all figures of an evaluation share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from micrographia._files import whole_file

__all__ = ["COLOURS", "DARK", "GREY", "GRID", "MARKERS", "dress", "new_figure", "save_figure"]

DARK = "#1B2430"
GREY = "#68717D"
GRID = "#E3E6EA"
BAR = "#A9CDE8"
ACCENT = "#0B5C94"
BAD = "#A8231C"
COLOURS: tuple[str, ...] = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Of the set of Okabe and Ito that the reports use, the most distant first."""
MARKERS = "os^Dv<>ph*"


def new_figure(width: float, height: float) -> Any:
    """A Matplotlib figure that belongs to no window.

    Parameters
    ----------
    width, height : float [inch]
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=150, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def dress(axes: Any, x: str = "", y: str = "", title: str = "", grid: str | None = "y") -> None:
    """Labels, a light grid, no box."""
    axes.set_xlabel(x, color=DARK)
    axes.set_ylabel(y, color=DARK)
    if title:
        axes.set_title(title, color=DARK, fontsize=10.5, loc="left")
    if grid:
        axes.grid(axis=grid, color=GRID, linewidth=0.8, zorder=0)
        axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(GREY)
    axes.tick_params(colors=GREY, length=3, labelsize=9)


def save_figure(figure: Any, path: str | Path) -> Path:
    """Write a figure; the suffix chooses png, svg or pdf."""
    path = Path(path)
    metadata = {"Date": None} if path.suffix == ".svg" else None
    with whole_file(path) as temporary:
        figure.savefig(temporary, metadata=metadata)
    return path
