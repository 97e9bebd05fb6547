"""Numbers and sizes for each class of particles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from micrographia.classification.table import PARTICLE_MODELS
from micrographia.measurement import summarize
from micrographia.measurement._nano import wilson

if TYPE_CHECKING:
    import pandas as pd

    from micrographia.measurement import MeasurementSettings
    from micrographia.micrograph import PixelSize

__all__ = ["class_columns", "class_statistics"]

_SIZES = ("mean", "median", "sd", "d10", "d90")


def class_columns(particles: pd.DataFrame) -> list[str]:
    """Columns that hold the answers of models.

    Parameters
    ----------
    particles : DataFrame

    Returns
    -------
    names : list of str
    """
    return [name for name in PARTICLE_MODELS if f"{name}_verdict" in particles]


def class_statistics(
    particles: pd.DataFrame,
    pixel_size: PixelSize | None,
    settings: MeasurementSettings,
) -> dict[str, Any]:
    """Count and size of the counted particles of each class.

    Parameters
    ----------
    particles : DataFrame
        With the columns that `name_particles` adds.
    pixel_size : PixelSize, optional
    settings : MeasurementSettings

    Returns
    -------
    statistics : dict
        For each model `counted`; `doubtful`, the numbers of ``unknown`` and ``unlike``; and
        `classes`, for each class `counted`, `share` (of all that are counted, with Wilson's
        interval) and `ecd` (mean, median, sd, d10, d90 with their intervals and unit).
        Doubtful particles belong to no class.
    """
    counted = particles[particles["counted"].to_numpy(bool)]
    found: dict[str, Any] = {}
    for name in class_columns(particles):
        verdicts = counted[f"{name}_verdict"]
        known = counted[(verdicts == "known").to_numpy(bool)]
        sizes = known[name].value_counts()
        # the most frequent first, equals by name
        order = sorted(sizes.index, key=lambda label: (-int(sizes[label]), str(label)))
        classes = {
            label: _class(known[known[name] == label], len(counted), pixel_size, settings)
            for label in order
        }
        doubtful = {kind: int((verdicts == kind).sum()) for kind in ("unknown", "unlike")}
        found[name] = {"counted": len(counted), "doubtful": doubtful, "classes": classes}
    return found


def _class(
    members: pd.DataFrame,
    total: int,
    pixel_size: PixelSize | None,
    settings: MeasurementSettings,
) -> dict[str, Any]:
    summary = summarize(members, pixel_size, settings).to_dict()
    share = len(members) / total
    low, high = wilson(share, total, settings.confidence)
    return {
        "counted": len(members),
        "share": {"value": share, "low": low, "high": high},
        "ecd": {"unit": summary["ecd"]["unit"], **{key: summary["ecd"][key] for key in _SIZES}},
    }
