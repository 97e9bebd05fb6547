"""The built-in model `outline`: the mask of a particle to one of eleven outlines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from micrographia.classification.crops import CropSettings, crop_particles
from micrographia.learning.settings import TrainingSettings
from micrographia.learning.shapes._examples import Pictures, collect
from micrographia.learning.shapes._outlines import CLASSES, outline_masks
from micrographia.learning.shapes._train import (
    TEST_SEED,
    ShapeSettings,
    fitted,
    metric,
    shares_right,
    training,
    write,
)
from micrographia.simulation.families.outlines import Config

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["TrainSettings", "outline_pictures", "train"]

_VERSION = "1.0.0"

_SUMMARY = (
    "Names the outline of a particle from its mask alone, so that neither contrast nor instrument "
    "matters; rough, rounded, truncated and partly cut outlines included."
)


_NOT_DRAWN = {"training", "second", "averaged", "pictures", "test", "stack"}
"""Settings that do not change what a picture shows."""


class TrainSettings(ShapeSettings):
    """Recipe of the model `outline`."""

    training: TrainingSettings = Field(
        default_factory=lambda: training(6), description="How long, how fast."
    )
    share: float = Field(
        default=0.85,
        gt=0.1,
        le=1,
        description="Part of the picture's side that the particle takes.",
    )
    max_aspect: float = Field(
        default=8.0,
        ge=1.4,
        le=10,
        description="Largest length over width of ellipses and rectangles.",
    )

    @property
    def crop(self) -> CropSettings:
        """How particles are cut out."""
        return CropSettings(side=self.side, share=self.share, layers=("mask",))


def outline_pictures(
    start: int, end: int, seed: int, settings: TrainSettings, *, disturbed: bool = True
) -> Pictures:
    """Draw masks and cut them out; picture k is the same whatever `start` and `end` are.

    Parameters
    ----------
    start, end : int
    seed : int
    settings : TrainSettings
    disturbed : bool
        With the errors of a segmentation.

    Returns
    -------
    pictures : Pictures
        Of 0 (outside) to 255.
    """
    config = Config.parse({"max_aspect": settings.max_aspect})
    images = np.empty((end - start, settings.side, settings.side), np.uint8)
    targets = np.empty(end - start, np.int64)
    right = np.zeros((end - start, len(CLASSES)), bool)
    for at, found in enumerate(outline_masks(start, end, seed, config, disturbed=disturbed)):
        labels = found.mask.astype(np.int32)
        _, pictures = crop_particles(labels, labels, settings.crop)
        images[at] = np.rint(255 * pictures[0, 0])
        targets[at] = CLASSES.index(found.label)
        right[at, [CLASSES.index(name) for name in found.labels_all]] = True
    return Pictures(images, targets, right, np.zeros(end - start, np.int64))


def train(
    folder: str | Path,
    settings: TrainSettings | None = None,
    *,
    report: Callable[[str], object] = lambda _: None,
) -> Path:
    """Train the model from its seed; what was done before in the same folder is kept.

    Parameters
    ----------
    folder : path
        For pictures, checkpoints and the bundle.
    settings : TrainSettings, optional
        The recipe of the built-in model if left out.
    report : callable
        Called with a line for a person.

    Returns
    -------
    bundle : Path
    """
    folder, settings = Path(folder), settings or TrainSettings()
    recipe = settings.model_dump(mode="json", exclude=_NOT_DRAWN)

    def pictures(n: int, seed: int, *, disturbed: bool = True) -> Pictures:
        return collect(
            lambda start, end: outline_pictures(start, end, seed, settings, disturbed=disturbed),
            n,
            folder / "pictures",
            {**recipe, "seed": seed, "disturbed": disturbed, "version": 3},
            report,
        )

    model = fitted(pictures(settings.pictures, settings.seed), CLASSES, settings, folder, report)
    metrics = []
    for disturbed in (False, True):
        test = pictures(settings.test, settings.seed + TEST_SEED, disturbed=disturbed)
        outside = test.right.sum(1) == 1
        if not outside.any():
            continue
        shares = shares_right(model, test, CLASSES, outside)
        what = "simulated outlines outside the margins between classes, "
        what += "as a segmentation finds them" if disturbed else "drawn exactly"
        for name, value in shares.items():
            count = int(outside.sum() if name == "all" else
                        (outside & (test.targets == CLASSES.index(name))).sum())  # fmt: skip
            label = "accuracy" if name == "all" else f"recall of {name}"
            metrics.append(metric(label, value, count, what))
        report(f"{what}: {shares['all']:.4f}, least {min(shares.values()):.4f}")
    return write(
        model, folder / "outline", "outline", _VERSION, _SUMMARY, settings, settings.crop, metrics,
        CLASSES,
    )  # fmt: skip
