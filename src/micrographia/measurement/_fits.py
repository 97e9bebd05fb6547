"""Normal, lognormal and Weibull fits of a weighted sample, and how well they fit."""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.measurement._bootstrap import Variable

    Floats = NDArray[np.float64]

__all__ = ["FEWEST_FOR_FIT", "Fit", "fit_all"]

FEWEST_FOR_FIT = 10
_DRAWS = 999
_MOST_SIMULATED = 200
_SEED = 20220229


@dataclasses.dataclass(frozen=True)
class Fit:
    """One fitted distribution.

    Parameters
    ----------
    name : {"normal", "lognormal", "weibull"}
    parameters : dict of str to float
        normal: ``mean``, ``sd``; lognormal: ``median``, ``geometric_sd``; weibull: ``shape``,
        ``scale``. Mean, sd, median and scale have the unit of the sample.
    log_likelihood, aic, bic : float
        For the effective number of particles.
    ks : float
        Largest distance between the fitted and the observed cumulative distribution.
    anderson_darling : float
    p_value : float
        Share of samples from such a distribution, fitted in the same way, that fit worse.
    """

    name: str
    parameters: dict[str, float]
    log_likelihood: float
    aic: float
    bic: float
    ks: float
    anderson_darling: float
    p_value: float

    def to_dict(self) -> dict[str, Any]:
        """Everything but the name."""
        values = dataclasses.asdict(self)
        del values["name"]
        return values


def fit_all(variable: Variable, number: float) -> dict[str, Fit]:
    """Fit all three distributions by weighted maximum likelihood.

    Parameters
    ----------
    variable : Variable
        Positive values, not all equal.
    number : float
        Effective number of particles.

    Returns
    -------
    fits : dict of str to Fit

    Notes
    -----
    Goodness of fit is the Anderson–Darling statistic against its distribution in samples drawn
    from the family and fitted likewise (parametric bootstrap, 999 draws). All three are
    location-scale families, of the values or of their logarithms, so that this distribution does
    not depend on the parameters, and hardly on the number beyond 200, where it is kept.
    """
    x, w = variable.values, variable.weights / variable.weights.sum()
    logs = np.log(x)
    mean, sd = _moments(x, w)
    middle, spread = _moments(logs, w)
    shape, scale = _weibull(logs[None], w[None])
    k, lam = float(shape[0]), float(np.exp(scale[0]))
    half_log = 0.5 * np.log(2 * np.pi)
    likelihoods = {
        "normal": -np.log(sd) - half_log - 0.5,
        "lognormal": -np.log(spread) - half_log - 0.5 - float(w @ logs),
        "weibull": float(np.log(k) - k * np.log(lam) + (k - 1) * (w @ logs) - 1),
    }
    parameters = {
        "normal": {"mean": mean, "sd": sd},
        "lognormal": {"median": float(np.exp(middle)), "geometric_sd": float(np.exp(spread))},
        "weibull": {"shape": k, "scale": lam},
    }
    tails = {
        "normal": _normal_tails((x - mean) / sd),
        "lognormal": _normal_tails((logs - middle) / spread),
        "weibull": _weibull_tails(k * (logs - np.log(lam))),
    }
    fits = {}
    for name, (log_below, log_above) in tails.items():
        total = number * float(likelihoods[name])
        square = number * float(_anderson_darling(log_below, log_above, w)[()])
        null = _null_distribution("weibull" if name == "weibull" else "normal", number)
        fits[name] = Fit(
            name,
            parameters[name],
            total,
            2 * 2 - 2 * total,
            2 * float(np.log(number)) - 2 * total,
            _kolmogorov(np.exp(log_below), w),
            square,
            float((1 + (null >= square).sum()) / (1 + len(null))),
        )
    return fits


def _moments(values: Floats, weights: Floats) -> tuple[float, float]:
    mean = float(weights @ values)
    return mean, float(np.sqrt(weights @ (values - mean) ** 2))


def _normal_tails(z: Floats) -> tuple[Floats, Floats]:
    from scipy.special import log_ndtr

    return log_ndtr(z), log_ndtr(-z)


def _weibull_tails(z: Floats) -> tuple[Floats, Floats]:
    """Logarithms of the distribution of log Weibull values, and of one minus it."""
    rise = np.exp(np.clip(z, -700, 700))
    return np.log(np.maximum(-np.expm1(-rise), 1e-300)), -rise


def _weibull(logs: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Shape and logarithm of the scale, row by row, by Newton's method.

    The root of Σw xᵏ ln x / Σw xᵏ - 1/k - Σw ln x, which rises with k.
    """
    mean = (weights * logs).sum(1, keepdims=True)
    centred = logs - mean
    spread = np.sqrt((weights * centred**2).sum(1))
    k = np.pi / np.sqrt(6) / spread
    top = centred.max(1, keepdims=True)
    for _ in range(50):
        power = weights * np.exp(k[:, None] * (centred - top))
        total = power.sum(1)
        first = (power * centred).sum(1) / total
        second = (power * centred**2).sum(1) / total
        step = (first - 1 / k) / (second - first**2 + 1 / k**2)
        k = np.maximum(k - step, k / 10)
        if np.all(np.abs(step) < 1e-10 * k):
            break
    power = (weights * np.exp(k[:, None] * (centred - top))).sum(1)
    return k, (mean + top)[:, 0] + np.log(power) / k


def _anderson_darling(log_below: Floats, log_above: Floats, weights: Floats) -> Floats:
    """Anderson–Darling statistic over n, for values sorted along the last axis.

    The integral of (F_n - F)²/(F (1 - F)) dF, piece by piece between the values; weights sum to 1.
    """
    reached = np.cumsum(weights)[:-1]
    rise = np.diff(log_below, axis=-1)
    fall = np.diff(log_above, axis=-1)
    inner = (reached**2 * rise - (1 - reached) ** 2 * fall).sum(-1)
    return np.asarray(inner - log_below[..., -1] - log_above[..., 0] - 1)


def _kolmogorov(below: Floats, weights: Floats) -> float:
    reached = np.cumsum(weights)
    return float(max(np.max(reached - below), np.max(below - (reached - weights))))


@functools.lru_cache(maxsize=64)
def _simulated(family: str, count: int) -> Floats:
    rng = np.random.default_rng(_SEED)
    weights = np.full(count, 1 / count)
    if family == "normal":
        values = np.sort(rng.standard_normal((_DRAWS, count)), axis=1)
        values -= values.mean(1, keepdims=True)
        tails = _normal_tails(values / values.std(1, keepdims=True))
    else:
        values = np.sort(np.log(rng.standard_exponential((_DRAWS, count))), axis=1)
        shape, scale = _weibull(values, np.broadcast_to(weights, values.shape))
        tails = _weibull_tails(shape[:, None] * (values - scale[:, None]))
    return count * _anderson_darling(*tails, weights)


def _null_distribution(family: str, number: float) -> Floats:
    return _simulated(family, int(np.clip(number, FEWEST_FOR_FIT, _MOST_SIMULATED)))
