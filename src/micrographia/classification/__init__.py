"""Whole images or their particles to classes: probabilities, "unknown", "unlike".

A bundle at work; ONNX Runtime is imported when one runs.
"""

from typing import TYPE_CHECKING

from micrographia._lazy import attach

if TYPE_CHECKING:
    from micrographia.classification.crops import CropSettings, crop_particles
    from micrographia.classification.images import Prediction, classify_images
    from micrographia.classification.particles import classify_particles
    from micrographia.classification.scores import ood_score, probabilities, verdict

__getattr__, __dir__, _ = attach(
    __name__,
    {
        "CropSettings": "micrographia.classification.crops",
        "Prediction": "micrographia.classification.images",
        "classify_images": "micrographia.classification.images",
        "classify_particles": "micrographia.classification.particles",
        "crop_particles": "micrographia.classification.crops",
        "ood_score": "micrographia.classification.scores",
        "probabilities": "micrographia.classification.scores",
        "verdict": "micrographia.classification.scores",
    },
)

__all__ = [
    "CropSettings",
    "Prediction",
    "classify_images",
    "classify_particles",
    "crop_particles",
    "ood_score",
    "probabilities",
    "verdict",
]
