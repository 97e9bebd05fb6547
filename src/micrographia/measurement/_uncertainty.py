"""Uncertainty budget of mean and median, and how many particles a precision needs."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from micrographia.measurement._bootstrap import Estimate

__all__ = ["Scale", "budget", "needed", "with_scale"]

_COVERAGE_FACTOR = 2.0


@dataclasses.dataclass(frozen=True)
class Scale:
    """The unit of lengths, and what is known of it.

    Parameters
    ----------
    unit : {"nm", "px"}
    pixel : float
        Mean edge of a pixel in that unit; 1 for pixels.
    relative_uncertainty : float or None
        Standard uncertainty of the scale over the scale; 0 for pixels, None where not known.
    """

    unit: str
    pixel: float
    relative_uncertainty: float | None


def with_scale(estimate: Estimate, scale: Scale, confidence: float) -> Estimate:
    """Widen an interval by the uncertainty of the scale.

    The half-width of the scale's own interval is added in quadrature to both sides (GUM,
    JCGM 100:2008, 5.1.2); nothing is added where the uncertainty is not known.
    """
    if estimate.value is None or not scale.relative_uncertainty:
        return estimate
    if estimate.low is None or estimate.high is None:
        return estimate
    part = deviate(confidence) * scale.relative_uncertainty * estimate.value
    return dataclasses.replace(
        estimate,
        low=estimate.value - math.hypot(estimate.value - estimate.low, part),
        high=estimate.value + math.hypot(estimate.high - estimate.value, part),
    )


def deviate(confidence: float) -> float:
    """Normal deviate of a two-sided interval.

    Examples
    --------
    >>> round(deviate(0.95), 3)
    1.96
    """
    from statistics import NormalDist

    return NormalDist().inv_cdf((1 + confidence) / 2)


def budget(estimate: Estimate, scale: Scale, boundary_px: float) -> dict[str, Any] | None:
    """Standard uncertainties of a mean or median diameter, combined.

    Parameters
    ----------
    estimate : Estimate
        From the sample alone.
    scale : Scale
    boundary_px : float [pixels]
        Standard uncertainty of the position of an outline, the same on both sides of a particle.

    Returns
    -------
    budget : dict or None
        ``sampling``, ``boundary`` and ``scale`` (None where not known), ``combined``,
        ``expanded`` (coverage factor 2), ``low`` and ``high`` in the unit, ``relative_expanded``;
        None where there is no standard error.

    Notes
    -----
    The parts are independent and add in quadrature (GUM, JCGM 100:2008, equation 10).
    """
    if estimate.value is None or estimate.error is None:
        return None
    boundary = 2 * boundary_px * scale.pixel
    relative = scale.relative_uncertainty
    from_scale = None if relative is None else relative * estimate.value
    combined = math.hypot(estimate.error, boundary, from_scale or 0.0)
    expanded = _COVERAGE_FACTOR * combined
    return {
        "value": estimate.value,
        "sampling": estimate.error,
        "boundary": boundary,
        "scale": from_scale,
        "combined": combined,
        "coverage_factor": _COVERAGE_FACTOR,
        "expanded": expanded,
        "low": estimate.value - expanded,
        "high": estimate.value + expanded,
        "relative_expanded": expanded / estimate.value if estimate.value else None,
    }


def needed(estimate: Estimate, number: float, precision: float) -> dict[str, Any] | None:
    """How many particles give the wanted half-width of the interval, if they are like these.

    Parameters
    ----------
    estimate : Estimate
        From the sample alone: neither scale nor boundary get better by counting.
    number : float
        Effective number of particles now.
    precision : float
        Wanted half-width over the value.

    Returns
    -------
    needed : dict or None
        ``relative_half_width`` now, ``particles`` needed in all, ``more`` still to count.
    """
    if not estimate.value or estimate.low is None or estimate.high is None:
        return None
    now = (estimate.high - estimate.low) / 2 / abs(estimate.value)
    total = math.ceil(number * (now / precision) ** 2)
    return {
        "relative_half_width": now,
        "particles": total,
        "more": max(0, math.ceil(total - number)),
    }
