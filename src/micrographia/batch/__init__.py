"""Many micrographs: what to analyse, in workers, with a record that a killed run goes on from."""

from typing import TYPE_CHECKING

from micrographia._lazy import attach

if TYPE_CHECKING:
    from micrographia.batch._classify import (
        Classified,
        ClassifySettings,
        check_classify,
        classify,
    )
    from micrographia.batch._find import Found, find_images
    from micrographia.batch._folders import check_folder
    from micrographia.batch._outcome import Outcome
    from micrographia.batch._plan import Plan, PlannedImage, plan
    from micrographia.batch._run import BatchResult, check, run

__getattr__, __dir__, _ = attach(
    __name__,
    {
        "Classified": "micrographia.batch._classify",
        "ClassifySettings": "micrographia.batch._classify",
        "check_classify": "micrographia.batch._classify",
        "classify": "micrographia.batch._classify",
        "BatchResult": "micrographia.batch._run",
        "Found": "micrographia.batch._find",
        "Outcome": "micrographia.batch._outcome",
        "Plan": "micrographia.batch._plan",
        "PlannedImage": "micrographia.batch._plan",
        "check": "micrographia.batch._run",
        "check_folder": "micrographia.batch._folders",
        "find_images": "micrographia.batch._find",
        "plan": "micrographia.batch._plan",
        "run": "micrographia.batch._run",
    },
)

__all__ = [
    "BatchResult",
    "Classified",
    "ClassifySettings",
    "Found",
    "Outcome",
    "Plan",
    "PlannedImage",
    "check",
    "check_classify",
    "check_folder",
    "classify",
    "find_images",
    "plan",
    "run",
]
