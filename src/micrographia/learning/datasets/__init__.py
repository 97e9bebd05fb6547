"""Sets of labelled images: opened, checked, grouped, summed up, fetched."""

from typing import TYPE_CHECKING

from micrographia._lazy import attach

if TYPE_CHECKING:
    from micrographia.learning.datasets._dataset import Dataset
    from micrographia.learning.datasets._open import open_dataset
    from micrographia.learning.datasets._summary import summarize_dataset, write_summary
    from micrographia.learning.datasets.settings import DatasetSettings

__getattr__, __dir__, _ = attach(
    __name__,
    {
        "Dataset": "micrographia.learning.datasets._dataset",
        "DatasetSettings": "micrographia.learning.datasets.settings",
        "open_dataset": "micrographia.learning.datasets._open",
        "summarize_dataset": "micrographia.learning.datasets._summary",
        "write_summary": "micrographia.learning.datasets._summary",
    },
)

__all__ = [
    "Dataset",
    "DatasetSettings",
    "open_dataset",
    "summarize_dataset",
    "write_summary",
]
