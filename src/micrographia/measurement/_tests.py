"""Two-sample tests, and Holm's correction for many of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["holm", "kolmogorov_smirnov", "mann_whitney", "welch"]


def kolmogorov_smirnov(first: Floats, second: Floats) -> tuple[float, float]:
    """Largest distance between two cumulative distributions, and its p-value.

    The p-value is that of the limiting distribution, with Stephens' correction for small samples.

    Examples
    --------
    >>> kolmogorov_smirnov(np.arange(10.0), np.arange(10.0) + 20)[0]
    1.0
    """
    from scipy.special import kolmogorov

    first, second = np.sort(first), np.sort(second)
    both = np.concatenate([first, second])
    reached = [np.searchsorted(x, both, "right") / len(x) for x in (first, second)]
    distance = float(np.abs(reached[0] - reached[1]).max())
    root = np.sqrt(len(first) * len(second) / len(both))
    return distance, float(kolmogorov((root + 0.12 + 0.11 / root) * distance))


def mann_whitney(first: Floats, second: Floats) -> tuple[float, float]:
    """Share of pairs in which the second value is the larger one, and its two-sided p-value.

    Ties count half; the p-value is the normal approximation with corrections for ties and
    continuity.

    Examples
    --------
    >>> mann_whitney(np.array([1.0, 2.0]), np.array([3.0, 4.0]))[0]
    1.0
    """
    from scipy.special import ndtr

    n, m = len(first), len(second)
    _, place, repeats = np.unique(
        np.concatenate([first, second]), return_inverse=True, return_counts=True
    )
    ranks = (np.cumsum(repeats) - (repeats - 1) / 2)[place]
    larger = float(ranks[n:].sum()) - m * (m + 1) / 2
    total = n + m
    ties = float((repeats.astype(float) ** 3 - repeats).sum()) / (total * (total - 1))
    variance = n * m / 12 * (total + 1 - ties)
    away = max(abs(larger - n * m / 2) - 0.5, 0.0)
    p_value = 1.0 if variance <= 0 else 2 * float(ndtr(-away / np.sqrt(variance)))
    return larger / (n * m), min(p_value, 1.0)


def welch(first: Floats, second: Floats) -> tuple[float, float]:
    """Welch's t for the difference second minus first, and its two-sided p-value.

    Examples
    --------
    >>> t, p = welch(np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 4.0]))
    >>> round(t, 4), round(p, 4)
    (1.2247, 0.2879)
    """
    from scipy.special import stdtr

    parts = [float(np.var(x, ddof=1)) / len(x) for x in (first, second)]
    total = sum(parts)
    difference = float(second.mean() - first.mean())
    if total == 0:
        return 0.0, 1.0 if difference == 0 else 0.0
    freedom = total**2 / sum(
        part**2 / (len(x) - 1) for part, x in zip(parts, (first, second), strict=True)
    )
    t = difference / float(np.sqrt(total))
    return t, 2 * float(stdtr(freedom, -abs(t)))


def holm(p_values: list[float]) -> list[float]:
    """Holm's correction (S. Holm, Scand. J. Stat. 6 (1979) 65–70), in the same order.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values, kind="stable")
    count = len(p_values)
    raised = np.array(p_values)[order] * (count - np.arange(count))
    corrected = np.empty(count)
    corrected[order] = np.minimum(np.maximum.accumulate(raised), 1.0)
    return corrected.tolist()
