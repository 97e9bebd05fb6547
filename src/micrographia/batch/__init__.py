"""Many micrographs: what to analyse, in workers, with a record that a killed run goes on from."""

from typing import TYPE_CHECKING

from micrographia._lazy import attach

if TYPE_CHECKING:
    from micrographia.batch._outcome import Outcome
    from micrographia.batch._plan import Plan, PlannedImage, plan
    from micrographia.batch._run import BatchResult, run

__getattr__, __dir__, _ = attach(
    __name__,
    {
        "BatchResult": "micrographia.batch._run",
        "Outcome": "micrographia.batch._outcome",
        "Plan": "micrographia.batch._plan",
        "PlannedImage": "micrographia.batch._plan",
        "plan": "micrographia.batch._plan",
        "run": "micrographia.batch._run",
    },
)

__all__ = ["BatchResult", "Outcome", "Plan", "PlannedImage", "plan", "run"]
