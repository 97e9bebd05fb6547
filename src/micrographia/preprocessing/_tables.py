"""The tables of steps, thresholds and morphological operations, and the runner of steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Field

from micrographia.preprocessing._base import BinarizerBase, MorphologyBase, Record, StepBase
from micrographia.preprocessing.bilateral import Bilateral
from micrographia.preprocessing.clip_contrast import ClipContrast
from micrographia.preprocessing.closing import Closing
from micrographia.preprocessing.contrast_brightness import ContrastBrightness
from micrographia.preprocessing.denoise import Denoise
from micrographia.preprocessing.erosion import Erosion
from micrographia.preprocessing.flatten import Flatten
from micrographia.preprocessing.flatten_local import FlattenLocal
from micrographia.preprocessing.gaussian import Gaussian
from micrographia.preprocessing.median import Median
from micrographia.preprocessing.opening import Opening
from micrographia.preprocessing.otsu import Otsu
from micrographia.preprocessing.phansalkar import Phansalkar
from micrographia.preprocessing.sauvola import Sauvola
from micrographia.preprocessing.sharpen import Sharpen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = [
    "BINARIZERS",
    "MORPHOLOGY",
    "STEPS",
    "Binarizer",
    "Morphology",
    "Step",
    "apply_steps",
]

STEPS: dict[str, type[StepBase]] = {
    "bilateral": Bilateral,
    "clip-contrast": ClipContrast,
    "contrast-brightness": ContrastBrightness,
    "denoise": Denoise,
    "flatten": Flatten,
    "flatten-local": FlattenLocal,
    "gaussian": Gaussian,
    "median": Median,
    "sharpen": Sharpen,
}
BINARIZERS: dict[str, type[BinarizerBase]] = {
    "otsu": Otsu,
    "phansalkar": Phansalkar,
    "sauvola": Sauvola,
}
MORPHOLOGY: dict[str, type[MorphologyBase]] = {
    "closing": Closing,
    "erosion": Erosion,
    "opening": Opening,
}


def _named(value: Any) -> Any:
    """Let a bare name stand for a model with its defaults."""
    return {"name": value} if isinstance(value, str) else value


Step = Annotated[
    Annotated[
        Bilateral
        | ClipContrast
        | ContrastBrightness
        | Denoise
        | Flatten
        | FlattenLocal
        | Gaussian
        | Median
        | Sharpen,
        Field(discriminator="name"),
    ],
    BeforeValidator(_named),
]
Binarizer = Annotated[
    Annotated[Otsu | Phansalkar | Sauvola, Field(discriminator="name")],
    BeforeValidator(_named),
]
Morphology = Annotated[
    Annotated[Closing | Erosion | Opening, Field(discriminator="name")],
    BeforeValidator(_named),
]

# What each step's picture is called among the recorded stages.
_STAGES = {
    "bilateral": "denoised",
    "denoise": "denoised",
    "gaussian": "denoised",
    "median": "denoised",
    "clip-contrast": "contrast",
    "contrast-brightness": "contrast",
    "flatten": "flattened",
    "sharpen": "sharpened",
}


def apply_steps(
    image: NDArray[np.float32], steps: Iterable[StepBase], record: Record | None = None
) -> NDArray[np.float32]:
    """Run steps in the order given.

    Parameters
    ----------
    image : ndarray of shape (rows, cols), float32
        Left as it is.
    steps : iterable of steps
    record : callable, optional
        Called as ``record(stage, array)`` after every step, with the stage's name.

    Returns
    -------
    result : ndarray of shape (rows, cols), float32

    Examples
    --------
    >>> image = np.zeros((5, 5), np.float32); image[2, 2] = 1
    >>> float(apply_steps(image, [Median(), Sharpen()]).max())
    0.0
    """
    result = np.asarray(image, np.float32)
    for step in steps:
        result = np.asarray(step.apply(result), np.float32)
        if record is not None:
            record(_STAGES.get(getattr(step, "name", ""), type(step).__name__.lower()), result)
    return result
