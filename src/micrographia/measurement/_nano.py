"""Share of particles by number with a size from 1 nm to 100 nm, and what it can say."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.measurement._uncertainty import deviate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["nano_share", "wilson"]

THRESHOLD = 0.5
_LOW, _HIGH = 1.0, 100.0

_CLAIM = (
    "Share, by number, of the counted particles whose smallest Feret diameter in the image lies "
    "from 1 nm to 100 nm. Commission Recommendation 2022/C 229/01 asks this of the constituent "
    "particles of a whole material, in all external dimensions and also within agglomerates and "
    "aggregates. An image shows projections of the particles on one spot: what is thin along the "
    "beam is not seen, touching particles may have been measured as one, and particles too small "
    "or too faint to be found are missing. The share is evidence, not a classification."
)


def wilson(share: float, number: float, confidence: float) -> tuple[float, float]:
    """Wilson's score interval of a proportion.

    Parameters
    ----------
    share : float
    number : float
        (Effective) number of trials, above 0.
    confidence : float

    Returns
    -------
    low, high : float

    Notes
    -----
    E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209–212.

    Examples
    --------
    >>> [round(end, 4) for end in wilson(0.5, 100, 0.95)]
    [0.4038, 0.5962]
    """
    z2 = deviate(confidence) ** 2
    middle = (share + z2 / (2 * number)) / (1 + z2 / number)
    half = math.sqrt(z2 * (share * (1 - share) / number + z2 / (4 * number**2)))
    half /= 1 + z2 / number
    return max(0.0, middle - half), min(1.0, middle + half)


def nano_share(
    smallest: Floats | None,
    weights: Floats,
    number: float,
    relative_uncertainty: float | None,
    confidence: float,
) -> dict[str, Any]:
    """Share of particles from 1 nm to 100 nm, with its interval beside the threshold of 50 %.

    Parameters
    ----------
    smallest : ndarray of shape (n,) [nm], or None
        Smallest Feret diameters of the counted particles; None without a pixel size.
    weights : ndarray of shape (n,)
        Counting weights.
    number : float
        Effective number of particles.
    relative_uncertainty : float or None
        Of the scale; where known, it moves both limits and widens the interval.
    confidence : float

    Returns
    -------
    nano : dict
    """
    common = {"threshold": THRESHOLD, "range_nm": [_LOW, _HIGH], "claim": _CLAIM}
    empty = {"share": None, "low": None, "high": None, "against_threshold": None}
    if smallest is None:
        reason = "no pixel size is known, so no size in nm either"
        return {**empty, "reason": reason, **common}
    if smallest.size == 0:
        return {**empty, "reason": "no particle was counted", **common}

    def share_at(factor: float) -> float:
        size = smallest * factor
        return float(np.average((size >= _LOW) & (size <= _HIGH), weights=weights))

    share = share_at(1.0)
    low, high = wilson(share, number, confidence)
    if relative_uncertainty:
        move = deviate(confidence) * relative_uncertainty
        # A true scale larger than taken makes every size larger.
        at_ends = [share_at(math.exp(sign * move)) for sign in (-1, 1)]
        low = max(0.0, share - math.hypot(share - low, share - min(share, *at_ends)))
        high = min(1.0, share + math.hypot(high - share, max(share, *at_ends) - share))
    verdict = "above" if low > THRESHOLD else "below" if high < THRESHOLD else "not decided"
    return {
        "share": share,
        "low": low,
        "high": high,
        "against_threshold": verdict,
        "reason": "",
        **common,
    }
