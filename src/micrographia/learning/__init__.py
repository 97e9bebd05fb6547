"""Datasets, splits and methods that learn classes from labelled micrographs.

Needs the `train` extra (`pip install micrographia[train]`); nothing here is imported by an
everyday analysis.
"""

from typing import TYPE_CHECKING

from micrographia._lazy import attach

if TYPE_CHECKING:
    from micrographia.learning.datasets import Dataset, DatasetSettings, open_dataset
    from micrographia.learning.splits import hold_out, split_folds

__getattr__, __dir__, _ = attach(
    __name__,
    {
        "Dataset": "micrographia.learning.datasets",
        "DatasetSettings": "micrographia.learning.datasets",
        "hold_out": "micrographia.learning.splits",
        "open_dataset": "micrographia.learning.datasets",
        "split_folds": "micrographia.learning.splits",
    },
)

__all__ = ["Dataset", "DatasetSettings", "hold_out", "open_dataset", "split_folds"]
