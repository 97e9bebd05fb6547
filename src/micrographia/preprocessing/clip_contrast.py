"""Automatic contrast from a clipped histogram."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from micrographia.preprocessing._base import StepBase, check_image
from micrographia.preprocessing._histogram import histogram

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ClipContrast"]


class ClipContrast(StepBase):
    """Stretch to [0, 1] what is left of the range when sparse histogram bins are clipped.

    Bins that hold fewer pixels than a share of the fullest bin are cut off at both ends of the
    histogram, up to the first bin from either side that holds enough. What lies outside saturates.

    Examples
    --------
    >>> image = np.repeat(np.float32([0, 10, 20, 255]), [1, 500, 500, 1]).reshape(2, -1)
    >>> [round(float(v), 1) for v in np.unique(ClipContrast().apply(image))]
    [0.0, 0.0, 0.9, 1.0]
    """

    name: Literal["clip-contrast"] = "clip-contrast"
    clip_percent: float = Field(
        default=1.0,
        ge=0,
        lt=100,
        description="bins below this share of the fullest bin are clipped [%]",
    )
    bins: int = Field(default=256, ge=2, le=65536, description="bins of the histogram")

    def apply(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """Stretch the image."""
        check_image(image)
        found = histogram(image, self.bins)
        if found is None:
            return np.zeros_like(image)
        counts, edges = found
        kept = np.flatnonzero(counts >= counts.max() * self.clip_percent / 100)
        kept = kept if kept.size else np.arange(self.bins)
        low, high = edges[kept[0]], edges[kept[-1] + 1]
        stretched = (image - np.float32(low)) * np.float32(1 / (high - low))
        return np.clip(stretched, 0, 1, out=stretched)
