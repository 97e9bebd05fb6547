"""Splits into training and test that cannot leak, and what a naive one would have claimed."""

from typing import TYPE_CHECKING

from micrographia._lazy import attach

if TYPE_CHECKING:
    from micrographia.learning.splits._folds import Split, hold_out, split_folds, stratify
    from micrographia.learning.splits._leakage import Leakage, leakage_report

__getattr__, __dir__, _ = attach(
    __name__,
    {
        "Leakage": "micrographia.learning.splits._leakage",
        "Split": "micrographia.learning.splits._folds",
        "hold_out": "micrographia.learning.splits._folds",
        "leakage_report": "micrographia.learning.splits._leakage",
        "split_folds": "micrographia.learning.splits._folds",
        "stratify": "micrographia.learning.splits._folds",
    },
)

__all__ = ["Leakage", "Split", "hold_out", "leakage_report", "split_folds", "stratify"]
