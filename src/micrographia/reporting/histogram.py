"""The size histogram: as a file drawn by Matplotlib, and as light SVG for the report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia._files import whole_file
from micrographia.reporting._chart import Chart, chart_of
from micrographia.reporting._palette import FAMILIES
from micrographia.reporting._svg import chart_svg, fine_ticks, logarithmic_ticks

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

__all__ = ["draw_histogram", "histogram_svg"]

_BAR = "#A9CDE8"
_BAR_EDGE = "#FFFFFF"
_DARK = "#1B2430"
_GREY = "#68717D"
_GRID = "#E3E6EA"
_PLACE = (0.09, 0.125, 0.82, 0.725)
_ENTRIES = 4


def draw_histogram(
    particles: pd.DataFrame,
    summary: Mapping[str, Any] | None,
    path: str | Path,
    *,
    title: str | None = None,
    dpi: int = 150,
) -> Path:
    """Draw the histogram of the equivalent circular diameter of the counted particles.

    Bars show numbers of particles (sums of weights where these differ), lines the fitted
    densities, the dotted line on the right-hand axis the cumulative share, the vertical line the
    median with its 95 % interval. Where the largest size is more than 20 times the 5 % quantile,
    the axis of sizes is logarithmic, bins are of equal ratio, and densities are per interval of the
    logarithm.

    Parameters
    ----------
    particles : DataFrame
        With `ecd_nm` or `ecd_px`, and `counted` and `weight` where known.
    summary : mapping or None
        Of the same particles; its `fits` and `ecd` are drawn.
    path : str or Path
        The suffix chooses the format: png, svg or pdf.
    title : str, optional
    dpi : int [1/in]

    Returns
    -------
    path : Path

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    chart = chart_of(particles, summary)
    path = Path(path)
    style: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": "micrographia",
        "font.family": ["DejaVu Sans"],
        "font.size": 10,
    }
    with rc_context(style):
        figure = Figure(figsize=(7.2, 4.5), dpi=dpi, facecolor="white")
        FigureCanvasAgg(figure)
        axes = figure.add_axes(_PLACE)
        _bars(axes, chart)
        _curves(axes, chart)
        _median(axes, chart)
        _dress(axes, chart, title)
        if chart.edges.size:
            _cumulative(axes.twinx(), chart)
        metadata = {"Date": None} if path.suffix == ".svg" else None
        with whole_file(path) as temporary:
            figure.savefig(temporary, metadata=metadata)
    return path


def histogram_svg(
    particles: pd.DataFrame,
    summary: Mapping[str, Any] | None,
    label: str = "",
    wide: bool = False,
) -> str:
    """The same histogram as a small piece of SVG that takes its colours from the page.

    Parameters
    ----------
    particles : DataFrame
    summary : mapping or None
    label : str
        What a screen reader calls the figure.
    wide : bool
        Whether it shall span the page.

    Returns
    -------
    svg : str
        An ``<svg>`` element of a few kilobytes, styled by the classes of the report's template.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"ecd_px": [8.0, 9, 10, 11, 12], "counted": True})
    >>> histogram_svg(table, None).startswith("<svg")
    True
    """
    return chart_svg(chart_of(particles, summary), label, wide)


def _bars(axes: Any, chart: Chart) -> None:
    if chart.edges.size:
        widths = np.diff(chart.edges)
        axes.bar(
            chart.edges[:-1],
            chart.heights,
            widths,
            align="edge",
            color=_BAR,
            edgecolor=_BAR_EDGE,
            linewidth=0.8,
            zorder=2,
        )
    elif chart.values.size:
        axes.vlines(chart.values, 0, 1, color="#3F87B8", linewidth=2.5, zorder=3)


def _curves(axes: Any, chart: Chart) -> None:
    family = 0
    for curve, y in chart.curves:
        look: dict[str, Any] = {"color": "#0B5C94", "linewidth": 2.0, "zorder": 4}
        if curve.role == "sum":
            look = {"color": _DARK, "linewidth": 4.0, "alpha": 0.3, "zorder": 3}
        elif curve.role == "family":
            look = {"color": FAMILIES[family % len(FAMILIES)], "linewidth": 1.8, "zorder": 4}
            family += 1
        visible = np.where(y > 0.004 * chart.height, y, np.nan)
        axes.plot(chart.x, visible, label=curve.text, **look)


def _median(axes: Any, chart: Chart) -> None:
    median = chart.median
    if median is None or not chart.values.size:
        return
    text = f"median {median.value:.4g} {chart.unit}"
    if median.low is not None and median.high is not None:
        first = max(median.low, chart.span[0]) if chart.logarithmic else median.low
        axes.axvspan(first, median.high, color=_DARK, alpha=0.13, linewidth=0, zorder=1)
        text += f" (95 %: {median.low:.4g} to {median.high:.4g})"
    axes.axvline(
        median.value, color=_DARK, linewidth=1.3, linestyle=(0, (4, 2)), zorder=5, label=text
    )


def _dress(axes: Any, chart: Chart, title: str | None) -> None:
    words = f"Equivalent circular diameter ({chart.unit})"
    if chart.logarithmic:
        _scale_by_ratio(axes, chart)
        words += ", logarithmic"
    axes.set_xlim(*chart.span)
    axes.set_ylim(0, 1.12 * chart.height)
    axes.set_xlabel(words, color=_DARK)
    axes.set_ylabel("Particles, weighted" if chart.weighted else "Particles", color=_DARK)
    axes.grid(axis="y", color=_GRID, linewidth=0.8, zorder=0)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_GREY)
    axes.tick_params(colors=_GREY, length=3)
    if chart.logarithmic:
        axes.tick_params(axis="x", which="both", colors=_GREY)
        axes.tick_params(axis="x", which="major", length=5)
    if not chart.edges.size:
        axes.set_yticks([])
        axes.set_ylabel("")
    count = len(chart.values)
    head = f"n = {count:,} counted"
    if chart.left_out:
        head += f", {chart.left_out:,} left out"
    left, bottom, width, height = _PLACE
    axes.figure.text(left, bottom + 1.085 * height, head, color=_GREY, fontsize=9, va="bottom")
    if title:
        axes.figure.text(left, bottom + 1.145 * height, title, color=_DARK, fontsize=12,
                         va="bottom")  # fmt: skip
    if count == 0:
        axes.set_xticks([])
        axes.text(
            0.5, 0.5, "no counted particles", transform=axes.transAxes, color=_GREY,
            ha="center", fontsize=13,
        )  # fmt: skip
    entries = len(axes.get_legend_handles_labels()[0])
    if entries:
        more = (entries - 1) // _ENTRIES  # lines of the legend beyond the first
        axes.set_position((left, bottom, width, height - 0.045 * more))
        axes.legend(
            frameon=False, fontsize=8.5, loc="lower left", labelcolor=_DARK, ncols=_ENTRIES,
            bbox_to_anchor=(0, 1), borderaxespad=0.2, borderpad=0, columnspacing=1.4,
            handlelength=1.6,
        )  # fmt: skip


def _scale_by_ratio(axes: Any, chart: Chart) -> None:
    """A logarithmic axis of sizes with plain numbers at round places."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

    axes.set_xscale("log")
    axis = axes.xaxis
    axis.set_major_locator(FixedLocator(logarithmic_ticks(*chart.span, 66)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.6g}"))
    axis.set_minor_locator(FixedLocator(fine_ticks(*chart.span)))
    axis.set_minor_formatter(NullFormatter())


def _cumulative(axes: Any, chart: Chart) -> None:
    axes.step(
        chart.ordered, chart.cumulative * 100, where="post",
        color=_GREY, linewidth=1.2, linestyle=":", zorder=3,
    )  # fmt: skip
    axes.set_ylim(0, 112)
    axes.set_yticks([0, 25, 50, 75, 100])
    axes.set_ylabel("Cumulative share (%)", color=_GREY)
    axes.tick_params(colors=_GREY, length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
