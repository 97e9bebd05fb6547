"""A histogram as a few kilobytes of SVG; colours come from the page's style sheet."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from micrographia.reporting._canvas import nice_length

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.reporting._chart import Chart

__all__ = ["chart_svg", "ticks"]

_SMALL = (480, 270)
_WIDE = (1040, 360)
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 14, 14, 44


def chart_svg(chart: Chart, label: str = "", wide: bool = False) -> str:
    """Draw a chart as an ``<svg>`` element.

    Parameters
    ----------
    chart : Chart
    label : str
        What a screen reader calls the figure.
    wide : bool
        Whether it shall span the page.

    Returns
    -------
    svg : str
    """
    width, height = _WIDE if wide else _SMALL
    words = label or "Histogram of equivalent circular diameters"
    head = (
        f'<svg class="hist" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(words, quote=True)}">'
    )
    parts = [head]
    if chart.values.size == 0:
        parts.append(
            f'<text class="t" x="{width / 2}" y="{height / 2}" text-anchor="middle">'
            "no counted particles</text></svg>"
        )
        return "".join(parts)
    frame = _Frame(chart, width, height)
    parts += [frame.grid(), frame.interval(), frame.bars(), *frame.curves(), frame.median()]
    parts += [frame.axis(), "</svg>"]
    return "".join(parts)


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers between two ends, at most `most` + 1 of them.

    Examples
    --------
    >>> ticks(0.0, 23.0, 5)
    [0.0, 5.0, 10.0, 15.0, 20.0]
    """
    reach = high - low
    step = nice_length(reach / most)
    if reach / step > most:
        step = nice_length(step * 2.6)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(at * step) for at in range(first, last + 1)]


class _Frame:
    """Places of a chart in the drawing."""

    def __init__(self, chart: Chart, width: int, height: int) -> None:
        self.chart = chart
        self.low, self.high = chart.span
        self.top = 1.08 * chart.height
        self.floor = height - _BOTTOM
        self.right = width - _RIGHT

    def x(self, value: float) -> float:
        part = (value - self.low) / (self.high - self.low)
        return _LEFT + part * (self.right - _LEFT)

    def y(self, value: float) -> float:
        return self.floor - value / self.top * (self.floor - _TOP)

    def grid(self) -> str:
        if not self.chart.edges.size:
            return ""
        lines = []
        for value in ticks(0, self.top, 5):
            at = self.y(value)
            lines.append(
                f'<path class="g" d="M{_LEFT} {at:.1f}H{self.right}"/>'
                f'<text class="t" x="{_LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">'
                f"{value:g}</text>"
            )
        return "".join(lines)

    def bars(self) -> str:
        chart = self.chart
        if not chart.edges.size:
            rug = "".join(f"M{self.x(v):.1f} {self.floor}V{_TOP + 60}" for v in chart.values)
            return f'<path class="r" d="{rug}"/>'
        path = []
        for left, right, height in zip(
            chart.edges[:-1], chart.edges[1:], chart.heights, strict=True
        ):
            if height > 0:
                a, b = self.x(left) + 0.6, self.x(right) - 0.6
                path.append(f"M{a:.1f} {self.floor}V{self.y(height):.1f}H{b:.1f}V{self.floor}z")
        return f'<path class="b" d="{"".join(path)}"/>'

    def curves(self) -> list[str]:
        lines: list[str] = []
        family = 0
        for curve, values in self.chart.curves:
            kind = curve.role
            if kind == "family":
                family += 1
                kind = f"f f{(family - 1) % 6}"
            lines.append(
                f'<path class="c {kind}" d="{self._line(values)}">'
                f"<title>{escape(curve.text)}</title></path>"
            )
        return lines

    def _line(self, values: NDArray[np.float64]) -> str:
        points = [
            f"{self.x(x):.1f} {self.y(y):.1f}" for x, y in zip(self.chart.x, values, strict=True)
        ]
        return "M" + "L".join(points)

    def interval(self) -> str:
        median = self.chart.median
        if median is None or median.low is None or median.high is None:
            return ""
        a, b = (self.x(min(max(v, self.low), self.high)) for v in (median.low, median.high))
        return (
            f'<rect class="i" x="{a:.1f}" y="{_TOP}" width="{max(b - a, 0.5):.1f}" '
            f'height="{self.floor - _TOP}"/>'
        )

    def median(self) -> str:
        median = self.chart.median
        if median is None or not self.low <= median.value <= self.high:
            return ""
        at = self.x(median.value)
        return (
            f'<path class="m" d="M{at:.1f} {_TOP}V{self.floor}">'
            f"<title>median {median.value:.4g} {escape(self.chart.unit)}</title></path>"
        )

    def axis(self) -> str:
        parts = [f'<path class="a" d="M{_LEFT} {self.floor}H{self.right}"/>']
        for value in ticks(self.low, self.high, 6 if self.right < 800 else 12):
            at = self.x(value)
            parts.append(
                f'<path class="a" d="M{at:.1f} {self.floor}v4"/>'
                f'<text class="t" x="{at:.1f}" y="{self.floor + 18}" text-anchor="middle">'
                f"{value:.6g}</text>"
            )
        middle = (_LEFT + self.right) / 2
        parts.append(
            f'<text class="t" x="{middle:.0f}" y="{self.floor + _BOTTOM - 6}" text-anchor="middle">'
            f"equivalent circular diameter ({escape(self.chart.unit)})</text>"
        )
        return "".join(parts)
