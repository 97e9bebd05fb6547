"""The stage that names particles: models at work, their columns, what the record says of them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from micrographia.classification import class_statistics, model_record, name_particles, open_models

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from micrographia.analysis._settings import AnalysisSettings
    from micrographia.measurement import MeasurementSettings
    from micrographia.micrograph import Micrograph, PixelSize

__all__ = ["Named", "name_all"]


@dataclasses.dataclass(frozen=True, eq=False)
class Named:
    """Particles with the columns of all models, and the record of each model."""

    particles: pd.DataFrame
    models: dict[str, dict[str, Any]]

    def classes(
        self, pixel_size: PixelSize | None, settings: MeasurementSettings
    ) -> dict[str, Any]:
        """Numbers and sizes for each class; empty without models."""
        if not self.models:
            return {}
        return class_statistics(self.particles, pixel_size, settings)


def name_all(
    micrograph: Micrograph,
    labels: NDArray[np.int32],
    particles: pd.DataFrame,
    polarity: Any,
    settings: AnalysisSettings,
) -> Named:
    """Add what the models say to the table of particles; without models it stays as it is."""
    models = open_models(settings.classification)
    if not models:
        return Named(particles, {})
    names = name_particles(
        models,
        micrograph,
        labels,
        polarity=polarity,
        cut=particles["touches_border"].to_numpy(bool),
        threshold=settings.classification.threshold,
    )
    joined = particles.merge(names, on="id", how="left", validate="one_to_one")
    return Named(joined, {name: model_record(bundle) for name, bundle in models.items()})
