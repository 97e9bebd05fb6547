"""Measurement: labels → Particles table → size statistics.

>>> import numpy as np
>>> from micrographia.measurement import measure
>>> labels = np.zeros((12, 12), np.int32)
>>> labels[3:7, 3:7] = 1
>>> table = measure(labels)
>>> int(table.area_px[0]), float(table.feret_min_px[0])
(16, 4.0)
"""

from typing import TYPE_CHECKING

from micrographia._lazy import attach

if TYPE_CHECKING:
    from micrographia.measurement.columns import COLUMNS, Column
    from micrographia.measurement.comparison import Comparison, compare_samples
    from micrographia.measurement.particles import measure
    from micrographia.measurement.settings import MeasurementSettings
    from micrographia.measurement.summary import Summary, summarize

__getattr__, __dir__, _ = attach(
    __name__,
    {
        "COLUMNS": "micrographia.measurement.columns",
        "Column": "micrographia.measurement.columns",
        "Comparison": "micrographia.measurement.comparison",
        "MeasurementSettings": "micrographia.measurement.settings",
        "Summary": "micrographia.measurement.summary",
        "compare_samples": "micrographia.measurement.comparison",
        "measure": "micrographia.measurement.particles",
        "summarize": "micrographia.measurement.summary",
    },
)

__all__ = [
    "COLUMNS",
    "Column",
    "Comparison",
    "MeasurementSettings",
    "Summary",
    "compare_samples",
    "measure",
    "summarize",
]
