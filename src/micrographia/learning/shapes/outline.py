"""The built-in model `outline`: the mask of a particle to one of eleven outlines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from micrographia.classification.crops import CropSettings, crop_particles
from micrographia.learning.settings import TrainingSettings
from micrographia.learning.shapes._examples import Pictures, collect, joined
from micrographia.learning.shapes._outlines import CLASSES, outline_masks
from micrographia.learning.shapes._train import (
    TEST_SEED,
    LaterRound,
    ShapeSettings,
    doubted,
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

_VERSION = "2.0.0"

_SUMMARY = (
    "Names the outline of a particle from its mask alone, so that neither contrast nor instrument "
    "matters; rough, rounded, truncated and partly cut outlines included."
)


_MORE_SEED = 700_001
"""Added to the seed for the pictures of the later rounds; each part adds one more."""

_NOT_DRAWN = {"training", "second", "third", "averaged", "pictures", "test", "stack"}
"""Settings that do not change what a picture shows."""


class OutlineSecond(LaterRound):
    """More pictures beside those of the first round, each as a share of them."""

    borders: float = Field(
        default=0.4, gt=0, description="As a segmentation finds them, more of what is confused."
    )
    exact: float = Field(default=0.2, gt=0, description="Drawn exactly.")
    hand: float = Field(default=0.3, gt=0, description="As hands draw them.")
    training: TrainingSettings = Field(
        default_factory=lambda: training(2, 2e-3), description="How long, how fast."
    )


class OutlineThird(LaterRound):
    """More pictures beside those of both rounds, each as a share of the first's."""

    exact: float = Field(default=0.6, gt=0, description="Drawn exactly.")
    lobes: float = Field(default=0.15, gt=0, description="Lobes parted from chains.")
    training: TrainingSettings = Field(
        default_factory=lambda: training(2, 2e-3), description="How long, how fast."
    )


class TrainSettings(ShapeSettings):
    """Recipe of the model `outline`."""

    training: TrainingSettings = Field(
        default_factory=lambda: training(6),
        description="How long, how fast, in the first round.",
    )
    second: OutlineSecond = Field(default_factory=OutlineSecond, description="The second round.")
    third: OutlineThird = Field(default_factory=OutlineThird, description="The third round.")
    averaged: Literal[1, 2, 4] = Field(
        default=2, description="Positions of a picture, evenly turned, whose mean is the answer."
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
    start: int, end: int, seed: int, settings: TrainSettings, *,
    disturbed: bool = True, at_borders: bool = False, hand: bool = False, lobes: bool = False,
) -> Pictures:  # fmt: skip
    """Draw masks and cut them out; picture k is the same whatever `start` and `end` are.

    Parameters
    ----------
    start, end : int
    seed : int
    settings : TrainSettings
    disturbed : bool
        With the errors of a segmentation.
    at_borders : bool
        With more of what is confused.
    hand : bool
        As hands draw them.
    lobes : bool
        Lobes parted from chains.

    Returns
    -------
    pictures : Pictures
        Of 0 (outside) to 255.
    """
    config = Config.parse({"max_aspect": settings.max_aspect})
    images = np.empty((end - start, settings.side, settings.side), np.uint8)
    targets = np.empty(end - start, np.int64)
    right = np.zeros((end - start, len(CLASSES)), bool)
    masks = outline_masks(
        start, end, seed, config, disturbed=disturbed, at_borders=at_borders, hand=hand,
        lobes=lobes,
    )  # fmt: skip
    for at, found in enumerate(masks):
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

    def pictures(n: int, seed: int, *, disturbed: bool = True, **asked: bool) -> Pictures:
        marked = dict.fromkeys(asked, 1)
        return collect(
            lambda start, end: outline_pictures(
                start, end, seed, settings, disturbed=disturbed, **asked
            ),
            n,
            folder / "pictures",
            {**recipe, "seed": seed, "disturbed": disturbed, "version": 3, **marked},
            report,
        )

    def count(share: float) -> int:
        return round(share * settings.pictures)

    learned = pictures(settings.pictures, settings.seed)
    first = fitted(learned, CLASSES, settings, folder, report)
    more, seed = settings.second, settings.seed + _MORE_SEED
    learned = joined([
        learned,
        pictures(count(more.borders), seed, at_borders=True),
        pictures(count(more.exact), seed + 1, disturbed=False),
        pictures(count(more.hand), seed + 2, at_borders=True, hand=True),
    ])  # fmt: skip
    second = fitted(learned, CLASSES, settings, folder, report, after=first)
    new = joined([
        pictures(count(settings.third.lobes), seed + 3, lobes=True),
        pictures(count(settings.third.exact), seed + 4, disturbed=False),
    ])  # fmt: skip
    learned, groups = doubted(learned, new, second, CLASSES, report)
    model = fitted(learned, CLASSES, settings, folder, report, after=second, groups=groups)
    metrics = []
    for disturbed in (False, True):
        test = pictures(settings.test, settings.seed + TEST_SEED, disturbed=disturbed)
        outside = test.right.sum(1) == 1
        if not outside.any():
            continue
        found = shares_right(model, test, CLASSES, outside)
        what = "simulated outlines outside the margins between classes, "
        what += "as a segmentation finds them" if disturbed else "drawn exactly"
        for name, value in found.items():
            of = outside if name == "all" else outside & (test.targets == CLASSES.index(name))
            label = "accuracy" if name == "all" else f"recall of {name}"
            metrics.append(metric(label, value, int(of.sum()), what))
        report(f"{what}: {found['all']:.4f}, least {min(found.values()):.4f}")
    return write(
        model, folder / "outline", "outline", _VERSION, _SUMMARY, settings, settings.crop, metrics,
        CLASSES,
    )  # fmt: skip
