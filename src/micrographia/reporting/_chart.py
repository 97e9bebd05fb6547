"""What a size histogram shows, apart from how it is drawn: bins, curves, median."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.reporting._canvas import nice_length
from micrographia.reporting._fits import Curve, curves_of
from micrographia.reporting._summary import Size, SummaryView

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["Chart", "bin_edges", "chart_of"]

_FEWEST_BINS, _MOST_BINS = 5, 60
_MOST_FOR_FAMILIES = 120
_CURVE_POINTS = 240
_FEWEST_FOR_BINS = 5


@dataclasses.dataclass(frozen=True)
class Chart:
    """A histogram of sizes, ready to draw.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Sizes of the counted particles, in `unit`.
    unit : str
    edges : ndarray of shape (bins + 1,)
        Empty where there are too few particles for bins.
    heights : ndarray of shape (bins,)
        Number of particles, or sum of their weights.
    x : ndarray of shape (points,)
        Where the curves are given; empty without bins.
    curves : list of (Curve, ndarray of shape (points,))
        Fitted densities, scaled to the bars.
    median : Size or None
    weighted : bool
        Whether the particles carry unequal weights.
    left_out : int
        Particles that are not counted.
    ordered, cumulative : ndarray of shape (n,)
        Sizes in order and the share of the particles up to each, by weight.
    """

    values: NDArray[np.float64]
    unit: str
    edges: NDArray[np.float64]
    heights: NDArray[np.float64]
    x: NDArray[np.float64]
    curves: list[tuple[Curve, NDArray[np.float64]]]
    median: Size | None
    weighted: bool
    left_out: int
    ordered: NDArray[np.float64]
    cumulative: NDArray[np.float64]

    @property
    def span(self) -> tuple[float, float]:
        """Ends of the axis of sizes."""
        if self.edges.size:
            return float(self.edges[0]), float(self.edges[-1])
        if self.values.size:
            low, high = float(self.values.min()), float(self.values.max())
            room = 0.5 * (high - low) or 0.25 * high or 1.0
            return max(0.0, low - room), high + room
        return 0.0, 1.0

    @property
    def height(self) -> float:
        """Height of the tallest bar or curve."""
        tops = [self.heights.max(initial=0.0), *(y.max(initial=0.0) for _, y in self.curves)]
        return float(max(tops)) or 1.0


def bin_edges(
    values: NDArray[np.float64], resolution: float = 0.0, narrowest: float = 0.0
) -> NDArray[np.float64]:
    """Edges of bins of equal, round width.

    The width is that of Freedman and Diaconis (Z. Wahrscheinlichkeitstheorie verw. Gebiete 57,
    453, 1981, doi:10.1007/BF01025868), 2 IQR n^(-1/3), rounded down to 1, 2 or 5 × 10^k, and such
    that there are between 5 and 60 bins. Where the shortest interval that holds half of the values
    is narrower than the IQR, as with two size families, it takes its place.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Finite sizes, at least one.
    resolution : float
        Bins are never narrower than this (half a pixel, say).
    narrowest : float
        Standard deviation of the narrowest size family, where there are several: bins are no wider
        than 1.5 times this, as long as there are no more than 120 of them.

    Returns
    -------
    edges : ndarray of shape (bins + 1,)

    Examples
    --------
    >>> bin_edges(np.array([8.0, 9.0, 10.0, 11.0, 12.0]))
    array([ 8.,  9., 10., 11., 12., 13.])
    """
    low, high = float(values.min()), float(values.max())
    reach = high - low
    if reach <= 0:
        width = nice_length(max(abs(low) / 10, resolution, 1e-12))
        first = max(0, math.floor(low / width) - 2)
        return np.arange(first, first + 6, dtype=np.float64) * width
    width = 2 * _spread(values) * len(values) ** (-1 / 3)
    most = _MOST_BINS
    if narrowest > 0 and 1.5 * narrowest < width:
        width, most = 1.5 * narrowest, _MOST_FOR_FAMILIES
    width = min(max(width, reach / most, resolution), reach / _FEWEST_BINS * 1.25)
    step = nice_length(width)
    while step < max(reach / most, resolution):
        step = nice_length(2.6 * step)
    first, last = math.floor(low / step + 1e-9), math.floor(high / step + 1e-9) + 1
    return np.arange(first, last + 1, dtype=np.float64) * step


def _spread(values: NDArray[np.float64]) -> float:
    """The interquartile range, or the shortest interval with half of the values if narrower."""
    ordered = np.sort(values)
    half = len(ordered) // 2
    shortest = float((ordered[half:] - ordered[: len(ordered) - half]).min())
    low, high = np.percentile(ordered, [25, 75])
    return min(shortest, float(high - low))


def chart_of(particles: pd.DataFrame, summary: Mapping[str, Any] | None) -> Chart:
    """Gather what a histogram shows from the particles and their summary.

    Parameters
    ----------
    particles : DataFrame
        With `ecd_nm` or `ecd_px`, and `counted` and `weight` where known.
    summary : mapping or None
        Its fits and median are shown.

    Returns
    -------
    chart : Chart
    """
    view = SummaryView.of(summary)
    column, unit = _size_column(particles, view)
    counted = (
        particles["counted"].to_numpy(dtype=bool)
        if "counted" in particles
        else np.ones(len(particles), bool)
    )
    all_values = (
        particles[column].to_numpy(dtype=np.float64)
        if column in particles
        else np.empty(len(particles))
    )
    if column not in particles:
        counted = np.zeros(len(particles), bool)
    used = counted & np.isfinite(all_values)
    values = all_values[used]
    weights = _weights(particles, used)
    order = np.argsort(values, kind="stable")
    edges = heights = x = np.empty(0)
    curves: list[tuple[Curve, NDArray[np.float64]]] = []
    if len(values) >= _FEWEST_FOR_BINS:
        asked = curves_of(view.raw) if unit == view.unit else []
        families = [curve for curve in asked if curve.role == "family"]
        narrowest = min((curve.components[0].facts()[2] for curve in families), default=0.0)
        edges = bin_edges(values, _resolution(view, unit), narrowest)
        heights = np.histogram(values, edges, weights=weights)[0]
        x = np.linspace(edges[0], edges[-1], _CURVE_POINTS)
        scale = float(weights.sum() * (edges[1] - edges[0]))
        curves = [(curve, curve.density(x) * scale) for curve in asked]
    return Chart(
        values=values,
        unit=unit,
        edges=edges,
        heights=heights,
        x=x,
        curves=curves,
        median=view.sizes.get("median") if unit == view.unit else None,
        weighted=bool(len(weights) and not np.allclose(weights, weights[0])),
        left_out=len(particles) - int(used.sum()),
        ordered=values[order],
        cumulative=np.cumsum(weights[order]) / weights.sum() if len(values) else np.empty(0),
    )


def _size_column(particles: pd.DataFrame, view: SummaryView) -> tuple[str, str]:
    if "ecd_nm" in particles and (view.unit == "nm" or "ecd_px" not in particles):
        return "ecd_nm", "nm"
    return "ecd_px", "px"


def _weights(particles: pd.DataFrame, used: NDArray[np.bool_]) -> NDArray[np.float64]:
    if "weight" not in particles:
        return np.ones(int(used.sum()))
    found = particles["weight"].to_numpy(dtype=np.float64)[used]
    return np.where(np.isfinite(found), found, 1.0)


def _resolution(view: SummaryView, unit: str) -> float:
    """Sizes differ by less than this only by chance of the pixel grid: half a pixel."""
    if unit == "px":
        return 0.5
    return 0.5 * view.pixel_size_nm if view.pixel_size_nm else 0.0
