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

__all__ = ["Chart", "bin_edges", "chart_of", "logarithmic", "logarithmic_bin_edges"]

_FEWEST_BINS, _MOST_BINS = 5, 60
_MOST_FOR_FAMILIES = 120
_CURVE_POINTS = 240
_FEWEST_FOR_BINS = 5
_LOGARITHMIC_ABOVE, _LOWER_END = 20.0, 0.05


@dataclasses.dataclass(frozen=True)
class Chart:
    """A histogram of sizes, ready to draw.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Sizes of the counted particles, in `unit`.
    unit : str
    edges : ndarray of shape (bins + 1,)
        Empty where there are too few particles for bins. Of equal width or, on a logarithmic axis,
        of equal ratio.
    heights : ndarray of shape (bins,)
        Number of particles, or sum of their weights.
    x : ndarray of shape (points,)
        Where the curves are given; empty without bins.
    curves : list of (Curve, ndarray of shape (points,))
        Fitted densities, scaled to the bars: particles per bin, that is, per interval of size or,
        on a logarithmic axis, of the logarithm of size.
    median : Size or None
    weighted : bool
        Whether the particles carry unequal weights.
    left_out : int
        Particles that are not counted.
    ordered, cumulative : ndarray of shape (n,)
        Sizes in order and the share of the particles up to each, by weight.
    logarithmic : bool
        Whether the axis of sizes is.
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
    logarithmic: bool = False

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
    return _holding(np.arange(first, last + 1, dtype=np.float64) * step, values)


def _holding(edges: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The edges, with no value lost to rounding: 19 × 0.05 is larger than 0.95."""
    edges[0], edges[-1] = min(edges[0], values.min()), max(edges[-1], values.max())
    return edges


def logarithmic(values: NDArray[np.float64]) -> bool:
    """Whether sizes vary so much that a logarithmic axis shows them better.

    It does where the largest is more than 20 times the 5 % quantile (the smallest, of up to 20
    sizes). A few specks below the bulk do not make it so, as they do not hide the bulk on an
    ordinary axis; a few large particles do.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Finite sizes.

    Returns
    -------
    logarithmic : bool

    Examples
    --------
    >>> logarithmic(np.array([1.0, 2.0, 20.0])), logarithmic(np.array([1.0, 2.0, 21.0]))
    (False, True)
    """
    if not len(values) or values.min() <= 0:
        return False
    return bool(values.max() > _LOGARITHMIC_ABOVE * _lower_end(values))


def _lower_end(values: NDArray[np.float64]) -> float:
    return float(np.quantile(values, _LOWER_END, method="lower"))


def logarithmic_bin_edges(
    values: NDArray[np.float64], resolution: float = 0.0, narrowest: float = 0.0
) -> NDArray[np.float64]:
    """Edges of bins of equal ratio, a whole number of them to a decade or to two or five.

    The rule is that of `bin_edges`, applied to the decimal logarithm of the sizes; the steps are
    those of 1, 2, 5, 10, 20 or 50 bins a decade.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Sizes above 0.
    resolution : float
        At the 5 % quantile, bins are never narrower than this.
    narrowest : float
        Standard deviation of the logarithm (to base 10) of the narrowest size family, where there
        are several.

    Returns
    -------
    edges : ndarray of shape (bins + 1,)

    Examples
    --------
    >>> logarithmic_bin_edges(np.array([1.0, 3.0, 10.0, 30.0, 99.0])).round(2)
    array([  1.  ,   1.58,   2.51,   3.98,   6.31,  10.  ,  15.85,  25.12,
            39.81,  63.1 , 100.  ])
    """
    finest = math.log10(1 + resolution / _lower_end(values))
    return _holding(10.0 ** bin_edges(np.log10(values), finest, narrowest), values)


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
    by_ratio = len(values) >= _FEWEST_FOR_BINS and logarithmic(values)
    if len(values) >= _FEWEST_FOR_BINS:
        asked = curves_of(view.raw) if unit == view.unit else []
        bins = logarithmic_bin_edges if by_ratio else bin_edges
        edges = bins(values, _resolution(view, unit), _narrowest(asked, by_ratio))
        heights = np.histogram(values, edges, weights=weights)[0]
        x, per_bin = _points(edges, by_ratio)
        curves = [(curve, curve.density(x) * per_bin * weights.sum()) for curve in asked]
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
        logarithmic=by_ratio,
    )


def _narrowest(curves: list[Curve], by_ratio: bool) -> float:
    """Standard deviation of the narrowest family, of the size or of its decimal logarithm."""
    found = []
    for curve in curves:
        if curve.role == "family":
            _, median, sd = curve.components[0].facts()
            if not by_ratio:
                found.append(sd)
            elif median > 0:
                found.append(math.log10(1 + sd / median))
    return min(found, default=0.0)


def _points(
    edges: NDArray[np.float64], by_ratio: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where curves are given, and what makes a density there a share per bin.

    Per bin of the logarithm the share is f(x) dx/d(log10 x) Δ(log10 x) = f(x) x ln(10) Δ(log10 x).
    """
    if not by_ratio:
        x = np.linspace(edges[0], edges[-1], _CURVE_POINTS)
        return x, np.full(_CURVE_POINTS, edges[1] - edges[0])
    x = np.geomspace(edges[0], edges[-1], _CURVE_POINTS)
    return x, x * math.log(edges[1] / edges[0])


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
