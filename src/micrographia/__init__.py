"""Micrographia: electron micrographs turned into counted and measured particles.

>>> import micrographia as mg
>>> callable(mg.read) and callable(mg.analyze)
True
"""

from typing import TYPE_CHECKING

from micrographia._lazy import attach

__version__ = "0.1.0.dev0"

if TYPE_CHECKING:
    from micrographia.analysis import AnalysisSettings, Result, analyze, measure_labels, replay
    from micrographia.errors import MicrographiaError
    from micrographia.io import read, read_labels
    from micrographia.micrograph import Micrograph, PixelSize

__getattr__, __dir__, _ = attach(
    __name__,
    {
        "AnalysisSettings": "micrographia.analysis",
        "Micrograph": "micrographia.micrograph",
        "MicrographiaError": "micrographia.errors",
        "PixelSize": "micrographia.micrograph",
        "Result": "micrographia.analysis",
        "analyze": "micrographia.analysis",
        "measure_labels": "micrographia.analysis",
        "read": "micrographia.io",
        "read_labels": "micrographia.io",
        "replay": "micrographia.analysis",
    },
)

__all__ = [
    "AnalysisSettings",
    "Micrograph",
    "MicrographiaError",
    "PixelSize",
    "Result",
    "analyze",
    "measure_labels",
    "read",
    "read_labels",
    "replay",
]
