"""The stage that names particles: models at work, their columns, what the record says of them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from micrographia.classification import (
    FINDER,
    class_columns,
    class_statistics,
    model_record,
    name_particles,
    open_models,
)
from micrographia.segmentation import LEARNED

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from micrographia.analysis._settings import AnalysisSettings
    from micrographia.measurement import MeasurementSettings
    from micrographia.micrograph import Micrograph, PixelSize
    from micrographia.segmentation import Segmentation

__all__ = ["Named", "doubts", "name_all"]

_DIGITS = 4


@dataclasses.dataclass(frozen=True, eq=False)
class Named:
    """Particles with the columns of all models, and the record of each model."""

    particles: pd.DataFrame
    models: dict[str, dict[str, Any]]

    def classes(
        self, pixel_size: PixelSize | None, settings: MeasurementSettings
    ) -> dict[str, Any]:
        """Numbers and sizes for each class; empty without models."""
        return class_statistics(self.particles, pixel_size, settings)


def name_all(
    micrograph: Micrograph,
    labels: NDArray[np.int32],
    particles: pd.DataFrame,
    segmentation: Segmentation | None,
    settings: AnalysisSettings,
) -> Named:
    """Add what the models say to the table of particles; without models it stays as it is."""
    records = _finder(segmentation, settings)
    models = open_models(settings.classification)
    if models:
        names = name_particles(
            models,
            micrograph,
            labels,
            polarity=None if segmentation is None else segmentation.polarity,
            cut=particles["touches_border"].to_numpy(bool),
            wholes=None if segmentation is None else segmentation.wholes,
            threshold=settings.classification.threshold,
        )
        particles = particles.merge(names, on="id", how="left", validate="one_to_one")
        records |= {name: model_record(bundle) for name, bundle in models.items()}
    if segmentation is not None and segmentation.certainty is not None:
        certainty = segmentation.certainty[particles["id"].to_numpy()].astype(float)
        place = len(particles.columns) - ("verdict" in particles)
        particles = particles.copy()
        particles.insert(place, "certainty", certainty.round(_DIGITS))
    return Named(particles, records)


def doubts(particles: pd.DataFrame) -> dict[int, str]:
    """What the first model in doubt would have said of each particle, and how surely."""
    said: dict[int, str] = {}
    for name in class_columns(particles):
        doubtful = particles[particles[f"{name}_verdict"] != "known"]
        for number, label, share, verdict in zip(
            doubtful["id"],
            doubtful[name],
            doubtful[f"{name}_p"],
            doubtful[f"{name}_verdict"],
            strict=True,
        ):
            text = "unlike all" if verdict == "unlike" else f"{label}? {share:.2f}"
            said.setdefault(int(number), text)
    return said


def _finder(
    segmentation: Segmentation | None, settings: AnalysisSettings
) -> dict[str, dict[str, Any]]:
    """The record of the model that found the particles, where one did."""
    if segmentation is None or segmentation.method not in LEARNED:
        return {}
    from micrographia.bundles import load_bundle

    return {FINDER: model_record(load_bundle(settings.segmentation.network.bundle, verify=False))}
