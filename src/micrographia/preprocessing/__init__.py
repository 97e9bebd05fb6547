"""Preparation of an image before particles are looked for: one file a step.

>>> from micrographia.preprocessing import STEPS
>>> sorted(STEPS)[:3]
['bilateral', 'clip-contrast', 'contrast-brightness']
"""

from typing import TYPE_CHECKING

from micrographia._lazy import attach

if TYPE_CHECKING:
    from micrographia.preprocessing._clean import clean
    from micrographia.preprocessing._noise import estimate_noise
    from micrographia.preprocessing._polarity import estimate_polarity
    from micrographia.preprocessing._tables import (
        BINARIZERS,
        MORPHOLOGY,
        STEPS,
        Binarizer,
        Morphology,
        Step,
        apply_steps,
    )

__getattr__, __dir__, _ = attach(
    __name__,
    {
        "BINARIZERS": "micrographia.preprocessing._tables",
        "Binarizer": "micrographia.preprocessing._tables",
        "MORPHOLOGY": "micrographia.preprocessing._tables",
        "Morphology": "micrographia.preprocessing._tables",
        "STEPS": "micrographia.preprocessing._tables",
        "Step": "micrographia.preprocessing._tables",
        "apply_steps": "micrographia.preprocessing._tables",
        "clean": "micrographia.preprocessing._clean",
        "estimate_noise": "micrographia.preprocessing._noise",
        "estimate_polarity": "micrographia.preprocessing._polarity",
    },
)

__all__ = [
    "BINARIZERS",
    "MORPHOLOGY",
    "STEPS",
    "Binarizer",
    "Morphology",
    "Step",
    "apply_steps",
    "clean",
    "estimate_noise",
    "estimate_polarity",
]
