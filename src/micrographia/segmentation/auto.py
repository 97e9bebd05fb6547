"""Without a network: two-pass foreground, convex joining, outlines at half height."""

from __future__ import annotations

from typing import TYPE_CHECKING

from micrographia.segmentation._foreground import find_foreground
from micrographia.segmentation._scene import Found
from micrographia.segmentation._split import split
from micrographia.segmentation._stand_out import standing_out

if TYPE_CHECKING:
    from micrographia.segmentation._scene import Scene

__all__ = ["REFINES", "find"]

REFINES = True


def find(scene: Scene) -> Found:
    """Find particles of any convex shape, touching or not."""
    foreground = find_foreground(scene)
    labels = split(foreground, scene.settings.auto, scene.record)
    labels = standing_out(labels, foreground.smooth)
    least = scene.settings.auto.min_contrast * foreground.contrast
    return Found(
        labels,
        foreground.polarity,
        foreground.steps,
        background=foreground.background,
        least_contrast=max(least, 4 * foreground.grain),
        smooth=foreground.smooth if scene.settings.steps is None else None,
    )
