"""Particles → statistics with intervals, fits, uncertainty and the share of nanoparticles."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from micrographia.measurement._bootstrap import (
    FEWEST_FOR_INTERVAL,
    Estimate,
    Resampling,
    Variable,
    estimate,
)
from micrographia.measurement._families import find_families
from micrographia.measurement._fits import FEWEST_FOR_FIT, fit_all
from micrographia.measurement._nano import nano_share
from micrographia.measurement._sample import LENGTHS, Sample, take
from micrographia.measurement._uncertainty import budget, needed, with_scale
from micrographia.measurement.settings import MeasurementSettings

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from micrographia.micrograph import PixelSize

    Floats = NDArray[np.float64]

__all__ = ["Summary", "plain", "resampling_groups", "summarize"]

_QUANTILES = {"median": 0.5, "d10": 0.1, "d50": 0.5, "d90": 0.9}
_FEWEST_IMAGES = 8
_RESOLUTION_PX = 0.3
_VOLUME = (
    "volume of a sphere of the particle's equivalent circular diameter; an image does not show "
    "the extent along the beam"
)
_RULES = {
    "all": "all particles are counted, those cut by the border with the size that is seen",
    "exclude-border": "particles on the border are left out; large ones touch it more often, so "
    "the sizes lean to the small side",
    "two-edges": "particles on the bottom or right edge are left out, those on the top or left "
    "edge are counted with the size that is seen: unbiased for counts, not for sizes",
    "miles-lantuejoul": "particles on the border are left out, the others weighted by how easily "
    "one of their size is cut: unbiased for counts and sizes",
}


@dataclasses.dataclass(frozen=True)
class Summary:
    """Statistics of the counted particles; `to_dict` gives all of them.

    Parameters
    ----------
    count, counted : int
        Particles found, and counted.
    unit : {"nm", "px"}
        Of every length.
    values : dict
        What `to_dict` gives.
    """

    count: int
    counted: int
    unit: str
    values: dict[str, Any]

    def __getitem__(self, key: str) -> Any:
        return self.values[key]

    def to_dict(self) -> dict[str, Any]:
        """Nested dict of numbers, strings and None, fit for JSON (no NaN, no infinity)."""
        values: dict[str, Any] = plain(self.values)
        return values


def summarize(
    particles: pd.DataFrame,
    pixel_size: PixelSize | None = None,
    settings: MeasurementSettings | None = None,
) -> Summary:
    """Describe the sizes of the counted particles.

    Parameters
    ----------
    particles : pandas.DataFrame
        From `measure`, or several of them pooled; a column ``image`` names the image of each row.
    pixel_size : PixelSize, optional
        Its origin is reported, and its uncertainty enters every nanometre.
    settings : MeasurementSettings, optional

    Returns
    -------
    summary : Summary

    Raises
    ------
    InputError
        If the table lacks a column.

    Examples
    --------
    >>> import pandas as pd
    >>> sizes = np.linspace(9.0, 11.0, 41)
    >>> table = pd.DataFrame({"ecd_px": sizes, "feret_min_px": sizes, "feret_max_px": sizes})
    >>> summary = summarize(table.assign(aspect_ratio=1.0, counted=True))
    >>> summary["ecd"]["median"]["value"], summary.unit
    (10.0, 'px')
    """
    settings = settings or MeasurementSettings()
    sample = take(particles, pixel_size)
    groups, notes = resampling_groups(sample)
    resampling = Resampling(sample.count, settings.draws, settings.seed, groups)
    raw = {name: _describe(sample, name, resampling, settings) for name in sample.values}
    sizes = {name: _reported(raw[name], sample, name, settings) for name in raw}
    fits, families = _distributions(sample, settings)
    values = {
        "count": len(particles),
        "counted": sample.count,
        "left_out": sample.left_out,
        "effective_number": sample.number,
        "counting_rule": settings.rule,
        "counting_rule_means": _RULES[settings.rule],
        "unit": sample.scale.unit,
        "pixel_size_nm": pixel_size.mean if pixel_size else None,
        "pixel_size_origin": pixel_size.origin if pixel_size else None,
        "pixel_size_relative_uncertainty": pixel_size.relative_uncertainty if pixel_size else None,
        "confidence": settings.confidence,
        "draws": resampling.draws,
        "seed": settings.seed,
        "resampled": "particles" if groups is None else "images",
        "reason": _too_few(sample),
        **sizes,
        "distributions": _weighted(sample, raw["ecd"], resampling, settings),
        "fits": fits,
        "families": families,
        "uncertainty": _uncertainty(raw["ecd"], sample, settings),
        "precision": _precision(raw["ecd"], sample, settings),
        "nano": nano_share(
            sample.values["feret_min"] if sample.scale.unit == "nm" else None,
            sample.weights,
            sample.number,
            sample.scale.relative_uncertainty,
            settings.confidence,
        ),
        "notes": [*sample.notes, *notes],
    }
    return Summary(len(particles), sample.count, sample.scale.unit, values)


def resampling_groups(sample: Sample) -> tuple[NDArray[np.intp] | None, list[str]]:
    """Images to draw instead of particles, if there are enough of them."""
    notes = []
    groups = sample.groups
    if groups is not None:
        images = int(groups.max()) + 1
        if images < _FEWEST_IMAGES:
            groups = None
            notes.append(
                f"the particles come from {images} images, too few to draw whole images "
                f"({_FEWEST_IMAGES} are wanted); intervals take particles for independent and "
                "are too narrow if images differ"
            )
    if sample.count and sample.number < 0.5 * sample.count:
        notes.append(
            "a few particles nearly as large as the image carry most of the counting weight; "
            "statistics by number hang on them"
        )
    return groups, notes


def _too_few(sample: Sample) -> str:
    if sample.count == 0:
        return "no particle was counted"
    if sample.count < FEWEST_FOR_INTERVAL:
        return f"intervals need at least {FEWEST_FOR_INTERVAL} particles, {sample.count} counted"
    return ""


def _describe(
    sample: Sample, name: str, resampling: Resampling, settings: MeasurementSettings
) -> dict[str, Estimate]:
    """Mean, sd and quantiles of one quantity, from the sample alone."""
    variable = Variable.of(sample.values[name], sample.weights)
    asked = np.array(sorted(set(_QUANTILES.values())))
    mean, sd, found = estimate(variable, resampling, asked, settings.confidence)
    by_value = dict(zip(asked.tolist(), found, strict=True))
    return {"mean": mean, "sd": sd} | {key: by_value[p] for key, p in _QUANTILES.items()}


def _reported(
    raw: dict[str, Estimate], sample: Sample, name: str, settings: MeasurementSettings
) -> dict[str, Any]:
    """The same with the uncertainty of the scale, as dicts."""
    length = name in LENGTHS
    order = ("mean", "median", "sd", "d10", "d50", "d90")
    scaled = {
        key: with_scale(raw[key], sample.scale, settings.confidence) if length else raw[key]
        for key in order
    }
    return {
        "unit": sample.scale.unit if length else "1",
        **{key: value.to_dict() for key, value in scaled.items()},
    }


def _weighted(
    sample: Sample,
    by_number: dict[str, Estimate],
    resampling: Resampling,
    settings: MeasurementSettings,
) -> dict[str, Any]:
    """Distributions by number, area and volume; Sauter's and De Brouckere's mean diameters."""
    ecd = sample.values["ecd"]
    keys = ("mean", "d10", "d50", "d90")
    found = {"number": {key: by_number[key] for key in keys}}
    for name, power in (("area", 2), ("volume", 3)):
        variable = Variable.of(ecd, sample.weights * ecd**power)
        asked = np.array([0.1, 0.5, 0.9])
        mean, _, quantiles = estimate(variable, resampling, asked, settings.confidence)
        found[name] = dict(zip(keys, (mean, *quantiles), strict=True))
    result: dict[str, Any] = {"unit": sample.scale.unit, "assumption": _VOLUME}
    for name, estimates in found.items():
        result[name] = {
            key: with_scale(value, sample.scale, settings.confidence).to_dict()
            for key, value in estimates.items()
        }
    # The sum of d³ over that of d² is the mean by area, the sum of d⁴ over d³ that by volume.
    return result | {"d32": result["area"]["mean"], "d43": result["volume"]["mean"]}


def _distributions(
    sample: Sample, settings: MeasurementSettings
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Fits and size families of the equivalent diameters."""
    ecd = sample.values["ecd"]
    reason = ""
    if sample.count < FEWEST_FOR_FIT or sample.number < FEWEST_FOR_FIT / 2:
        reason = f"a fit needs at least {FEWEST_FOR_FIT} particles, {sample.count} counted"
    elif np.ptp(ecd) <= 1e-9 * ecd.max():
        reason = "all particles have the same size"
    if reason:
        empty = {"normal": None, "lognormal": None, "weibull": None, "best": None}
        none: dict[str, Any] = {
            "number": None,
            "distribution": None,
            "members": [],
            "bic": {},
            "reason": reason,
        }
        return {"unit": sample.scale.unit, **empty, "reason": reason}, none
    variable = Variable.of(ecd, sample.weights)
    fits = fit_all(variable, sample.number)
    families = find_families(
        variable,
        sample.number,
        fits,
        settings.families_max,
        _RESOLUTION_PX * sample.scale.pixel,
    )
    return {
        "unit": sample.scale.unit,
        **{name: fit.to_dict() for name, fit in fits.items()},
        "best": min(fits.values(), key=lambda fit: fit.bic).name,
        "reason": "the lowest Bayesian information criterion; a p_value below 0.05 says that "
        "even this one does not fit",
    }, {"unit": sample.scale.unit, **families.to_dict()}


def _uncertainty(
    raw: dict[str, Estimate], sample: Sample, settings: MeasurementSettings
) -> dict[str, Any]:
    """The budget of mean and median."""
    scale = sample.scale
    statement = (
        "Standard uncertainties; combined in quadrature, expanded with the factor 2 (GUM). "
        f"Boundary: the outline is placed to within {settings.boundary_px:g} px, the same on both "
        "sides of every particle. "
    )
    if scale.unit == "px":
        statement += "Sizes are in pixels, so no scale enters."
    elif scale.relative_uncertainty is None:
        statement += "The uncertainty of the scale is not known and is not included."
    else:
        statement += f"Scale: {scale.relative_uncertainty:.2g} of the value."
    return {
        "unit": scale.unit,
        "mean": budget(raw["mean"], scale, settings.boundary_px),
        "median": budget(raw["median"], scale, settings.boundary_px),
        "statement": statement,
    }


def _precision(
    raw: dict[str, Estimate], sample: Sample, settings: MeasurementSettings
) -> dict[str, Any]:
    return {
        "wanted": settings.precision,
        "mean": needed(raw["mean"], sample.number, settings.precision),
        "median": needed(raw["median"], sample.number, settings.precision),
        "statement": "Particles like these that an interval of mean and median of the wanted "
        "relative half-width needs. Counting does not reduce the uncertainty of scale and "
        "boundary.",
    }


def plain(value: Any) -> Any:
    """Python numbers, with None for what is not finite."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, bool | str) or value is None:
        return value
    if isinstance(value, np.generic):
        value = value.item()
    return value if not isinstance(value, float) or math.isfinite(value) else None
