"""A histogram as a few kilobytes of SVG; colours come from the page's style sheet."""

from __future__ import annotations

import math
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from micrographia.reporting._canvas import nice_length

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from micrographia.reporting._chart import Chart

__all__ = ["chart_svg", "fine_ticks", "logarithmic_ticks", "ticks"]

_SMALL = (480, 270)
_WIDE = (1040, 360)
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 14, 14, 44
_DIGIT = 8.0


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


def logarithmic_ticks(low: float, high: float, room: int) -> list[float]:
    """Round numbers between two ends on a logarithmic axis, as many as can be written side by side.

    They are 1, 2, 5 × 10^k; where these are too many 1, 3 × 10^k, 10^k, or every second, fifth,
    … power of ten.

    Parameters
    ----------
    low, high : float
        Above 0.
    room : int
        Digits that the axis is long.

    Examples
    --------
    >>> logarithmic_ticks(0.8, 70.0, 50)
    [1.0, 2.0, 5.0, 10.0, 20.0, 50.0]
    >>> logarithmic_ticks(0.8, 7e4, 50)
    [1.0, 10.0, 100.0, 1000.0, 10000.0]
    """
    digits = room / math.log10(high / low)  # of one decade
    for leads in ((1, 2, 5), (1, 3), (1,)):
        found = _multiples(low, high, leads)
        gap = digits * math.log10(min(b / a for a, b in pairwise((*leads, 10))))
        if gap > _longest(found):
            return found
    decades = _multiples(low, high, (1,))
    step = next(each for each in (2, 5, 10, 20, 50, 1000) if each * digits > _longest(decades))
    return [value for value in decades if round(math.log10(value)) % step == 0]


def _longest(values: Sequence[float]) -> int:
    """Digits of the longest number, and one between it and the next."""
    return 1 + max((len(f"{value:.6g}") for value in values), default=0)


def fine_ticks(low: float, high: float) -> list[float]:
    """Marks without numbers on a logarithmic axis: 1, 2, 3 … 9 × 10^k, none beyond six decades."""
    return [] if high > 1e6 * low else _multiples(low, high, range(1, 10))


def _multiples(low: float, high: float, leads: Sequence[int]) -> list[float]:
    """All lead × 10^k between two ends."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found = [lead * 10.0**at if at >= 0 else lead / 10.0**-at for at in powers for lead in leads]
    return [value for value in found if low * (1 - 1e-9) <= value <= high * (1 + 1e-9)]


class _Frame:
    """Places of a chart in the drawing."""

    def __init__(self, chart: Chart, width: int, height: int) -> None:
        self.chart = chart
        self.low, self.high = chart.span
        self.top = 1.08 * chart.height
        self.floor = height - _BOTTOM
        self.right = width - _RIGHT

    def x(self, value: float) -> float:
        if self.chart.logarithmic:
            part = math.log(value / self.low) / math.log(self.high / self.low)
        else:
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
        wide = self.right >= 800
        words = f"equivalent circular diameter ({escape(self.chart.unit)})"
        if self.chart.logarithmic:
            values = logarithmic_ticks(self.low, self.high, 90 if wide else 50)
            fine = fine_ticks(self.low, self.high)
            words += ", logarithmic"
        else:
            values, fine = ticks(self.low, self.high, 12 if wide else 6), []
        marks = "".join(f"M{self.x(value):.1f} {self.floor}v3" for value in fine)
        parts = [f'<path class="a" d="M{_LEFT} {self.floor}H{self.right}{marks}"/>']
        for value in values:
            at, text = self.x(value), f"{value:.6g}"
            inside = min(at, self.right + _RIGHT - _DIGIT / 2 * len(text))
            parts.append(
                f'<path class="a" d="M{at:.1f} {self.floor}v{6 if fine else 4}"/>'
                f'<text class="t" x="{inside:.1f}" y="{self.floor + 18}" text-anchor="middle">'
                f"{text}</text>"
            )
        middle = (_LEFT + self.right) / 2
        parts.append(
            f'<text class="t" x="{middle:.0f}" y="{self.floor + _BOTTOM - 6}" text-anchor="middle">'
            f"{words}</text>"
        )
        return "".join(parts)
