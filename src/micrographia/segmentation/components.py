"""Connected components: every separate patch of the mask is a particle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from micrographia.preprocessing.gaussian import Gaussian
from micrographia.segmentation._binary import binarize
from micrographia.segmentation._labels import components
from micrographia.segmentation._scene import Found

if TYPE_CHECKING:
    from micrographia.segmentation._scene import Scene

__all__ = ["find"]


def find(scene: Scene) -> Found:
    """Find particles that do not touch."""
    binary = binarize(scene, (Gaussian(sigma_px=1.0),))
    return Found(components(binary.mask), binary.polarity, binary.steps)
