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

__all__ = ["Component", "Curve", "curves_of", "density"]


@dataclasses.dataclass(frozen=True)
class Component:
    """One distribution with its share of the whole."""

    kind: str
    parameters: Mapping[str, float]
    weight: float = 1.0


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


def density(
    kind: str, parameters: Mapping[str, float], x: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Probability density of a normal, lognormal or Weibull distribution.

    Parameters
    ----------
    kind : {"normal", "lognormal", "weibull"}
    parameters : mapping
        Normal: ``mu``, ``sigma``. Lognormal: ``mu``, ``sigma`` of the logarithm. Weibull:
        ``shape``, ``scale``.
    x : ndarray of shape (points,)

    Returns
    -------
    density : ndarray of shape (points,)
        0 where the parameters are not those of such a distribution.

    Examples
    --------
    >>> density("normal", {"mu": 0.0, "sigma": 1.0}, np.array([0.0])).round(4)
    array([0.3989])
    """
    names = ("shape", "scale") if kind == "weibull" else ("mu", "sigma")
    first, second = (parameters.get(name, math.nan) for name in names)
    if kind not in _DENSITIES or not (math.isfinite(first) and second > 0):
        return np.zeros(len(x))
    with np.errstate(all="ignore"):
        return np.nan_to_num(_DENSITIES[kind](x, first, second), posinf=0.0)


def _normal(x: NDArray[np.float64], mu: float, sigma: float) -> NDArray[np.float64]:
    return np.exp(-0.5 * ((x - mu) / sigma) ** 2) / (sigma * math.sqrt(2 * math.pi))


def _lognormal(x: NDArray[np.float64], mu: float, sigma: float) -> NDArray[np.float64]:
    positive = np.where(x > 0, x, np.nan)
    return _normal(np.log(positive), mu, sigma) / positive


def _weibull(x: NDArray[np.float64], shape: float, scale: float) -> NDArray[np.float64]:
    part = np.where(x > 0, x, np.nan) / scale
    return shape / scale * part ** (shape - 1) * np.exp(-(part**shape))


_DENSITIES = {"normal": _normal, "lognormal": _lognormal, "weibull": _weibull}


def curves_of(fits: Any) -> list[Curve]:
    """The lines that a summary's `fits` ask for.

    Parameters
    ----------
    fits : object
        As the summary holds it; what cannot be read gives no line.

    Returns
    -------
    curves : list of Curve
        One line for each size family and their sum where there are several, otherwise the best
        single distribution.
    """
    if not isinstance(fits, Mapping):
        return []
    families = _components(fits.get("families") or fits.get("mixture"))
    if len(families) > 1:
        lines = [
            Curve(f"family {at}", (part,), "family") for at, part in enumerate(families, start=1)
        ]
        return [*lines, Curve(f"sum of {len(families)} families", tuple(families), "sum")]
    best = _best(fits)
    return [] if best is None else [Curve(f"{best.kind} fit", (best,))]


def _component(given: Any) -> Component | None:
    if not isinstance(given, Mapping):
        return None
    kind = str(given.get("distribution", given.get("kind", given.get("name", ""))))
    parameters = given.get("parameters", given)
    if kind not in _DENSITIES or not isinstance(parameters, Mapping):
        return None
    numbers = {str(key): found for key, value in parameters.items() if (found := number(value))}
    weight = number(given.get("weight"))
    return Component(kind, numbers, 1.0 if weight is None else weight)


def _components(given: Any) -> list[Component]:
    if isinstance(given, Mapping):
        given = given.get("components", given.get("families"))
    if not isinstance(given, Sequence) or isinstance(given, str):
        return []
    return [part for item in given if (part := _component(item)) is not None]


def _best(fits: Mapping[str, Any]) -> Component | None:
    name = fits.get("best")
    if isinstance(name, Mapping):
        return _component(name)
    singles = fits.get("single", fits.get("singles", fits))
    if isinstance(singles, Sequence) and not isinstance(singles, str):
        found = {part.kind: part for item in singles if (part := _component(item))}
        return found.get(str(name)) or next(iter(found.values()), None)
    entry = singles.get(name) if isinstance(singles, Mapping) and name else None
    if isinstance(entry, Mapping):
        return _component({"distribution": name, **entry})
    return None
