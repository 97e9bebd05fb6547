"""Whole images or their particles to classes: probabilities, "unknown", "unlike".

A bundle at work; ONNX Runtime is imported when one runs.
"""

from typing import TYPE_CHECKING

from micrographia._lazy import attach

if TYPE_CHECKING:
    from micrographia.classification.cropping import without_bars
    from micrographia.classification.crops import CropSettings, crop_particles
    from micrographia.classification.images import Prediction, classify_images, seen_by
    from micrographia.classification.naming import (
        model_record,
        name_particles,
        open_model,
        open_models,
    )
    from micrographia.classification.particles import classify_particles
    from micrographia.classification.reading import SeenImage, read_image
    from micrographia.classification.scores import ood_score, probabilities, verdict
    from micrographia.classification.settings import NONE, ClassificationSettings
    from micrographia.classification.statistics import class_columns, class_statistics
    from micrographia.classification.table import FINDER, PARTICLE_MODELS, ParticleModel

__getattr__, __dir__, _ = attach(
    __name__,
    {
        "ClassificationSettings": "micrographia.classification.settings",
        "CropSettings": "micrographia.classification.crops",
        "FINDER": "micrographia.classification.table",
        "NONE": "micrographia.classification.settings",
        "PARTICLE_MODELS": "micrographia.classification.table",
        "SeenImage": "micrographia.classification.reading",
        "ParticleModel": "micrographia.classification.table",
        "Prediction": "micrographia.classification.images",
        "class_columns": "micrographia.classification.statistics",
        "class_statistics": "micrographia.classification.statistics",
        "classify_images": "micrographia.classification.images",
        "classify_particles": "micrographia.classification.particles",
        "crop_particles": "micrographia.classification.crops",
        "model_record": "micrographia.classification.naming",
        "name_particles": "micrographia.classification.naming",
        "ood_score": "micrographia.classification.scores",
        "open_model": "micrographia.classification.naming",
        "open_models": "micrographia.classification.naming",
        "probabilities": "micrographia.classification.scores",
        "read_image": "micrographia.classification.reading",
        "seen_by": "micrographia.classification.images",
        "verdict": "micrographia.classification.scores",
        "without_bars": "micrographia.classification.cropping",
    },
)

__all__ = [
    "FINDER",
    "NONE",
    "PARTICLE_MODELS",
    "ClassificationSettings",
    "CropSettings",
    "ParticleModel",
    "Prediction",
    "SeenImage",
    "class_columns",
    "class_statistics",
    "classify_images",
    "classify_particles",
    "crop_particles",
    "model_record",
    "name_particles",
    "ood_score",
    "open_model",
    "open_models",
    "probabilities",
    "read_image",
    "seen_by",
    "verdict",
    "without_bars",
]
