"""Datasets, splits and methods that learn classes from labelled micrographs.

Needs the `train` extra (`pip install micrographia[train]`); nothing here is imported by an
everyday analysis.
"""

from typing import TYPE_CHECKING

from micrographia._lazy import attach

if TYPE_CHECKING:
    from micrographia.learning.datasets import Dataset, DatasetSettings, open_dataset
    from micrographia.learning.methods import METHODS
    from micrographia.learning.recipes import Recipe, load_recipe, recipe_names
    from micrographia.learning.splits import hold_out, leakage_report, split_folds

__getattr__, __dir__, _ = attach(
    __name__,
    {
        "Dataset": "micrographia.learning.datasets",
        "DatasetSettings": "micrographia.learning.datasets",
        "METHODS": "micrographia.learning.methods",
        "Recipe": "micrographia.learning.recipes",
        "hold_out": "micrographia.learning.splits",
        "leakage_report": "micrographia.learning.splits",
        "load_recipe": "micrographia.learning.recipes",
        "open_dataset": "micrographia.learning.datasets",
        "recipe_names": "micrographia.learning.recipes",
        "split_folds": "micrographia.learning.splits",
    },
)

__all__ = [
    "METHODS",
    "Dataset",
    "DatasetSettings",
    "Recipe",
    "hold_out",
    "leakage_report",
    "load_recipe",
    "open_dataset",
    "recipe_names",
    "split_folds",
]
