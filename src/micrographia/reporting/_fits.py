"""Fitted size distributions, read from a summary and evaluated where a figure needs them.

Densities are written out here, so that a figure does not have to load SciPy's statistics.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.reporting._summary import number

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Component", "Curve", "best_name", "called", "curves_of", "density", "families_of"]


@dataclasses.dataclass(frozen=True)
class Component:
    """One distribution with its share of the whole."""

    kind: str
    parameters: Mapping[str, float]
    weight: float = 1.0

    def facts(self) -> tuple[float, float, float]:
        """Mode, median and standard deviation, in the unit of the sizes.

        Examples
        --------
        >>> Component("normal", {"mean": 12.0, "sd": 1.5}).facts()
        (12.0, 12.0, 1.5)
        """
        known = _known(self.kind, self.parameters)
        if known is None:
            return math.nan, math.nan, math.nan
        first, second = known
        if self.kind == "lognormal":
            spread = math.sqrt(math.expm1(second**2)) * math.exp(first + second**2 / 2)
            return math.exp(first - second**2), math.exp(first), spread
        if self.kind == "weibull":
            mode = second * (1 - 1 / first) ** (1 / first) if first > 1 else 0.0
            g1, g2 = math.gamma(1 + 1 / first), math.gamma(1 + 2 / first)
            return mode, second * math.log(2) ** (1 / first), second * math.sqrt(g2 - g1**2)
        return first, first, second


@dataclasses.dataclass(frozen=True)
class Curve:
    """A line of the figure: one distribution, or the sum of several."""

    text: str
    components: tuple[Component, ...]
    role: str = "best"

    def density(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Density at sizes `x`, times the weight."""
        total = np.zeros(len(x))
        for part in self.components:
            total += part.weight * density(part.kind, part.parameters, x)
        return total


def called(kind: str) -> str:
    """A distribution's name in running text."""
    return "Weibull" if kind == "weibull" else kind


def density(
    kind: str, parameters: Mapping[str, float], x: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Probability density of a normal, lognormal or Weibull distribution.

    Parameters
    ----------
    kind : {"normal", "lognormal", "weibull"}
    parameters : mapping
        Normal: ``mean``, ``sd``. Lognormal: ``median``, ``geometric_sd``. Weibull: ``shape``,
        ``scale``.
    x : ndarray of shape (points,)

    Returns
    -------
    density : ndarray of shape (points,)
        0 where the parameters are not those of such a distribution.

    Examples
    --------
    >>> density("normal", {"mean": 0.0, "sd": 1.0}, np.array([0.0])).round(4)
    array([0.3989])
    """
    known = _known(kind, parameters)
    if known is None:
        return np.zeros(len(x))
    first, second = known
    with np.errstate(all="ignore"):
        found: NDArray[np.float64] = np.nan_to_num(_DENSITIES[kind](x, first, second), posinf=0.0)
    return found


def _known(kind: str, parameters: Mapping[str, float]) -> tuple[float, float] | None:
    """Both parameters as the formulas take them: a lognormal's are those of the logarithm."""
    if kind not in _PARAMETERS:
        return None
    first, second = (number(parameters.get(name)) for name in _PARAMETERS[kind])
    if first is None or second is None or second <= 0:
        return None
    if kind != "lognormal":
        return first, second
    return (math.log(first), math.log(second)) if first > 0 and second > 1 else None


def _normal(x: NDArray[np.float64], mu: float, sigma: float) -> NDArray[np.float64]:
    return np.exp(-0.5 * ((x - mu) / sigma) ** 2) / (sigma * math.sqrt(2 * math.pi))


def _lognormal(x: NDArray[np.float64], mu: float, sigma: float) -> NDArray[np.float64]:
    positive = np.where(x > 0, x, np.nan)
    return _normal(np.log(positive), mu, sigma) / positive


def _weibull(x: NDArray[np.float64], shape: float, scale: float) -> NDArray[np.float64]:
    part = np.where(x > 0, x, np.nan) / scale
    return shape / scale * part ** (shape - 1) * np.exp(-(part**shape))


_PARAMETERS = {
    "normal": ("mean", "sd"),
    "lognormal": ("median", "geometric_sd"),
    "weibull": ("shape", "scale"),
}
_DENSITIES = {"normal": _normal, "lognormal": _lognormal, "weibull": _weibull}


def curves_of(summary: Mapping[str, Any]) -> list[Curve]:
    """The lines that a summary asks for.

    Parameters
    ----------
    summary : mapping
        Its `families` and `fits` are read; what cannot be read gives no line.

    Returns
    -------
    curves : list of Curve
        One line for each size family and their sum where there are several, otherwise the best
        single distribution.
    """
    families = families_of(summary)
    if len(families) > 1:
        lines = [
            Curve(f"family {at}", (part,), "family") for at, part in enumerate(families, start=1)
        ]
        return [*lines, Curve(f"sum of {len(families)} families", tuple(families), "sum")]
    return [Curve(f"{called(part.kind)} fit", (part,)) for part in families]


def families_of(summary: Mapping[str, Any]) -> list[Component]:
    """The size families of a summary; the best single distribution where there are not several.

    Examples
    --------
    >>> fit = {"parameters": {"mean": 9.0, "sd": 1.0}, "bic": 40.0}
    >>> families_of({"fits": {"normal": fit, "best": "normal"}})[0].facts()
    (9.0, 9.0, 1.0)
    """
    families = _members(summary.get("families"))
    if len(families) > 1:
        return families
    fits = summary.get("fits")
    best = best_name(fits)
    entry = fits.get(best) if isinstance(fits, Mapping) else None
    parameters = entry.get("parameters") if isinstance(entry, Mapping) else None
    if best is None or not isinstance(parameters, Mapping) or _known(best, parameters) is None:
        return families
    return [Component(best, parameters)]


def best_name(fits: Any) -> str | None:
    """The single distribution that describes the sizes best: as stated, or of the lowest BIC."""
    if not isinstance(fits, Mapping):
        return None
    stated = fits.get("best")
    if isinstance(stated, str) and stated in _PARAMETERS:
        return stated
    criteria: dict[str, float] = {}
    for name in _PARAMETERS:
        entry = fits.get(name)
        found = number(entry.get("bic")) if isinstance(entry, Mapping) else None
        if found is not None:
            criteria[name] = found
    return min(criteria, key=criteria.__getitem__, default=None)


def _members(families: Any) -> list[Component]:
    """Members of a mixture, as far as they can be read."""
    if not isinstance(families, Mapping) or not isinstance(families.get("members"), Sequence):
        return []
    kind = str(families.get("distribution"))
    found = []
    for member in families["members"]:
        if isinstance(member, Mapping) and _known(kind, member) is not None:
            share = number(member.get("share"))
            found.append(Component(kind, member, 1.0 if share is None else share))
    return found
