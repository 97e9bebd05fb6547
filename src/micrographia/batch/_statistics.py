"""Statistics of all particles of a run together, and of each sample."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from micrographia.micrograph import PixelSize

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from micrographia.measurement import MeasurementSettings

__all__ = ["ImageScale", "RunStatistics", "run_statistics"]

_COLUMNS = ("image", "sample", "counted", "reason", "weight", "aspect_ratio")
_LENGTHS = ("ecd", "feret_min", "feret_max")


@dataclasses.dataclass(frozen=True)
class ImageScale:
    """The scale of one image that was analysed.

    Parameters
    ----------
    sample : str or None
    pixel_size_nm : float or None [nm]
    origin : str or None
    relative_uncertainty : float or None
    """

    sample: str | None
    pixel_size_nm: float | None
    origin: Any = None
    relative_uncertainty: float | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class RunStatistics:
    """What `run_statistics` found.

    Parameters
    ----------
    pooled : dict
        Summary of all particles.
    samples : dict of str to dict
        Summary of each sample's particles; empty where there are no samples.
    comparison : dict or None
        Differences between samples, where there are several with particles.
    particles : DataFrame
        The columns that statistics need.
    """

    pooled: dict[str, Any]
    samples: dict[str, dict[str, Any]]
    comparison: dict[str, Any] | None
    particles: pd.DataFrame


def run_statistics(
    parquet: Path, scales: Sequence[ImageScale], settings: MeasurementSettings
) -> RunStatistics:
    """Summarise the pooled particles of a run.

    Parameters
    ----------
    parquet : Path
        The pooled table.
    scales : sequence of ImageScale
        One for each image that was analysed.
    settings : MeasurementSettings

    Returns
    -------
    statistics : RunStatistics
    """
    particles = _read(parquet)
    names = dict.fromkeys(scale.sample for scale in scales if scale.sample is not None)
    samples = {
        name: _summary(
            particles[particles["sample"] == name],
            [scale for scale in scales if scale.sample == name],
            settings,
        )
        for name in names
    }
    pooled = _summary(particles, scales, settings)
    return RunStatistics(pooled, samples, _comparison(particles, settings), particles)


def _comparison(particles: pd.DataFrame, settings: MeasurementSettings) -> dict[str, Any] | None:
    """Differences between samples; their summaries, which lack the scale, are left out."""
    from micrographia.measurement import compare_samples

    if particles["sample"].nunique() < 2:
        return None
    comparison = compare_samples(particles, "sample", settings).to_dict()
    comparison.pop("samples")
    return comparison


def _read(parquet: Path) -> pd.DataFrame:
    """The columns that statistics need, which keeps a run of many particles in memory."""
    import pyarrow.parquet as pq

    from micrographia.classification import PARTICLE_MODELS

    wanted = {*_COLUMNS, *(f"{name}_{unit}" for name in _LENGTHS for unit in ("px", "nm"))}
    wanted |= {f"{name}{part}" for name in PARTICLE_MODELS for part in ("", "_verdict")}
    present = [name for name in pq.read_schema(parquet).names if name in wanted]
    table: pd.DataFrame = pq.read_table(parquet, columns=present).to_pandas()
    return table


def _summary(
    particles: pd.DataFrame, scales: Sequence[ImageScale], settings: MeasurementSettings
) -> dict[str, Any]:
    from micrographia.classification import class_statistics
    from micrographia.measurement import summarize

    if "counted" not in particles:
        return {"count": 0, "counted": 0}
    size = common_scale(scales)
    summary = summarize(particles, size, settings).to_dict()
    summary["classes"] = class_statistics(particles, size, settings)
    sizes = {scale.pixel_size_nm for scale in scales if scale.pixel_size_nm is not None}
    if len(sizes) > 1:
        summary["pixel_size_nm"] = None
        note = f"pixel sizes of the images lie between {min(sizes):.4g} and {max(sizes):.4g} nm"
        summary["notes"] = [*summary.get("notes", []), note]
    return summary


def common_scale(scales: Sequence[ImageScale]) -> PixelSize | None:
    """One pixel size that stands for those of several images.

    Its edge is the mean. Its uncertainty is the largest of theirs, as images of one instrument
    share the error of its scale, so that many of them do not reduce it; it is not known where
    that of one image is not.

    Parameters
    ----------
    scales : sequence of ImageScale

    Returns
    -------
    size : PixelSize or None
        None where no image has one, or they come from different origins.

    Examples
    --------
    >>> common_scale([ImageScale(None, 0.2, "user", 0.01), ImageScale(None, 0.4, "user", 0.02)])
    PixelSize(row=0.30000000000000004, col=0.30000000000000004, origin='user',
        relative_uncertainty=0.02)
    """
    known = [scale for scale in scales if scale.pixel_size_nm is not None]
    origins = {scale.origin for scale in known}
    if len(origins) != 1:
        return None
    edges = [scale.pixel_size_nm for scale in known if scale.pixel_size_nm is not None]
    edge = edges[0] if len(set(edges)) == 1 else sum(edges) / len(edges)
    parts = [scale.relative_uncertainty for scale in known]
    known_parts = [part for part in parts if part is not None]
    largest = max(known_parts) if len(known_parts) == len(parts) else None
    return PixelSize(edge, edge, origins.pop(), largest)
