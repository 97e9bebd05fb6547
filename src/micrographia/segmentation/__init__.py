"""From a micrograph to labelled particles, with one contract for all methods.

>>> from micrographia.segmentation import METHODS
>>> "auto" in METHODS and "watershed-foreground" in METHODS
True
"""

from typing import TYPE_CHECKING

from micrographia._lazy import attach

if TYPE_CHECKING:
    from micrographia.segmentation._scene import Found, Scene, Segmentation
    from micrographia.segmentation._segment import segment
    from micrographia.segmentation._table import LEARNED, METHODS
    from micrographia.segmentation.settings import SegmentationSettings

__getattr__, __dir__, _ = attach(
    __name__,
    {
        "Found": "micrographia.segmentation._scene",
        "LEARNED": "micrographia.segmentation._table",
        "METHODS": "micrographia.segmentation._table",
        "Scene": "micrographia.segmentation._scene",
        "Segmentation": "micrographia.segmentation._scene",
        "SegmentationSettings": "micrographia.segmentation.settings",
        "segment": "micrographia.segmentation._segment",
    },
)

__all__ = [
    "LEARNED", "METHODS", "Found", "Scene", "Segmentation", "SegmentationSettings", "segment",
]  # fmt: skip
