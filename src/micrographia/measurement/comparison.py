"""Samples side by side: the statistics of each, and the differences between them."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.errors import InputError
from micrographia.measurement._bootstrap import (
    FEWEST_FOR_INTERVAL,
    Resampling,
    Variable,
    replicate,
    weighted_quantiles,
)
from micrographia.measurement._sample import Sample, take
from micrographia.measurement._tests import holm, kolmogorov_smirnov, mann_whitney, welch
from micrographia.measurement.settings import MeasurementSettings
from micrographia.measurement.summary import Summary, plain, resampling_groups, summarize

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Comparison", "compare_samples"]

_MEDIAN = np.array([0.5])
_FEWEST_IMAGES_TO_TEST = 3
_TESTS = ("kolmogorov_smirnov", "mann_whitney", "welch", "welch_by_image")
_STATEMENT = (
    "Differences are second minus first, with bootstrap intervals; an interval that holds 0 shows "
    "no difference, not that there is none. P-values are corrected for the number of pairs (Holm), "
    "take particles for independent and all weights for equal, so they are too small where images "
    "of one sample differ among themselves; welch_by_image compares the means of images instead. "
    "The uncertainty of the scale, common to images of one magnification, is not included."
)


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Statistics per sample and between samples.

    Parameters
    ----------
    samples : dict of str to Summary
    pairs : tuple of dict
        One for each two samples: ``first``, ``second``, ``mean`` and ``median`` (the difference,
        with interval and relative to the first), the tests with ``statistic``, ``p_value`` and
        ``p_corrected``, and ``resampled`` (``"images"`` or ``"particles"``).
    unit : {"nm", "px"}
    statement : str
        What the numbers can say.
    """

    samples: dict[str, Summary]
    pairs: tuple[dict[str, Any], ...]
    unit: str
    statement: str = _STATEMENT

    def to_dict(self) -> dict[str, Any]:
        """Fit for JSON."""
        result: dict[str, Any] = plain(
            {
                "unit": self.unit,
                "samples": {name: one.values for name, one in self.samples.items()},
                "pairs": self.pairs,
                "statement": self.statement,
            }
        )
        return result


@dataclasses.dataclass(frozen=True)
class _Side:
    """One sample, with the draws of its mean and median (None if it is too small)."""

    name: str
    sample: Sample
    mean: float | None
    median: float | None
    draws: Floats | None
    resampled: str


def compare_samples(
    particles: pd.DataFrame,
    column: str = "sample",
    settings: MeasurementSettings | None = None,
) -> Comparison:
    """Compare the equivalent diameters of samples.

    Parameters
    ----------
    particles : pandas.DataFrame
        Pooled tables of `measure`; a column ``image`` names the image of each row.
    column : str
        Column that names the sample of each row.
    settings : MeasurementSettings, optional

    Returns
    -------
    comparison : Comparison
        Sizes are in nm where every sample has them, else in px.

    Raises
    ------
    InputError
        If the column is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> sizes = np.concatenate([np.linspace(9, 11, 40), np.linspace(14, 16, 40)])
    >>> table = pd.DataFrame({"ecd_px": sizes, "feret_min_px": sizes, "feret_max_px": sizes})
    >>> table = table.assign(aspect_ratio=1.0, counted=True, sample=["a"] * 40 + ["b"] * 40)
    >>> round(compare_samples(table).pairs[0]["mean"]["value"], 6)
    5.0
    """
    settings = settings or MeasurementSettings()
    if column not in particles:
        raise InputError(
            f"the table has no column {column!r} to tell samples apart; "
            f"it has {', '.join(map(str, particles.columns))}"
        )
    named = particles.loc[particles[column].notna()]
    tables = {str(name): table for name, table in named.groupby(column, sort=True, observed=True)}
    if "ecd_nm" in named and any(table["ecd_nm"].isna().all() for table in tables.values()):
        in_nm = [name for name in named if str(name).endswith(("_nm", "_nm2"))]
        tables = {name: table.drop(columns=in_nm) for name, table in tables.items()}
    summaries = {name: summarize(table, None, settings) for name, table in tables.items()}
    seeds = np.random.SeedSequence(settings.seed).spawn(len(tables))
    sides = [
        _side(name, take(table, None), seed, settings.draws)
        for (name, table), seed in zip(tables.items(), seeds, strict=True)
    ]
    pairs = [_pair(*two, settings.confidence) for two in itertools.combinations(sides, 2)]
    for test in _TESTS:
        made = [pair[test] for pair in pairs if pair[test] is not None]
        corrected = holm([one["p_value"] for one in made])
        for one, value in zip(made, corrected, strict=True):
            one["p_corrected"] = value
    unit = next(iter(summaries.values())).unit if summaries else "px"
    return Comparison(summaries, tuple(pairs), unit)


def _side(name: str, sample: Sample, seed: np.random.SeedSequence, draws: int) -> _Side:
    if sample.count == 0:
        return _Side(name, sample, None, None, None, "particles")
    variable = Variable.of(sample.values["ecd"], sample.weights)
    median = float(weighted_quantiles(variable, _MEDIAN)[0])
    groups, _ = resampling_groups(sample)
    resampled = "particles" if groups is None else "images"
    if sample.count < FEWEST_FOR_INTERVAL:
        return _Side(name, sample, variable.mean, median, None, resampled)
    resampling = Resampling(sample.count, draws, seed, groups)
    moments, quantiles = replicate(variable, resampling, _MEDIAN)
    both = np.stack([moments[:, 0], quantiles[:, 0]], 1)
    return _Side(name, sample, variable.mean, median, both, resampled)


def _pair(first: _Side, second: _Side, confidence: float) -> dict[str, Any]:
    return {
        "first": first.name,
        "second": second.name,
        "mean": _difference(first, second, 0, confidence),
        "median": _difference(first, second, 1, confidence),
        "resampled": first.resampled
        if first.resampled == second.resampled
        else f"{first.resampled} of {first.name}, {second.resampled} of {second.name}",
        **_test(first.sample, second.sample),
    }


def _difference(first: _Side, second: _Side, which: int, confidence: float) -> dict[str, Any]:
    values = [(side.mean, side.median)[which] for side in (first, second)]
    result: dict[str, Any] = {"value": None, "low": None, "high": None, "relative": None}
    one, other = values
    if one is None or other is None:
        return result
    result |= {"value": other - one, "relative": (other - one) / one}
    if first.draws is not None and second.draws is not None:
        shared = min(len(first.draws), len(second.draws))
        differences = second.draws[:shared, which] - first.draws[:shared, which]
        ends = np.quantile(differences, [(1 - confidence) / 2, (1 + confidence) / 2])
        result |= {"low": float(ends[0]), "high": float(ends[1])}
    return result


def _test(first: Sample, second: Sample) -> dict[str, Any]:
    """Every test that the numbers allow; None for the others."""
    sizes = first.values["ecd"], second.values["ecd"]
    results: dict[str, Any] = dict.fromkeys(_TESTS)
    if min(map(len, sizes)) >= FEWEST_FOR_INTERVAL:
        tests = (("kolmogorov_smirnov", kolmogorov_smirnov), ("mann_whitney", mann_whitney))
        for name, test in (*tests, ("welch", welch)):
            results[name] = dict(zip(("statistic", "p_value"), test(*sizes), strict=True))
    means = [_image_means(sample) for sample in (first, second)]
    if min(map(len, means)) >= _FEWEST_IMAGES_TO_TEST:
        t, p_value = welch(*means)
        results["welch_by_image"] = {"statistic": t, "p_value": p_value}
    return results


def _image_means(sample: Sample) -> Floats:
    if sample.groups is None:
        return np.zeros(0)
    sizes = sample.values["ecd"]
    return np.bincount(sample.groups, sizes * sample.weights) / np.bincount(
        sample.groups, sample.weights
    )
