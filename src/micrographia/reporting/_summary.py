"""A summary dict as the pictures and the report read it: what is missing stays empty."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["Size", "SummaryView", "number"]

_SIZES = ("mean", "median", "sd", "d10", "d50", "d90", "geometric_mean", "geometric_sd")


@dataclasses.dataclass(frozen=True)
class Size:
    """A number with its 95 % interval, where that is known."""

    value: float
    low: float | None = None
    high: float | None = None

    @classmethod
    def of(cls, given: Any) -> Size | None:
        """Read a number, or a mapping of ``value`` with ``low`` and ``high`` or ``interval``.

        Examples
        --------
        >>> Size.of({"value": 2, "interval": [1, 3]})
        Size(value=2.0, low=1.0, high=3.0)
        >>> Size.of(2.5), Size.of(None)
        (Size(value=2.5, low=None, high=None), None)
        """
        if not isinstance(given, Mapping):
            value = number(given)
            return None if value is None else cls(value)
        value = number(given.get("value", given.get("estimate")))
        if value is None:
            return None
        pair = next(
            (given[key] for key in ("interval", "interval_95", "ci95") if given.get(key)), None
        )
        if isinstance(pair, Sequence) and len(pair) == 2:
            return cls(value, number(pair[0]), number(pair[1]))
        return cls(value, number(given.get("low")), number(given.get("high")))

    @property
    def has_interval(self) -> bool:
        """Whether both ends are known."""
        return self.low is not None and self.high is not None


def number(value: Any) -> float | None:
    """A finite float, or None for everything else.

    Examples
    --------
    >>> number(2), number(float("nan")), number("2"), number(True)
    (2.0, None, None, None)
    """
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return None
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None


@dataclasses.dataclass(frozen=True)
class SummaryView:
    """What the summary of one image, or of all, says.

    Parameters
    ----------
    count, counted : int or None
    pixel_size_nm : float or None
    pixel_size_origin : str or None
    pixel_size_uncertainty : float or None
        Relative standard uncertainty.
    unit : {"nm", "px"}
        Of all sizes.
    sizes : dict of str to Size
        Statistics of the equivalent circular diameter, by name.
    aspect_ratio : dict of str to Size
    weighted : dict of str to dict
        The same statistics, weighted by ``area`` and ``volume``.
    confidence : float
        Level of the intervals.
    verdict : str
        What the cross-check of the scale found.
    left_out : dict of str to int
        How many particles are not counted, by reason.
    notes : tuple of str
        What limits the statistics.
    warnings : tuple of str
    raw : mapping
        The summary itself.
    """

    count: int | None = None
    counted: int | None = None
    pixel_size_nm: float | None = None
    pixel_size_origin: str | None = None
    pixel_size_uncertainty: float | None = None
    unit: str = "px"
    sizes: Mapping[str, Size] = dataclasses.field(default_factory=dict)
    aspect_ratio: Mapping[str, Size] = dataclasses.field(default_factory=dict)
    weighted: Mapping[str, Mapping[str, Size]] = dataclasses.field(default_factory=dict)
    confidence: float = 0.95
    verdict: str = ""
    left_out: Mapping[str, int] = dataclasses.field(default_factory=dict)
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    raw: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, summary: Mapping[str, Any] | None) -> SummaryView:
        """Read a summary dict; keys that it lacks are left empty."""
        if not summary:
            return cls()
        pixel_size = summary.get("pixel_size_nm")
        if isinstance(pixel_size, Sequence) and len(pixel_size) == 2:
            ends = [number(edge) for edge in pixel_size]
            pixel_size = math.sqrt(ends[0] * ends[1]) if ends[0] and ends[1] else None
        size = number(pixel_size)
        ecd = summary.get("ecd")
        ecd = ecd if isinstance(ecd, Mapping) else {}
        return cls(
            count=_whole(summary.get("count")),
            counted=_whole(summary.get("counted")),
            pixel_size_nm=size,
            pixel_size_origin=summary.get("pixel_size_origin"),
            pixel_size_uncertainty=number(summary.get("pixel_size_relative_uncertainty")),
            unit=str(ecd.get("unit") or summary.get("unit") or ("nm" if size else "px")),
            sizes=_sizes(ecd),
            aspect_ratio=_sizes(summary.get("aspect_ratio")),
            weighted=_weighted(summary),
            confidence=number(summary.get("confidence")) or 0.95,
            verdict=_verdict(summary),
            left_out=_left_out(summary),
            notes=_notes(summary),
            warnings=tuple(str(text) for text in summary.get("warnings") or ()),
            raw=summary,
        )

    @property
    def calibrated(self) -> bool:
        """Whether lengths are in nanometres."""
        return self.pixel_size_nm is not None

    @property
    def level_text(self) -> str:
        """The level of the intervals as words."""
        return f"{100 * self.confidence:g}\u202f%"


def _weighted(summary: Mapping[str, Any]) -> dict[str, Mapping[str, Size]]:
    """Statistics weighted by area and by volume; their median is their d50."""
    groups = summary.get("distributions")
    found: dict[str, Mapping[str, Size]] = {}
    for name in ("area", "volume"):
        sizes = _sizes(groups.get(name)) if isinstance(groups, Mapping) else {}
        if "d50" in sizes:
            sizes.setdefault("median", sizes["d50"])
        if sizes:
            found[name] = sizes
    return found


def _verdict(summary: Mapping[str, Any]) -> str:
    calibration = summary.get("calibration")
    return str(calibration.get("verdict") or "") if isinstance(calibration, Mapping) else ""


def _left_out(summary: Mapping[str, Any]) -> dict[str, int]:
    given = summary.get("left_out")
    if not isinstance(given, Mapping):
        return {}
    counts = {str(name): _whole(times) for name, times in given.items()}
    return {name: times for name, times in counts.items() if times}


def _notes(summary: Mapping[str, Any]) -> tuple[str, ...]:
    given = summary.get("notes") or ()
    notes = [str(text) for text in given] if isinstance(given, list | tuple) else []
    reason = summary.get("reason")
    return tuple([*notes, str(reason)] if reason else notes)


def _whole(value: Any) -> int | None:
    found = number(value)
    return None if found is None else round(found)


def _sizes(given: Any) -> dict[str, Size]:
    if not isinstance(given, Mapping):
        return {}
    found = {name: Size.of(given.get(name)) for name in _SIZES}
    return {name: size for name, size in found.items() if size is not None}
