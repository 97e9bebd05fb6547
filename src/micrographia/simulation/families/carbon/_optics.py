"""The beam's way through a specimen: absorption, phase, fringes out of focus, grain of the film."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from micrographia.simulation._picture import log_uniform
from micrographia.simulation.families.micrographs import _textures as tex
from micrographia.simulation.families.micrographs._transmission import fresnel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrographia.simulation.families.carbon._canvas import Canvas
    from micrographia.simulation.families.carbon._specimen import Specimen

__all__ = ["transmitted"]

_MOST_PHASE = 1.2
"""Beyond it thick parts scatter so much that no phase is left to interfere [rad]."""


def transmitted(
    canvas: Canvas, specimen: Specimen, ground: NDArray[np.float32], random: np.random.Generator
) -> tuple[NDArray[np.float32], float, dict[str, Any]]:
    """Intensity behind the specimen.

    Parameters
    ----------
    canvas : Canvas
    specimen : Specimen
    ground : ndarray of shape `canvas.shape`, float32 [nm]
        Thickness of the support.
    random : Generator

    Returns
    -------
    signal : ndarray of shape `canvas.shape`, float32
        1 where nothing lies in the beam.
    contrast : float
        Root mean square change by what lies on the support, where it lies.
    parameters : dict
    """
    scale = specimen.nm_per_px
    solid = canvas.mass * _mottle(canvas, random)
    mass = (solid + _dirt(canvas, specimen, random)) / np.float32(specimen.free_path)
    below = ground / np.float32(specimen.free_path)
    passed = np.exp(-below) * -np.expm1(-mass)
    particle = canvas.mass > 1.0
    contrast = float(np.sqrt(np.mean(passed[particle] ** 2))) if particle.any() else 0.1
    contrast = min(contrast, -1.5 * math.expm1(-canvas.faint / specimen.free_path))
    total, weak = mass + below, min(1.0, 0.2 + contrast / 0.12)
    grain = tex.grain(canvas.shape, float(np.clip(0.35 / scale, 0.4, 3.5)), random)
    rough = np.float32(weak) * grain * np.tanh((canvas.mass + ground) / np.float32(30))
    width = float(np.clip(abs(specimen.fringe) / scale, 0.0, 3.5))
    if width < 0.35:
        amount = np.float32(log_uniform(random, (0.003, 0.03)))
        signal = np.exp(-total) * (1 + amount * rough)
        return np.clip(signal, 0, None), contrast, {"fringe_px": 0.0}
    mean = float(below.mean())
    shift = np.float32(specimen.phase) * (canvas.mass + ground)
    phase = np.float32(_MOST_PHASE) * np.tanh(shift / np.float32(_MOST_PHASE))
    phase += np.float32(log_uniform(random, (0.02, 0.15))) * rough
    width = math.copysign(width, specimen.fringe)
    coherence = max(random.uniform(0.4, 1.6), random.uniform(0.4, 0.8) * abs(width))
    signal = fresnel(total - np.float32(mean), phase, width, coherence)
    signal *= np.float32(math.exp(-mean))
    return np.clip(signal, 0, None), contrast, {"fringe_px": width}


def _mottle(canvas: Canvas, random: np.random.Generator) -> NDArray[np.float32]:
    """A factor for the thickness: nothing is as even as it was drawn."""
    strength, size = random.uniform(0.0, 0.12), log_uniform(random, (1.5, 12.0))
    waves = tex.clouds(canvas.shape, size, random) + 0.5 * tex.clouds(
        canvas.shape, 3 * size, random
    )
    return np.asarray(np.clip(1 + np.float32(strength) * waves, 0.3, None), np.float32)


def _dirt(canvas: Canvas, specimen: Specimen, random: np.random.Generator) -> NDArray[np.float32]:
    """Specks that lie about: small grains, blurred; on some specimens none."""
    total = np.zeros(canvas.shape, np.float32)
    if random.random() < 0.6:
        return total
    strength = log_uniform(random, (0.03, 0.4)) * specimen.free_path
    for _ in range(int(random.integers(1, 14))):
        row, col = (random.uniform(0, n) for n in canvas.shape)
        radius = canvas.edge * log_uniform(random, (0.003, 0.02))
        axes = (round(16 * radius), round(16 * radius * random.uniform(0.5, 1)))
        cv2.ellipse(total, (round(16 * col), round(16 * row)), axes, random.uniform(0, 180), 0, 360,
                    strength * random.uniform(0.3, 1), -1, cv2.LINE_AA, 4)  # fmt: skip
    return np.asarray(cv2.GaussianBlur(total, (0, 0), random.uniform(0.5, 1.5)), np.float32)
