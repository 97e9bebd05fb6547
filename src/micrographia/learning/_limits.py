"""The limit beyond which an image is called unlike the known ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["enough", "limit_of"]

_SCATTER = 0.3  # deviation of the logarithm of known images' scores, where nothing is known of it
_WEIGHT = 2.0  # how many images that is worth


def enough(count: int, flagged: float) -> bool:
    """Whether so many images have a quantile that `flagged` of further ones exceed.

    Examples
    --------
    >>> enough(18, 0.05), enough(19, 0.05)
    (False, True)
    """
    return _rank(count, flagged) <= count


def limit_of(known: NDArray[np.float64], flagged: float) -> float:
    """Find the score that at most `flagged` of further known images are expected to exceed.

    Of enough images it is their quantile. Too few for a quantile of that rank (fewer than 19,
    for 5 %) are taken to scatter as a normal distribution in the logarithm of the score, whose
    deviation is drawn towards the usual 0.3 as if by two more images; the limit is then the bound
    of prediction for one further image, and at least the largest of the scores.

    Parameters
    ----------
    known : ndarray of shape (n,)
        Scores of images that the model did not learn from; positive.
    flagged : float
        Share, between 0 and 1.

    Returns
    -------
    limit : float

    References
    ----------
    Vovk, Gammerman and Shafer, "Algorithmic Learning in a Random World" (2005) (split conformal
    prediction: the quantile); ISO 16269-8:2004 (prediction interval for further observations from a
    normal distribution with unknown deviation).

    Examples
    --------
    >>> limit_of(np.arange(1.0, 100.0), 0.05)
    95.0
    >>> round(limit_of(np.array([1.0, 1.2, 0.9, 1.1]), 0.05), 2)
    1.69
    """
    if enough(len(known), flagged):
        return float(np.sort(known)[_rank(len(known), flagged) - 1])
    return float(max(known.max(), np.exp(_bound(np.log(np.maximum(known, 1e-12)), flagged))))


def _rank(count: int, flagged: float) -> int:
    return int(np.ceil((count + 1) * (1 - flagged)))


def _bound(values: NDArray[np.float64], share: float) -> float:
    """What one further value exceeds with a chance of `share`."""
    from scipy.stats import t

    count = len(values)
    freedom = _WEIGHT + count - 1
    squares = np.square(values - values.mean()).sum() + _WEIGHT * _SCATTER**2
    deviation = np.sqrt(squares / freedom * (1 + 1 / count))
    return float(values.mean() + t.ppf(1 - share, freedom) * deviation)
