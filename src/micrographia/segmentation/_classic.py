"""Preprocessing of the published notebook, shared by its three watersheds."""

from __future__ import annotations

from micrographia.preprocessing._base import MorphologyBase, StepBase
from micrographia.preprocessing.clip_contrast import ClipContrast
from micrographia.preprocessing.closing import Closing
from micrographia.preprocessing.denoise import Denoise
from micrographia.preprocessing.opening import Opening
from micrographia.preprocessing.sharpen import Sharpen

__all__ = ["MORPHOLOGY", "STEPS"]

STEPS: tuple[StepBase, ...] = (Denoise(), ClipContrast(), Sharpen())
MORPHOLOGY: tuple[MorphologyBase, ...] = (Opening(), Closing())
