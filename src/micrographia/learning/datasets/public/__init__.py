"""Public sets of labelled micrographs, by name: fetched, verified, unpacked, made a dataset."""

from typing import TYPE_CHECKING

from micrographia._lazy import attach

if TYPE_CHECKING:
    from micrographia.learning.datasets.public._get import Fetched, get_dataset
    from micrographia.learning.datasets.public._table import PUBLIC, PublicSet, public_set

__getattr__, __dir__, _ = attach(
    __name__,
    {
        "PUBLIC": "micrographia.learning.datasets.public._table",
        "Fetched": "micrographia.learning.datasets.public._get",
        "PublicSet": "micrographia.learning.datasets.public._table",
        "get_dataset": "micrographia.learning.datasets.public._get",
        "public_set": "micrographia.learning.datasets.public._table",
    },
)

__all__ = ["PUBLIC", "Fetched", "PublicSet", "get_dataset", "public_set"]
