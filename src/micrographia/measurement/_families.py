"""Size families: mixtures of normals or lognormals, never more than the sizes ask for."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.measurement._bootstrap import Variable
    from micrographia.measurement._fits import Fit

    Floats = NDArray[np.float64]

__all__ = ["Families", "find_families"]

_STRONG = 10.0
_APART = 2.0
_LEAST_SHARE = 0.05
_LEAST_COUNT = 10
_PER_FAMILY = 20
_MOST_POINTS = 256
_STEPS = 300
_SETTLED = 0.01


@dataclasses.dataclass(frozen=True)
class Families:
    """The mixture that was chosen.

    Parameters
    ----------
    distribution : {"normal", "lognormal"}
    members : tuple of dict
        In order of size: ``mean``, ``sd``, ``share`` (by number), and the parameters of the
        distribution (``median`` and ``geometric_sd`` for lognormals).
    bic : dict of str to float
        Of every mixture that was tried, and of the best single distribution.
    reason : str
        Why this number and no other.
    """

    distribution: str
    members: tuple[dict[str, float], ...]
    bic: dict[str, float]
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """Fit for JSON."""
        return {
            "number": len(self.members),
            "distribution": self.distribution,
            "members": list(self.members),
            "bic": self.bic,
            "reason": self.reason,
        }


@dataclasses.dataclass(frozen=True)
class _Mixture:
    distribution: str
    mean: Floats
    sd: Floats
    share: Floats
    bic: float

    @property
    def key(self) -> str:
        return f"{len(self.mean)} {self.distribution}"

    def holds(self, number: float) -> bool:
        """Whether every family is large enough and apart from its neighbours.

        Ashman's D (K. M. Ashman, C. M. Bird, S. E. Zepf, Astron. J. 108 (1994) 2348,
        doi:10.1086/117248): above 2 two normals are clearly separated.
        """
        if self.share.min() < max(_LEAST_SHARE, _LEAST_COUNT / number):
            return False
        gap = np.sqrt(2) * np.diff(self.mean)
        return bool(np.all(gap > _APART * np.hypot(self.sd[1:], self.sd[:-1])))

    def members(self) -> tuple[dict[str, float], ...]:
        rows = zip(self.mean.tolist(), self.sd.tolist(), self.share.tolist(), strict=True)
        if self.distribution == "normal":
            return tuple({"mean": m, "sd": s, "share": p} for m, s, p in rows)
        return tuple(
            {
                "mean": float(np.exp(m + s**2 / 2)),
                "sd": float(np.exp(m + s**2 / 2) * np.sqrt(np.expm1(s**2))),
                "share": p,
                "median": float(np.exp(m)),
                "geometric_sd": float(np.exp(s)),
            }
            for m, s, p in rows
        )


def find_families(
    variable: Variable, number: float, fits: dict[str, Fit], most: int, resolution: float
) -> Families:
    """Choose how many size families a sample has.

    Parameters
    ----------
    variable : Variable
        Positive values, not all equal.
    number : float
        Effective number of particles.
    fits : dict of str to Fit
        Single distributions to beat.
    most : int
        Most families to try.
    resolution : float
        Narrowest standard deviation that a family may have, in the unit of the sample.

    Returns
    -------
    families : Families

    Notes
    -----
    Mixtures are fitted by expectation maximisation from fixed starts. One more family is accepted
    only where it lowers the Bayesian information criterion by more than 10 ("very strong
    evidence", R. E. Kass, A. E. Raftery, J. Am. Stat. Assoc. 90 (1995) 773–795) below everything
    simpler, the single Weibull included, and where all families hold at least 5 % and 10 particles
    and are separated from their neighbours (Ashman's D above 2). A skewed single family would
    otherwise pass for several.
    """
    single = min((fits[name] for name in ("normal", "lognormal")), key=lambda fit: fit.bic)
    simplest = min(fits.values(), key=lambda fit: fit.bic)
    bic = {f"1 {fit.name}": fit.bic for fit in fits.values()}
    chosen: _Mixture | None = None
    best, reason = simplest.bic, "no mixture was tried"
    for count in range(2, most + 1):
        if number < _PER_FAMILY * count:
            reason = f"{number:.0f} particles are too few for {count} families"
            break
        tried = [
            _fit(variable, number, count, name, resolution) for name in ("normal", "lognormal")
        ]
        bic |= {mixture.key: mixture.bic for mixture in tried}
        fit = [m for m in tried if m.bic < best - _STRONG and m.holds(number)]
        if not fit:
            lower = min(m.bic for m in tried) < best - _STRONG
            reason = (
                f"{count} families would be too small or not apart"
                if lower
                else f"the information criterion does not ask for {count} families"
            )
            break
        chosen = min(fit, key=lambda mixture: mixture.bic)
        best = chosen.bic
        reason = f"the information criterion asks for {count} families that are apart"
    if chosen is not None:
        return Families(chosen.distribution, chosen.members(), bic, reason)
    p = single.parameters
    one = (
        _Mixture("normal", np.array([p["mean"]]), np.array([p["sd"]]), np.ones(1), single.bic)
        if single.name == "normal"
        else _Mixture(
            "lognormal",
            np.log([p["median"]]),
            np.log([p["geometric_sd"]]),
            np.ones(1),
            single.bic,
        )
    )
    return Families(single.name, one.members(), bic, reason)


def _fit(
    variable: Variable, number: float, count: int, distribution: str, resolution: float
) -> _Mixture:
    """The most likely mixture of `count` members."""
    values, weights = _grouped(variable)
    narrowest = resolution
    if distribution == "lognormal":
        middle = float(np.exp(weights @ np.log(values)))
        narrowest, values = resolution / middle, np.log(values)
    spread = float(np.sqrt(weights @ (values - weights @ values) ** 2))
    narrowest = max(narrowest, 0.02 * spread)
    mean, sd, share = _starts(values, weights, count, spread)
    likelihood = np.full(len(mean), -np.inf)
    for _ in range(_STEPS):
        z = (values[None, :, None] - mean[:, None]) / sd[:, None]
        dense = share[:, None] / sd[:, None] * np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi) + 1e-300
        total = dense.sum(2)
        before, likelihood = likelihood, np.log(total) @ weights
        part = dense / total[:, :, None] * weights[None, :, None]
        share = part.sum(1)
        mean = (part * values[None, :, None]).sum(1) / share
        away = (values[None, :, None] - mean[:, None]) ** 2
        sd = np.maximum(np.sqrt((part * away).sum(1) / share), narrowest)
        if np.all(likelihood - before < _SETTLED / number):
            break
    best = int(np.argmax(likelihood))
    order = np.argsort(mean[best])
    mean, sd, share = mean[best][order], sd[best][order], share[best][order]
    total = number * _log_density(variable, distribution, mean, sd, share)
    return _Mixture(
        distribution, mean, sd, share, (3 * count - 1) * float(np.log(number)) - 2 * total
    )


def _log_density(
    variable: Variable, distribution: str, mean: Floats, sd: Floats, share: Floats
) -> float:
    """Weighted mean of the logarithm of a mixture's density, over every value."""
    logs = np.log(variable.values)
    values = logs if distribution == "lognormal" else variable.values
    z = (values[:, None] - mean) / sd
    dense = (share / sd * np.exp(-0.5 * z**2)).sum(1) / np.sqrt(2 * np.pi)
    log_dense = np.log(dense + 1e-300) - (logs if distribution == "lognormal" else 0.0)
    return float(np.average(log_dense, weights=variable.weights))


def _grouped(variable: Variable) -> tuple[Floats, Floats]:
    """Values and weights that sum to 1; many values as means of runs of neighbours."""
    x, w = variable.values, variable.weights / variable.weights.sum()
    if len(x) <= _MOST_POINTS:
        return x, w
    begin = np.linspace(0, len(x), _MOST_POINTS, endpoint=False).astype(np.intp)
    weight = np.add.reduceat(w, begin)
    return np.add.reduceat(w * x, begin) / weight, weight


def _starts(
    values: Floats, weights: Floats, count: int, spread: float
) -> tuple[Floats, Floats, Floats]:
    """Means, deviations and shares to start from: by number, by range, and by narrow ends."""
    running = np.cumsum(weights) - weights / 2
    middles = (np.arange(count) + 0.5) / count
    by_number = np.interp(middles, running, values)
    low, high = np.interp([0.02, 0.98], running, values)
    by_range = low + (high - low) * middles
    ends = np.interp(np.linspace(0.05, 0.95, count), running, values)
    mean = np.stack([by_number, by_range, ends])
    sd = np.full(mean.shape, spread / count)
    return mean, sd, np.full(mean.shape, 1 / count)
