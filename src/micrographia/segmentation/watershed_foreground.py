"""Watershed from the sure foreground, the distance map clipped at a share of its maximum."""

from __future__ import annotations

from typing import TYPE_CHECKING

from micrographia.segmentation._binary import binarize
from micrographia.segmentation._classic import MORPHOLOGY, STEPS
from micrographia.segmentation._flood import distance_map, flood
from micrographia.segmentation._labels import components
from micrographia.segmentation._scene import Found

if TYPE_CHECKING:
    from micrographia.segmentation._scene import Scene

__all__ = ["find"]


def find(scene: Scene) -> Found:
    """Find particles of about one size, elongated ones too; much smaller ones are lost."""
    binary = binarize(scene, STEPS, MORPHOLOGY)
    distance = distance_map(binary.mask)
    scene.record("distance", distance)
    level = scene.settings.foreground.fraction * float(distance.max())
    seeds = components((distance > level) & binary.mask)
    scene.record("seeds", seeds)
    return Found(flood(distance, seeds, binary.mask), binary.polarity, binary.steps)
