"""One micrograph through all stages, what comes of it, and the replay of a stored record."""

from typing import TYPE_CHECKING

from micrographia._lazy import attach

if TYPE_CHECKING:
    from micrographia.analysis._record import versions
    from micrographia.analysis._replay import Replay, replay
    from micrographia.analysis._result import Result
    from micrographia.analysis._run import analyze, measure_labels
    from micrographia.analysis._settings import AnalysisSettings

__getattr__, __dir__, _ = attach(
    __name__,
    {
        "AnalysisSettings": "micrographia.analysis._settings",
        "Replay": "micrographia.analysis._replay",
        "Result": "micrographia.analysis._result",
        "analyze": "micrographia.analysis._run",
        "measure_labels": "micrographia.analysis._run",
        "replay": "micrographia.analysis._replay",
        "versions": "micrographia.analysis._record",
    },
)

__all__ = [
    "AnalysisSettings",
    "Replay",
    "Result",
    "analyze",
    "measure_labels",
    "replay",
    "versions",
]
